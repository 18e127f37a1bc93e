"""The real annotation, label, failure and map facets over invented scores."""

from types import SimpleNamespace

import numpy as np

from core.analysis.outcomes import Thresholds, query_outcome
from core.annotation.store import AnnotationStore
from core.bench.annotation.judging import AnnotationsFacet
from core.bench.annotation.labels import LabelsFacet
from core.bench.failures.descriptor_map import MapsFacet
from core.bench.failures.report import FailuresFacet
from core.retrieval.index import FlatIndex
from core.settings import load_settings
from core.storage.scores import ScoreStore
from core.types.corpus import Corpus, Relevance
from core.types.rankings import QueryOutcome, Selection
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
        self.measurable = tuple(self.queries.values()) if truth else ()

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

    def models(self):
        def cached(query, image_ids):
            margins = {c.image_id: c.margin for c in self.candidates(query.image_id)}
            return {
                i: SimpleNamespace(margin=margins[i]) for i in image_ids if margins[i] is not None
            }

        def selection(query, shortlist, depth):
            return Selection(shortlist, depth, shortlist.image_ids[:depth])

        reranker = SimpleNamespace(cached=cached, selection=selection)
        return SimpleNamespace(reranker=reranker, vectors=self.vectors)


class FakeOrders:
    """Margins of the queries that the fake has scored."""

    def __init__(self, session: FakeSession) -> None:
        self.session = session

    @property
    def revision(self) -> int:
        return sum(self.session.state.scored.values())

    def margins(self) -> dict[str, dict[str, float]]:
        scored = [i for i in self.session.queries if self.session.state.scored.get(i)]
        return {
            i: {c.image_id: c.margin for c in self.session.candidates(i) if c.margin is not None}
            for i in scored
        }

    def outcomes(self, depth, lam, gamma) -> tuple[QueryOutcome, ...]:
        found = [
            self.outcome_under(
                self.session.relevance(i), self.session.queries[i], margins, (depth, lam, gamma)
            )
            for i, margins in self.margins().items()
        ]
        return tuple(outcome for outcome in found if outcome is not None)

    def outcome_under(self, relevance, query, margins, setting) -> QueryOutcome | None:
        depth, lam, gamma = setting
        if relevance is None:
            return None
        return query_outcome(
            self.session.shortlist(query),
            relevance,
            margins,
            query.instance_id,
            depth=depth,
            k=1000,
            lam=lam,
            gamma=gamma,
            thresholds=Thresholds(),
        )


def fake_facets(state, queries) -> tuple[AnnotationsFacet, LabelsFacet, FailuresFacet, MapsFacet]:
    """The facets `annotations`, `labels`, `failures` and `maps` of a fake workbench."""
    session = FakeSession(state, queries)
    orders = FakeOrders(session)
    failures = FailuresFacet(session, orders)
    annotations = AnnotationsFacet(session, orders, failures.members)
    return annotations, LabelsFacet(session, orders), failures, MapsFacet(session, failures)
