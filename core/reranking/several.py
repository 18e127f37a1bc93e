"""Stages that show the model several candidates at once: `set`, `listwise` and `setwise`.

What the model answers is kept question by question, as it was; the order of a list is made of the
answers whenever it is asked for. It holds for that list in that order alone.
"""

import time
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from core.errors import ImageError, ModelError
from core.interfaces import PairTokens, Scorer
from core.reranking.blocks import n_parts, page_rank, permuted_blocks, wins
from core.reranking.pointwise import as_pair_score
from core.reranking.windows import heap_sorted, sliding
from core.reranking.written_orders import read_order
from core.storage.rankings import AnswerStore, BlockAnswer
from core.types.corpus import ImageRecord
from core.types.orders import AnswerTally
from core.types.scores import FailedPair, PairScore, PlainScore, Shortlist, VisualTokens

if TYPE_CHECKING:
    from core.mllm.several import Chosen

Method = Literal["set", "listwise", "setwise"]
REPEATS, SEED = 3, 0
"""Blocks of `set` in which every candidate stands, and the seed of their permutations."""
FIRST = 10
"""How many places `setwise` sorts; the rest keeps its order."""


class Asker(Protocol):
    """A model that takes several images; see `core.mllm.several.SeveralAsker`."""

    @property
    def fields(self) -> Mapping[str, str]:
        """What changes an answer beside the question, in words."""
        ...

    def choose(self, query: VisualTokens, candidates: Sequence[VisualTokens]) -> "Chosen":
        """Return how probable each candidate's number is as the next token."""
        ...

    def say(self, question: str, query: VisualTokens, candidates: Sequence[VisualTokens]) -> str:
        """Return what the model writes."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class SeveralScorer(Scorer):
    """Says what makes an answer another one, beside the list that the stage is given.

    Args:
        asker: The model.
        method: How it is asked.
        n: Candidates of a block.
        question: In words, with `{n}` for how many there are.
        by_rank: Of `set`: join the blocks by PageRank of who stands above whom, not by the mean.
    """

    asker: Asker
    method: Method
    n: int
    question: str
    by_rank: bool = False

    @property
    def receipt_fields(self) -> Mapping[str, str]:
        """What the fingerprint hashes, in words, for receipts."""
        join = "PageRank" if self.by_rank else "mean log-probability"
        blocks = {
            "set": f"every candidate in {REPEATS} seeded blocks, joined by {join}",
            "listwise": f"windows from the end, step {max(1, self.n // 2)}",
            "setwise": f"heap sort of the first {FIRST}",
        }
        return {
            **self.asker.fields,
            "score": f"{self.method} of {self.n}: {blocks[self.method]}",
            "question": self.question,
        }


_Ask = Generator[tuple[int, ...], BlockAnswer, list[float]]
"""Yields blocks of places, is sent their answers, returns a score per candidate of the list."""


@dataclass(frozen=True, slots=True, eq=False)
class SeveralReranker:
    """Asks question by question; see `core.interfaces.Reranker`.

    Args:
        scorer: The model and how it is asked.
        tokens: What the model is shown of images.
        answers: Where answers are kept.
        database: Database images by id.
    """

    scorer: SeveralScorer
    tokens: PairTokens
    answers: AnswerStore
    database: Mapping[str, ImageRecord]

    def cached(self, query: ImageRecord, image_ids: Sequence[str]) -> dict[str, PairScore]:
        """Return the scores of a list in its order, if every question about it was answered."""
        keys = [self.database[image_id].sha256 for image_id in image_ids]
        asking, spent, n = self._asking(len(keys)), 0.0, 0
        try:
            block = next(asking)
            while True:
                answer = self._stored(query, [keys[place] for place in block])
                if answer is None:
                    return {}
                spent, n = spent + answer.seconds, n + 1
                block = asking.send(answer)
        except StopIteration as end:
            scores: list[float] = end.value
        each = spent / max(1, len(keys))
        pair = partial(as_pair_score, query.image_id, fingerprint=self.scorer.fingerprint)
        return {
            image_id: pair(image_id, PlainScore(score, each))
            for image_id, score in zip(image_ids, scores, strict=True)
        }

    def rerank(
        self, query: ImageRecord, shortlist: Shortlist, depth: int
    ) -> Iterator[Sequence[PairScore | FailedPair]]:
        """Yield an empty batch after each question, then the whole list.

        An image that cannot be decoded leaves the whole list unscored, with the reason.

        Raises:
            ModelError: The model failed.
        """
        head = shortlist.image_ids[:depth]
        records = [self.database[image_id] for image_id in head]
        asking = self._asking(len(records))
        try:
            block = next(asking)
            while True:
                shown = [records[place] for place in block]
                answer = self._stored(query, [one.sha256 for one in shown])
                if answer is None:
                    answer = self._answer(query, shown)
                    yield []
                block = asking.send(answer)
        except StopIteration:
            yield list(self.cached(query, head).values())
        except ImageError as error:
            yield [FailedPair(query.image_id, image_id, str(error)) for image_id in head]

    def tally(self, query: ImageRecord, image_ids: Sequence[str]) -> AnswerTally:
        """Return what the stored answers about a list were."""
        keys = [self.database[image_id].sha256 for image_id in image_ids]
        counts, asking = Counter[str](), self._asking(len(keys))
        try:
            block = next(asking)
            while (answer := self._stored(query, [keys[p] for p in block])) is not None:
                counts["answers"] += 1
                if self.scorer.method != "set":
                    counts.update(_faults(answer.text, len(block), self.scorer.method))
                block = asking.send(answer)
        except StopIteration:
            pass
        return AnswerTally(**counts)

    def _stored(self, query: ImageRecord, keys: Sequence[str]) -> BlockAnswer | None:
        return self.answers.get(self.scorer.fingerprint, query.asked_key, keys)

    def _answer(self, query: ImageRecord, shown: Sequence[ImageRecord]) -> BlockAnswer:
        started = time.perf_counter()
        asked = self.tokens.queries.tokens(query)
        candidates = [self.tokens.candidates.tokens(record) for record in shown]
        text, numbers = "", tuple[float, ...]()
        if self.scorer.method == "set":
            chosen = self.scorer.asker.choose(asked, candidates)
            numbers = (*chosen.log_probabilities, chosen.mass)
        else:
            text = self.scorer.asker.say(self.scorer.question, asked, candidates)
        answer = BlockAnswer(text, numbers, time.perf_counter() - started)
        keys = [record.sha256 for record in shown]
        self.answers.put(self.scorer.fingerprint, query.asked_key, keys, answer)
        return answer

    def _asking(self, n: int) -> _Ask:
        if n < 2:
            return _as_given(n)
        size = self.scorer.n
        if self.scorer.method == "set":
            return _by_labels(n, size, by_rank=self.scorer.by_rank)
        return _by_windows(n, size) if self.scorer.method == "listwise" else _by_best(n, size)


def _as_given(n: int) -> _Ask:
    yield from ()
    return [0.0] * n


def _by_labels(n: int, size: int, *, by_rank: bool) -> _Ask:
    """Return each candidate's mean log-probability over the blocks that it stands in.

    By rank it is the candidate's share in the PageRank of the orders within the blocks.
    """
    sums, counts = np.zeros(n), np.zeros(n)
    orders: list[list[int]] = []
    for block in permuted_blocks(n, size, REPEATS, SEED):
        answer = yield block
        found = np.array(answer.numbers[: len(block)])
        sums[list(block)] += found
        counts[list(block)] += 1
        orders.append([block[place] for place in np.argsort(-found, kind="stable").tolist()])
    if not by_rank:
        return (sums / counts).tolist()
    table = wins(n, orders)
    if n_parts(table) > 1:
        raise ModelError(
            f"Some of {n} candidates never meet in blocks of {size}, so PageRank cannot order "
            "them; choose a larger set, or set:N, which joins by the mean."
        )
    return page_rank(table).tolist()


def _by_windows(n: int, size: int) -> _Ask:
    asking = sliding(n, size, max(1, size // 2))
    try:
        block = next(asking)
        while True:
            answer = yield block
            block = asking.send(read_order(answer.text, len(block)).places)
    except StopIteration as end:
        return _places(end.value)


def _by_best(n: int, size: int) -> _Ask:
    asking = heap_sorted(n, size - 1, min(FIRST, n))
    try:
        block = next(asking)
        while True:
            answer = yield block
            block = asking.send(read_order(answer.text, len(block)).first)
    except StopIteration as end:
        return _places(end.value)


def _places(order: Sequence[int]) -> list[float]:
    """Return for each item how many stand behind it."""
    found = [0.0] * len(order)
    for place, item in enumerate(order):
        found[item] = float(len(order) - 1 - place)
    return found


def _faults(text: str, n: int, method: Method) -> list[str]:
    read = read_order(text, n)
    if not read.named:
        return ["nothing"]
    is_short = method == "listwise" and read.missing > 0
    names = {"missing": is_short, "outside": read.outside, "repeated": read.repeated}
    return [name for name, count in names.items() if count]
