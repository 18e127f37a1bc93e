"""A robustness report as one HTML page that opens offline: no script, no request, names escaped."""

from collections.abc import Callable, Mapping

from markupsafe import Markup

from core.reporting.text import esc, page, table
from core.types.number_text import MISSING, with_minus
from core.types.robustness import PerturbationSpec
from core.types.sets import BreakingStrengths, RobustnessReport, ScorerResponse

_OWN_STYLE = (
    "svg.panels { width: 100%; max-width: none; min-width: 720px; height: auto; } "
    "svg.panels.narrow { min-width: 0; max-width: 560px; } "
    "table:not(.words) :is(td, thead th) { overflow-wrap: normal; }"
)


def robustness_html(report: RobustnessReport, figure: Markup) -> Markup:
    """Return the page: the SVG, breaking strengths per scorer, what was left out, receipt."""
    fields = report.receipt.fields
    scorers = report.responses[0].responses
    parts = [
        f"<h1>Robustness: {esc(report.corpus)}, {esc(fields.get('model', ''))}</h1>",
        f'<p class="quiet">Receipt {esc(report.receipt.receipt_id)}, made by Second Look.</p>',
        f"<p>{esc(set_text(report))}</p>{_boxes(report)}",
        f'<div class="scroll" tabindex="0">{figure}</div>',
        *(_strengths(report, place, one) for place, one in enumerate(scorers)),
        _left_out(report),
        "<h2>Receipt</h2>",
        table(("field", "value"), [*fields.items()], words=True),
        _MEANING,
    ]
    return page(f"Robustness, {report.corpus}", parts, _OWN_STYLE)


def set_text(report: RobustnessReport) -> str:
    """Return what was swept in a sentence or two."""
    asked, damage = report.request, report.request.damage
    n, n_instances = len(report.instances), len(set(report.instances.values()))
    chosen = {
        "spread": "evenly spread",
        "hardest": "those with the lowest AP after re-ranking",
    }[asked.choose]
    if asked.n_queries is None:
        chosen = "all"
    within = f" of the slice {asked.slice_name}" if asked.slice_name else ""
    pair = {
        "self": "each image against its own damaged copy",
        "positive": "each query against its best-ranked positive",
    }[damage.pair]
    ranked = sorted({curve.n_ranked for curve in report.curves})
    counted = f"{ranked[0]}" if len(ranked) == 1 else f"{ranked[0]} to {ranked[-1]}"
    again = " of a new shortlist of every damaged query" if damage.retrieve_again else ""
    return (
        f"{n} queries ({chosen}{within}) of {n_instances} instances: {pair}, the {damage.side} "
        f"damaged, seed {damage.seed}; ranks are counted over {counted} other images{again}."
    )


def _boxes(report: RobustnessReport) -> Markup:
    n = report.boxes.get("assumed", 0)
    if not n:
        return Markup()
    return Markup(
        f'<p class="caution">{n} of {sum(report.boxes.values())} damaged images have no object '
        "box: the central 60 % of each side is assumed, on which background scaling, clutter and "
        "occlusion depend.</p>"
    )


def _strengths(report: RobustnessReport, place: int, one: ScorerResponse) -> Markup:
    rows = [
        tuple(read(response.spec, found) for read in _COLUMNS.values())
        for response in report.responses
        for found in response.responses[place].breaking
    ]
    return Markup(f"<h2>Breaking strength: {esc(one.scorer)}</h2>{table(tuple(_COLUMNS), rows)}")


def _name(spec: PerturbationSpec, found: BreakingStrengths) -> str:
    return spec.name if found.direction == "any" else f"{spec.name}, {found.direction}"


def _mean(found: BreakingStrengths) -> str:
    if found.mean is None:
        return MISSING
    if found.n_crossed == 0:
        return "never"
    ends = found.mean.interval
    text = _strength(found.mean.mean)
    return text if ends is None else f"{text} [{_strength(ends.low)}, {_strength(ends.high)}]"


def _median(found: BreakingStrengths) -> str:
    if found.median is None:
        return "never" if found.median_never else MISSING
    return _strength(found.median)


def _strength(value: float) -> str:
    return with_minus(f"{value:.3g}")


_COLUMNS: Mapping[str, Callable[[PerturbationSpec, BreakingStrengths], object]] = {
    "perturbation": _name,
    "unit": lambda spec, _: spec.unit,
    "restricted mean [95 %]": lambda _, found: _mean(found),
    "median": lambda _, found: _median(found),
    "broke": lambda _, found: found.n_crossed,
    "never": lambda _, found: found.n_never,
    "below at neutral": lambda _, found: found.n_below_at_neutral,
    "no line": lambda _, found: found.n_no_line,
    "not scored": lambda _, found: found.n_not_scored,
    "n": lambda _, found: found.n,
}


def _left_out(report: RobustnessReport) -> Markup:
    if not report.left_out:
        return Markup()
    rows: list[tuple[object, ...]] = list(report.left_out)
    return Markup(
        f"<h2>Left out: {len(rows)} queries</h2>{table(('query', 'why'), rows, words=True)}"
    )


_MEANING = (
    "<h2>What the numbers mean</h2><p>Dashed: the mean score of each query's hard negatives (the "
    "highest-scoring 5 % of the negatives that were scored), undamaged, averaged over the queries; "
    "dotted, where the query is damaged: the same negatives scored against the damaged query. "
    "Above line: the share of pairs whose score is at least their own query's line. A pair breaks "
    "where its curve first falls under its line, going away from neutral, interpolated on the "
    "plotted axis; brightness breaks in two directions. Restricted mean: over the pairs that start "
    "above their line, one that never breaks counted at the strongest level, averaged on the "
    "plotted axis. Median: over the same pairs, one that never breaks counted beyond the strongest "
    "level. Not scored: the scorer holds no score of the damaged image, as an import does not, so "
    "that nothing is known beyond the neutral level. Intervals and bands are 95 %, from a "
    "bootstrap over instances with 10,000 draws.</p>"
)
