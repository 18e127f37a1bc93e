"""Preparation of the fake bench: a thread that counts images and queries."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

from core.types.runs import JobStatus
from core.types.setting import JobPlan
from tests.fakes.state import IDLE, FakeState


class FakeJobs:
    def __init__(self, state: FakeState) -> None:
        self._state = state

    def start_preparation(self) -> None:
        state = self._state
        if state.status.state in ("running", "done"):
            return
        state.stop.clear()
        state.status = replace(IDLE, state="running", stage="index", unit="images")
        state.thread = threading.Thread(target=self._work, daemon=True)
        state.thread.start()

    def status(self) -> JobStatus:
        return self._state.status

    def plan(self) -> JobPlan | None:
        return None

    def watch(self) -> Iterator[JobStatus]:
        last = None
        while True:
            status = self._state.status
            if status != last:
                yield status
                last = status
            if status.state != "running":
                return
            time.sleep(0.05)

    def cancel(self, *, wait: bool = False) -> None:
        self._state.stop.set()
        if wait and self._state.thread is not None:
            self._state.thread.join(timeout=10)

    def _work(self) -> None:
        state, info = self._state, self._state.info
        for done in range(0, info.n_database + 1, 10):
            state.indexing.wait(timeout=60)
            if state.stop.is_set():
                break
            state.status = JobStatus(
                "running", "index", done, info.n_database, "images", 1.0, 2.0, None
            )
        for done, query_id in enumerate(state.query_ids, 1):
            if state.stop.wait(state.pace_s):
                break
            state.scored[query_id] = max(state.scored.get(query_id, 0), info.default_depth)
            left = (info.n_queries - done) * state.pace_s
            state.status = JobStatus(
                "running", "evaluate", done, info.n_queries, "queries", 3.0, left, None
            )
        state.status = replace(state.status, state="cancelled" if state.stop.is_set() else "done")
