"""Score pairs on a server: many requests under way, answers in order, faults in words."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from core.interfaces import PairScorer
from core.mllm.remote.client import ServerClient
from core.mllm.remote.images import ServerImages, data_url
from core.mllm.remote.protocol import Answer, PairProtocol, ServerFaultError, without_marks
from core.server_settings import ServerAddress
from core.types.scores import PairLogits, Unscored, VisualTokens

_log = logging.getLogger(__name__)

_GIVE_UP = 8
"""Requests that fail one after another before a query's remaining pairs are given up."""
_MOST_LOGGED = 20

UNCOMPRESSED = "none: a server scores uncompressed images"


@dataclass(slots=True, eq=False)
class ServerScorer(PairScorer):
    """The `PairScorer` of a server; construction asks it nothing.

    Args:
        client: Talks to the server.
        protocol: How it is asked.
        images: Made the images that `score` is given.
        address: Where it is, for fingerprint and receipt.
        engine: Whose software it is, for the same.
        concurrency: Most requests of one call under way.
    """

    client: ServerClient
    protocol: PairProtocol
    images: ServerImages
    address: ServerAddress
    engine: str = field(kw_only=True)
    concurrency: int = field(kw_only=True)
    _is_down: bool = field(init=False, default=False)
    _logged: set[str] = field(init=False, default_factory=set[str])

    @property
    def receipt_fields(self) -> Mapping[str, str]:
        """Address, model, protocol, prompt and image bound, in words; no limits and no key."""
        return {
            "server": self.address.url,
            "server engine": self.engine,
            "server model": self.address.model,
            **self.images.fields,
            "compression": UNCOMPRESSED,
            **self.protocol.fields,
        }

    def score(
        self,
        query_tokens: VisualTokens,
        candidates: Sequence[VisualTokens],
        mass_first: int = 8,  # noqa: ARG002 - the server tells every pair's
    ) -> Iterator[list[PairLogits | Unscored]]:
        """Yield the answers of each request, in the candidates' order.

        Closing the generator sends no further request; one that is under way is dropped. A pair
        without an answer is yielded with its reason. After a fault that the next request would
        meet too, or eight in a row, the remaining pairs are given up without asking; the next call
        then begins with a single request, so that a dead server costs one attempt per query.

        Raises:
            ModelError: These are not images made by `ServerImages`, or the query has a text and the
                prompt no place for it.
        """
        query, said = data_url(query_tokens), without_marks(query_tokens.text)
        size = self.protocol.per_request
        groups = [candidates[i : i + size] for i in range(0, len(candidates), size)]
        stop = threading.Event()
        http = self.client.open()
        pool = ThreadPoolExecutor(self.concurrency, "server")

        def ask(group: Sequence[VisualTokens]) -> list[Answer | Unscored]:
            body = self.protocol.body(query, [data_url(one) for one in group], said)
            retries = 0 if self._is_down else None
            answer = self.client.post(http, self.protocol.path, body, stop, retries)
            return self.protocol.read(answer, len(group))

        try:
            yield from self._in_order(lambda group: pool.submit(ask, group), groups, stop)
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            http.close()

    def _in_order(
        self,
        submit: Callable[[Sequence[VisualTokens]], "Future[list[Answer | Unscored]]"],
        groups: Sequence[Sequence[VisualTokens]],
        stop: threading.Event,
    ) -> Iterator[list[PairLogits | Unscored]]:
        upcoming = deque(groups)
        under_way: deque[tuple[int, Future[list[Answer | Unscored]]]] = deque()
        faults = _Faults(1 if self._is_down else _GIVE_UP)
        clock = time.perf_counter()
        while upcoming or under_way:
            window = 1 if self._is_down else self.concurrency
            while upcoming and not faults.given_up and len(under_way) < window:
                under_way.append((len(upcoming[0]), submit(upcoming.popleft())))
            if not under_way:
                break
            n, future = under_way.popleft()
            answers = faults.take(n, future)
            self._is_down = faults.given_up
            if faults.given_up:
                stop.set()
            now = time.perf_counter()
            yield self._told(answers, (now - clock) / n)
            clock = time.perf_counter()
        for group in upcoming:
            yield self._told([Unscored(faults.reason)] * len(group), 0.0)

    def _told(
        self, answers: Sequence[Answer | Unscored], seconds: float
    ) -> list[PairLogits | Unscored]:
        for one in answers:
            if isinstance(one, Unscored):
                self._log_once(one.reason)
        return [
            one
            if isinstance(one, Unscored)
            else PairLogits(one.logit_yes, one.logit_no, one.answer_mass, seconds)
            for one in answers
        ]

    def _log_once(self, reason: str) -> None:
        if reason not in self._logged and len(self._logged) < _MOST_LOGGED:
            self._logged.add(reason)
            _log.warning("%s", reason)


class _Faults:
    """Counts requests that failed one after another, in the candidates' order.

    Args:
        patience: How many may fail before anything has succeeded.
    """

    def __init__(self, patience: int) -> None:
        self._in_a_row = 0
        self._patience = patience
        self.given_up = False
        self.reason = ""

    def take(
        self, n: int, future: "Future[list[Answer | Unscored]]"
    ) -> Sequence[Answer | Unscored]:
        """Return the n answers of a finished request, or its fault in the place of each."""
        try:
            answers = future.result()
        except ServerFaultError as fault:
            self._in_a_row += 1
            if not self.given_up:
                self.reason = fault.reason
                self.given_up = fault.is_final or self._in_a_row >= self._patience
            return [Unscored(fault.reason)] * n
        self._in_a_row, self._patience = 0, _GIVE_UP
        return answers
