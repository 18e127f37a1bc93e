"""The only door of the screens: one opened corpus, seen through facets."""

from dataclasses import dataclass

from core.bench.annotation.judging import AnnotationsFacet
from core.bench.annotation.labels import LabelsFacet
from core.bench.annotation.pair_texts import PairTextsFacet
from core.bench.composed.asked import ComposedFacet
from core.bench.composed.parts import PartsFacet
from core.bench.evaluation import RunsFacet
from core.bench.evidence.facet import EvidenceFacet
from core.bench.failures.confidence import ConfidenceFacet
from core.bench.failures.descriptor_map import MapsFacet
from core.bench.failures.report import FailuresFacet
from core.bench.first_stage_files import FirstStageFacet
from core.bench.jobs import JobBoard
from core.bench.orders import Orders
from core.bench.pairs.inspect import PairsFacet
from core.bench.pairs.lab import LabFacet
from core.bench.pairs.prompt_trials import PromptsFacet
from core.bench.protocol_numbers import ProtocolsFacet
from core.bench.queries import QueriesFacet
from core.bench.rank_changes import MovesFacet
from core.bench.receipts import model_name, model_note, scorer_text, shown_name
from core.bench.reliability import ReliabilityFacet
from core.bench.runs import SavedRunsFacet
from core.bench.score_files import ExchangeFacet
from core.bench.session import Session
from core.bench.setup.choices import SettingFacet
from core.bench.setup.corpus import CorpusFacet
from core.bench.setup.pipelines import PipelinesFacet
from core.bench.setup.preparation import JobsFacet
from core.bench.setup.presets import PresetsFacet
from core.bench.setup.restart import FoldersFacet, Reopening
from core.bench.states import States
from core.bench.stored_scorers import ScorersFacet
from core.bench.sweeps.pair import RobustnessFacet
from core.bench.sweeps.sets import SetSweepsFacet
from core.bench.tradeoff.measure import TradeoffFacet
from core.bench.unfinished import UnfinishedSets
from core.bench.uploads import UploadsFacet
from core.bench.work import WorkFacet, WorkFacets
from core.exchange.snippets import CodeFacet
from core.mllm.prompts import parse_prompt
from core.reranking.chosen import compression_of, pipeline_text
from core.types.corpus import NO_LABELS, LabelSource
from core.types.scores import MARGIN, ScoreKind


@dataclass(frozen=True, slots=True)
class WorkbenchInfo:
    """What everything on screen depends on; `device` and `dtype` are None until loaded.

    `first_depth` is the depth of the pipeline's first stage as it was set, `default_depth` no more
    than there are images. `n_database` counts the images that can be searched, `labels_from` says
    where the ground truth is from. `thin` is how many candidates the last of several stages scores,
    None where there is one stage. `assumed` says what was taken of the corpus's tables because
    nothing else could be meant.
    """

    corpus_name: str
    n_queries: int
    n_database: int
    has_ground_truth: bool
    model_name: str
    model_note: str
    prompt: str
    layout: str
    compression: str
    descriptor_name: str
    device: str | None
    dtype: str | None
    first_depth: int
    default_depth: int
    max_depth: int
    shortlist: int
    k: int
    lam: float
    gamma: float
    exact_label: str
    easy: float
    change: float
    scorer: ScoreKind = MARGIN
    thin: int | None = None
    pipeline: str = ""
    last_stage: str = ""
    labels_from: LabelSource = NO_LABELS
    assumed: tuple[str, ...] = ()


class Workbench:
    """Facets over one corpus in one workspace; made by `core.assembly.bench.open_workbench`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        orders = Orders(session)
        self.board = JobBoard()
        states = States(session, orders, self.board.view)
        self.queries = QueriesFacet(session, orders, states)
        self.uploads = UploadsFacet(session)
        self.protocols = ProtocolsFacet(session, orders, self.queries)
        self.runs = RunsFacet(session, orders, self.queries, states, self.protocols)
        self.pairs = PairsFacet(session, self.queries)
        self.scorers = ScorersFacet(session, orders)
        self.moves = MovesFacet(session, orders, self.scorers, self.queries)
        self.prompts = PromptsFacet(session, orders)
        self.lab = LabFacet(self.pairs, self.prompts)
        self.reliability = ReliabilityFacet(session, orders)
        self.saved = SavedRunsFacet(session, orders, self.runs.receipt)
        self.robustness = RobustnessFacet(session)
        self.set_sweeps = SetSweepsFacet(session, self.runs, self.robustness)
        self.exchange = ExchangeFacet(session, orders, self.queries)
        self.first_stage = FirstStageFacet(session)
        self.labels = LabelsFacet(session, orders)
        self.composed = ComposedFacet(session, orders)
        self.parts = PartsFacet(session, orders)
        self.evidence = EvidenceFacet(session, self.labels)
        self.failures = FailuresFacet(session, orders)
        self.confidence = ConfidenceFacet(session, orders, self.runs, self.robustness.rivals)
        self.annotations = AnnotationsFacet(session, orders, self.failures.members)
        self.pair_texts = PairTextsFacet(session, self.annotations, self.pairs)
        self.maps = MapsFacet(session, self.failures)
        self.reopening = Reopening(session.settings.serve.roots)
        self.folders = FoldersFacet(session, self.reopening)
        self.setting = SettingFacet(session, self.reopening)
        self.corpus = CorpusFacet(session, self.runs, self.reopening)
        self.pipelines = PipelinesFacet(session, self.reopening)
        self.presets = PresetsFacet(session, self.pipelines, self.saved)
        self.tradeoff = TradeoffFacet(session)
        self.code = CodeFacet(session.settings)
        self.jobs = JobsFacet(session, self.runs, self.board)
        facets = WorkFacets(
            self.queries,
            self.robustness,
            self.set_sweeps,
            self.lab,
            self.failures,
            self.tradeoff,
            self.pipelines,
            self.evidence,
            self.confidence,
            self.folders,
            self.composed,
            self.parts,
        )
        self.work = WorkFacet(self.board, facets, UnfinishedSets(session))

    @property
    def info(self) -> WorkbenchInfo:
        """Names, sizes and defaults."""
        settings, corpus = self._session.settings, self._session.corpus
        prompt = parse_prompt(settings.model.prompt)
        labels = self._session.models().labels if self._session.is_loaded else {}
        pipeline, is_asked = self._session.pipeline, self._session.is_asked
        n_searchable = self._session.n_searchable
        depth = max(1, min(pipeline.depth, self._session.n_listed))
        return WorkbenchInfo(
            corpus_name=corpus.name,
            n_queries=len(corpus.queries),
            n_database=n_searchable,
            has_ground_truth=corpus.relevance is not None,
            model_name=model_name(settings),
            model_note=model_note(settings),
            prompt=prompt.question if is_asked else "not used",
            layout=prompt.layout if is_asked else "not used",
            compression=compression_of(settings),
            descriptor_name=shown_name(settings.retrieval.descriptor),
            device=labels.get("device"),
            dtype=labels.get("dtype"),
            first_depth=pipeline.depth,
            default_depth=depth,
            max_depth=depth,
            shortlist=self._session.n_listed,
            k=settings.ranking.k,
            lam=settings.ranking.lam,
            gamma=settings.ranking.gamma,
            exact_label="exact",
            easy=settings.ranking.easy,
            change=settings.ranking.change,
            scorer=self._session.kind,
            thin=pipeline.steps[-1].depth if len(pipeline.steps) > 1 else None,
            pipeline=pipeline_text(settings, depth),
            last_stage=scorer_text(settings),
            labels_from=corpus.labels_from,
            assumed=corpus.assumed,
        )

    def close(self) -> None:
        """Stop background work, close the stores and unlock the workspace."""
        self.board.close()
        self._session.close()
