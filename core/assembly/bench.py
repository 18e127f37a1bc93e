"""The composition root: opens a bench, and puts together the models that its settings name."""

import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.annotation.store import AnnotationStore
from core.assembly.first_stage import LoadWeights, lists_of, vectors_of, with_imports
from core.assembly.models import Places, Weights, load_weights
from core.assembly.query_texts import with_texts
from core.assembly.stages import Parts, build_stages
from core.bench.receipts import shown_name
from core.bench.session import Models, Session
from core.corpus.folder_decisions import FolderDecisions
from core.corpus.images import ImageOpener
from core.corpus.manifest import open_corpus
from core.corpus.sources.opening import open_source
from core.corpus.sources.protocol import ImageSource
from core.corpus.uploads import Uploads
from core.mllm.compression.grammar import Compression, parse_compression
from core.mllm.selftest import SelfTest
from core.plugins import STAGES_GROUP, load_plugin
from core.reranking.built import RunningStage
from core.reranking.cascade import Cascade
from core.reranking.chosen import (
    check_stages,
    compressions_of,
    fits_of,
    imports_of,
    pipeline_of,
)
from core.reranking.stages import PYTHON
from core.settings import Settings
from core.storage.descriptor_cards import name_descriptor
from core.storage.fits import Fits
from core.storage.imports import Imports
from core.storage.rankings import AnswerStore
from core.storage.scores import ScoreStore
from core.storage.thumbnails import Thumbnails
from core.storage.workspace import Workspace
from core.types.corpus import FolderLabels
from core.types.runs import Progress
from core.workbench import Workbench

if TYPE_CHECKING:
    from core.robustness.sweeps import Sweeper

_MIB = 1024 * 1024


def open_workbench(
    settings: Settings,
    load: LoadWeights = load_weights,
    open_images: Callable[[Path, Path], ImageSource] = open_source,
    watch: Callable[[Progress], None] = lambda _: None,
) -> Workbench:
    """Open a corpus in its workspace; models are loaded on first need.

    Args:
        settings: What to open, and how.
        load: Makes the models; tests hand in small ones.
        open_images: Opens what the images lie in, given its path and the file of remembered
            checksums.
        watch: Is told how far reading the corpus is; interrupted, what was read is kept.

    Raises:
        SettingsError: A setting cannot be used.
        ManifestError: The corpus cannot be read; all faults are listed.
        WorkspaceError: The workspace is in use, damaged or cannot be written.
    """
    check_stages(settings)  # before anything is opened
    with ExitStack() as opened:
        workspace = opened.enter_context(closing(Workspace(settings.workspace_path())))
        root = settings.corpus.expanduser().absolute()
        source = open_images(root, workspace.file_cache)
        labels = _folder_labels(workspace, settings, source.root)
        corpus = open_corpus(source, workspace.file_cache, labels, settings.format, watch)
        settings = with_texts(settings, corpus)
        scores = opened.enter_context(closing(ScoreStore(workspace.scores)))
        answers = opened.enter_context(closing(AnswerStore(workspace.rankings)))
        images = ImageOpener(source, workspace.uploads)
        places = Places(workspace, corpus, images, scores, answers, watch)
        return _open_in(settings, places, load, opened)


def _open_in(settings: Settings, places: Places, load: LoadWeights, opened: ExitStack) -> Workbench:
    workspace, corpus = places.workspace, places.corpus
    for name in imports_of(settings):
        Imports(workspace.imports).get(name)
    vectors_of(settings, workspace)
    lists = lists_of(settings, workspace, corpus)
    for name in fits_of(settings):
        Fits(workspace.fits).get(name)
    for call in pipeline_of(settings).calls:
        if call.name == PYTHON:  # its unit is on screen before the models are loaded
            load_plugin(call.option, STAGES_GROUP, "score")
    annotations = opened.enter_context(closing(AnnotationStore(workspace.annotations)))
    return Workbench(
        Session(
            settings=settings,
            workspace=workspace,
            corpus=corpus,
            images=places.images,
            uploads=Uploads(workspace.uploads, settings.serve.upload_quota_mib * _MIB),
            thumbnails=Thumbnails(workspace.thumbnails, places.images),
            scores=places.scores,
            annotations=annotations,
            answers=places.answers,
            load_models=_ModelLoader(places, load),
            opened=places.opened,
            release=opened.pop_all().close,
            lists=lists,
        )
    )


def _folder_labels(workspace: Workspace, settings: Settings, root: Path) -> FolderLabels:
    """Return what to make of folder names: as the settings say, else as was decided before."""
    if settings.folder_labels != "ask":
        return "confirmed" if settings.folder_labels == "yes" else "dropped"
    return FolderDecisions(workspace.labels).find(root) or "guessed"


class _ModelLoader:
    """Makes the models of a bench; the weights are loaded once, whatever the second stage.

    The settings it is called with may differ in compression and second stage only.
    """

    def __init__(self, places: Places, load: LoadWeights) -> None:
        self._places = places
        self._load = load
        self._weights: Weights | None = None
        self._lock = threading.Lock()

    def __call__(self, settings: Settings) -> Models:
        """Return the models of these settings."""
        with self._lock:  # a variant is planned while the bench itself loads
            if self._weights is None:
                self._weights = with_imports(settings, self._places, self._load)
                _name_descriptor(settings, self._weights, self._places)
            weights = self._weights
        return _make_models(settings, weights, self._places)


def _name_descriptor(settings: Settings, weights: Weights, places: Places) -> None:
    fingerprint = weights.descriptor.fingerprint
    folder = places.workspace.descriptors(fingerprint)
    name_descriptor(folder, shown_name(settings.retrieval.descriptor), fingerprint)


def _make_models(settings: Settings, weights: Weights, places: Places) -> Models:
    from core.retrieval.indexing import Indexer

    parts = Parts(settings, weights, places)
    cascade = Cascade(build_stages(settings, parts))
    sides = dict.fromkeys(parts.sources(parse_compression(c)) for c in compressions_of(settings))
    leaves = [leaf for stage in cascade.stages for leaf in stage.leaves]
    others = dict.fromkeys(leaf.built.side for leaf in leaves if leaf.built.side is not None)
    return Models(
        cascade=cascade,
        descriptor=weights.descriptor,
        stores=tuple(dict.fromkeys(candidates.store for _, candidates in (*others, *sides))),
        vectors=weights.vectors,
        indexer=Indexer(
            places.images,
            weights.sources.get(Compression()),
            weights.descriptor,
            (*others, *sides),
            weights.vectors,
            describes=vectors_of(settings, places.workspace) is None,
        ),
        sweeper=_sweeper(cascade, parts),
        labels=cascade.last.built.facts or {},
        self_test=_self_test(cascade.last, places),
        require_trusted=_nothing if settings.model.untested else _gate(cascade, weights, places),
        playground=parts.playground,
    )


def _sweeper(cascade: Cascade, parts: Parts) -> "Sweeper | None":
    """Return what sweeps by the last stage; None where it can score no damaged image."""
    from core.robustness.sweeps import Sweeper

    last = cascade.last
    if last.levels is None:
        return None
    return Sweeper(parts.damaged(last.step.call), last.levels, cascade, parts.database, last.kind)


def _self_test(stage: RunningStage, places: Places) -> Callable[[], SelfTest]:
    from core.bench.self_test_gate import self_test, without_self_test

    if stage.built.own_test is not None:
        return stage.built.own_test
    tested = [leaf for leaf in stage.leaves if leaf.built.pairs is not None]
    if not tested:
        return without_self_test(stage.step.call)
    first = next((leaf for leaf in tested if leaf.calls_model), tested[0])
    assert first.built.pairs is not None
    scorer, tokens = first.built.pairs
    of = (tokens, scorer, places.images, places.corpus, first.kind)
    return partial(self_test, *of, places.watch)


def _nothing() -> None:
    """Let a scorer pass without a self-test, which every receipt and screen says."""


def _gate(cascade: Cascade, weights: Weights, places: Places) -> Callable[[], None]:
    """Return what refuses a scorer that has not passed its self-test.

    Tested are the last stage and every stage that calls the model; imported scores are shown as
    they were made.
    """
    from core.bench.self_test_gate import require_passed, require_trusted

    def require() -> None:
        for leaf in (leaf for stage in cascade.stages for leaf in stage.leaves):
            is_tested = leaf in cascade.last.leaves or leaf.calls_model
            own = leaf.built.own_test
            if own is not None and not weights.is_tested:
                require_passed(places.workspace, leaf.scorer.fingerprint, own)
            if is_tested and leaf.built.pairs is not None and not weights.is_tested:
                scorer, tokens = leaf.built.pairs
                of = (tokens, scorer, places.images, places.corpus, leaf.kind)
                require_trusted(places.workspace, *of, places.watch)

    return require
