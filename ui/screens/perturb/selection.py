"""From the selection to what is asked of the workbench, and back to an address."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from core.errors import SettingsError
from core.types.robustness import (
    PERTURBATION_NAMES,
    Damage,
    PerturbationName,
    PerturbationSpec,
)
from core.types.sets import SetRequest
from core.types.surfaces import SurfaceRequest
from core.types.sweeps import Recipe, SweepRequest
from ui.selection import ViewState, names_of, only
from ui.shared.text import ThumbnailUrls

if TYPE_CHECKING:
    from core.workbench import Workbench

LevelUrl = Callable[[float, int], str]
STRIP_PX, PICTURE_PX = 160, 640
"""Of a level's picture: in a strip, and large."""
DEFAULT_COUNT = 20
"""Queries of a set where no number is asked for."""
SELECTION_FIELDS = names_of("view", "curves", "set", "level")
"""The fields of an address that this view reads."""


def requests_of(workbench: "Workbench", state: ViewState) -> tuple[SweepRequest, ...]:
    """Return the sweeps that a selection asks for: one, all ten, or those of its recipe.

    Raises:
        SettingsError: There is no such recipe.
    """
    if state.recipe is not None:
        recipe = find_recipe(workbench, state.recipe)
        sweeps = recipe.sweeps or tuple(_first_sweep(one) for one in recipe.surfaces[:1])
        return sweeps[state.part - 1 :][:1] if 0 < state.part <= len(sweeps) else sweeps
    if state.query is None:
        return ()
    names = PERTURBATION_NAMES if state.perturbation == "all" else (state.perturbation,)
    return tuple(
        SweepRequest(state.query, state.candidate, name, asked_damage(state)) for name in names
    )


def surface_of(workbench: "Workbench", state: ViewState) -> SurfaceRequest | None:
    """Return the surface that a selection asks for, or None where it asks for sweeps.

    Raises:
        SettingsError: There is no such recipe.
    """
    if state.recipe is not None:
        recipe = find_recipe(workbench, state.recipe)
        return None if recipe.sweeps else recipe.surfaces[0]
    if state.query is None or state.second is None or state.perturbation == "all":
        return None
    return SurfaceRequest(
        query_id=state.query,
        candidate_id=state.candidate,
        first=state.perturbation,
        second=state.second,
        damage=asked_damage(state),
    )


def asked_damage(state: ViewState) -> Damage:
    """Return the damage that a selection asks for; only a damaged query retrieves again.

    The pair in the address is the one that is swept: without a candidate it may be the image and
    its own copy.
    """
    damage = state.damage
    again = damage.retrieve_again and damage.side == "query"
    pair = damage.pair if state.candidate is None else "positive"
    return replace(damage, pair=pair, retrieve_again=again)


def _first_sweep(surface: SurfaceRequest) -> SweepRequest:
    """Return the sweep of a surface's first perturbation, which fills the controls."""
    return SweepRequest(
        surface.query_id,
        surface.candidate_id,
        surface.first,
        surface.damage,
        surface.first_levels,
    )


def find_recipe(workbench: "Workbench", name: str) -> Recipe:
    """Return a saved recipe.

    Raises:
        SettingsError: There is none of this name.
    """
    for recipe in workbench.robustness.recipes():
        if recipe.name == name:
            return recipe
    raise SettingsError(f"There is no saved recipe '{name}'; choose one from the list.")


def spec_of(workbench: "Workbench", request: SweepRequest) -> PerturbationSpec:
    """Return the perturbation's spec with the levels of this request."""
    spec = next(spec for spec in workbench.robustness.specs() if spec.name == request.name)
    return replace(spec, levels=request.levels) if request.levels else spec


def level_at(spec: PerturbationSpec, strength: float | None) -> float:
    """Return the level nearest to a strength; without one, a level two thirds of the way."""
    if strength is None:
        return spec.levels[(2 * len(spec.levels)) // 3]
    return min(spec.levels, key=lambda level: abs(level - strength))


def damaged_id(request: SweepRequest, candidate_id: str | None) -> str:
    """Return which image is damaged; `candidate_id` is the pair's, where it is known."""
    damage = request.damage
    if damage.side == "candidate" and damage.pair == "positive" and candidate_id is not None:
        return candidate_id
    return request.query_id


def state_of(request: SweepRequest) -> ViewState:
    """Return the selection that asks for one sweep."""
    return ViewState(
        view="perturb",
        query=request.query_id,
        perturbation=request.name,
        damage=request.damage,
        candidate=request.candidate_id if request.damage.pair == "positive" else None,
    )


def level_url(request: SweepRequest, urls: ThumbnailUrls) -> LevelUrl:
    """Return a function of (strength, side in pixels) that gives a picture's address."""
    address = state_of(request).to_address()

    def url(strength: float, side_px: int) -> str:
        more = urlencode({"level": repr(strength), "v": urls.version})
        return f"level/{side_px}?{address}&{more}"

    return url


def part_state(state: ViewState, requests: Sequence[SweepRequest], number: int) -> ViewState:
    """Return the selection that shows one of several sweeps alone."""
    alone = replace(state_of(requests[number]), scorers=state.scorers)
    return replace(alone, recipe=state.recipe, part=number + 1 if state.recipe else 0)


def patch_text(state: ViewState) -> str:
    """Return every field of this view, as what a click writes; empty fields are cleared."""
    fields = state.to_address_fields()
    return urlencode({name: fields.get(name, "") for name in SELECTION_FIELDS})


def recipe_state(recipe: Recipe) -> ViewState:
    """Return the selection that replays a recipe; its first sweep fills the controls."""
    if not recipe.sweeps:
        (surface, *_) = recipe.surfaces
        alone = state_of(_first_sweep(surface))
        return replace(alone, recipe=recipe.name, second=surface.second)
    first = state_of(recipe.sweeps[0])
    one = len(recipe.sweeps) == 1
    return replace(
        first,
        recipe=recipe.name,
        perturbation=first.perturbation if one else "all",
        part=1 if one else 0,
    )


def asked_key(state: ViewState) -> str:
    """Return what decides which curves are measured: the selection without what only points."""
    return urlencode(only(replace(state, view="perturb"), "view", "curves"))


def is_single(requests: Sequence[SweepRequest]) -> bool:
    """Return whether one curve is shown large, not several small."""
    return len(requests) == 1


def shown_name(state: ViewState) -> PerturbationName:
    """Return the perturbation whose mean curve is shown; a set shows one at a time."""
    return "blur" if state.perturbation == "all" else state.perturbation


def set_request(state: ViewState, *, is_report: bool) -> SetRequest:
    """Return what the selection asks for: one perturbation, or all ten for a report."""
    assert state.set_of is not None, "the selection names a set"
    damage = asked_damage(replace(state, candidate=None))
    return SetRequest(
        n_queries=state.count or None,
        choose=state.set_of,
        slice_name=state.within or None,
        damage=replace(damage, box=None),
        names=PERTURBATION_NAMES if is_report else (shown_name(state),),
        scorers=state.scorers,
    )


def set_key(state: ViewState) -> str:
    """Return what decides which set is measured; empty where none is."""
    if state.view != "perturb" or state.set_of is None:
        return ""
    return "&".join(f"{name}={value}" for name, value in only(state, "view", "set").items())


def set_state(state: ViewState) -> ViewState:
    """Return the selection of a set, made of one of a single pair."""
    name = shown_name(state)
    return replace(state, perturbation=name, set_of="hardest", count=DEFAULT_COUNT, second=None)
