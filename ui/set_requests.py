"""What a selection of a set of queries asks for."""

from dataclasses import replace

from core.types.robustness import PERTURBATION_NAMES, PerturbationName
from core.types.sets import SetRequest
from ui.perturb_requests import asked_damage
from ui.selection import ViewState, only

DEFAULT_COUNT = 20


def shown_name(state: ViewState) -> PerturbationName:
    """Return the perturbation whose mean curve is shown; a set shows one at a time."""
    return ViewState().perturbation if state.perturbation == "all" else state.perturbation  # pyright: ignore[reportReturnType]


def set_request(state: ViewState, *, is_report: bool) -> SetRequest:
    """Return what the selection asks for: one perturbation, or all ten for a report."""
    assert state.set_of is not None, "the selection names a set"
    return SetRequest(
        n_queries=state.count or None,
        choose=state.set_of,
        slice_name=state.within or None,
        damage=replace(asked_damage(state), box=None),
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
