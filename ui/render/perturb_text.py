"""How strengths, breaking strengths and sweeps are written."""

from core.types.robustness import Breaking, PerturbationSpec, ResponseCurve

_SUFFIXES = {"degrees": "°", "sigma, % of long side": " %"}
MEASURING = "measuring"


def strength_text(spec: PerturbationSpec, strength: float) -> str:
    """Return a strength as short as it can be read: `0.707`, `30°`, `2 %`; signed where needed."""
    text = f"{round(strength, 4) + 0.0:.3g}".replace("-", "−")
    if is_two_sided(spec) and strength > 0:
        text = f"+{text}"
    return text + _SUFFIXES.get(spec.unit, "")


def is_two_sided(spec: PerturbationSpec) -> bool:
    """Return whether the damage grows on both sides of neutral, as brightness does."""
    return min(spec.levels) < spec.neutral < max(spec.levels)


def breaking_text(curve: ResponseCurve, *, of_margin: bool = True) -> str:
    """Return where a score breaks: a strength, or the reason in words where there is none."""
    line = curve.hard_negative_margin if of_margin else curve.hard_negative_cosine
    breaking = curve.breaking_margin if of_margin else curve.breaking_cosine
    if line is None:
        return no_line_text(curve)
    if not is_complete(curve):
        return MEASURING
    if breaking is None:
        known = (point.problem for point in curve.points if point.problem)
        return f"not known: {next(known, 'the neutral level has no score')}"
    if breaking.reason == "never":
        return "never falls below"
    if breaking.reason == "below_at_neutral":
        return "below from the start"
    return " and ".join(strength_text(curve.spec, value) for value in crossings(breaking))


def no_line_text(curve: ResponseCurve) -> str:
    """Return why there is no dashed line."""
    if curve.query_id.startswith("upload:"):
        return "no negative is known: uploads have no labels"
    return "no negative is known: this query has no labels"


def crossings(breaking: Breaking | None) -> tuple[float, ...]:
    """Return every strength at which the score falls below its line."""
    if breaking is None or breaking.value is None:
        return ()
    return tuple(value for value in breaking.both if value is not None) or (breaking.value,)


def is_complete(curve: ResponseCurve) -> bool:
    """Return whether every level has its point."""
    return len(curve.points) == len(curve.spec.levels)


def ranked_text(curve: ResponseCurve) -> str:
    """Return over how many images a rank is counted, and which."""
    n = f"{curve.n_ranked:,}"
    if curve.damage.side == "query" and curve.damage.retrieve_again:
        return (
            f"over {n} images: the first {n} others of a new shortlist of the damaged query, "
            "retrieved and scored at every level"
        )
    if curve.damage.side == "query":
        return (
            f"over {n} images: the first {n} others of the undamaged shortlist, "
            "scored again at every level"
        )
    return f"over {n} images: only this candidate's score changes, the others keep theirs"
