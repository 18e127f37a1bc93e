"""The only door of the screens: one opened corpus, seen through facets."""

from dataclasses import dataclass

from core.mllm.compression.grammar import parse_compression
from core.mllm.prompts import parse_prompt
from core.second_stage import middle_stage_text, score_kind
from core.types import MARGIN, ScoreKind
from core.workbench.annotations import AnnotationsFacet
from core.workbench.code import CodeFacet
from core.workbench.exchange import ExchangeFacet
from core.workbench.failures import FailuresFacet
from core.workbench.folders import FoldersFacet
from core.workbench.jobs import JobsFacet
from core.workbench.labels import LabelsFacet
from core.workbench.pairs import PairsFacet
from core.workbench.prompts import PromptsFacet
from core.workbench.queries import QueriesFacet
from core.workbench.receipts import model_name, model_note, shown_name
from core.workbench.results import Results
from core.workbench.robustness import RobustnessFacet
from core.workbench.runs import RunsFacet
from core.workbench.saved import SavedRunsFacet
from core.workbench.set_sweeps import SetSweepsFacet
from core.workbench.shared import Models, Shared
from core.workbench.tradeoff import TradeoffFacet

__all__ = [
    "AnnotationsFacet",
    "ExchangeFacet",
    "FailuresFacet",
    "FoldersFacet",
    "JobsFacet",
    "LabelsFacet",
    "Models",
    "PairsFacet",
    "PromptsFacet",
    "QueriesFacet",
    "RobustnessFacet",
    "RunsFacet",
    "SavedRunsFacet",
    "SetSweepsFacet",
    "Shared",
    "TradeoffFacet",
    "Workbench",
    "WorkbenchInfo",
]


@dataclass(frozen=True, slots=True)
class WorkbenchInfo:
    """What everything on screen depends on; `device` and `dtype` are None until loaded.

    `thin` is how many of the first `depth` the middle stage leaves to the scorer, None = all.
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
    middle_stage: str = "none"


class Workbench:
    """Facets over one corpus in one workspace; made by `core.assembly.open_workbench`."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        results = Results(shared)
        self.queries = QueriesFacet(shared, results)
        self.runs = RunsFacet(shared, results, self.queries)
        self.pairs = PairsFacet(shared, self.queries)
        self.prompts = PromptsFacet(shared, results)
        self.saved = SavedRunsFacet(shared, results)
        self.robustness = RobustnessFacet(shared)
        self.set_sweeps = SetSweepsFacet(shared, self.runs, self.robustness)
        self.exchange = ExchangeFacet(shared, self.queries)
        self.annotations = AnnotationsFacet(shared, results)
        self.labels = LabelsFacet(shared, results)
        self.failures = FailuresFacet(shared, results)
        self.folders = FoldersFacet(shared)
        self.tradeoff = TradeoffFacet(shared)
        self.code = CodeFacet(shared.settings)
        self.jobs = JobsFacet(shared, self.runs)

    @property
    def info(self) -> WorkbenchInfo:
        """Names, sizes and defaults."""
        settings, corpus = self._shared.settings, self._shared.corpus
        prompt = parse_prompt(settings.model.prompt)
        labels = self._shared.models().labels if self._shared.is_loaded else {}
        is_asked = settings.ranking.scorer == "mllm"
        depth = min(settings.ranking.depth, settings.retrieval.shortlist, len(corpus.database))
        return WorkbenchInfo(
            corpus_name=corpus.name,
            n_queries=len(corpus.queries),
            n_database=len(corpus.database),
            has_ground_truth=corpus.relevance is not None,
            model_name=model_name(settings),
            model_note=model_note(settings),
            prompt=prompt.question if is_asked else "not used",
            layout=prompt.layout if is_asked else "not used",
            compression=str(parse_compression(settings.model.compression)),
            descriptor_name=shown_name(settings.retrieval.descriptor),
            device=labels.get("device"),
            dtype=labels.get("dtype"),
            default_depth=depth,
            max_depth=depth,
            shortlist=min(settings.retrieval.shortlist, len(corpus.database)),
            k=settings.ranking.k,
            lam=settings.ranking.lam,
            gamma=settings.ranking.gamma,
            exact_label="exact",
            easy=settings.ranking.easy,
            change=settings.ranking.change,
            scorer=score_kind(settings),
            thin=settings.ranking.thin,
            middle_stage=middle_stage_text(settings.ranking, depth),
        )

    def close(self) -> None:
        """Stop background work, close the stores and unlock the workspace."""
        self.jobs.cancel(wait=True)
        self._shared.close()
