"""Make annotation queues from outcomes, scores, words and selections, and keep the last ones."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from core.analysis.slices import labels_by_attribute
from core.analysis.tipped import tipped
from core.annotation.queues import hard_pairs
from core.annotation.store import Pair
from core.bench.annotation.mined import Mined, MinedQueues
from core.bench.annotation.suspects import COUNTED, mine_suspects
from core.bench.annotation.unlike import UnlikeQueues
from core.bench.orders import Orders
from core.bench.session import Session
from core.errors import AnnotationError
from core.fingerprint import digest
from core.recent import Recent
from core.types.annotation import MINED_KINDS, Queue, QueueItem, QueueSpec
from core.types.corpus import Relation
from core.types.evidence import term_word
from core.types.failures import QUERY_SLICE_KINDS, QuerySlice, QuerySliceKind, Tipped
from core.types.number_text import signed
from core.types.orders import Fusion
from core.types.rankings import FAILURE_CLASSES, QueryOutcome

MAX_ITEMS = 5000
"""Most pairs of one queue; what is left out is counted and said."""
OF_QUERY = 100
"""How many of a query's candidates its own queue holds."""
_KEPT = 16

Members = Callable[[QuerySlice, Fusion], frozenset[str]]


class Queues:
    """Makes queues; one that was handed out stays as it is under its token while work goes on."""

    def __init__(self, session: Session, orders: Orders, slices: Members) -> None:
        self._session = session
        self._orders = orders
        self._slices = slices
        self._mined = MinedQueues(session, orders)
        self._unlike = UnlikeQueues(session)
        self._made: Recent[str, Queue] = Recent(_KEPT)

    def get(
        self, spec: QueueSpec, fusion: Fusion, author: str | None = None, token: str = ""
    ) -> Queue:
        """Return a queue, the one that `token` names if it is still kept.

        Raises:
            AnnotationError: There is no such class, slice or query.
            SettingsError: There is no such set of queries.
        """
        kept = self._made.get(token)
        if kept is not None and kept.spec == spec:
            return kept
        name = self._name(spec, fusion, author)
        return self._made.get_or_make(name, lambda: self._make(spec, fusion, author, name))

    def choices(self, fusion: Fusion) -> tuple[tuple[QueueSpec, int], ...]:
        """Return what can be mined, and the classes and slices that have queries, with how many."""
        outcomes = self._orders.outcomes(fusion)
        found: list[tuple[QueueSpec, int]] = [*self._mined.choices(), *self._unlike.choices()]
        for name in FAILURE_CLASSES:
            n = sum(outcome.failure_class == name for outcome in outcomes)
            found += [(QueueSpec("class", name), n)] if n else []
        for attribute, labels in labels_by_attribute(outcomes, self._session.queries).items():
            counts: dict[str, int] = {}
            for label in sorted(labels.values()):
                counts[label] = counts.get(label, 0) + 1
            found += [(QueueSpec("slice", f"{attribute}={v}"), n) for v, n in counts.items()]
        return tuple(found)

    def _name(self, spec: QueueSpec, fusion: Fusion, author: str | None) -> str:
        fields = {"kind": spec.kind, "name": spec.name, "setting": str(fusion)}
        if spec.kind == "selection":
            pairs = self._session.annotations.selection(author) if author else ()
            fields |= {"pairs": digest({"pairs": repr(pairs)})}
        elif spec.kind == "disputed":
            fields |= {"words": digest({"words": repr(self._disputed())})}
        elif spec.kind == "suspect":
            fields |= {"keypoints": str(self._session.scores.written(COUNTED))}
        fields["revision"] = str(self._orders.revision)
        return digest(fields)[:16]

    def _make(self, spec: QueueSpec, fusion: Fusion, author: str | None, token: str) -> Queue:
        outcomes = self._orders.outcomes(fusion)
        if spec.kind == "suspect":
            mined = mine_suspects(self._session, self._orders.orders(fusion))
        elif spec.kind == "unlike":
            mined = Mined(*self._unlike.make(spec.name))
        elif spec.kind in MINED_KINDS:
            mined = self._mined.make(spec, fusion)
        else:
            mined = Mined(tuple(self._items(spec, fusion, author, outcomes)), "")
        return Queue(
            spec,
            token,
            mined.items[:MAX_ITEMS],
            len(mined.items),
            len(self._session.measurable) if spec.kind == "unlike" else len(outcomes),
            len(self._session.measurable),
            mined.rule,
            self._session.kind,
        )

    def _items(
        self,
        spec: QueueSpec,
        fusion: Fusion,
        author: str | None,
        outcomes: Iterable[QueryOutcome],
    ) -> Iterator[QueueItem]:
        if spec.kind == "selection":
            chosen = self._session.annotations.selection(author) if author else ()
            return self._chosen((pair, "your own selection") for pair in chosen)
        if spec.kind == "disputed":
            return self._chosen((pair, f"verdicts: {said}") for pair, said in self._disputed())
        if spec.kind == "query":
            return self._of_query(spec.name, fusion)
        return self._hard(self._members(spec, outcomes, fusion), fusion)

    def _members(
        self, spec: QueueSpec, outcomes: Iterable[QueryOutcome], fusion: Fusion
    ) -> list[QueryOutcome]:
        """Return the queries of a class or slice, or all that are not easy, worst AP first."""
        found = list(outcomes)
        if spec.kind == "hard":
            found = [o for o in found if o.failure_class != "easy"]
        elif spec.kind == "class":
            found = [o for o in found if o.failure_class == spec.name]
        elif spec.kind == "set":
            inside = self._slices(_as_slice(spec), fusion)
            found = [o for o in found if o.query_id in inside]
        else:
            attribute, _, value = spec.name.partition("=")
            labels = labels_by_attribute(found, self._session.queries).get(attribute, {})
            if found and value not in labels.values():
                raise AnnotationError(
                    f"There is no slice '{spec.name[:80]}' among the evaluated queries; choose one "
                    "from the list."
                )
            found = [o for o in found if labels.get(o.query_id) == value]
        return sorted(found, key=lambda o: (o.ap_after, o.query_id))

    def _hard(self, outcomes: Iterable[QueryOutcome], fusion: Fusion) -> Iterator[QueueItem]:
        for outcome in outcomes:
            relevance = self._session.relevance(outcome.query_id)
            order = self._orders.noted(outcome.query_id, fusion)
            if relevance is None or order is None:
                continue
            before, scores = order.before.image_ids, order.last.scores
            tips = {one.image_id: one for one in tipped(outcome, order, relevance)}
            for item in hard_pairs(outcome, before, order.after, relevance, scores):
                yield _with_tip(item, tips.get(item.image_id))

    def _of_query(self, query_id: str, fusion: Fusion) -> Iterator[QueueItem]:
        query = self._session.record(query_id)
        relevance = self._session.relevance(query_id)
        order = self._orders.of(query, fusion)
        if order is None:
            return
        before = order.before.image_ids
        ranks = {image_id: rank for rank, image_id in enumerate(before, start=1)}
        for rank, image_id in enumerate(order.after[:OF_QUERY], start=1):
            if image_id == query_id:
                continue
            relation: Relation = relevance.relation(image_id) if relevance else "unlabelled"
            reason = f"rank {rank} of this query"
            margin = order.last.scores.get(image_id)
            yield QueueItem(query_id, image_id, relation, reason, ranks[image_id], rank, margin)

    def _chosen(self, pairs: Iterable[tuple[Pair, str]]) -> Iterator[QueueItem]:
        """Yield chosen pairs that this corpus has, with the margins of evaluated queries."""
        evaluated = self._orders.evaluated()
        for (query_id, image_id), reason in pairs:
            if query_id not in self._session.queries or image_id not in self._session.database:
                continue
            relevance = self._session.relevance(query_id)
            relation: Relation = relevance.relation(image_id) if relevance else "unlabelled"
            scored = evaluated[query_id].stages[-1] if query_id in evaluated else {}
            margin = scored[image_id].score if image_id in scored else None
            yield QueueItem(query_id, image_id, relation, reason, margin=margin)

    def _disputed(self) -> list[tuple[Pair, str]]:
        """Return the pairs on which authors gave different verdicts, without their names."""
        said: dict[Pair, list[str]] = {}
        for one in self._session.annotations.annotations():
            if one.content.verdict is not None:
                pair = (one.query_id, one.image_id)
                said.setdefault(pair, []).append(one.content.verdict)
        return [
            (pair, ", ".join(sorted(verdicts)))
            for pair, verdicts in sorted(said.items())
            if len(set(verdicts)) > 1
        ]


def _with_tip(item: QueueItem, tip: Tipped | None) -> QueueItem:
    """Return an intruder with the term of evidence that put it first, where one did."""
    if tip is None:
        return item
    why = f"put first by {term_word(tip.term)} ({signed(tip.nats, 2)} nats)"
    return replace(item, reason=f"{item.reason}, {why}")


def _as_slice(spec: QueueSpec) -> QuerySlice:
    kind, _, name = spec.name.partition(":")
    kinds: dict[str, QuerySliceKind] = {one: one for one in QUERY_SLICE_KINDS}
    known = kinds.get(kind)
    if known is None:
        raise AnnotationError(
            f"There is no set of queries '{spec.name[:80]}'; choose one on the Failures screen."
        )
    return QuerySlice(known, name)


def place_to_resume(items: Iterable[Pair], latest: Mapping[Pair, int], judged: set[Pair]) -> int:
    """Return where an author goes on.

    If the author's very last action was in this queue, it is that pair while it has no verdict,
    else the next one without; in all other cases the first pair without a verdict. Where every
    pair has one, it is the pair of the last action, or the first.

    Args:
        items: The queue's pairs in order.
        latest: The author's last event on each pair ever touched.
        judged: Pairs with this author's verdict.
    """
    pairs = list(items)
    newest = max(latest, key=lambda pair: latest[pair], default=None)
    last = pairs.index(newest) if newest is not None and newest in set(pairs) else 0
    open_places = [i for i, pair in enumerate(pairs) if pair not in judged]
    return next((i for i in open_places if i >= last), next(iter(open_places), last))
