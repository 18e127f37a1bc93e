"""Read verdicts as labels: which pairs of the ground truth they change, and the truth after it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from core.types.annotation import Annotation, LabelChange, Relabelling, Verdict
from core.types.corpus import Relation, Relevance

_LABELS: Mapping[Verdict, Relation] = {
    "match": "positive",
    "no match": "negative",
    "near duplicate": "junk",
}
_OPPOSITES: Mapping[Relation, Relation] = {"positive": "negative", "negative": "positive"}
Outcome = Literal["changed", "confirmed", "unsure", "disputed", "unclear", "unknown"]


def relabelling(
    annotations: Sequence[Annotation],
    truth: Mapping[str, Relevance] | None,
    known: Mapping[str, frozenset[str] | set[str]],
    author: str | None,
) -> Relabelling:
    """Return what the verdicts do to the labels; the ground truth itself is not touched.

    match = positive, no match = negative, near duplicate = junk (it would be found whatever the
    scorer, so it neither helps nor hurts), label error = the opposite of a positive or negative
    label, unsure = no change. With several authors only verdicts that all of them share count.

    Args:
        annotations: Words of all authors.
        truth: Ground truth by query id, or None without any: then every pair is unlabelled.
        known: `queries` and `database`: the ids that this corpus has.
        author: Only this author's verdicts count; None = everyone's, where all agree.
    """
    verdicts: dict[tuple[str, str], set[Verdict]] = defaultdict(set)
    for one in annotations:
        if one.content.verdict is not None and author in (None, one.author):
            verdicts[(one.query_id, one.image_id)].add(one.content.verdict)
    counts: Counter[Outcome] = Counter()
    changes: list[LabelChange] = []
    for (query_id, image_id), said in sorted(verdicts.items()):
        if (
            query_id not in known["queries"]
            or image_id not in known["database"]
            or query_id == image_id
        ):
            counts["unknown"] += 1
            continue
        old = _relation(truth, query_id, image_id)
        outcome, new = _read(said, old)
        counts[outcome] += 1
        if outcome == "changed":
            changes.append(LabelChange(query_id, image_id, old, new))
    return Relabelling(
        author=author,
        n_judged=len(verdicts),
        n_confirmed=counts["confirmed"],
        n_unsure=counts["unsure"],
        n_disputed=counts["disputed"],
        n_unclear=counts["unclear"],
        n_unknown=counts["unknown"],
        changes=tuple(changes),
    )


class Relabelled(Mapping[str, Relevance]):
    """The ground truth with changed labels laid over it; the one below stays as it is.

    Args:
        truth: Ground truth by query id, or None: then every query starts without a label.
        changes: Pairs with their new labels.
    """

    def __init__(
        self, truth: Mapping[str, Relevance] | None, changes: Sequence[LabelChange]
    ) -> None:
        self._truth = truth
        self._changes: dict[str, dict[str, Relation]] = defaultdict(dict)
        for change in changes:
            self._changes[change.query_id][change.image_id] = change.new

    @property
    def changed(self) -> tuple[str, ...]:
        """The queries whose ground truth differs from the one below, sorted."""
        return tuple(sorted(self._changes))

    def __getitem__(self, query_id: str) -> Relevance:
        """Return the ground truth of one query; KeyError for what is no query."""
        below = self._below(query_id)
        new = self._changes.get(query_id)
        if not new:
            return below
        kept = frozenset(new)
        positives = frozenset(i for i, label in new.items() if label == "positive")
        junk = frozenset(i for i, label in new.items() if label == "junk")
        return Relevance(query_id, (below.positives - kept) | positives, (below.junk - kept) | junk)

    def __iter__(self) -> Iterator[str]:
        """Yield the query ids of the ground truth below, or those that were changed."""
        return iter(self._changes if self._truth is None else self._truth)

    def __len__(self) -> int:
        """Return how many queries there are."""
        return len(self._changes if self._truth is None else self._truth)

    def _below(self, query_id: str) -> Relevance:
        if self._truth is not None:
            return self._truth[query_id]
        if query_id in self._changes:
            return Relevance(query_id, frozenset())
        raise KeyError(query_id)


def _relation(truth: Mapping[str, Relevance] | None, query_id: str, image_id: str) -> Relation:
    return "unlabelled" if truth is None else truth[query_id].relation(image_id)


def _read(said: set[Verdict], old: Relation) -> tuple[Outcome, Relation]:
    if len(said) > 1:
        return "disputed", old
    verdict = next(iter(said))
    if verdict == "unsure":
        return "unsure", old
    new = _OPPOSITES.get(old) if verdict == "label error" else _LABELS[verdict]
    if new is None:
        return "unclear", old
    return ("confirmed", old) if new == old else ("changed", new)
