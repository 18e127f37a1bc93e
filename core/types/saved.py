"""Saved runs, one line each, compared in pairs, exported; and what else comes in and goes out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.types.runs import Interval, RunReport

RunFileKind = Literal["csv", "jsonl", "json", "trec", "qrels", "parquet", "png", "html"]


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One line of the list of runs, newest first.

    `report` is None where the file cannot be read, and `problem` says why. `n_repeats` counts the
    evaluations that gave the same numbers under the same receipt right after one another; this is
    the newest of them.
    """

    run_id: str
    report: RunReport | None
    problem: str | None = None
    n_repeats: int = 1


@dataclass(frozen=True, slots=True)
class RunList:
    """The newest runs, and how many older ones are not listed."""

    entries: tuple[RunEntry, ...]
    n_older: int


@dataclass(frozen=True, slots=True)
class QueryDifference:
    """One query's AP@k after re-ranking in two runs, in [0, 1]."""

    query_id: str
    ap_a: float
    ap_b: float

    @property
    def delta(self) -> float:
        """AP in the second run minus AP in the first."""
        return self.ap_b - self.ap_a


@dataclass(frozen=True, slots=True)
class SliceDifference:
    """Mean AP after re-ranking of the queries with one value of one attribute, in two runs."""

    n: int
    map_a: float
    map_b: float
    delta_ci: Interval | None

    @property
    def delta(self) -> float:
        """Second run minus first."""
        return self.map_b - self.map_a


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Two runs over the queries that both evaluated, second minus first.

    `delta_ci` and `p_value` come from the paired bootstrap over instances; None with one instance.
    All means and `differences` are None and empty where `withheld` says why. `cautions` name what
    besides the second stage differs, so that the difference is not the scorer's alone. `fields` are
    the receipts' fields that differ. `differences` are the queries whose AP differs, largest first.
    """

    a: RunReport
    b: RunReport
    n_common: int
    n_only_a: int
    n_only_b: int
    map_a: float | None
    map_b: float | None
    delta: float | None
    delta_ci: Interval | None
    p_value: float | None
    differences: tuple[QueryDifference, ...]
    by: Mapping[str, Mapping[str, SliceDifference]]
    fields: tuple[tuple[str, str, str], ...]
    cautions: tuple[str, ...]
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class RunFile:
    """A run, or the first stage, as a file to download."""

    name: str
    media_type: str
    data: bytes


FirstStage = Literal["descriptors", "shortlists"]
ImportKind = Literal["scores", "descriptors", "shortlists", "confidence"]


@dataclass(frozen=True, slots=True)
class FirstStageFile:
    """A file that the first stage can leave as; `problem` is why it cannot, or empty.

    `ending` is the file's, with the dot: `.ids.json` are the ids of a `.npy`.
    """

    what: FirstStage
    ending: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ImportEntry:
    """Something that was made elsewhere: its kind, its name, and the file it came from.

    `n` counts pairs, vectors, lists or queries; of the corpus's database images (of descriptors) or
    queries, `n_missing` are not in it. `problem` is why it cannot be read, or empty.
    """

    kind: ImportKind
    name: str
    file: str = ""
    n: int = 0
    n_missing: int = 0
    problem: str = ""
