"""The real annotation, label, failure and map facets over invented scores."""

from types import SimpleNamespace

import numpy as np

from core.annotation.store import AnnotationStore
from core.bench.annotation.judging import AnnotationsFacet
from core.bench.annotation.labels import LabelsFacet
from core.bench.failures.descriptor_map import MapsFacet
from core.bench.failures.report import FailuresFacet
from core.bench.orders import Noted, Orders
from core.reranking.cascade import Cascade, RunningStage
from core.reranking.stages import BuiltStage, pipeline_of
from core.retrieval.index import FlatIndex
from core.settings import load_settings
from core.storage.scores import ScoreStore
from core.types.corpus import Corpus, Relevance
from core.types.orders import Fusion
from core.types.scores import Shortlist
from tests.fakes.invented import draw_picture, invent_candidates


class FakeImages:
    """Opens the fake's drawn pictures."""

    def __init__(self, photos) -> None:
        self._photos = photos

    def load(self, record):
        return np.asarray(draw_picture(self._photos, record.image_id))

    def load_mask(self, record) -> None:
        return None


class FakeVectors:
    """Unit vectors that follow from the key, as if they had been computed and stored."""

    def __contains__(self, key: str) -> bool:
        return True

    def get(self, keys):
        drawn = [np.random.default_rng(int(key[:8], 16)).normal(size=6) for key in keys]
        vectors = np.array(drawn) * np.array([3, 2, 1, 1, 1, 1])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


class FakeSession:
    """What the two facets ask of `core.bench.session.Session`."""

    def __init__(self, state, queries) -> None:
        state.root.mkdir(parents=True, exist_ok=True)
        self.state, self.fake_queries = state, queries
        self.annotations = AnnotationStore(state.root / "annotations.sqlite")
        self.queries = {i: queries.record(i) for i in state.query_ids}
        self.database = {i: queries.record(i) for i in state.database_ids}
        self.settings = load_settings(None, {})
        self.scores = ScoreStore(state.root / "scores.sqlite")  # without a score
        self.workspace = SimpleNamespace(
            measures=state.root / "measures.json",
            selections=state.root / "selections",
            imports=state.root / "imports",
        )
        self.images = FakeImages(state.photos)
        self.vectors = FakeVectors()
        records = list(self.database.values())
        self.index = FlatIndex(
            self.vectors.get([r.sha256 for r in records]), [r.image_id for r in records]
        )
        truth = (
            {i: self._relevance(i) for i in self.queries} if state.info.has_ground_truth else None
        )
        self.corpus = Corpus(
            state.info.corpus_name,
            state.root,
            tuple(self.queries.values()),
            tuple(self.database.values()),
            truth,
            "fake",
        )
        self.pipeline = pipeline_of(self.settings)
        reranker = SimpleNamespace(cached=self.cached)
        (step,) = self.pipeline.steps
        built = BuiltStage(SimpleNamespace(fingerprint="fake"))
        self.cascade = Cascade([RunningStage(step, state.info.scorer, reranker, built)])
        self.measurable = tuple(self.queries.values()) if truth else ()

    def fusion(self, depth: int) -> Fusion:
        return Fusion(depth, self.settings.ranking.lam, self.settings.ranking.gamma)

    def candidates(self, query_id):
        return invent_candidates(self.state, query_id, self.state.info.default_depth, 0.0, 1.0)

    def _relevance(self, query_id: str) -> Relevance:
        relations = {c.image_id: c.relation for c in self.candidates(query_id)}
        named = [
            frozenset(i for i, relation in relations.items() if relation == wanted)
            for wanted in ("positive", "junk")
        ]
        return Relevance(query_id, *named)

    def relevance(self, query_id: str) -> Relevance | None:
        truth = self.corpus.relevance
        return None if truth is None else truth.get(query_id)

    def record(self, image_id: str):
        return self.fake_queries.record(image_id)

    def shortlist(self, query) -> Shortlist:
        found = self.candidates(query.image_id)
        cosines = np.array([c.cosine for c in found], dtype=np.float32)
        return Shortlist(query.image_id, tuple(c.image_id for c in found), cosines)

    @property
    def kind(self):
        return self.state.info.scorer

    def models(self):
        return SimpleNamespace(cascade=self.cascade, vectors=self.vectors)

    def cached(self, query, image_ids):
        margins = {c.image_id: c.margin for c in self.candidates(query.image_id)}
        return {
            i: SimpleNamespace(margin=margins[i], seconds=0.01)
            for i in image_ids
            if margins[i] is not None
        }


class FakeOrders(Orders):
    """The real orders, over the margins of the queries that the fake has scored."""

    def __init__(self, session: FakeSession) -> None:
        super().__init__(session)
        self.session = session

    @property
    def revision(self) -> int:
        return sum(self.session.state.scored.values())

    def evaluated(self) -> dict[str, Noted]:
        found = {i: self._known(i) for i in self.session.queries}
        return {i: noted for i, noted in found.items() if noted is not None}

    def _known(self, query_id: str) -> Noted | None:
        if not self.session.state.scored.get(query_id):
            return None
        query = self.session.queries[query_id]
        (stage,) = self.session.cascade.scores(query)
        return Noted((stage.known(self.session.shortlist(query).image_ids),))


def fake_facets(state, queries) -> tuple[AnnotationsFacet, LabelsFacet, FailuresFacet, MapsFacet]:
    """The facets `annotations`, `labels`, `failures` and `maps` of a fake workbench."""
    session = FakeSession(state, queries)
    orders = FakeOrders(session)
    failures = FailuresFacet(session, orders)
    annotations = AnnotationsFacet(session, orders, failures.members)
    return annotations, LabelsFacet(session, orders), failures, MapsFacet(session, failures)
