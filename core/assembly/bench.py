"""The composition root: opens a bench, and puts together the models that its settings name."""

from contextlib import ExitStack, closing
from functools import partial

from core.annotation.store import AnnotationStore
from core.assembly.models import Places, Weights, load_weights
from core.assembly.scorers import make_scoring
from core.bench.scorer_choice import check_settings, score_kind, second_stage, without_self_test
from core.bench.session import Models, Session
from core.corpus.images import ImageOpener
from core.corpus.manifest import open_corpus
from core.corpus.uploads import Uploads
from core.mllm.compression.grammar import Compression, parse_compression
from core.settings import Settings
from core.storage.imports import Imports
from core.storage.scores import ScoreStore
from core.storage.thumbnails import Thumbnails
from core.storage.workspace import Workspace
from core.workbench import Workbench

_MIB = 1024 * 1024


def open_workbench(settings: Settings) -> Workbench:
    """Open a corpus in its workspace; models are loaded on first need.

    Raises:
        SettingsError: A setting cannot be used.
        ManifestError: The corpus cannot be read; all faults are listed.
        WorkspaceError: The workspace is in use, damaged or cannot be written.
    """
    check_settings(settings)  # before anything is opened
    with ExitStack() as opened:
        workspace = opened.enter_context(closing(Workspace(settings.workspace_path())))
        return _open_in(workspace, settings, opened)


def _open_in(workspace: Workspace, settings: Settings, opened: ExitStack) -> Workbench:
    root = settings.corpus.expanduser().absolute()
    corpus = open_corpus(root, workspace.file_cache)
    images = ImageOpener(root, workspace.uploads)
    if settings.import_name is not None:
        Imports(workspace.imports).get(settings.import_name)
    scores = opened.enter_context(closing(ScoreStore(workspace.scores)))
    annotations = opened.enter_context(closing(AnnotationStore(workspace.annotations)))
    return Workbench(
        Session(
            settings=settings,
            workspace=workspace,
            corpus=corpus,
            images=images,
            uploads=Uploads(workspace.uploads, settings.serve.upload_quota_mib * _MIB),
            thumbnails=Thumbnails(workspace.thumbnails, images),
            scores=scores,
            annotations=annotations,
            load_models=_ModelLoader(Places(workspace, corpus, images, scores)),
            close=opened.pop_all().close,
        )
    )


class _ModelLoader:
    """Makes the models of a bench; the weights are loaded once, whatever the second stage.

    The settings it is called with may differ in compression and scorer only.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._weights: Weights | None = None

    def __call__(self, settings: Settings) -> Models:
        """Return the models of these settings."""
        if self._weights is None:
            self._weights = load_weights(settings, self._places)
        return _make_models(settings, self._weights, self._places)


def _make_models(settings: Settings, weights: Weights, places: Places) -> Models:
    from core.bench.self_test_gate import require_trusted, self_test
    from core.retrieval.indexing import Indexer
    from core.robustness.level_scores import LevelScores
    from core.robustness.sweeps import Sweeper

    compression = parse_compression(settings.model.compression)
    sources, vectors = weights.sources, weights.vectors
    queries, candidates = sources.get(compression.query), sources.get(compression.candidate)
    database = {record.image_id: record for record in places.corpus.database}
    maxsim, scoring = make_scoring(settings, weights, places, database)
    stage = second_stage(
        settings,
        (scoring.scorer, scoring.tokens),
        maxsim,
        places.scores,
        Imports(places.workspace.imports),
        database,
    )
    kind = score_kind(settings)
    sweeper = Sweeper(
        scoring.damaged,
        LevelScores(scoring.scorer, scoring.tokens, places.scores),
        scoring.tokens,
        stage.reranker,
        database,
        kind,
        from_tower=settings.ranking.scorer != "geometric",
    )
    name = settings.import_name
    tested = (scoring.tokens, scoring.scorer, places.images, places.corpus, kind)
    return Models(
        scorer=stage.scorer,
        descriptor=weights.descriptor,
        tokens=candidates.store,
        vectors=vectors,
        indexer=Indexer(
            places.images,
            sources.get(Compression()),
            weights.descriptor,
            queries,
            candidates,
            vectors,
        ),
        reranker=stage.reranker,
        sweeper=sweeper if stage.scores_images else None,
        labels=scoring.labels,
        middle=stage.middle,
        playground=scoring.playground,
        timed=None if name else (scoring.scorer, scoring.tokens),
        self_test=partial(self_test, *tested) if name is None else without_self_test(name),
        require_trusted=partial(require_trusted, places.workspace, *tested)
        if name is None
        else _nothing_to_test,
    )


def _nothing_to_test() -> None:
    """Imported scores are shown as they were made."""
