"""A set of queries: its choosers, what it costs, its mean curve, breaking strengths, report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import plotly.graph_objects as go
from markupsafe import Markup

from core.errors import SecondLookError
from core.types.jobs import JobView
from core.types.number_text import MISSING
from core.types.sets import BreakingStrengths, RobustnessReport, SetCost, SetResponse
from ui import messages
from ui.screens.perturb.choosers import Chip, Choice, Damaged, damaged, perturbations
from ui.screens.perturb.selection import (
    DEFAULT_COUNT,
    patch_text,
    set_key,
    set_request,
    set_state,
    shown_name,
)
from ui.screens.perturb.set_figure import HEIGHT_PX, set_plot
from ui.screens.perturb.words import strength_text
from ui.selection import MAX_PARTS, ViewState
from ui.shared.screen import Page
from ui.shared.text import clock_text, seconds_text

MAX_REASONS = 20


@dataclass(frozen=True, slots=True)
class ModesContext:
    """The switch between one pair and a set of queries."""

    template: ClassVar[str] = "perturb/modes.html"
    modes: tuple[Chip, ...]


@dataclass(frozen=True, slots=True)
class SetControlsContext:
    """The choosers of a set; `count` is None where all queries are taken."""

    template: ClassVar[str] = "perturb/set_controls.html"
    sets: tuple[Choice, ...]
    chosen: str
    choice: str
    count: int | None
    most: int
    slices: tuple[tuple[str, str], ...]
    within: str
    perturbed: tuple[Chip, ...]
    against: str
    damaged: Damaged


@dataclass(frozen=True, slots=True)
class SetContext:
    """The bar of a set's measurement and its table; `cost` is what it takes before it starts."""

    template: ClassVar[str] = "perturb/set.html"
    key: str
    view: JobView | None
    cost: str
    problem: str
    report: RobustnessReport | None
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figure_px: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportContext:
    """The bar of a set's report, its figure so far, and its files once it is complete."""

    template: ClassVar[str] = "perturb/report.html"
    key: str
    view: JobView | None
    cost: str
    problem: str
    report: RobustnessReport | None
    figure: Markup
    files: tuple[str, ...]
    reasons: tuple[str, ...]


def show_modes(page: Page, state: ViewState) -> Markup:
    """Return the switch between one pair and a set of queries."""
    of_set = state.set_of is not None
    one = patch_text(replace(state, set_of=None, within=""))
    many = patch_text(state if of_set else set_state(state))
    return page.html(
        ModesContext(((one, "One pair", not of_set, ""), (many, "A set of queries", of_set, "")))
    )


def show_controls(page: Page, state: ViewState) -> Markup | None:
    """Return the choosers of a set; None where none is chosen."""
    if state.set_of is None:
        return None
    workbench = page.workbench
    count = state.count or DEFAULT_COUNT
    sets: tuple[Choice, ...] = (
        (f"set=hardest%3A{count}", "hardest", "Those with the lowest AP after re-ranking"),
        (f"set=spread%3A{count}", "spread", "Evenly spread over all queries in their order"),
        ("set=spread%3A0", "all", "Every query"),
    )
    return page.html(
        SetControlsContext(
            sets=sets,
            chosen=f"set={state.set_of}%3A{state.count}",
            choice=state.set_of,
            count=count if state.count else None,
            most=MAX_PARTS,
            slices=_slices(state, workbench.set_sweeps.slices()),
            within=state.within,
            perturbed=perturbations(shown_name(state)),
            against=f"pair={state.damage.pair}",
            damaged=damaged(state, workbench.robustness.rivals.offered()),
        )
    )


def show_set(page: Page, state: ViewState) -> Markup | None:
    """Return how far the set is measured, and where its pairs break; None where none is chosen."""
    if state.set_of is None:
        return None
    request = set_request(state, is_report=False)
    task = page.workbench.work.measure_set(request)
    report, rows, heads = task.result(), (), ()
    if report is not None:
        (response,) = report.responses
        heads, rows = table_heads(response), table_rows(response)
    cost, problem = _cost(page, state, is_report=False)
    reasons = _reasons(report)
    return page.html(
        SetContext(task.key, task.view(), cost, problem, report, heads, rows, HEIGHT_PX, reasons)
    )


def plot_set(page: Page, state: ViewState) -> go.Figure | None:
    """Return the means so far; None before the first query, and where no set is chosen."""
    if state.set_of is None:
        return None
    request = set_request(state, is_report=False)
    report = page.workbench.work.measure_set(request).result()
    if report is None:
        return None
    (response,) = report.responses
    return set_plot(response.spec, response.responses, set_key(state))


def show_report(page: Page, state: ViewState) -> Markup | None:
    """Return the report of all ten so far; None where no set is chosen."""
    if state.set_of is None:
        return None
    task = page.workbench.work.report(set_request(state, is_report=True))
    made = task.result()
    cost, problem = _cost(page, state, is_report=True)
    report = None if made is None else made.report
    figure = Markup() if report is None else page.workbench.set_sweeps.figure(report)
    files = () if made is None else made.files
    reasons = _reasons(report)
    return page.html(
        ReportContext(task.key, task.view(), cost, problem, report, figure, files, reasons)
    )


def _cost(page: Page, state: ViewState, *, is_report: bool) -> tuple[str, str]:
    """Return what the work takes at most, or the sentence of why it cannot be done."""
    request = set_request(state, is_report=is_report)
    try:
        return cost_text(page.workbench.set_sweeps.cost(request)), ""
    except SecondLookError as error:
        return "", messages.error_text(error)


def cost_text(cost: SetCost) -> str:
    """Return pairs x ms = time, as a bound: what is stored is not computed again."""
    pairs = f"{cost.n_queries:,} queries × {cost.n_levels} levels = {cost.n_pairs:,} pairs"
    if cost.n_pairs > cost.n_queries * cost.n_levels:
        per_level = cost.n_pairs // (cost.n_queries * cost.n_levels)
        pairs = (
            f"{cost.n_queries:,} queries × {cost.n_levels} levels × {per_level} images = "
            f"{cost.n_pairs:,} pairs"
        )
    more = f" for each of {cost.n_scorers} scorers" if cost.n_scorers > 1 else ""
    if cost.seconds_per_pair is None:
        return f"At most {pairs}{more}; no pair is timed yet."
    seconds = cost.n_pairs * cost.n_scorers * cost.seconds_per_pair
    number, unit = seconds_text(cost.seconds_per_pair)
    text = f"At most {pairs}{more} × {number} {unit} = {_duration(seconds)}"
    if cost.seconds_per_image is None:
        return (
            f"{text}, and {cost.n_queries * cost.n_levels:,} images to encode; less what is stored."
        )
    images = cost.n_queries * cost.n_levels * cost.seconds_per_image
    return f"{text}, and {_duration(images)} of encoding; less what is stored."


def _duration(seconds: float) -> str:
    return clock_text(seconds) or " ".join(seconds_text(seconds))


def _slices(state: ViewState, found: Mapping[str, Sequence[str]]) -> tuple[tuple[str, str], ...]:
    """Return the slices that a set can be narrowed to; empty where the corpus has none."""
    names = [f"{name}={value}" for name, values in found.items() for value in values]
    if state.within and state.within not in names:
        names.insert(0, state.within)
    return (("", "every query"), *((name, name) for name in names)) if names else ()


def _reasons(report: RobustnessReport | None) -> tuple[str, ...]:
    if report is None:
        return ()
    return tuple(f"{query_id}: {why}" for query_id, why in report.left_out[:MAX_REASONS])


def table_heads(response: SetResponse) -> tuple[str, ...]:
    """Return the columns of the breaking strengths."""
    breaks = f"breaks at, {response.spec.unit} [95 %]"
    return (
        *("scorer", breaks, "median", "broke", "never", "below at neutral", "no line"),
        "not scored",
    )


def table_rows(response: SetResponse) -> tuple[tuple[str, ...], ...]:
    """Return every scorer's breaking strength with its interval, and how its pairs end."""
    return tuple(
        (
            one.scorer if found.direction == "any" else f"{one.scorer}, {found.direction}",
            *_cells(response, found),
        )
        for one in response.responses
        for found in one.breaking
    )


def _cells(response: SetResponse, found: BreakingStrengths) -> tuple[str, ...]:
    spec = response.spec
    mean = MISSING
    if found.mean is not None:
        mean = strength_text(spec, found.mean.mean) if found.n_crossed else "never"
        ends = found.mean.interval
        if ends is not None and found.n_crossed:
            mean += f" [{strength_text(spec, ends.low)}, {strength_text(spec, ends.high)}]"
    median = "never" if found.median_never else MISSING
    if found.median is not None:
        median = strength_text(spec, found.median)
    counts = (found.n_crossed, found.n_never, found.n_below_at_neutral)
    return mean, median, *map(str, (*counts, found.n_no_line, found.n_not_scored))
