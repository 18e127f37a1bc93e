"""What the Failures screen shows: ledger, classes, groups, slices, suspect labels, the map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar
from urllib.parse import urlencode

import plotly.graph_objects as go
from markupsafe import Markup

from core.errors import SecondLookError
from core.types.annotation import Queue, QueueSpec
from core.types.confidence import ConfidenceReport, FirstOf
from core.types.failures import FailureReport, QuerySlice
from core.types.jobs import JobView
from core.types.maps import DescriptorMap, MapLinks, SelectionMeans
from core.types.rankings import FailureClass, QueryOutcome
from ui import messages
from ui.screens.failures import words
from ui.screens.failures.curves import CURVES_PX, precision_recall
from ui.screens.failures.figure import HEIGHT_PX, descriptor_map
from ui.screens.failures.parts import ask_in_parts, show_parts
from ui.screens.failures.routes import add_confidence_route
from ui.screens.failures.words import PRECISION, SignalRow
from ui.selection import ViewState, only
from ui.shared.screen import Asked, Job, Page, Part, Screen
from ui.shared.text import class_rules


@dataclass(frozen=True, slots=True)
class ReportContext:
    """All panels of one report; `job` measures pictures, None where nobody asked for it."""

    template: ClassVar[str] = "failures/report.html"
    report: FailureReport
    rules: Mapping[FailureClass, str]
    is_running: bool
    job: JobView | None


@dataclass(frozen=True, slots=True)
class SuspectsContext:
    """Labels that other queries contradict; None while the evaluation runs."""

    template: ClassVar[str] = "failures/suspects.html"
    queue: Queue | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A map with what is joined on it; `n_members` counts the queries of the chosen slice."""

    map: DescriptorMap
    links: MapLinks
    outcome: QueryOutcome | None
    n_members: int | None
    selections: Sequence[SelectionMeans]


@dataclass(frozen=True, slots=True)
class MapContext:
    """The descriptor map, or why there is none; `version` is that of the thumbnails' addresses."""

    template: ClassVar[str] = "failures/map.html"
    projection: str
    colour: str
    colours: Sequence[str]
    query: str | None
    chosen: QuerySlice | None
    drawn: Drawn | None
    problem: str
    is_error: bool
    version: str
    figure_px: int


@dataclass(frozen=True, slots=True)
class ConfidenceContext:
    """Which first results can be trusted; no report before one is known.

    `n_missing` stages have not been asked about every first result; `job` asks them.
    """

    template: ClassVar[str] = "failures/confidence.html"
    first_of: FirstOf
    report: ConfidenceReport | None
    rows: Sequence[SignalRow]
    n_missing: int
    job: JobView | None
    address: str
    figure_px: int


def show_report(page: Page, state: ViewState) -> Markup:
    """Return every panel of the report; one sentence before the first query."""
    workbench = page.workbench
    info = workbench.info
    if not info.has_ground_truth:
        return page.nothing(messages.NO_GROUND_TRUTH)
    is_running = workbench.jobs.status().state == "running"
    report = workbench.failures.report(state.fusion, state.bounds, slices=not is_running)
    if not report.n_evaluated:
        return page.nothing(workbench.runs.state(state.fusion).text)
    rules = class_rules(info.easy, info.change)
    job = workbench.work.measure_pictures(state.depth).view()
    return page.html(ReportContext(report, rules, is_running, job))


def show_suspects(page: Page, state: ViewState) -> Markup:
    """Return how many labels are suspect, and the first of them."""
    workbench = page.workbench
    if workbench.jobs.status().state == "running":
        return page.html(SuspectsContext(None))
    queue = workbench.annotations.queue(QueueSpec("suspect"), state.fusion)
    return page.html(SuspectsContext(queue))


def show_confidence(page: Page, state: ViewState) -> Markup | None:
    """Return which signals tell whether a first result is right; None without ground truth."""
    workbench = page.workbench
    if not workbench.info.has_ground_truth:
        return None
    task = workbench.work.ask_about_firsts(state.fusion, state.first_of)
    report = workbench.confidence.report(state.fusion, state.first_of)
    rows = () if report is None else _rows(page, report)
    return page.html(
        ConfidenceContext(
            first_of=state.first_of,
            report=report,
            rows=rows,
            n_missing=workbench.confidence.n_missing(report),
            job=task.view(),
            address=urlencode(only(state, "view", "ranking", "confidence")),
            figure_px=CURVES_PX,
        )
    )


def _rows(page: Page, report: ConfidenceReport) -> tuple[SignalRow, ...]:
    trusted = page.workbench.confidence.trusted
    return tuple(SignalRow(one, trusted(report, one.name, PRECISION)) for one in report.shown)


def plot_confidence(page: Page, state: ViewState) -> go.Figure | None:
    """Return precision against recall; None where `show_confidence` has no signal."""
    if not page.workbench.info.has_ground_truth:
        return None
    report = page.workbench.confidence.report(state.fusion, state.first_of)
    return None if report is None else precision_recall(report)


def show_map(page: Page, state: ViewState) -> Markup:
    """Return the map's controls, what it joins, and the selections made on it."""
    maps = page.workbench.maps
    colours: Sequence[str] = ()
    drawn, problem, is_error = None, messages.NO_INDEX_TO_MAP, False
    try:
        found = maps.map(state.projection)
        if found is not None:
            colours = maps.colours(found)
            state = replace(state, colour=state.colour or next(iter(colours), ""))
            maps.labels(found, state.colour, state.fusion)  # refuses a colouring that is none
            drawn = _drawn(page, found, state)
    except SecondLookError as error:
        problem, is_error = messages.error_text(error), True
    return page.html(
        MapContext(
            projection=state.projection,
            colour=state.colour,
            colours=colours,
            query=state.query,
            chosen=state.slice,
            drawn=drawn,
            problem="" if drawn else problem,
            is_error=is_error,
            version=page.urls.version,
            figure_px=HEIGHT_PX,
        )
    )


def _drawn(page: Page, found: DescriptorMap, state: ViewState) -> Drawn:
    workbench, fusion, chosen = page.workbench, state.fusion, state.slice
    outcomes = workbench.runs.outcomes(fusion)
    return Drawn(
        map=found,
        links=workbench.maps.links(found, state.query, chosen, fusion),
        outcome=next((one for one in outcomes if one.query_id == state.query), None),
        n_members=None if chosen is None else len(workbench.failures.members(chosen, fusion)),
        selections=workbench.maps.selections(fusion),
    )


def plot_map(page: Page, state: ViewState) -> go.Figure | None:
    """Return the map as a figure; None where `show_map` says why there is none."""
    maps = page.workbench.maps
    try:
        found = maps.map(state.projection)
        if found is None:
            return None
        colour = state.colour or next(iter(maps.colours(found)), "")
        labels = maps.labels(found, colour, state.fusion)
        links = maps.links(found, state.query, state.slice, state.fusion)
    except SecondLookError:  # `show_map` says it
        return None
    return descriptor_map(found, labels, links, by_class=colour == "class")


def measure(page: Page, state: ViewState, asked: Asked) -> str:
    """Measure coverage and clutter in the pictures that no manifest tells about."""
    task = page.workbench.work.measure_pictures(state.depth)
    return task.ask(asked.owner, "view=failures")


def ask_about_firsts(page: Page, state: ViewState, asked: Asked) -> str:
    """Score what is missing to tell which first results are right."""
    task = page.workbench.work.ask_about_firsts(state.fusion, state.first_of)
    return task.ask(asked.owner, f"view=failures&first={state.first_of}")


SCREEN = Screen(
    "failures",
    (
        Part("report", show_report, "ranking failures", ("outcomes", "measure"), is_patient=True),
        Part("suspects", show_suspects, "ranking", is_later=True, is_patient=True),
        Part(
            "confidence",
            show_confidence,
            "ranking confidence",
            ("outcomes", "confidence"),
            is_later=True,
            is_patient=True,
        ),
        Part(
            "confidence-plot",
            plot_confidence,
            "ranking confidence",
            ("outcomes", "confidence"),
            is_patient=True,
        ),
        Part("parts", show_parts, "ranking", ("outcomes", "parts"), is_later=True),
        Part(
            "map",
            show_map,
            "ranking map",
            ("outcomes", "selections"),
            is_later=True,
            is_patient=True,
        ),
        Part("map-plot", plot_map, "ranking map", ("outcomes", "selections"), is_patient=True),
    ),
    words,
    (
        Job("measure", measure),
        Job("confidence", ask_about_firsts),
        Job("parts", ask_in_parts),
    ),
    routes=add_confidence_route,
)
