"""One pair before anything is measured: its picture with the object's box, and its choosers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from markupsafe import Markup

from core.errors import SecondLookError
from core.types.rankings import Candidate
from core.types.robustness import PERTURBATION_NAMES, ObjectBox, PerturbationSpec
from core.types.sweeps import SweepRequest
from ui.screens.perturb.choosers import Chip, Damaged, damaged, perturbations
from ui.screens.perturb.selection import (
    PICTURE_PX,
    asked_damage,
    damaged_id,
    is_single,
    level_at,
    level_url,
    requests_of,
    spec_of,
    surface_of,
)
from ui.screens.perturb.words import relation_word
from ui.selection import ViewState
from ui.shared.screen import Page
from ui.shared.text import asked_name

MAX_OPTIONS = 1000
_CANDIDATES_FROM = 1000
_MOVING = ("rotation", "scale", "tiling")
"""Perturbations that move the object away from its box."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The damaged image with its box: a rectangle drawn on it becomes the new one.

    `original` and `damaged` are addresses of the image undamaged and at the level looked at,
    `place` is where the box lies, as CSS, and `moves` says that the object leaves it.
    """

    name: str
    width: int
    height: int
    box: ObjectBox
    place: str
    original: str
    damaged: str
    moves: bool


@dataclass(frozen=True, slots=True)
class Strength:
    """The slider: the perturbation, and which of its levels is looked at."""

    spec: PerturbationSpec
    level: float

    @property
    def place(self) -> int:
        """The level's place among the levels."""
        return self.spec.levels.index(self.level)


@dataclass(frozen=True, slots=True)
class Paired:
    """The candidate: its id (None = there is none), what it is, and whom else one may take.

    `offered` are ids with what they are; `quick` are two of them as buttons.
    """

    candidate: str | None
    about: str
    offered: tuple[tuple[str, str], ...]
    quick: tuple[Chip, ...]
    is_known: bool


@dataclass(frozen=True, slots=True)
class SetupContext:
    """Picture and choosers; what is None is not shown."""

    template: ClassVar[str] = "perturb/setup.html"
    state: ViewState
    picture: Picture | None
    strength: Strength | None
    perturbed: tuple[Chip, ...]
    second: tuple[tuple[str, str], ...]
    offered_queries: tuple[tuple[str, str], ...]
    paired: Paired | None
    damaged: Damaged


def show_setup(page: Page, state: ViewState) -> Markup | None:
    """Return picture and choosers of one pair; None where no query or recipe is chosen."""
    if state.set_of is not None or (state.query is None and state.recipe is None):
        return None
    try:
        requests = requests_of(page.workbench, state)
        picture, strength, paired = _of_first(page, state, requests)
    except SecondLookError:  # said where the curve would be
        return page.html(_setup(page, state, None, None, None))
    return page.html(_setup(page, state, picture, strength, paired))


def check(page: Page, state: ViewState, requests: Sequence[SweepRequest]) -> None:
    """Do nothing if the images can be damaged as asked.

    Raises:
        SecondLookError: What cannot be damaged, and why.
    """
    request = requests[0]
    workbench = page.workbench
    workbench.robustness.level_image(request, spec_of(workbench, request).neutral)
    surface = surface_of(workbench, state)
    if surface is not None:
        workbench.robustness.surface_specs(surface)


def _of_first(
    page: Page, state: ViewState, requests: Sequence[SweepRequest]
) -> tuple[Picture, Strength | None, Paired | None]:
    """Return picture, slider and candidate of the first sweep."""
    workbench, request = page.workbench, requests[0]
    check(page, state, requests)
    spec = spec_of(workbench, request)
    alone = is_single(requests) and surface_of(workbench, state) is None
    strength = Strength(spec, level_at(spec, state.strength)) if alone else None
    paired = _paired(page, state, request)
    damaged_image = damaged_id(request, None if paired is None else paired.candidate)
    record = workbench.queries.record(damaged_image)
    box = workbench.robustness.box(damaged_image, request.damage.box)
    url = level_url(request, page.urls)
    picture = Picture(
        name=asked_name(record),
        width=record.width,
        height=record.height,
        box=box,
        place=_place(record.width, record.height, box),
        original=url(spec.neutral, PICTURE_PX),
        damaged=url(spec.neutral if strength is None else strength.level, PICTURE_PX),
        moves=spec.name in _MOVING,
    )
    return picture, strength, paired


def _setup(
    page: Page,
    state: ViewState,
    picture: Picture | None,
    strength: Strength | None,
    paired: Paired | None,
) -> SetupContext:
    offered = page.workbench.robustness.rivals.offered() if strength is not None else ()
    others = [name for name in PERTURBATION_NAMES if name != state.perturbation]
    second = () if state.perturbation == "all" else (("", "none"), *((n, n) for n in others))
    return SetupContext(
        state=state,
        picture=picture,
        strength=strength,
        perturbed=perturbations(state.perturbation, ("all", "all ten")),
        second=second,
        offered_queries=_queries(page, state),
        paired=paired or _unknown(state),
        damaged=damaged(state, offered),
    )


def _queries(page: Page, state: ViewState) -> tuple[tuple[str, str], ...]:
    queries = page.workbench.queries
    ids = [row.query_id for row in queries.rows(state.fusion, state.visitor)[:MAX_OPTIONS]]
    if state.query is not None and state.query not in ids:
        ids.insert(0, state.query)
    return tuple((image_id, asked_name(queries.record(image_id))) for image_id in ids)


def _paired(page: Page, state: ViewState, request: SweepRequest) -> Paired | None:
    """Return the candidate of a pair; None for the image and its own copy."""
    if request.damage.pair != "positive":
        return None
    view = page.workbench.queries.inspect(request.query_id, state.fusion, _CANDIDATES_FROM)
    known = {one.image_id: one for one in view.before}
    positives = [one for one in view.before if one.relation == "positive"]
    intruders = [one for one in view.after if one.intruder]
    candidate = request.candidate_id or (positives[0].image_id if positives else None)
    chosen = known.get(candidate) if candidate is not None else None
    offered = [(one.image_id, f"positive {n}") for n, one in enumerate(positives, 1)]
    offered += [(one.image_id, f"intruder, rank {one.rank_after}") for one in intruders]
    first = [("best positive", positives), ("strongest negative", _strongest(view.moved))]
    quick = tuple(
        (urlencode({"candidate": one.image_id}), text, candidate == one.image_id, one.image_id)
        for text, found in first
        for one in found[:1]
    )
    return Paired(
        candidate, _about(chosen, positives), tuple(offered), quick, is_known=chosen is not None
    )


def _unknown(state: ViewState) -> Paired | None:
    """Return the candidate's field where nothing of the pair could be read."""
    if asked_damage(state).pair != "positive":
        return None
    return Paired(state.candidate, "", (), (), is_known=False)


def _strongest(candidates: Sequence[Candidate]) -> list[Candidate]:
    scored = [(one.margin, one) for one in candidates if one.margin is not None]
    negatives = [(margin, one) for margin, one in scored if one.relation == "negative"]
    return [max(negatives, key=lambda pair: pair[0])[1]] if negatives else []


def _about(chosen: Candidate | None, positives: Sequence[Candidate]) -> str:
    if chosen is None:
        return "any image id"
    if chosen.intruder:
        return f"an intruder, rank {chosen.rank_after} after re-ranking"
    if chosen.relation != "positive":
        return f"{relation_word(chosen.relation)}, rank {chosen.rank_after} after re-ranking"
    return f"positive {positives.index(chosen) + 1} of {len(positives)}"


def _place(width: int, height: int, found: ObjectBox) -> str:
    box, across, down = found.box, 100 / max(1, width), 100 / max(1, height)
    return (
        f"left:{box.x0 * across:.3f}%;top:{box.y0 * down:.3f}%;"
        f"width:{(box.x1 - box.x0) * across:.3f}%;height:{(box.y1 - box.y0) * down:.3f}%"
    )
