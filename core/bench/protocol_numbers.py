"""The protocols facet: a benchmark's published numbers of the evaluated queries."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.analysis.protocols.table import measure, protocol_of
from core.bench.orders import Orders
from core.bench.queries import QueriesFacet
from core.bench.session import Session
from core.corpus.readers.opening import restricted
from core.errors import ExchangeError
from core.exchange.submissions import known_form, write_submission
from core.recent import Recent
from core.retrieval.galleries import search
from core.types.benchmarks import (
    BenchmarkUse,
    MeasuredValue,
    ProtocolNumber,
    ProtocolNumbers,
    RankedList,
)
from core.types.corpus import ImageRecord
from core.types.orders import Fusion, Order
from core.types.runs import Progress
from core.types.scores import Shortlist

_KEPT = 8
_LEAST_LISTED = 1000


class ProtocolsFacet:
    """What the official evaluator of the opened benchmark makes of the orders before and after."""

    def __init__(self, session: Session, orders: Orders, queries: QueriesFacet) -> None:
        self._session = session
        self._queries = queries
        self._orders = orders
        self._lists: dict[str, Shortlist] = {}
        self._made: Recent[tuple[Fusion, int], ProtocolNumbers] = Recent(_KEPT)

    def of(self, fusion: Fusion) -> ProtocolNumbers | None:
        """Return the published numbers; None for other corpora and before all queries are scored.

        A protocol's mean is over all of its queries, so that there is none of a part of them. For
        protocols without a cut-off the whole database is ranked once per query.
        """
        if self._session.corpus.benchmark is None:
            return None
        key = fusion, self._orders.revision  # before the orders: what is kept is never newer
        known = self._made.get(key)
        if known is not None:
            return known
        if not self._measurable() <= self._orders.evaluated().keys():
            return None
        use = self._use()
        if use is None:
            return None
        return self._made.put(key, self._numbers(use, self._orders.orders(fusion), fusion))

    def save(self, path: Path, form: str, depth: int) -> Iterator[Progress]:
        """Score what is missing of every query and write the rankings for a benchmark's script.

        Call `build_index` before the first step; the format is checked at once.

        Args:
            path: Replaced as a whole if it exists.
            form: A row of `core.exchange.submissions`.
            depth: How many of each shortlist are re-ranked.

        Raises:
            SettingsError: There is no such format.
            ExchangeError: The corpus is no benchmark, or a list does not fit the format.
            ModelError: The model failed.
            WorkspaceError: The file cannot be written.
        """
        known_form(form)
        if self._session.corpus.benchmark is None:
            raise ExchangeError(
                f"Corpus '{self._session.corpus.name}' is no benchmark in its own files, so there "
                "is no script to write for; use --what shortlists or scores."
            )
        return self._save(path, form, depth)

    def _save(self, path: Path, form: str, depth: int) -> Iterator[Progress]:
        use = self._use()
        assert use is not None, "the index is built before the first step"
        fusion = self._session.fusion(depth)
        orders: dict[str, Order] = {}
        for done, image_id in enumerate(use.queries.values()):
            yield Progress("export", done, len(use.queries), "queries")
            for _ in self._queries.score(image_id, depth):
                yield Progress("export", done, len(use.queries), "queries")
            order = self._orders.of(self._session.queries[image_id], fusion)
            if order is not None:
                orders[image_id] = order
        write_submission(path, form, use.benchmark, self._rankings(use, orders)[1])
        yield Progress("export", len(use.queries), len(use.queries), "queries")

    def _use(self) -> BenchmarkUse | None:
        """Return the benchmark with the queries that can be opened and the images in the index."""
        use, index = self._session.corpus.benchmark, self._session.index
        if use is None or index is None:
            return None
        images = {one: at for one, at in use.image_ids.items() if at in index.rows}
        queries = {one: at for one, at in use.queries.items() if not self._problem(at)}
        lacking = [at for at in use.image_ids.values() if at not in index.rows]
        lacking += [at for at in use.queries.values() if self._problem(at)]
        if not lacking:  # all was ranked, though pictures of some may be missing
            return replace(use, missing=()) if len(images) == use.n_images else use
        return replace(
            use,
            benchmark=restricted(use.benchmark, frozenset(queries), frozenset(images)),
            image_ids=images,
            queries=queries,
            missing=(*use.missing, *lacking),
        )

    def _problem(self, query_id: str) -> str | None:
        return self._session.queries[query_id].problem

    def _measurable(self) -> frozenset[str]:
        return frozenset(query.image_id for query in self._session.measurable)

    def _numbers(
        self, use: BenchmarkUse, orders: Mapping[str, Order], fusion: Fusion
    ) -> ProtocolNumbers:
        row = protocol_of(use.benchmark)
        before, after = self._rankings(use, orders)
        withheld = self._orders.withheld(fusion, orders)
        names = measure(use.benchmark, before)
        changed = () if withheld else measure(use.benchmark, after)
        return ProtocolNumbers(
            benchmark=use.benchmark.name,
            title=row.title,
            difference=row.difference,
            numbers=tuple(_joined(names, changed, use.of_all)),
            incomplete=use.text,
        )

    def _rankings(
        self, use: BenchmarkUse, orders: Mapping[str, Order]
    ) -> tuple[dict[str, RankedList], dict[str, RankedList]]:
        """Return the lists before and after re-ranking by query id, in the benchmark's ids."""
        n_listed = protocol_of(use.benchmark).n_listed
        before: dict[str, RankedList] = {}
        after: dict[str, RankedList] = {}
        own = {image_id: one for one, image_id in use.image_ids.items()}
        for query_id, image_id in use.queries.items():
            query, order = self._session.queries[image_id], orders.get(image_id)
            found = self._listed(query, n_listed)
            before[query_id] = _ranked(found.image_ids, own, found.cosines)
            head = () if order is None else order.after  # without a positive it is never re-ranked
            after[query_id] = _ranked((*head, *found.image_ids[len(head) :]), own)
        return before, after

    def _listed(self, query: ImageRecord, n_listed: int | None) -> Shortlist:
        """Return the shortlist, or as many more as the protocol ranks, up to the last positive."""
        index, short = self._session.index, self._session.shortlist(query)
        assert index is not None, "numbers are asked for with an index"
        assert short is not None, "an index makes shortlists"
        n = len(index.image_ids) if n_listed is None else min(n_listed, len(index.image_ids))
        gallery = self._session.galleries.get(query.image_id)
        n = n if gallery is None else min(n, len(gallery))
        if self._session.lists is not None or n <= len(short.image_ids):
            return short
        if query.image_id not in self._lists:
            found = search(index, self._session.query_vectors(), query, n, gallery)
            self._lists[query.image_id] = self._cut(query, found)
        return self._lists[query.image_id]

    def _cut(self, query: ImageRecord, found: Shortlist) -> Shortlist:
        """Return a list without what stands below the last positive, which no measure reads."""
        relevance = self._session.relevance(query.image_id)
        positives = frozenset[str]() if relevance is None else relevance.positives
        places = [place for place, one in enumerate(found.image_ids) if one in positives]
        n = max(_LEAST_LISTED, places[-1] + 1 if places else 0)
        return Shortlist(query.image_id, found.image_ids[:n], found.cosines[:n])


def _ranked(
    image_ids: tuple[str, ...], own: Mapping[str, str], scores: NDArray[np.float32] | None = None
) -> RankedList:
    """Return a list by the benchmark's own ids; an image that it does not have is left out."""
    kept = [place for place, image_id in enumerate(image_ids) if image_id in own]
    named = [own[image_ids[place]] for place in kept]
    return RankedList(named, None if scores is None else scores[kept].astype(np.float64))


def _joined(
    before: tuple[MeasuredValue, ...], after: tuple[MeasuredValue, ...], of_all: str
) -> Iterator[ProtocolNumber]:
    changed = {one.name: one for one in after}
    for one in before:
        other = changed.pop(one.name, None)
        yield ProtocolNumber(
            name=f"{one.name}{of_all}",
            before=one.value,
            after=None if other is None else other.value,
            n=one.n,
            problem=one.problem or (other.problem if other else "") or "",
        )
    for one in changed.values():  # what has no number before, such as of lists without scores
        yield ProtocolNumber(f"{one.name}{of_all}", None, one.value, one.n, one.problem or "")
