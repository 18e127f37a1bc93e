"""A workbench with invented scores and drawn pictures, for tests of the screen.

It keeps the promises of `core.workbench` (same names, same types, same errors) on a corpus small
enough to reason about: every query has three positives and one junk image, cosines and margins
come from a seeded generator, and a margin never depends on the order of asking.
"""

import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from core.errors import ImageError, UnknownImageError
from core.settings import Settings
from core.types import (
    FAILURE_CLASSES,
    MARGIN,
    Candidate,
    FailureClass,
    ImageRecord,
    Interval,
    JobStatus,
    Progress,
    QueryOutcome,
    QueryRow,
    QueryView,
    Receipt,
    Relation,
    RunReport,
    ScoreKind,
    Summary,
)
from core.workbench.code import CodeFacet
from tests.fake_annotations import fake_facets
from tests.fake_runs import fake_saved
from tests.fake_tradeoff import FakeTradeoff

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
    middle_stage: str = "none"
    has_measures: bool = True


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
        self.runs = FakeRuns(state, self.queries)
        self.jobs = FakeJobs(state)
        self.tradeoff = FakeTradeoff()
        self.folders = FakeFolders()
        self.annotations, self.labels, self.failures = fake_facets(state, self.queries)
        self.saved = fake_saved(state, self.queries)
        self.code = CodeFacet(Settings())

    def close(self) -> None:
        self.jobs.cancel(wait=True)


class FakeFolders:
    """No root was named at start."""

    def __init__(self) -> None:
        self.switch = threading.Event()

    def choices(self) -> tuple[str, ...]:
        return ()


class FakeQueries:
    def __init__(self, state: FakeState) -> None:
        self._state = state

    def rows(self, depth: int, lam: float, gamma: float) -> tuple[QueryRow, ...]:
        uploads = [QueryRow(u, None, True, None, None) for u in reversed(self._state.uploads)]
        return (
            *uploads,
            *(
                QueryRow(
                    q,
                    self._state.instance(q),
                    False,
                    None,
                    self.outcome(q, depth, lam, gamma),
                )
                for q in self._state.query_ids
            ),
        )

    def record(self, image_id: str) -> ImageRecord:
        state = self._state
        if image_id not in {*state.query_ids, *state.database_ids, *state.uploads}:
            raise UnknownImageError(f"Image '{image_id}' is not known.")
        role = "query" if image_id in {*state.query_ids, *state.uploads} else "database"
        digest = hashlib.sha256(image_id.encode()).hexdigest()
        tags = {"light": ("dim", "bright")[int(digest[0], 16) % 2]} if role == "query" else {}
        coverage = int(digest[:4], 16) / 0xFFFF if state.info.has_measures else None
        return ImageRecord(
            image_id,
            Path(image_id),
            role,
            state.instance(image_id),
            400,
            300,
            digest,
            coverage=coverage,
            clutter=int(digest[4], 16) if state.info.has_measures else None,
            tags=tags,
        )

    def thumbnail(self, image_id: str, side_px: int) -> Path:
        record = self.record(image_id)
        path = self._state.root / f"{record.sha256[:16]}-{side_px}.webp"
        if not path.exists():
            image = self._picture(image_id)
            image.thumbnail((side_px, side_px))
            path.parent.mkdir(parents=True, exist_ok=True)
            image.save(path, "WEBP")
        return path

    def add_upload(self, data: bytes, name: str) -> str:
        try:
            with Image.open(BytesIO(data)) as image:
                image.verify()
        except OSError as error:
            raise ImageError(f"'{name}' is not an image that can be read.") from error
        query_id = f"upload:{hashlib.sha256(data).hexdigest()[:16]}"
        if query_id not in self._state.uploads:
            self._state.uploads.append(query_id)
        return query_id

    def score(self, query_id: str, depth: int) -> Iterator[Progress]:
        done = self._state.scored.get(query_id, 0)
        while done < depth:
            time.sleep(self._state.pace_s / 5)
            done = min(depth, done + max(1, depth // 5))
            self._state.model_calls += 1
            self._state.scored[query_id] = max(done, self._state.scored.get(query_id, 0))
            yield Progress("score", done, depth, "pairs")

    def inspect(
        self, query_id: str, depth: int, lam: float, gamma: float, limit: int = 100
    ) -> QueryView:
        record = self.record(query_id)
        if record.role != "query":
            raise UnknownImageError(f"'{query_id}' is not a query.")
        candidates = self._candidates(query_id, depth, lam, gamma)
        after = sorted(candidates, key=lambda c: c.rank_after)
        moved = tuple(c for c in candidates if c.rank_before <= depth)
        pending = sum(c.margin is None and c.problem is None for c in moved)
        known = query_id in self._state.query_ids
        return QueryView(
            query=record,
            before=tuple(candidates[:limit]),
            after=tuple(after[:limit]),
            moved=moved,
            depth=depth,
            lam=lam,
            gamma=gamma,
            n_shortlist=len(candidates),
            n_positives=3 if known else None,
            n_pending=pending,
            n_unscored=sum(c.margin is None for c in moved),
            outcome=None if pending or not known else self.outcome(query_id, depth, lam, gamma),
            exact=True,
            kind=self._state.info.scorer,
        )

    def outcome(self, query_id: str, depth: int, lam: float, gamma: float) -> QueryOutcome | None:
        if self._state.scored.get(query_id, 0) < depth or not self._state.info.has_ground_truth:
            return None
        key = (query_id, depth, lam, gamma)
        if key not in self._state.outcomes:
            self._state.outcomes[key] = self._outcome(*key)
        return self._state.outcomes[key]

    def _outcome(self, query_id: str, depth: int, lam: float, gamma: float) -> QueryOutcome:
        candidates = self._candidates(query_id, depth, lam, gamma)
        margin = self._candidates(query_id, depth, 0.0, 1.0)
        before = _ap(c.relation for c in candidates)
        after = _ap(c.relation for c in sorted(candidates, key=lambda c: c.rank_after))
        oracle = _ap(
            c.relation
            for c in sorted(
                candidates, key=lambda c: (c.rank_before > depth, c.relation != "positive")
            )
        )
        found = [c for c in candidates if c.relation == "positive" and c.rank_before <= depth]
        intruders = tuple(c.image_id for c in candidates if c.intruder)
        return QueryOutcome(
            query_id=query_id,
            instance_id=self._state.instance(query_id),
            n_positives=3,
            ap_before=before,
            ap_margin=_ap(c.relation for c in sorted(margin, key=lambda c: c.rank_after)),
            ap_after=after,
            ap_oracle=oracle,
            first_positive_before=min((c.rank_before for c in found), default=None),
            first_positive_after=min((c.rank_after for c in found), default=None),
            failure_class=_class(before, after, bool(found), bool(intruders)),
            hard_negative_ids=(),
            intruder_ids=intruders,
            n_unscored=0,
        )

    def _candidates(self, query_id: str, depth: int, lam: float, gamma: float) -> list[Candidate]:
        state = self._state
        names = state.database_ids
        rng = np.random.default_rng(int(hashlib.sha256(query_id.encode()).hexdigest()[:8], 16))
        order = rng.permutation(len(names))
        relations = _relations(rng, len(names), known=query_id in state.query_ids)
        cosines = np.sort(rng.uniform(0.2, 0.95, len(names)))[::-1]
        quality = {"positive": 2.5, "junk": 0.5, "negative": -1.5, "unlabelled": -0.5}
        margins = np.array([quality[r] for r in relations]) + rng.normal(0, 1.6, len(names))
        margins[5:7] = margins[5]
        scored = state.scored.get(query_id, 0)
        failed = [(query_id, names[i]) in state.failed for i in order]
        has = [r < min(scored, depth) and not failed[r] for r in range(len(names))]
        fused = lam * cosines + (1 - lam) / (1 + np.exp(-gamma * margins))
        places = [r for r in range(len(names)) if has[r]]
        ranked = sorted(places, key=lambda r: (-fused[r], r))
        rank_after = list(range(1, len(names) + 1))
        for place, row in zip(places, ranked, strict=True):
            rank_after[row] = place + 1
        first = min((rank_after[r] for r in places if relations[r] == "positive"), default=0)
        return [
            Candidate(
                image_id=names[order[r]],
                relation=relations[r],
                instance_id=None,
                cosine=float(cosines[r]),
                rank_before=r + 1,
                rank_after=rank_after[r],
                margin=float(margins[r]) if has[r] else None,
                probability=float(1 / (1 + np.exp(-margins[r])))
                if has[r] and state.info.scorer.has_probability
                else None,
                tie_size=(2 if r in (5, 6) and has[5] and has[6] else 1) if has[r] else 0,
                intruder=has[r] and relations[r] == "negative" and rank_after[r] < first,
                problem="the file cannot be decoded" if failed[r] and r < depth else None,
            )
            for r in range(len(names))
        ]

    def _picture(self, image_id: str) -> Image.Image:
        photos = self._state.photos
        digest = hashlib.sha256(image_id.encode()).digest()
        if photos:
            with Image.open(photos[int.from_bytes(digest[:4], "big") % len(photos)]) as image:
                return image.convert("RGB")
        image = Image.new("RGB", (400, 300), tuple(100 + v // 2 for v in digest[:3]))
        draw = ImageDraw.Draw(image)
        x, y, size = 40 + digest[3] // 2, 30 + digest[4] // 3, 60 + digest[5] // 3
        draw.ellipse((x, y, x + size, y + size), fill=tuple(digest[6:9]))
        draw.rectangle((250, 170, 250 + digest[9] // 3, 260), fill=tuple(digest[10:13]))
        return image


class FakeRuns:
    def __init__(self, state: FakeState, queries: FakeQueries) -> None:
        self._state = state
        self._queries = queries

    def outcomes(self, depth: int, lam: float, gamma: float) -> tuple[QueryOutcome, ...]:
        found = (self._queries.outcome(q, depth, lam, gamma) for q in self._state.query_ids)
        return tuple(outcome for outcome in found if outcome is not None)

    def summary(
        self, depth: int, lam: float, gamma: float, *, intervals: bool = True
    ) -> Summary | None:
        outcomes = self.outcomes(depth, lam, gamma)
        if not outcomes:
            return None
        info = self._state.info
        before = float(np.mean([o.ap_before for o in outcomes]))
        after = float(np.mean([o.ap_after for o in outcomes]))
        return Summary(
            n_queries=info.n_queries,
            n_evaluated=len(outcomes),
            n_database=info.n_database,
            n_skipped=0,
            n_unscored=0,
            n_pairs=len(outcomes) * depth,
            cached_pairs=len(outcomes) * depth,
            shortlist=info.shortlist,
            depth=depth,
            k=info.k,
            lam=lam,
            gamma=gamma,
            metric=f"mAP@{info.k}",
            map_before=before,
            map_margin=after,
            map_after=after,
            map_oracle=float(np.mean([o.ap_oracle for o in outcomes])),
            map_before_ci=Interval(before - 0.06, before + 0.06) if intervals else None,
            map_after_ci=Interval(after - 0.05, after + 0.05) if intervals else None,
            r1_before=float(np.mean([o.first_positive_before == 1 for o in outcomes])),
            r1_after=float(np.mean([o.first_positive_after == 1 for o in outcomes])),
            delta_map=after - before,
            delta_ci=Interval(after - before - 0.04, after - before + 0.04) if intervals else None,
            p_value=0.0012 if intervals else None,
            classes={c: sum(o.failure_class == c for o in outcomes) for c in FAILURE_CLASSES},
            by={},
            seconds_per_query=1.84,
            bytes_per_image=98304.0,
        )

    def latest(self) -> RunReport | None:
        return None

    def receipt(self, depth: int, lam: float, gamma: float) -> Receipt:
        info = self._state.info
        fields = {
            "corpus": info.corpus_name,
            "corpus fingerprint": "5d41402abc4b2a76",
            "depth": str(depth),
            "fusion": f"lam {lam:g}, gamma {gamma:g} per nat",
            "weights": "fake-vl, sha256 7d793037a076",
            "dtype": info.dtype,
            "attention kernel": "sdpa",
            "processor backend": "pil",
            "prompt": info.prompt,
            "layout": info.layout,
            "compression": info.compression,
            "metric": f"AP@{info.k}, non-interpolated; ties by shortlist rank",
            "software": "python 3.11, torch 2.13, gradio 6.31",
        }
        return Receipt("1f2e3d4c5b6a", fields)


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


def _ap(relations: Any) -> float:
    kept = [relation for relation in relations if relation != "junk"]
    hits = [rank for rank, relation in enumerate(kept, 1) if relation == "positive"]
    return sum((i + 1) / rank for i, rank in enumerate(hits)) / len(hits) if hits else 0.0


def _class(before: float, after: float, found: bool, intruder: bool) -> FailureClass:
    if not found:
        return "missed"
    if before >= 0.99 and after >= 0.99:
        return "easy"
    if after - before >= 0.05:
        return "rescued"
    if after - before <= -0.05:
        return "harmed by an intruder" if intruder else "harmed, demoted"
    return "unmoved"


def _relations(rng: np.random.Generator, n: int, *, known: bool) -> list[Relation]:
    if not known:
        return ["unlabelled"] * n
    relations: list[Relation] = ["negative"] * n
    for row in rng.choice(min(n, 24), 3, replace=False):
        relations[row] = "positive"
    free = [row for row in range(min(n, 12)) if relations[row] == "negative"]
    relations[free[0]] = "junk"
    return relations
