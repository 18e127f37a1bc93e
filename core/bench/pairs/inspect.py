"""The pairs facet: one query and one candidate, from every side."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.analysis.similarity_maps import pair_parts
from core.bench.queries import QueriesFacet
from core.bench.session import Session
from core.errors import ModelError, SettingsError, UnknownImageError
from core.mllm.compression.floats import to_float32
from core.mllm.compression.grammar import parse_compression
from core.types.corpus import Box, ImageRecord, Relation
from core.types.orders import Fusion
from core.types.pairs import (
    Anatomy,
    CropStep,
    Lineage,
    Matches,
    PairAttribution,
    PairPlace,
    SimilarityMaps,
    Squeezed,
)
from core.types.rankings import QueryView
from core.types.scores import VisualTokens

if TYPE_CHECKING:
    from core.mllm.playground import Playground

LEAST_CROP_PX = 16
_NO_MODEL = (
    "The pairs are scored by a server, which returns nothing but scores; open the bench with a "
    "local model to look inside a pair."
)
_LONGEST_LINEAGE = 50


class PairsFacet:
    """Everything about single pairs; images are named by id, and a crop is an image like any."""

    def __init__(self, session: Session, queries: QueriesFacet) -> None:
        self._session = session
        self._queries = queries

    def place(self, query_id: str, candidate_id: str | None, fusion: Fusion) -> PairPlace | None:
        """Return where the pair stands in the query's ranking; no pair is scored here.

        Args:
            query_id: A query of the corpus or an upload.
            candidate_id: Any image; None takes the query's first candidate after re-ranking.
            fusion: Depth, and how cosine and score are joined.

        Returns:
            None where no candidate is named and the index is still to be built.

        Raises:
            UnknownImageError: There is no such query or candidate.
            ImageError: The query cannot be decoded.
        """
        everything = self._session.settings.retrieval.shortlist
        view = self._queries.inspect(query_id, fusion, everything)
        if candidate_id is None:
            if not view.after:
                return None
            candidate_id = view.after[0].image_id
        candidate = self._session.record(candidate_id)
        return _place(view, candidate, self._relation(query_id, candidate))

    def look(self, query_id: str, candidate_id: str) -> Anatomy:
        """Return the answers to the pair in both orders, with the most probable next tokens.

        Raises:
            UnknownImageError: There is no such query or candidate.
            ImageError: One of them cannot be decoded.
            ModelError: The model failed, or another machine scores.
        """
        playground = self._session.playground(_NO_MODEL)
        query, candidate = self._tokens(playground, query_id, candidate_id)
        looker = playground.looker(playground.prompt)
        return Anatomy(
            asked=looker.look(query, candidate),
            swapped=looker.look(candidate, query),
            question=playground.prompt.question,
            layout=playground.prompt.layout,
            answer_tokens=looker.answers.in_words(),
            n_query_tokens=len(query.positions),
            n_candidate_tokens=len(candidate.positions),
        )

    def attribution(self, query_id: str, candidate_id: str) -> PairAttribution:
        """Return what each region of both images adds to the margin, without a vision pass.

        Costs about as much as 64 pairs without a shared prefix.

        Raises:
            UnknownImageError: There is no such query or candidate.
            ImageError: One of them cannot be decoded.
            ModelError: The model failed, or another machine scores.
        """
        playground = self._session.playground(_NO_MODEL)
        query, candidate = self._tokens(playground, query_id, candidate_id)
        return playground.looker(playground.prompt).explain(query, candidate)

    def compressions(self, query_id: str, candidate_id: str) -> tuple[str, ...]:
        """Return the compressions worth a look for this pair, none and the bench's own first.

        Raises:
            UnknownImageError: There is no such query or candidate.
            ImageError: One of them cannot be decoded.
            ModelError: The model failed, or another machine scores.
        """
        whole = self.squeeze(query_id, candidate_id, "none").candidate
        count = 4 if whole is None else max(4, whole.count)
        kept = (f"{name}:{count // 4}" for name in ("divprune", "random", "grid"))
        own = str(parse_compression(self._session.settings.model.compression))
        named = ("none", own, *kept, "pool", "fp16", "int8", "int4", f"divprune:{count // 4}+int8")
        return tuple(dict.fromkeys(named))

    def squeeze(self, query_id: str, candidate_id: str, compression: str) -> Squeezed:
        """Ask about the pair under a compression; what cannot be done is said in its `problem`.

        Costs two vision passes; nothing is stored.

        Raises:
            UnknownImageError: There is no such query or candidate.
            ImageError: One of them cannot be decoded.
            ModelError: Another machine scores.
        """
        playground = self._session.playground(_NO_MODEL)
        query, candidate = self.pixels(query_id), self.pixels(candidate_id)
        try:
            return playground.squeeze(compression, query, candidate)
        except (ModelError, SettingsError) as error:
            return Squeezed(compression, None, None, None, None, str(error))

    def similarity(self, query_id: str, candidate_id: str) -> SimilarityMaps | None:
        """Return what each token adds to the cosine; no model is called but to encode uploads.

        None where the descriptor is not the mean of the model's own tokens, and before the models
        are loaded.

        Raises:
            UnknownImageError: There is no such query or candidate.
            ImageError: One of them cannot be decoded.
            ModelError: The models cannot be had.
        """
        retrieval = self._session.settings.retrieval
        is_mean = retrieval.descriptor == "mllm" and retrieval.projection is None
        if not is_mean or not self._session.is_loaded:
            return None
        source = self._session.models().indexer.tower
        records = (self._session.record(query_id), self._session.record(candidate_id))
        one, other = (source.tokens(record) for record in records)
        parts = pair_parts(*(to_float32(t.tokens, t.dtype) for t in (one, other)))
        query, query_rest = _on_grid(one, parts.sum(axis=1))
        candidate, candidate_rest = _on_grid(other, parts.sum(axis=0))
        return SimilarityMaps(float(parts.sum()), query, candidate, query_rest, candidate_rest)

    def matches(self, query_id: str, candidate_id: str) -> Matches:
        """Return the local features that agree on one homography; calls no model.

        Raises:
            UnknownImageError: There is no such query or candidate.
            ImageError: One of them cannot be decoded.
        """
        from core.reranking.keypoints import match

        return match(self.pixels(query_id), self.pixels(candidate_id))

    def words(self, query_id: str, candidate_id: str) -> Iterator[str] | None:
        """Return the MLLM's description of the pair as it grows, or None where it cannot write.

        Raises:
            UnknownImageError: There is no such query or candidate.
            ImageError: One of them cannot be decoded.
            ModelError: The model failed, or another machine scores.
        """
        playground = self._session.playground(_NO_MODEL)
        return playground.words(*self._tokens(playground, query_id, candidate_id))

    def pixels(self, image_id: str) -> NDArray[np.uint8]:
        """Return an image at its full size, (H, W, 3) uint8 RGB.

        Raises:
            UnknownImageError: No image has this id.
            ImageError: The image cannot be decoded.
        """
        return self._session.images.load(self._session.record(image_id))

    def crop(self, image_id: str, box: Box) -> str:
        """Keep a region of an image as an image of its own, with its parent; return its id.

        Raises:
            UnknownImageError: No image has this id.
            SettingsError: The box does not lie in the image, or is too small.
            ImageError: The image cannot be decoded.
            WorkspaceError: The quota for uploads is used up.
        """
        record = self._session.record(image_id)
        if not record.holds(box) or min(box.x1 - box.x0, box.y1 - box.y0) < LEAST_CROP_PX:
            raise SettingsError(
                f"A crop needs at least {LEAST_CROP_PX} x {LEAST_CROP_PX} px inside the image "
                f"({record.width} x {record.height} px); draw a larger box."
            )
        pixels = self._session.images.load(record)[box.y0 : box.y1, box.x0 : box.x1]
        region = f"{box.x0},{box.y0},{box.x1},{box.y1}"
        name = f"{image_id.rpartition('/')[2]}, crop {region}"
        crop = self._session.uploads.add_pixels(pixels, name, image_id, region, record.text)
        return crop.image_id

    def lineage(self, query_id: str, candidate_id: str) -> Lineage:
        """Return how both images were cropped, with every step's margin.

        Raises:
            UnknownImageError: There is no such query or candidate.
            ImageError: One of them cannot be decoded.
            ModelError: The model failed, or another machine scores.
        """
        queries, candidates = self._ancestors(query_id), self._ancestors(candidate_id)
        return Lineage(
            tuple(self._step(record, record.image_id, candidate_id) for record in queries),
            tuple(self._step(record, query_id, record.image_id) for record in candidates),
        )

    def _step(self, record: ImageRecord, query_id: str, candidate_id: str) -> CropStep:
        playground = self._session.playground(_NO_MODEL)
        query, candidate = self._tokens(playground, query_id, candidate_id)
        answer = playground.looker(playground.prompt).look(query, candidate, 1)
        return CropStep(record.image_id, _region(record), answer.margin)

    def _ancestors(self, image_id: str) -> tuple[ImageRecord, ...]:
        """Return the whole picture first and the image itself last."""
        steps = [self._session.record(image_id)]
        while _region(steps[0]) is not None and len(steps) < _LONGEST_LINEAGE:
            try:
                steps.insert(0, self._session.record(steps[0].tags["parent"]))
            except UnknownImageError:
                break  # the parent was deleted; what is left of the lineage is shown
        return tuple(steps)

    def _relation(self, query_id: str, candidate: ImageRecord) -> Relation:
        relevance = self._session.relevance(query_id)
        root = self._ancestors(candidate.image_id)[0]
        if relevance is None or root.image_id not in self._session.database:
            return "unlabelled"
        return relevance.relation(root.image_id)

    def _tokens(
        self, playground: "Playground", query_id: str, candidate_id: str
    ) -> tuple[VisualTokens, VisualTokens]:
        return playground.tokens(self._session.record(query_id), self._session.record(candidate_id))


def _on_grid(tokens: VisualTokens, parts: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return parts on the image's grid, and the sum of those that stand outside of it."""
    rows, columns = tokens.positions.astype(int).T
    inside = (rows < tokens.grid[0]) & (columns < tokens.grid[1])
    found = np.zeros(tokens.grid)
    np.add.at(found, (rows[inside], columns[inside]), parts[inside])
    return found, float(parts[~inside].sum())


def _region(record: ImageRecord) -> Box | None:
    region = record.tags.get("region", "")
    if not record.image_id.startswith("upload:") or not region:
        return None
    x0, y0, x1, y1 = (int(part) for part in region.split(","))
    return Box(x0, y0, x1, y1)


def _place(view: QueryView, candidate: ImageRecord, relation: Relation) -> PairPlace:
    card = next((one for one in view.before if one.image_id == candidate.image_id), None)
    margin = None if card is None else card.margin
    ties = tuple(
        one.image_id
        for one in view.moved
        if margin is not None and one.margin == margin and one.image_id != candidate.image_id
    )
    after = [one.image_id for one in view.after]
    at = after.index(candidate.image_id) if card is not None else None
    return PairPlace(
        query=view.query,
        candidate=candidate,
        relation=relation,
        rank_before=None if card is None else card.rank_before,
        rank_after=None if card is None else card.rank_after,
        cosine=None if card is None else card.cosine,
        margin=margin,
        depth=view.depth,
        n_shortlist=view.n_shortlist,
        ties=ties,
        previous_id=after[at - 1] if at else None,
        kind=view.kind,
        next_id=None if at is None else next(iter(after[at + 1 : at + 2]), None),
        probability=None if card is None else card.probability,
        shares=None if card is None else card.shares,
    )
