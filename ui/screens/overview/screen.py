"""What the Overview shows: sentence, strips, figures, scatter, moved positives, trade-offs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import plotly.graph_objects as go
from markupsafe import Markup

from core.errors import SettingsError
from core.types.benchmarks import ProtocolNumbers
from core.types.pipelines import PresetOffer
from core.types.rankings import FailureClass, QueryChange, QueryRow
from core.types.reliability import Reliability
from core.types.runs import Summary
from core.types.scorers import MovedPositives, ScorerEntry
from core.types.states import State
from core.types.tradeoff import TradeoffChoice
from ui import messages
from ui.screens.overview import reliability, staircase, words
from ui.screens.overview.figure import HEIGHT_PX, quality_by_memory, quality_by_time
from ui.selection import ViewState
from ui.shared.figures import ap_scatter
from ui.shared.screen import Page, Part, Screen
from ui.shared.text import class_rules

N_CHANGES = 5
N_MOSAIC = 84
N_MOVED = 8


@dataclass(frozen=True, slots=True)
class MainContext:
    """The whole screen but for what stands below it; `change` is what counts as a rescue.

    `offer` is a preset that puts the right image first more often, None where no place is lost.
    `run_id` is the run that holds these numbers; without one they are kept where they `can_keep`.
    """

    template: ClassVar[str] = "overview/main.html"
    headline: str
    run_id: str | None
    can_keep: bool
    standing: State
    summary: Summary
    rescues: Sequence[QueryChange]
    harms: Sequence[QueryChange]
    rules: Mapping[FailureClass, str]
    change: float
    offer: PresetOffer | None
    scatter_px: int
    stages_px: int


@dataclass(frozen=True, slots=True)
class WaitingContext:
    """Pictures of the queries, and why there are no numbers."""

    template: ClassVar[str] = "overview/waiting.html"
    standing: State
    rows: Sequence[QueryRow]
    n_queries: int


@dataclass(frozen=True, slots=True)
class MovedContext:
    """Positives by how two scorers move them; `problem` is why not those that were asked for."""

    template: ClassVar[str] = "overview/moved.html"
    found: MovedPositives | None
    entries: Sequence[ScorerEntry]
    problem: str


@dataclass(frozen=True, slots=True)
class ProtocolContext:
    """The published numbers of the benchmark that is open, before and after."""

    template: ClassVar[str] = "overview/protocol.html"
    numbers: ProtocolNumbers


@dataclass(frozen=True, slots=True)
class ReliabilityContext:
    """Probabilities held against the ground truth, the last stage's last."""

    template: ClassVar[str] = "overview/reliability.html"
    curves: Sequence[Reliability]
    figure_px: int


@dataclass(frozen=True, slots=True)
class TradeoffContext:
    """A table of trade-offs at a budget, or the command that measures one."""

    template: ClassVar[str] = "overview/tradeoff.html"
    choice: TradeoffChoice | None
    command: str | None
    figure_px: int


def show_main(page: Page, state: ViewState) -> Markup:
    """Return sentence, strips, figures and classes; the queries' pictures before the first."""
    workbench, fusion = page.workbench, state.fusion
    standing = workbench.runs.state(fusion)
    is_final = workbench.jobs.status().state != "running"
    summary = workbench.runs.summary(fusion, intervals=is_final)
    info = workbench.info
    if summary is None:
        rows = workbench.queries.rows(fusion, state.visitor)[:N_MOSAIC]
        return page.html(WaitingContext(standing, rows, info.n_queries))
    rescues, harms = workbench.moves.queries(fusion, N_CHANGES, words.N_CARDS)
    run = workbench.saved.run_of(fusion)
    return page.html(
        MainContext(
            headline=workbench.runs.headline(fusion, summary),
            run_id=None if run is None else run.run_id,
            can_keep=is_final and summary.map_after is not None,
            standing=standing,
            summary=summary,
            rescues=rescues,
            harms=harms,
            rules=class_rules(info.easy, info.change),
            change=info.change,
            offer=workbench.presets.better(summary) if is_final else None,
            scatter_px=ap_scatter.HEIGHT_PX,
            stages_px=staircase.HEIGHT_PX,
        )
    )


def plot_scatter(page: Page, state: ViewState) -> go.Figure | None:
    """Return AP before against AP after; None before the first query."""
    outcomes = page.workbench.runs.outcomes(state.fusion)
    return ap_scatter.ap_scatter(outcomes, page.workbench.info.n_queries) if outcomes else None


def plot_stages(page: Page, state: ViewState) -> go.Figure | None:
    """Return mAP per stage; None before the first query."""
    stages = page.workbench.moves.stages(state.fusion)
    return staircase.staircase(stages) if stages else None


def show_moved(page: Page, state: ViewState) -> Markup:
    """Return the positives that two scorers move most."""
    moves, fusion, problem = page.workbench.moves, state.fusion, ""
    entries = page.workbench.scorers.entries()
    try:
        found = moves.positives(state.score_a, state.score_b, fusion, N_MOVED)
    except SettingsError as error:  # an address may name a scorer of another workspace
        found, problem = moves.positives(None, None, fusion, 0), messages.error_text(error)
    return page.html(MovedContext(found, entries, problem))


def show_protocol(page: Page, state: ViewState) -> Markup | None:
    """Return a benchmark's published numbers; None for other corpora and before all is scored."""
    numbers = page.workbench.protocols.of(state.fusion)
    return None if numbers is None else page.html(ProtocolContext(numbers))


def show_reliability(page: Page, state: ViewState) -> Markup | None:
    """Return how well the last stage's probability holds; None where it gives none."""
    curves = page.workbench.reliability.of(state.fusion)
    return page.html(ReliabilityContext(curves, reliability.HEIGHT_PX)) if curves else None


def plot_reliability(page: Page, state: ViewState) -> go.Figure | None:
    """Return the reliability plot; None where `show_reliability` shows nothing."""
    curves = page.workbench.reliability.of(state.fusion)
    return reliability.reliability_plot(curves) if curves else None


def show_tradeoff(page: Page, state: ViewState) -> Markup | None:
    """Return the trade-offs at the budget, or the command that measures them."""
    choice, command = _choice(page, state), page.workbench.tradeoff.command()
    if not page.workbench.info.has_ground_truth or (choice is None and command is None):
        return None
    return page.html(TradeoffContext(choice, command, HEIGHT_PX))


def plot_memory(page: Page, state: ViewState) -> go.Figure | None:
    """Return mAP against bytes per image; None without a table."""
    choice = _choice(page, state)
    return None if choice is None else quality_by_memory(choice)


def plot_time(page: Page, state: ViewState) -> go.Figure | None:
    """Return mAP against seconds per query; None without a table."""
    choice = _choice(page, state)
    return None if choice is None else quality_by_time(choice)


def _choice(page: Page, state: ViewState) -> TradeoffChoice | None:
    return page.workbench.tradeoff.choice(state.budget)


SCREEN = Screen(
    "overview",
    (
        Part("main", show_main, "ranking", ("outcomes", "runs"), is_patient=True),
        Part("scatter", plot_scatter, "ranking", is_patient=True),
        Part("stages", plot_stages, "ranking", is_patient=True),
        Part("moved", show_moved, "ranking moves", is_patient=True, is_later=True),
        Part("protocol", show_protocol, "ranking", ("outcomes",), is_patient=True, is_later=True),
        Part("reliability", show_reliability, "ranking", is_patient=True, is_later=True),
        Part("reliability-plot", plot_reliability, "ranking", is_patient=True),
        Part("tradeoff", show_tradeoff, "budget", signals=("tradeoff",), is_later=True),
        Part("memory", plot_memory, "budget", signals=("tradeoff",)),
        Part("time", plot_time, "budget", signals=("tradeoff",)),
    ),
    words,
)
