"""The robustness facet: sweeps of one pair, previews of their levels, recipes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.bench.other_scorers import OtherScorers
from core.bench.session import Session
from core.errors import ImageError, SettingsError
from core.retrieval.imported import import_of
from core.robustness.levels import SPECS, check_damage, check_levels
from core.robustness.pasting import Cutout, choose_sources, cutout_from, object_box
from core.robustness.surfaces import surface_specs
from core.storage.recipes import parse_recipe, recipe_text, saved_recipes
from core.types.corpus import Box, ImageRecord
from core.types.jobs import Step
from core.types.robustness import ObjectBox, PerturbationName, PerturbationSpec, ResponseCurve
from core.types.runs import Progress
from core.types.surfaces import ResponseSurface, SurfaceRequest
from core.types.sweeps import Recipe, SweepRequest
from core.types.work import SweptCurves

if TYPE_CHECKING:
    from core.robustness.damaged import SweepPair
    from core.robustness.sweeps import Sweeper

MAX_CUTOUTS = 12


class RobustnessFacet:
    """How far an image can be pushed before the match breaks."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.rivals = OtherScorers(session)
        self.surface_specs, self.parse_recipe = surface_specs, parse_recipe

    def specs(self) -> tuple[PerturbationSpec, ...]:
        """Return the ten perturbations with units and levels, in the table's order."""
        return tuple(SPECS.values())

    def default_candidate(self, query_id: str) -> str | None:
        """Return the query's positive that the shortlist ranks first, or None without any."""
        query = self._session.record(query_id)
        relevance = self._session.relevance(query_id)
        shortlist = self._session.shortlist(query)
        if relevance is None or shortlist is None:
            return None
        positives = (i for i in shortlist.image_ids if relevance.relation(i) == "positive")
        return next(positives, None)

    def box(self, image_id: str, drawn: Box | None) -> ObjectBox:
        """Return the object's box: drawn, else the manifest's, else the assumed one.

        Raises:
            SettingsError: The drawn box does not lie in the image.
        """
        record = self._session.record(image_id)
        if drawn is not None and not record.holds(drawn):
            raise SettingsError(
                f"Box {drawn.x0},{drawn.y0},{drawn.x1},{drawn.y1} does not lie in '{image_id}' "
                f"({record.width} x {record.height} px); give x0 < x1 and y0 < y1 inside it."
            )
        return object_box(record, drawn)

    def sweep(self, request: SweepRequest, scorer: str | None = None) -> Iterator[ResponseCurve]:
        """Yield the growing curve, one level at a time; closing the generator stops within one.

        Args:
            request: What is damaged, and how.
            scorer: One of `rivals`, made ready by it; None = the bench's own.

        Raises:
            UnknownImageError: The query or the candidate is not known.
            SettingsError: The pair, the box or the levels cannot be used, or the scores are
                imported.
            ImageError: An image cannot be decoded.
            ModelError: The model failed.
        """
        check_damage(request.damage)
        if request.levels is not None:
            check_levels(request.name, request.levels)
        pair = self._pair(request, (request.name,))
        self.require_sweeper()
        if scorer is None:
            yield from self._sweeper().sweep(request, pair)
            return
        kind = self.rivals.kind(scorer)
        for curve in self.rivals.sweeper(scorer).sweep(request, pair):
            yield replace(curve, kind=kind)

    def surface(self, request: SurfaceRequest) -> Iterator[ResponseSurface]:
        """Yield the growing surface; closing the generator stops within one combination.

        Raises:
            UnknownImageError: The query or the candidate is not known.
            SettingsError: The pair, the box, the perturbations or the levels cannot be used.
            ImageError: An image cannot be decoded.
            ModelError: The model failed.
        """
        from core.robustness.surfaces import surface

        check_damage(request.damage)
        surface_specs(request)
        self.require_sweeper()
        pair = self._pair(request, (request.first, request.second))
        yield from surface(self._sweeper(), request, pair)

    def shown_scorers(
        self, requests: Sequence[SweepRequest], scorers: Sequence[str]
    ) -> tuple[str, ...]:
        """Return the scorers beside the bench's own; several sweeps show the own alone.

        Raises:
            SettingsError: There is no such scorer, or a server scores the pairs.
        """
        return self.rivals.known(scorers) if len(requests) == 1 else ()

    def measure(
        self, requests: Sequence[SweepRequest], scorers: Sequence[str] = ()
    ) -> Iterator[Step[SweptCurves]]:
        """Yield the curves of some sweeps as they grow, level by level, the bench's own first.

        A further scorer that is made ready first yields its progress alone.

        Args:
            requests: The sweeps, at least one.
            scorers: As `shown_scorers` returns them.

        Raises:
            SecondLookError: See `sweep`.
        """
        stage = f"Measuring {requests[0].name}"
        if len(requests) > 1:
            stage = f"Measuring {len(requests)} perturbations"
        n_levels = [len(request.levels or SPECS[request.name].levels) for request in requests]
        total = sum(n_levels) + n_levels[0] * len(scorers)

        def step(found: SweptCurves) -> tuple[Progress, SweptCurves]:
            return Progress(stage, found.n_points, total, "levels"), found

        yield Progress(stage, 0, total, "levels")
        found = SweptCurves()
        for request in requests:
            own = found.own
            for curve in self.sweep(request):
                found = SweptCurves((*own, curve))
                yield step(found)
        for scorer in scorers:
            yield from self.rivals.prepare(scorer)
            others = found.others
            for curve in self.sweep(requests[0], scorer):
                found = replace(found, others=(*others, curve))
                yield step(found)

    def measure_surface(
        self, request: SurfaceRequest
    ) -> Iterator[tuple[Progress, ResponseSurface]]:
        """Yield how far a surface is, and the surface so far.

        Raises:
            SecondLookError: See `surface`.
        """
        stage = f"Measuring {request.first} and {request.second}"
        for surface in self.surface(request):
            yield Progress(stage, len(surface.points), surface.n_points, "combinations"), surface

    def require_sweeper(self) -> None:
        """Refuse a scorer that cannot score damaged images; loads no model.

        Raises:
            SettingsError: The scores or the descriptors are imported.
        """
        descriptor = self._session.settings.retrieval.descriptor
        if import_of(descriptor) is not None:
            raise SettingsError(
                f"Descriptor '{descriptor}' holds no vector of a damaged image; start again with "
                "--descriptor mllm."
            )
        last = self._session.pipeline.last
        if not self._session.scores_images(last):
            raise SettingsError(
                f"Stage '{last}' holds no score of a damaged image; start again with --scorer mllm "
                "or maxsim."
            )

    def level_image(self, request: SweepRequest, strength: float) -> NDArray[np.uint8]:
        """Return the damaged image at one strength, (H, W, 3) uint8 RGB; calls no model.

        Raises:
            UnknownImageError: The query or the candidate is not known.
            SettingsError: The pair or the box cannot be used.
            ImageError: The image cannot be decoded.
        """
        from core.robustness.perturbations import perturb

        query = self._session.record(request.query_id)
        candidate = self._candidate(request, query)
        damaged = query if request.damage.side == "query" else candidate
        box = self.box(damaged.image_id, request.damage.box)
        cutouts = self._cutouts(request, (request.name,), (query, candidate))
        image = self._session.images.load(damaged)
        return perturb(image, request.name, strength, box, request.damage.seed, cutouts).image

    def level_query(self, request: SweepRequest, strength: float) -> str:
        """Keep the damaged query as an upload with its parent's ground truth; return its id.

        The upload is inspected and scored like any query: its own shortlist, before and after.

        Raises:
            SettingsError: The damaged side is the candidate, which is no query.
            ImageError: The image cannot be decoded.
            WorkspaceError: The quota for uploads is used up.
        """
        if request.damage.side != "query":
            raise SettingsError(
                "Only a damaged query has a shortlist of its own; sweep the query side to see it."
            )
        image = self.level_image(request, strength)
        name = f"{request.query_id.rpartition('/')[2]}, {request.name} {strength:g}"
        query = self._session.record(request.query_id)
        kept = self._session.uploads.add_pixels(image, name, query.image_id, text=query.text)
        return kept.image_id

    def recipes(self) -> tuple[Recipe, ...]:
        """Return the saved recipes, sorted by name.

        Raises:
            SettingsError: A file cannot be read as a recipe.
        """
        return saved_recipes(self._session.workspace.recipes).all()

    def save_recipe(self, recipe: Recipe) -> str:
        """Keep a recipe under its name and return it as JSON for export.

        Raises:
            SettingsError: It has no usable name or no sweep.
            WorkspaceError: The disk is full or read-only.
        """
        saved_recipes(self._session.workspace.recipes).save(recipe)
        return recipe_text(recipe)

    def _sweeper(self) -> "Sweeper":
        sweeper = self._session.trusted_models().sweeper
        assert sweeper is not None, "every scorer but an import has one"
        return sweeper

    def _pair(
        self, request: SweepRequest | SurfaceRequest, names: Sequence[PerturbationName]
    ) -> "SweepPair":
        """Return the pair of a request with what is known around it.

        Raises:
            SettingsError: The pair or the box cannot be used, or there is no index.
        """
        from core.robustness.damaged import SweepPair

        query = self._session.record(request.query_id)
        candidate = self._candidate(request, query)
        damaged = query if request.damage.side == "query" else candidate
        shortlist, index = self._session.shortlist(query), self._session.index
        if shortlist is None or index is None:
            raise SettingsError("The index is not built yet; wait for it or run `index`.")
        return SweepPair(
            query=query,
            candidate=candidate,
            shortlist=shortlist,
            relevance=self._session.relevance(query.image_id),
            box=self.box(damaged.image_id, request.damage.box),
            cutouts=self._cutouts(request, names, (query, candidate)),
            depth=self._session.pipeline.depth,
            retrieve=lambda vector, n: index.search(query.image_id, vector, n).image_ids,
        )

    def _candidate(self, request: SweepRequest | SurfaceRequest, query: ImageRecord) -> ImageRecord:
        if request.damage.pair == "self":
            return query
        candidate_id = request.candidate_id or self.default_candidate(query.image_id)
        if candidate_id is None:
            raise SettingsError(
                f"Query '{query.image_id}' has no labelled positive in its shortlist; name a "
                "candidate, or sweep the pair `self`."
            )
        candidate = self._session.record(candidate_id)
        if candidate_id not in self._session.database:
            raise SettingsError(
                f"Image '{candidate_id}' is not in the database, so it cannot be a candidate; "
                "name a database image."
            )
        return candidate

    def _cutouts(
        self,
        request: SweepRequest | SurfaceRequest,
        names: Sequence[PerturbationName],
        pair: tuple[ImageRecord, ImageRecord],
    ) -> tuple[Cutout, ...]:
        """Open what clutter pastes: other instances' objects; a file that fails is passed over."""
        if "clutter" not in names:
            return ()
        relevance = self._session.relevance(pair[0].image_id)
        positives: frozenset[str] = frozenset() if relevance is None else relevance.positives
        sources = choose_sources(
            self._session.corpus.database,
            seed=request.damage.seed,
            excluded_instance=pair[0].instance_id,
            excluded_ids=positives | {record.image_id for record in pair},
        )
        cutouts: list[Cutout] = []
        for record in sources:
            if len(cutouts) == MAX_CUTOUTS:
                break
            try:
                image = self._session.images.load(record)
                cutouts.append(cutout_from(record, image, self._session.images.load_mask(record)))
            except ImageError:
                continue
        return tuple(cutouts)
