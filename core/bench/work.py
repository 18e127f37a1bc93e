"""The work facet: everything that takes a while, as tasks for the job board."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar, cast

from core.bench.composed.asked import ComposedFacet
from core.bench.composed.parts import PartsFacet
from core.bench.evidence.facet import EvidenceFacet
from core.bench.failures.confidence import ConfidenceFacet
from core.bench.failures.report import FailuresFacet
from core.bench.jobs import JobBoard
from core.bench.pairs.lab import LabFacet, Pair
from core.bench.queries import QueriesFacet
from core.bench.setup.pipelines import PipelinesFacet
from core.bench.setup.restart import FoldersFacet
from core.bench.sweeps.pair import RobustnessFacet
from core.bench.sweeps.set_run import STAGE
from core.bench.sweeps.sets import SetSweepsFacet
from core.bench.tradeoff.measure import TradeoffFacet
from core.bench.unfinished import SetRecord, UnfinishedSets
from core.fingerprint import digest
from core.types.composed import PartsReport, TextWords
from core.types.confidence import FirstOf
from core.types.evidence import EvidenceFit
from core.types.jobs import JobKind, JobView, Step
from core.types.orders import Fusion
from core.types.pairs import PairAttribution, PromptText, Squeezed
from core.types.runs import Progress
from core.types.sets import RobustnessReport, SetRequest
from core.types.setting import JobPlan
from core.types.surfaces import ResponseSurface, SurfaceRequest
from core.types.sweeps import SweepRequest
from core.types.work import MadeReport, PairLook, PairWords, SetKind, SweptCurves, Tried

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Task(Generic[T]):
    """Work that the board does once it is asked for; to make a task costs nothing.

    Args:
        kind: Of the job.
        key: Names what is computed, whoever asks.
        title: What it is about, in a few words.
    """

    kind: JobKind
    key: str
    title: str
    _work: Callable[[], Iterator[Step[T]]] = field(repr=False, compare=False)
    _board: JobBoard = field(repr=False, compare=False)
    _again: bool = field(default=False, repr=False, compare=False)
    _record: SetRecord | None = field(default=None, repr=False, compare=False)

    def ask(self, owner: str = "", place: str = "") -> str:
        """Start it, or go on with it after a stop or a failure, and return its key.

        Nothing is started while it runs, nor once it is done where it has a result; see
        `JobBoard.ask`.

        Raises:
            WorkspaceError: The bench was closed.
        """
        about = (self.kind, self.key, self.title, self._work)
        return self._board.ask(
            *about, owner=owner, place=place, again=self._again, record=self._record
        )

    def restore(self, place: str, progress: Progress) -> None:
        """List it as stopped, as far as an earlier server came with it."""
        assert self._record is not None, "it was kept"
        about = (self.kind, self.key, self.title, self._work)
        self._board.restore(*about, place=place, progress=progress, record=self._record)

    def view(self) -> JobView | None:
        """Return how it stands, or None where it was not asked for."""
        return self._board.view(self.key)

    def result(self) -> T | None:
        """Return what it has found so far; None before that and once it was forgotten."""
        return cast("T | None", self._board.result(self.key))


@dataclass(frozen=True, slots=True)
class WorkFacets:
    """The facets whose long work the tasks are."""

    queries: QueriesFacet
    robustness: RobustnessFacet
    set_sweeps: SetSweepsFacet
    lab: LabFacet
    failures: FailuresFacet
    tradeoff: TradeoffFacet
    pipelines: PipelinesFacet
    evidence: EvidenceFacet
    confidence: ConfidenceFacet
    folders: FoldersFacet
    composed: ComposedFacet
    parts: PartsFacet


class WorkFacet:
    """One method per kind of work; each returns a task, which is started by its `ask`."""

    def __init__(self, board: JobBoard, facets: WorkFacets, unfinished: UnfinishedSets) -> None:
        self._board = board
        self._facets = facets
        self._unfinished = unfinished
        for found in unfinished.all():
            task = (self.measure_set if found.kind == "set" else self.report)(found.request)
            task.restore(found.place, Progress(STAGE, found.done, found.total, "queries"))

    def score(self, query_id: str, depth: int) -> Task[None]:
        """Score those of a query's first `depth` candidates that have no score yet.

        The task has no result: the scores are stored.
        """
        return self._task(
            "score",
            (query_id, depth),
            _name(query_id),
            lambda: self._facets.queries.score(query_id, depth),
            again=True,
        )

    def sweep(
        self, requests: Sequence[SweepRequest], scorers: Sequence[str] = ()
    ) -> Task[SweptCurves]:
        """Measure response curves, one per request.

        Args:
            requests: At least one; of the same query.
            scorers: Scorers to measure beside the bench's own; only with a single request.

        Raises:
            SettingsError: A scorer is not known.
        """
        robustness, asked = self._facets.robustness, tuple(requests)
        shown = robustness.shown_scorers(asked, scorers)
        what = asked[0].name if len(asked) == 1 else f"{len(asked)} perturbations"
        return self._task(
            "sweep",
            (asked, shown),
            f"{what} of {_name(asked[0].query_id)}",
            lambda: robustness.measure(asked, shown),
        )

    def surface(self, request: SurfaceRequest) -> Task[ResponseSurface]:
        """Measure two perturbations of one pair at once."""
        return self._task(
            "surface",
            (request,),
            f"{request.first} and {request.second} of {_name(request.query_id)}",
            lambda: self._facets.robustness.measure_surface(request),
        )

    def measure_set(self, request: SetRequest) -> Task[RobustnessReport]:
        """Measure perturbations on a set of queries; the result is the report so far."""
        title = f"{', '.join(request.names)} on {_set_name(request)}"
        return self._set_task("set", request, title, self._facets.set_sweeps.grow)

    def report(self, request: SetRequest) -> Task[MadeReport]:
        """Make the robustness report of a set; at the end its files are kept."""
        title = _set_name(request)
        return self._set_task("report", request, title, self._facets.set_sweeps.make_report)

    def look(self, pair: Pair) -> Task[PairLook]:
        """Score a pair in both orders and with every crop that led to it, then map its attribution.

        The attribution is which regions of the two images carry the margin.
        """
        return self._pair_task("look", pair, (), lambda: self._facets.lab.look(pair))

    def attribution(self, pair: Pair) -> Task[PairAttribution]:
        """Map which regions of a pair's images carry its margin, without a limit of time."""
        return self._pair_task("attribution", pair, (), lambda: self._facets.lab.attribution(pair))

    def words(self, pair: Pair) -> Task[PairWords]:
        """Let the model describe a pair."""
        return self._pair_task("words", pair, (), lambda: self._facets.lab.words(pair))

    def text_words(self, pair: Pair) -> Task[TextWords]:
        """Score a pair without each word of the query's text."""
        return self._pair_task(
            "text_words", pair, (), lambda: self._facets.composed.leave_out(pair)
        )

    def ask_in_parts(self, fusion: Fusion) -> Task[PartsReport]:
        """Score every composed query as it is, by its image alone and by its text alone."""
        measure = self._facets.parts.measure
        return self._task(
            "parts", (fusion,), "composed queries", lambda: measure(fusion), again=True
        )

    def wordings(self, pair: Pair, prompts: Sequence[PromptText]) -> Task[Tried]:
        """Ask the model about a pair in other words.

        The result holds these and every wording tried on the pair before, as `lab.tried` does.
        """
        asked = tuple(prompts)
        return self._pair_task(
            "wordings", pair, asked, lambda: self._facets.lab.wordings(pair, asked)
        )

    def flips(self, pair: Pair, prompt: PromptText, fusion: Fusion) -> Task[Tried]:
        """Score the query's shortlist with another wording; see `wordings`."""
        return self._pair_task(
            "flips",
            pair,
            (prompt, fusion),
            lambda: self._facets.lab.flips(pair, prompt, fusion),
        )

    def compressions(
        self, pair: Pair, wanted: Sequence[str] | None = None
    ) -> Task[tuple[Squeezed, ...]]:
        """Score a pair under other compressions.

        Args:
            pair: Ids of query and candidate.
            wanted: Compressions as the settings write them; None = a choice of common ones.

        Returns:
            A task whose result holds these and all that were tried on the pair before.
        """
        asked = None if wanted is None else tuple(wanted)
        return self._pair_task(
            "compressions", pair, (asked,), lambda: self._facets.lab.compressions(pair, asked)
        )

    def of_pair(self, pair: Pair, *kinds: JobKind) -> tuple[JobView, ...]:
        """Return how the listed jobs of some kinds on a pair stand, those asked for last first."""
        starts = tuple(f"{kind}-{_mark(pair)}-" for kind in kinds)
        return tuple(view for view in self._board.views() if view.key.startswith(starts))

    def of_kind(self, kind: JobKind) -> tuple[JobView, ...]:
        """Return how the listed jobs of a kind stand, those asked for last first."""
        return tuple(view for view in self._board.views() if view.kind == kind)

    def measure_pictures(self, depth: int) -> Task[None]:
        """Measure coverage and clutter in the pictures of positives; it has no result."""
        return self._task(
            "measure",
            (depth,),
            "pictures of positives",
            lambda: self._facets.failures.measure(depth),
            again=True,
        )

    def ask_about_firsts(self, fusion: Fusion, first_of: FirstOf) -> Task[None]:
        """Score what is missing to tell which first results are right; it has no result."""
        confidence = self._facets.confidence
        return self._task(
            "confidence",
            (fusion, first_of),
            f"first results {first_of} re-ranking",
            lambda: confidence.measure(fusion, first_of),
            again=True,
        )

    def _set_task(
        self,
        kind: SetKind,
        request: SetRequest,
        title: str,
        work: Callable[[SetRequest], Generator[Step[T]]],
    ) -> Task[T]:
        """Return a task that survives a restart of the server."""
        record = self._unfinished.record(kind, request)
        key = key_of(kind, (request,))
        steps = partial(_kept, record, work, request)
        return Task(kind, key, title, steps, self._board, _record=record)

    def _pair_task(
        self,
        kind: JobKind,
        pair: Pair,
        asked: tuple[object, ...],
        work: Callable[[], Iterator[Step[T]]],
    ) -> Task[T]:
        title = f"{_name(pair[0])} and {_name(pair[1])}"
        key = f"{kind}-{_mark(pair)}-{_mark(asked)}"
        return Task(kind, key, title, work, self._board)

    def measure_tradeoffs(self) -> Task[None]:
        """Measure the grid of trade-offs; the table is kept after every variant."""
        measure = self._facets.tradeoff.measure
        return self._task("tradeoff", (), "every variant of the grid", measure, again=True)

    def pipeline_cost(self, text: str) -> Task[JobPlan]:
        """Measure what a pipeline takes; `text` is as `PipelinesFacet.check` writes it."""
        pipelines = self._facets.pipelines
        return self._task("cost", (text,), text, lambda: pipelines.cost(text), again=True)

    def evaluate_pipeline(self, text: str) -> Task[str]:
        """Evaluate a pipeline beside the bench's own; the result is the id of its run."""
        pipelines = self._facets.pipelines
        return self._task("evaluate", (text,), text, lambda: pipelines.evaluate(text), again=True)

    def open_corpus(self, name: str) -> Task[None]:
        """Read another corpus and open it in this one's place; it has no result."""
        folders = self._facets.folders
        return self._task("open", (name,), name, lambda: folders.opening(name), again=True)

    def fit_evidence(self, name: str) -> Task[EvidenceFit]:
        """Fit evidence on this corpus's labels, by the usual terms; the result is the fit."""
        evidence = self._facets.evidence
        return self._task("fit", (name,), name, lambda: evidence.fitting(name), again=True)

    def _task(
        self,
        kind: JobKind,
        asked: tuple[object, ...],
        title: str,
        work: Callable[[], Iterator[Step[T]]],
        *,
        again: bool = False,
    ) -> Task[T]:
        return Task(kind, key_of(kind, asked), title, work, self._board, again)


def key_of(kind: JobKind, asked: tuple[object, ...]) -> str:
    """Return the key of a job: its kind and a hash of what is asked, frozen data and texts."""
    return f"{kind}-{_mark(asked)}"


def _mark(asked: tuple[object, ...]) -> str:
    return digest({"asked": repr(asked)})[:16]


def _kept(
    record: SetRecord, work: Callable[[SetRequest], Generator[Step[T]]], request: SetRequest
) -> Iterator[Step[T]]:
    return record.keeping(work(request))


def _name(image_id: str) -> str:
    """Return what an image is called in a title."""
    return "an upload" if image_id.startswith("upload:") else image_id.rpartition("/")[2]


def _set_name(request: SetRequest) -> str:
    count = "every query" if request.n_queries is None else f"{request.n_queries} queries"
    chosen = "" if request.n_queries is None else f", {request.choose}"
    within = "" if request.slice_name is None else f" of {request.slice_name}"
    return f"{count}{within}{chosen}"
