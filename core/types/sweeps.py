"""What is asked of a sweep."""

from dataclasses import dataclass

from core.types.corpus import Box
from core.types.robustness import PairKind, PerturbationName, Side
from core.types.surfaces import SurfaceRequest

N_RANKED = 20
"""Candidates of the undamaged shortlist that a query-side sweep scores again."""


@dataclass(frozen=True, slots=True)
class SweepRequest:
    """One pair under one perturbation.

    `candidate_id` is ignored for the pair `self`. `levels` None takes the perturbation's own;
    `box` None takes the manifest's or assumes one. `n_ranked` is how many of the unperturbed
    shortlist are re-scored on the query side; with `full_depth` it is the whole depth instead.
    `retrieve_again` takes them from a new shortlist of the damaged query at every level.
    """

    query_id: str
    candidate_id: str | None
    name: PerturbationName
    side: Side = "query"
    pair: PairKind = "self"
    box: Box | None = None
    seed: int = 0
    levels: tuple[float, ...] | None = None
    n_ranked: int = N_RANKED
    full_depth: bool = False
    retrieve_again: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """Sweeps and surfaces under a name, to be saved, exported and replayed to the same numbers."""

    name: str
    sweeps: tuple[SweepRequest, ...] = ()
    surfaces: tuple[SurfaceRequest, ...] = ()
