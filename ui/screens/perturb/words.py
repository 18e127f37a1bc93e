"""The Perturb screen's words: strengths, breaking strengths, levels, curves, pairs."""

from collections.abc import Sequence

from core.types.corpus import Relation
from core.types.jobs import JobView
from core.types.number_text import MISSING
from core.types.robustness import (
    BoxSource,
    Breaking,
    PerturbationSpec,
    ResponseCurve,
    ResponsePoint,
    Rival,
)
from core.types.scores import P_YES, ScoreKind
from core.types.sets import RobustnessReport
from ui.address_values import number_text
from ui.screens.perturb.strengths import strength_text
from ui.shared.text import (
    file_name,
    no_probability,
    scored,
    scored_in,
    scorer_word,
    seconds_text,
)

MEASURING = "measuring"
BOX_WORDS: dict[BoxSource, str] = {
    "manifest": "box from the manifest",
    "drawn": "box drawn",
    "assumed": "box assumed: the central 60 % of each side",
}


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


def curve_name(kind: ScoreKind) -> str:
    """Return what the second stage's curve is called."""
    return f"MLLM {kind.name}" if kind.is_margin else scorer_word(kind)


# ---- who is paired -----------------------------------------------------------------------------


def pair_word(curve: ResponseCurve) -> str:
    """Return what the damaged image is paired with: `copy`, `positive`, `intruder`, `candidate`."""
    if curve.damage.pair == "self":
        return "damaged copy"
    return relation_word(curve.relation)


def relation_word(relation: Relation | None) -> str:
    """Return what a candidate is to its query."""
    return (
        relation if relation in ("positive", "negative") else f"{relation or ''} candidate".strip()
    )


def pair_note(curve: ResponseCurve) -> str:
    """Return which image is damaged, how its box is known, and the seed."""
    other = "" if curve.damage.pair == "self" else f"{file_name(curve.candidate_id)}, "
    return f"{other}{curve.damage.side} damaged, box {curve.box.source}, seed {curve.damage.seed}"


def rival_text(rival: Rival) -> str:
    """Return the rival as the plot names it: `strongest negative, 0197.jpg`."""
    return f"strongest {rival.relation}, {file_name(rival.image_id)}"


def lead_text(curve: ResponseCurve) -> str:
    """Return at which strength the negative of pair and rival takes the lead, in words."""
    if curve.rival is None:
        return MISSING
    if not is_complete(curve):
        return MEASURING
    lost = curve.lead_lost
    if lost is None:
        return "not known"
    if lost.reason == "never":
        return "never"
    if lost.reason == "below_at_neutral":
        return "from the start"
    return " and ".join(strength_text(curve.spec, value) for value in crossings(lost))


# ---- a level -----------------------------------------------------------------------------------


def fate(point: ResponsePoint | None, line: float | None) -> str:
    """Return how a level stands: `waiting`, `failed`, `below` the line or `above`."""
    if point is None:
        return "waiting"
    if point.margin is None:
        return "failed"
    return "below" if line is not None and point.margin < line else "above"


def level_score(point: ResponsePoint | None, kind: ScoreKind) -> str:
    """Return what stands under a level's picture."""
    if point is None:
        return "…"
    return "failed" if point.margin is None else scored(point.margin, kind)


def level_label(
    spec: PerturbationSpec, level: float, point: ResponsePoint | None, how: str, kind: ScoreKind
) -> str:
    """Return a level in words, `how` being its fate."""
    neutral = ", neutral" if level == spec.neutral else ""
    words = "not measured yet"
    if point is not None and point.margin is None:
        words = f"not scored: {point.problem or 'no reason given'}"
    elif point is not None:
        side = ", below the hard negatives" if how == "below" else ""
        words = f"{kind.name} {scored_in(point.margin, kind)}{side}, rank {point.rank}"
    return f"{strength_text(spec, level)} {spec.unit}{neutral}: {words}"


def level_title(curve: ResponseCurve, strength: float) -> str:
    """Return the perturbation and the strength: `blur 2 %`."""
    return f"{curve.spec.name} {strength_text(curve.spec, strength)}"


def level_sentence(curve: ResponseCurve, point: ResponsePoint | None) -> str:
    """Return what was measured at a level: rank, score, how far from the hard negatives."""
    if point is None:
        return "This level is not measured yet."
    if point.margin is None or point.rank is None:
        return f"This level was not scored: {point.problem or 'no reason given'}."
    above = "no other image stands" if point.rank == 1 else f"{point.rank - 1} stand"
    if point.rank == 2:
        above = "1 image stands"
    kind, score = curve.kind, scored_in(point.margin, curve.kind)
    told = [
        f"The {pair_word(curve)} has rank {point.rank}: of {curve.n_ranked:,} images, {above} "
        f"above its {kind.name} of {score}."
    ]
    if curve.hard_negative_margin is not None:
        gap = _gap(point.margin, curve.hard_negative_margin, kind)
        told.append(f"It lies {gap} the hard negatives' mean.")
    if curve.rival is not None and point.rival_margin is not None:
        gap = _gap(point.margin, point.rival_margin, kind)
        told.append(f"It lies {gap} the {rival_text(curve.rival)}.")
    if curve.damage.side == "candidate":
        told.append("A damaged candidate is no query, so it has no shortlist of its own.")
    return " ".join(told)


def _gap(score: float, other: float, kind: ScoreKind) -> str:
    size = scored_in(abs(score - other), kind).lstrip("+")
    return f"{size} {'above' if score >= other else 'below'}"


def level_facts(point: ResponsePoint, kind: ScoreKind) -> list[tuple[str, str, str]]:
    """Return the numbers of a level as (name, number, tool tip)."""
    why = "" if kind.has_probability else no_probability(kind)
    facts = [
        (kind.name, scored_in(point.margin, kind, 1), kind.meaning),
        (kind.probability or P_YES, fixed(point.probability, 4), why),
        ("cosine", fixed(point.cosine, 4), ""),
        ("rank", str(point.rank) if point.rank is not None else MISSING, ""),
    ]
    if point.perturbed_negative_margin is not None:
        again = scored_in(point.perturbed_negative_margin, kind, 1)
        facts.append(("hard negatives, again", again, ""))
    if point.rival_margin is not None:
        facts.append(("rival", scored_in(point.rival_margin, kind, 1), ""))
    if point.pasted:
        names = ", ".join(file_name(pasted.image_id) for pasted in point.pasted)
        facts.append(("pasted", names, ""))
    return facts


def fixed(value: float | None, decimals: int) -> str:
    """Return a number with a fixed number of decimals, or a dash."""
    return MISSING if value is None else f"{value:.{decimals}f}"


# ---- a curve -----------------------------------------------------------------------------------


def key_figures(curve: ResponseCurve) -> list[tuple[str, str, str, str]]:
    """Return a curve's key figures as (label, value, remark, colour)."""
    kind = curve.kind
    broken = (crossings(curve.breaking_margin), crossings(curve.breaking_cosine))
    titles = (
        f"{scorer_word(kind)} breaks at" if broken[0] else curve_name(kind),
        "descriptor breaks at" if broken[1] else "descriptor cosine",
    )
    lines = (
        _mean(curve.hard_negative_margin, scored_in(curve.hard_negative_margin, kind)),
        _mean(curve.hard_negative_cosine, fixed(curve.hard_negative_cosine, 3)),
    )
    cells = [
        (titles[0], breaking_text(curve, of_margin=True), lines[0], "after"),
        (titles[1], breaking_text(curve, of_margin=False), lines[1], "before"),
    ]
    if curve.rival is not None:
        cells.append((_lead_title(curve), lead_text(curve), rival_text(curve.rival), "plain"))
    cells.append(
        (
            "rank, neutral → last level",
            ranks_text(curve),
            f"over {curve.n_ranked:,} images",
            "plain",
        )
    )
    who = "self" if curve.damage.pair == "self" else pair_word(curve)
    cells.append(("pair", who, pair_note(curve), "plain"))
    return [
        (label, value, about, f"{kind} sl-kpi-words" if len(value) > 14 else kind)
        for label, value, about, kind in cells
    ]


def _lead_title(curve: ResponseCurve) -> str:
    return "this negative leads" if curve.relation == "negative" else "a negative leads"


def _mean(line: float | None, text: str) -> str:
    return "no dashed line" if line is None else f"hard negatives' mean {text}"


def ends_of(curve: ResponseCurve) -> tuple[ResponsePoint | None, ResponsePoint | None]:
    """Return the points at neutral and at the last level; None where there is none."""
    by_strength = {point.strength: point for point in curve.points}
    return by_strength.get(curve.spec.neutral), by_strength.get(curve.spec.levels[-1])


def ranks_text(curve: ResponseCurve) -> str:
    """Return the ranks at neutral and at the last level."""
    found = ends_of(curve)
    return " → ".join(MISSING if p is None or p.rank is None else str(p.rank) for p in found)


def scores_text(curve: ResponseCurve) -> str:
    """Return the scores at neutral and at the last level, without their unit."""
    return " → ".join(
        MISSING if p is None else scored(p.margin, curve.kind) for p in ends_of(curve)
    )


def rank_title(curve: ResponseCurve | None) -> str:
    """Return of what the rank is."""
    return "Rank" if curve is None else f"Rank of the {pair_word(curve)}"


def scorer_rows(own: ResponseCurve, others: Sequence[ResponseCurve]) -> list[tuple[str, ...]]:
    """Return a row per scorer, the descriptor second: name, breaks at, line, scores, ranks."""
    return [_scorer_row(own), _descriptor_row(own), *map(_scorer_row, others)]


def _scorer_row(curve: ResponseCurve) -> tuple[str, ...]:
    kind = curve.kind
    line = scored_in(curve.hard_negative_margin, kind)
    return (
        kind.name,
        breaking_text(curve),
        line,
        f"{scores_text(curve)} {kind.unit}",
        ranks_text(curve),
    )


def _descriptor_row(curve: ResponseCurve) -> tuple[str, ...]:
    scores = (fixed(None if p is None else p.cosine, 3) for p in ends_of(curve))
    breaks = breaking_text(curve, of_margin=False)
    line = fixed(curve.hard_negative_cosine, 3)
    return ("descriptor", breaks, line, f"{' → '.join(scores)} cosine", MISSING)


def done_text(view: JobView) -> str:
    """Return how many levels are measured, and how long that took."""
    found, took = view.progress, " ".join(seconds_text(view.seconds))
    return f"{found.done} {found.unit} measured in {took}. Stored scores are not computed again."


def level_values(spec: PerturbationSpec) -> str:
    """Return the levels as the page's script reads them."""
    return "|".join(number_text(level) for level in spec.levels)


def level_texts(spec: PerturbationSpec) -> str:
    """Return the levels in words, as the page's script reads them."""
    return "|".join(strength_text(spec, level) for level in spec.levels)


def set_done_text(report: RobustnessReport) -> str:
    """Return how many queries of a set are measured, and how many were left out."""
    left = f"; {len(report.left_out)} left out" if report.left_out else ""
    n = f"{len(report.instances)} queries of {len(set(report.instances.values()))} instances"
    return f"{n} measured{left}. Stored scores are not computed again."
