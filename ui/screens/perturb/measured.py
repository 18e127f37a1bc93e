"""What one pair's sweeps have measured so far: curve, levels, panels, the level looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import plotly.graph_objects as go
from markupsafe import Markup

from core.errors import SecondLookError
from core.types.jobs import JobView
from core.types.orders import Fusion
from core.types.rankings import QueryView
from core.types.robustness import PerturbationSpec, ResponseCurve, ResponsePoint
from core.types.scores import ScoreKind
from core.types.sweeps import SweepRequest
from core.types.work import SweptCurves
from ui import messages
from ui.address_values import number_text
from ui.screens.perturb.figure import HEIGHT_PX, RANK_HEIGHT_PX, rank_plot, response_plot
from ui.screens.perturb.one_pair import check
from ui.screens.perturb.panels import grid
from ui.screens.perturb.selection import (
    PICTURE_PX,
    STRIP_PX,
    asked_key,
    is_single,
    level_at,
    level_url,
    requests_of,
    spec_of,
    surface_of,
)
from ui.screens.perturb.surface import heat_map
from ui.screens.perturb.term_words import falls_text
from ui.screens.perturb.terms_figure import terms_of, terms_plot, terms_px
from ui.screens.perturb.words import fate
from ui.selection import ViewState
from ui.shared.screen import Page
from ui.shared.strips import strip

DEPTH = 20
"""How many candidates of the damaged query's shortlist are re-ranked, as in the sweep."""


@dataclass(frozen=True, slots=True)
class LevelCard:
    """One level in the strip of levels.

    `strength` is in the perturbation's unit and `number` the same as text, `small` and `large` are
    addresses of its picture. `point` is None until the level is measured; `fate` says whether its
    score is above the hard negatives' line.
    """

    strength: float
    number: str
    small: str
    large: str
    point: ResponsePoint | None
    fate: str


@dataclass(frozen=True, slots=True)
class CurveContext:
    """One sweep: key figures, the strip of levels, and places for its plots.

    `others` are the curves of further scorers, `current` the chosen strength in the perturbation's
    unit, `figure_px` and `rank_px` the heights of the two plots. `terms_px` is the height of the
    plot of the terms of joined evidence, 0 where there are none, and `falls` which of them falls.
    """

    template: ClassVar[str] = "perturb/curve.html"
    spec: PerturbationSpec
    curve: ResponseCurve | None
    others: tuple[ResponseCurve, ...]
    cards: tuple[LevelCard, ...]
    current: float
    kind: ScoreKind
    figure_px: int
    rank_px: int
    terms_px: int = 0
    falls: str = ""


@dataclass(frozen=True, slots=True)
class MeasuredContext:
    """The bar of the work that measures, and `body`, what it has measured so far.

    `waiting` is why it cannot start yet, `problem` why it cannot start at all.
    """

    template: ClassVar[str] = "perturb/measured.html"
    job: str
    key: str
    view: JobView | None
    waiting: str
    problem: str
    body: Markup


@dataclass(frozen=True, slots=True)
class PointContext:
    """The chosen level of a sweep: its picture at full width, and its numbers in a sentence.

    `strength` is in the perturbation's unit, `picture` the picture's address; `point` is None
    until the level is measured.
    """

    template: ClassVar[str] = "perturb/point.html"
    curve: ResponseCurve
    point: ResponsePoint | None
    strength: float
    picture: str


@dataclass(frozen=True, slots=True)
class LookedContext:
    """The damaged query's own shortlist, before and after."""

    template: ClassVar[str] = "perturb/looked.html"
    key: str
    view: JobView | None
    before: Markup
    after: Markup


def show_measured(page: Page, state: ViewState) -> Markup | None:
    """Return the bar and what is measured; None where no query or recipe is chosen."""
    if state.set_of is not None or (state.query is None and state.recipe is None):
        return None
    try:
        return page.html(_measured(page, state))
    except SecondLookError as error:
        problem = messages.error_text(error)
        return page.html(MeasuredContext("sweep", "", None, "", problem, Markup()))


def _measured(page: Page, state: ViewState) -> MeasuredContext:
    """Return what is measured.

    Raises:
        SecondLookError: What was asked for cannot be measured, and why.
    """
    workbench = page.workbench
    requests = requests_of(workbench, state)
    surface = surface_of(workbench, state)
    if surface is not None:
        task = workbench.work.surface(surface)
        body = heat_map(page, surface, task.result())
    else:
        task = workbench.work.sweep(requests, state.scorers)
        found = task.result() or SweptCurves()
        body = (
            page.html(_curve(page, state, requests[0], found))
            if is_single(requests)
            else grid(page, state, requests, found.own)
        )
    view, waiting = task.view(), ""
    if view is None:  # what was started says by itself what is wrong
        check(page, state, requests)
        waiting = "" if has_index(page, requests[0].query_id) else messages.NO_INDEX_TO_PERTURB
    return MeasuredContext(task.kind, task.key, view, waiting, "", body)


def plot_response(page: Page, state: ViewState) -> go.Figure | None:
    """Return both scores against strength; None where several sweeps or none are shown."""
    asked = single(page, state)
    if asked is None:
        return None
    found = curves_of(page, state, asked)
    curve = found.own[0] if found.own else None
    spec, kind = spec_of(page.workbench, asked), page.workbench.info.scorer
    return response_plot(spec, curve, asked_key(state), kind, found.others)


def plot_terms(page: Page, state: ViewState) -> go.Figure | None:
    """Return each term of joined evidence against strength; None where nothing is joined."""
    asked = single(page, state)
    found = SweptCurves() if asked is None else curves_of(page, state, asked)
    if asked is None or not found.own or not terms_of(found.own[0]):
        return None
    return terms_plot(spec_of(page.workbench, asked), found.own[0], asked_key(state))


def plot_rank(page: Page, state: ViewState) -> go.Figure | None:
    """Return the rank against strength; None where several sweeps or none are shown."""
    asked = single(page, state)
    if asked is None:
        return None
    found = curves_of(page, state, asked)
    curve = found.own[0] if found.own else None
    return rank_plot(spec_of(page.workbench, asked), curve, asked_key(state))


def show_point(page: Page, state: ViewState) -> Markup | None:
    """Return the level looked at: picture, rank in words, numbers; None where it is closed."""
    asked = single(page, state) if state.detail else None
    if asked is None:
        return None
    found = curves_of(page, state, asked)
    if not found.own:
        return None
    (curve,) = found.own
    level = level_at(curve.spec, state.strength)
    point = next((p for p in curve.points if p.strength == level), None)
    picture = level_url(asked, page.urls)(level, PICTURE_PX)
    return page.html(PointContext(curve, point, level, picture))


def show_looked(page: Page, state: ViewState) -> Markup | None:
    """Return the damaged query's strips; None for a damaged candidate, which is no query."""
    asked = single(page, state) if state.detail else None
    if asked is None or asked.damage.side != "query" or not has_index(page, asked.query_id):
        return None
    image_id = level_image_id(page, state, asked)
    view = _inspect(page, state, image_id)
    if not view.n_shortlist:
        return page.nothing(messages.NO_INDEX)
    strips = (page.html(strip(view, side, grows=False)) for side in ("before", "after"))
    task = page.workbench.work.score(image_id, DEPTH)
    return page.html(LookedContext(task.key, task.view(), *strips))


def single(page: Page, state: ViewState) -> SweepRequest | None:
    """Return the only sweep that a selection asks for; None where there are several or none.

    Raises:
        SettingsError: There is no such recipe.
    """
    if state.set_of is not None:
        return None
    requests = requests_of(page.workbench, state)
    if not is_single(requests) or surface_of(page.workbench, state) is not None:
        return None
    return requests[0]


def curves_of(page: Page, state: ViewState, asked: SweepRequest) -> SweptCurves:
    """Return what is measured of one sweep so far.

    Raises:
        SettingsError: A further scorer is not known.
    """
    return page.workbench.work.sweep((asked,), state.scorers).result() or SweptCurves()


def level_image_id(page: Page, state: ViewState, asked: SweepRequest) -> str:
    """Return the id of the damaged query at the level looked at, which is kept as an upload.

    Raises:
        SecondLookError: The image cannot be damaged or kept.
    """
    level = level_at(spec_of(page.workbench, asked), state.strength)
    return page.workbench.robustness.level_query(asked, level)


def has_index(page: Page, query_id: str) -> bool:
    """Return whether the query has a shortlist; what else is wrong with it, the sweep says."""
    try:
        return bool(page.workbench.queries.inspect(query_id, Fusion(1, 0.0, 1.0), 1).n_shortlist)
    except SecondLookError:  # an unreadable image or no model
        return True


def _curve(page: Page, state: ViewState, asked: SweepRequest, found: SweptCurves) -> CurveContext:
    curve = found.own[0] if found.own else None
    spec = spec_of(page.workbench, asked)
    return CurveContext(
        spec=spec,
        curve=curve,
        others=found.others,
        cards=tuple(_cards(page, asked, spec, curve)),
        current=level_at(spec, state.strength),
        kind=page.workbench.info.scorer,
        figure_px=HEIGHT_PX,
        rank_px=RANK_HEIGHT_PX,
        terms_px=terms_px(curve),
        falls="" if curve is None else falls_text(curve),
    )


def _cards(
    page: Page, asked: SweepRequest, spec: PerturbationSpec, curve: ResponseCurve | None
) -> Sequence[LevelCard]:
    url = level_url(asked, page.urls)
    points = {} if curve is None else {point.strength: point for point in curve.points}
    line = None if curve is None else curve.hard_negative_margin
    return [
        LevelCard(
            strength=level,
            number=number_text(level),
            small=url(level, STRIP_PX),
            large=url(level, PICTURE_PX),
            point=points.get(level),
            fate=fate(points.get(level), line),
        )
        for level in spec.levels
    ]


def _inspect(page: Page, state: ViewState, image_id: str) -> QueryView:
    fusion = Fusion(DEPTH, state.lam, state.gamma)
    return page.workbench.queries.inspect(image_id, fusion, DEPTH)
