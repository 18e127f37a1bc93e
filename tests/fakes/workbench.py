"""The door of the fake bench: its facets over one state."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.bench.jobs import JobBoard
from core.bench.work import WorkFacet, WorkFacets
from core.exchange.snippets import CodeFacet
from core.settings import Settings
from tests.fakes.annotations import fake_facets
from tests.fakes.jobs import FakeJobs
from tests.fakes.pairs import FakePairs
from tests.fakes.queries import FakeQueries, FakeUploads
from tests.fakes.runs import FakeRuns
from tests.fakes.saved import fake_saved
from tests.fakes.scorers import FakeMoves, FakeScorers
from tests.fakes.setting import (
    FakeCorpus,
    FakeFolders,
    FakePipelines,
    FakeReopening,
    FakeSetting,
)
from tests.fakes.state import IDLE, FakeInfo, FakeState
from tests.fakes.tradeoff import FakeTradeoff


class NoUnfinishedSets:
    def all(self) -> tuple[()]:
        return ()


class FakeWorkbench:
    """The door of the bench, with nothing behind it.

    Args:
        root: Folder for thumbnails; made where missing.
        photos: Real pictures to show; drawn ones where empty.
        evaluated: How many queries have their scores from the start; None = all.
        pace_s: Seconds that scoring one query takes.
        suffix: Added to every file name, to try hostile ones.
    """

    def __init__(
        self,
        root: Path,
        *,
        info: FakeInfo | None = None,
        photos: Sequence[Path] = (),
        evaluated: int | None = None,
        pace_s: float = 0.0,
        suffix: str = "",
    ) -> None:
        self.info = info or FakeInfo()
        state = FakeState(root, self.info, tuple(photos), pace_s, suffix, {})
        count = self.info.n_queries if evaluated is None else evaluated
        state.scored = dict.fromkeys(state.query_ids[:count], self.info.default_depth)
        if count == self.info.n_queries:
            state.status = replace(IDLE, state="done", stage="evaluate", done=count, total=count)
        state.indexing.set()
        self.state = state
        self.queries = FakeQueries(state)
        self.uploads = FakeUploads(state)
        self.runs = FakeRuns(state, self.queries)
        self.pairs = FakePairs(state, self.queries)
        self.jobs = FakeJobs(state)
        self.board = JobBoard()
        self.scorers = FakeScorers(state, self.queries)
        self.moves = FakeMoves(state, self.queries, self.scorers)
        self.tradeoff = FakeTradeoff()
        facets = fake_facets(state, self.queries)
        self.annotations, self.labels, self.failures, self.maps = facets
        nothing: Any = None  # no screen over this bench asks for the rest of the work
        work = WorkFacets(self.queries, nothing, nothing, nothing, self.failures, nothing, nothing)
        self.work = WorkFacet(self.board, work, NoUnfinishedSets())
        self.folders, self.setting = FakeFolders(), FakeSetting(self.info)
        self.reopening = FakeReopening()
        self.corpus = FakeCorpus(self.info)
        self.pipelines = FakePipelines(self.info)
        self.saved = fake_saved(state, self.queries, self.runs.receipt)
        self.code = CodeFacet(Settings())

    def close(self) -> None:
        self.jobs.cancel(wait=True)
        self.board.close()
