"""The table of figures: what each screen's plots are called, and how they are drawn again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import SettingsError
from core.types.runs import RunReport
from core.types.tradeoff import TradeoffChoice
from ui.paper.drawn import Drawn, Steps, chosen_query
from ui.paper.sweeps import response, response_rank, response_set, response_terms
from ui.screens.failures.curves import precision_recall
from ui.screens.failures.figure import descriptor_map
from ui.screens.overview.figure import quality_by_memory, quality_by_time
from ui.screens.overview.reliability import reliability_plot
from ui.screens.overview.staircase import staircase
from ui.screens.queries.figure import rank_flow
from ui.screens.runs.figure import run_scatter
from ui.selection import ViewState
from ui.shared.figures.ap_scatter import ap_scatter
from ui.shared.text import file_name

if TYPE_CHECKING:
    from core.workbench import Workbench


_NOTHING_EVALUATED = (
    "No query is evaluated under this setting yet, so there is nothing to draw; run "
    "`python app.py evaluate`."
)
_Draw = Callable[["Workbench", ViewState], Steps]


@dataclass(frozen=True, slots=True)
class PaperFigure:
    """One plot: its screen, its title, and what draws it for a selection."""

    screen: str
    title: str
    draw: _Draw


def _ap_scatter(bench: "Workbench", state: ViewState) -> Steps:
    yield from ()
    outcomes = bench.runs.outcomes(state.fusion)
    if not outcomes:
        raise SettingsError(_NOTHING_EVALUATED)
    n_queries = bench.info.n_queries
    return Drawn(
        ap_scatter(outcomes, n_queries),
        "AP of each query before and after re-ranking, marked by failure class; above the dotted "
        "diagonal re-ranking helped.",
        _n_of(len(outcomes), n_queries),
        bench.runs.receipt(state.fusion),
    )


def _stages(bench: "Workbench", state: ViewState) -> Steps:
    yield from ()
    stages = bench.moves.stages(state.fusion)
    if not stages:
        raise SettingsError(_NOTHING_EVALUATED)
    return Drawn(
        staircase(stages),
        "mAP of the descriptor's order and of the order that each stage leaves.",
        _n_of(stages[0].n, bench.info.n_queries),
        bench.runs.receipt(state.fusion),
    )


def _reliability(bench: "Workbench", state: ViewState) -> Steps:
    yield from ()
    curves = bench.reliability.of(state.fusion)
    if not curves:
        raise SettingsError(
            "There is no probability to hold against a ground truth: the last stage gives none, "
            "nothing is labelled, or nothing is evaluated yet."
        )
    return Drawn(
        reliability_plot(curves),
        "Probability that a pair is said to match with against the share that does, and the pairs "
        "of each of 15 bins; on the dotted diagonal the two agree.",
        f"n = {curves[-1].n:,} pairs",
        bench.runs.receipt(state.fusion),
    )


def _confidence(bench: "Workbench", state: ViewState) -> Steps:
    yield from bench.confidence.measure(state.fusion, state.first_of)
    report = bench.confidence.report(state.fusion, state.first_of)
    if report is None:
        raise SettingsError(_NOTHING_EVALUATED)
    return Drawn(
        precision_recall(report),
        f"Precision of the first results {report.first_of} re-ranking against their recall as the "
        "threshold of each signal falls, with the area under it; dotted is the share right.",
        f"n = {len(report.right):,} queries, {report.n_right:,} right",
        bench.runs.receipt(state.fusion),
    )


def _rank_flow(bench: "Workbench", state: ViewState) -> Steps:
    yield from ()
    view = bench.queries.inspect(chosen_query(state), state.fusion, 1)
    if not view.n_shortlist:
        raise SettingsError("The index is not built yet; run `python app.py index` first.")
    return Drawn(
        rank_flow(view),
        f"Ranks of the candidates of {file_name(view.query.image_id)} before re-ranking (top), "
        "after each stage and after all (bottom), a line per candidate. Under the axis: places "
        "that an intruder (✕, a negative above the first positive) or a positive (✓) moved up (▲) "
        "or down (▼).",
        f"n = {len(view.moved)} candidates",
        bench.runs.receipt(state.fusion),
    )


def _tradeoff_memory(bench: "Workbench", state: ViewState) -> Steps:
    yield from ()
    choice = tradeoff_choice(bench, state)
    what = (
        "mAP after re-ranking against the bytes that are stored per image, a mark per compression; "
        "the vertical line is the memory budget, the ring the best setting within it."
    )
    return Drawn(quality_by_memory(choice), what, _n_tradeoff(choice), choice.table.receipt)


def _tradeoff_time(bench: "Workbench", state: ViewState) -> Steps:
    yield from ()
    choice = tradeoff_choice(bench, state)
    what = (
        "mAP after re-ranking against the computing time per query, of each scorer's best "
        "compression within the memory budget; numbers at the marks are depths, the ring is the "
        "best setting."
    )
    return Drawn(quality_by_time(choice), what, _n_tradeoff(choice), choice.table.receipt)


def tradeoff_choice(bench: "Workbench", state: ViewState) -> TradeoffChoice:
    """Return the measured trade-offs at the selection's budget.

    Raises:
        SettingsError: None are measured.
    """
    choice = bench.tradeoff.choice(state.budget)
    if choice is None:
        raise SettingsError(
            "No trade-offs are measured in this workspace; run `python app.py tradeoff`."
        )
    return choice


def _descriptor_map(bench: "Workbench", state: ViewState) -> Steps:
    yield from ()
    drawn = bench.maps.map(state.projection)
    if drawn is None:
        raise SettingsError("The index is not built yet; run `python app.py index` first.")
    colour = state.colour or next(iter(bench.maps.colours(drawn)), "")
    labels = bench.maps.labels(drawn, colour, state.fusion)
    links = bench.maps.links(drawn, state.query, state.slice, state.fusion)
    figure = descriptor_map(drawn, labels, links, by_class=colour == "class")
    lines = " Lines join queries to their positives." if links.rows else ""
    return Drawn(
        figure,
        f"Descriptors of images in two dimensions ({drawn.projection.upper()}), marked by "
        f"{colour}; large marks are queries.{lines}",
        f"n = {drawn.n_images:,} database images and {drawn.n_queries:,} queries",
        bench.runs.receipt(state.fusion),
    )


def _run(bench: "Workbench", state: ViewState) -> Steps:
    yield from ()
    report = run_of(bench, state)
    if state.against in (None, report.run_id):
        n_queries = report.summary.n_queries
        return Drawn(
            ap_scatter(report.outcomes, n_queries),
            "AP of each query before and after re-ranking, marked by failure class; above the "
            "dotted diagonal re-ranking helped.",
            _n_of(len(report.outcomes), n_queries),
            report.receipt,
        )
    found = bench.saved.compare(state.against or "", report.run_id)
    return Drawn(
        run_scatter(found),
        f"AP of each query after re-ranking in run A ({found.a.run_id}) and in run B "
        f"({found.b.run_id}); above the dotted diagonal B is better.",
        f"n = {found.n_common} queries",
        report.receipt,
    )


def run_of(bench: "Workbench", state: ViewState) -> RunReport:
    """Return the run that a selection names, or the newest.

    Raises:
        SettingsError: There is none yet.
        UnknownRunError: There is none of this name.
    """
    entries = bench.saved.entries().entries
    newest = next((one.run_id for one in entries if one.report is not None), None)
    run_id = state.run or newest
    if run_id is None:
        raise SettingsError("No run is saved in this workspace; run `python app.py evaluate`.")
    return bench.saved.report(run_id)


def _n_of(n: int, n_all: int) -> str:
    return f"n = {n} queries" if n == n_all else f"n = {n} of {n_all} queries"


def _n_tradeoff(choice: TradeoffChoice) -> str:
    return f"n = {choice.table.n_corpus_queries} queries"


FIGURES: Mapping[str, PaperFigure] = {
    "ap-scatter": PaperFigure("overview", "AP before against AP after", _ap_scatter),
    "stages": PaperFigure("overview", "mAP per stage", _stages),
    "reliability": PaperFigure("overview", "Reliability", _reliability),
    "tradeoff-memory": PaperFigure("overview", "Quality against memory", _tradeoff_memory),
    "tradeoff-time": PaperFigure("overview", "Quality against time", _tradeoff_time),
    "rank-flow": PaperFigure("queries", "Rank flow", _rank_flow),
    "response": PaperFigure("perturb", "Scores against strength", response),
    "response-terms": PaperFigure("perturb", "Terms of evidence against strength", response_terms),
    "response-rank": PaperFigure("perturb", "Rank against strength", response_rank),
    "response-set": PaperFigure("perturb", "Mean scores against strength", response_set),
    "confidence": PaperFigure("failures", "Precision against recall", _confidence),
    "descriptor-map": PaperFigure("failures", "Descriptor map", _descriptor_map),
    "run": PaperFigure("runs", "A run, or two runs compared", _run),
}
"""Every plot of the screen by its name."""


def figure_named(name: str) -> PaperFigure:
    """Return the figure of this name.

    Raises:
        SettingsError: There is none.
    """
    found = FIGURES.get(name)
    if found is None:
        raise SettingsError(f"There is no figure '{name}'; use one of: {', '.join(FIGURES)}.")
    return found
