"""What the fake bench is, and everything that changes while it is used."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

from core.types.corpus import LabelSource
from core.types.rankings import QueryOutcome
from core.types.runs import JobStatus
from core.types.scores import MARGIN, ScoreKind
from core.types.states import StateName

BY_MANIFEST = LabelSource(manifest=True)
IDLE = JobStatus("idle", "", 0, 0, "", 0.0, None, None)


@dataclass(frozen=True, slots=True)
class FakeInfo:
    """What `WorkbenchInfo` tells, word for word."""

    corpus_name: str = "fake corpus"
    n_queries: int = 8
    n_database: int = 40
    has_ground_truth: bool = True
    model_name: str = "fake-vl"
    model_note: str = ""
    prompt: str = "Do both images show the same object? Answer yes or no."
    layout: str = "images_then_question"
    compression: str = "none"
    descriptor_name: str = "mean visual token of fake-vl"
    device: str | None = "cpu"
    dtype: str | None = "float32"
    default_depth: int = 20
    max_depth: int = 40
    shortlist: int = 40
    k: int = 1000
    exact_label: str = "exact"
    lam: float = 0.0
    gamma: float = 1.0
    easy: float = 0.99
    change: float = 0.05
    scorer: ScoreKind = MARGIN
    thin: int | None = None
    pipeline: str = "mllm@20"
    first_depth: int = 20
    has_measures: bool = True
    labels_from: LabelSource = BY_MANIFEST


def work_of(status: JobStatus) -> StateName:
    """What becomes of a query that the fake has not scored."""
    names: dict[str, StateName] = {"running": "waiting", "cancelled": "stopped"}
    return names.get(status.state, "not started")


@dataclass
class FakeState:
    """Everything that changes while the fake is used."""

    root: Path
    info: FakeInfo
    photos: tuple[Path, ...]
    pace_s: float
    suffix: str
    scored: dict[str, int]
    failed: frozenset[tuple[str, str]] = frozenset()
    uploads: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    status: JobStatus = IDLE
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    indexing: threading.Event = field(default_factory=threading.Event)
    model_calls: int = 0
    outcomes: dict[tuple[str, int, float, float], QueryOutcome] = field(default_factory=dict)

    @property
    def query_ids(self) -> list[str]:
        return [f"queries/object_{i:02d}{self.suffix}.jpg" for i in range(self.info.n_queries)]

    @property
    def database_ids(self) -> list[str]:
        return [f"database/image_{i:03d}{self.suffix}.jpg" for i in range(self.info.n_database)]

    def instance(self, query_id: str) -> str | None:
        if query_id not in self.query_ids:
            return None
        return f"object {self.query_ids.index(query_id):02d}"
