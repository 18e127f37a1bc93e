"""The corpus facet: what the opened folder holds, and whether its folder names are labels."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from pathlib import PurePosixPath

from core.bench.evaluation import RunsFacet
from core.bench.session import Session
from core.bench.setup.restart import Reopening
from core.corpus.folder_decisions import Decision, FolderDecisions
from core.corpus.left_out import left_out
from core.errors import SettingsError
from core.types.corpus import ImageRecord
from core.types.corpus_report import (
    CorpusReport,
    DuplicateImage,
    FolderImages,
    LeftOut,
    UnreadableImage,
)

N_LISTED = 100
"""Of unreadable images, of duplicates and of folders; the counts are of all."""
N_ON_SHEET = 6
_SETTING = {"confirmed": "yes", "dropped": "no"}


class CorpusFacet:
    """What was opened, seen as files."""

    def __init__(self, session: Session, runs: RunsFacet, reopening: Reopening) -> None:
        self._session = session
        self._runs = runs
        self._reopening = reopening
        self._decisions = FolderDecisions(session.workspace.labels)
        self._lock = threading.Lock()
        self._left_out: tuple[tuple[LeftOut, ...], bool] | None = None

    def report(self) -> CorpusReport:
        """Return what the folder holds; it is walked on the first call and no file is opened.

        Costs about 5 s of one core for a folder of 1,000,000 files.
        """
        session = self._session
        corpus = session.corpus
        unreadable = self._runs.unreadable()
        records = self._records()
        n_duplicates, duplicates = _duplicates(records)
        n_folders, folders = self._folders()
        kinds, is_complete = self._beside()
        tolerated = {i: one.tolerated for i, one in records.items() if one.tolerated}
        masks = {i: one.mask_problem for i, one in records.items() if one.mask_problem}
        return CorpusReport(
            name=corpus.name,
            n_images=len(records),
            n_queries=len(corpus.queries),
            n_database=len(corpus.database),
            n_searchable=session.n_searchable,
            n_unreadable=len(unreadable),
            unreadable=_listed(unreadable),
            n_duplicates=n_duplicates,
            duplicates=duplicates,
            left_out=kinds,
            is_complete=is_complete,
            labels_from=corpus.labels_from,
            n_folders=n_folders,
            folders=folders,
            assumed=corpus.assumed,
            n_tolerated=len(tolerated),
            tolerated=_listed(tolerated),
            n_masks_unusable=len(masks),
            masks_unusable=_listed(masks),
        )

    def confirm_labels(self) -> None:
        """Keep that every folder is an instance; dropped labels come back by opening again.

        Raises:
            SettingsError: There are no folder names to decide about, or the settings say no.
            WorkspaceError: The workspace cannot be written.
        """
        self._decide("confirmed")
        corpus = self._session.corpus
        if corpus.labels_from.folders == "dropped":
            self._reopening.ask({}, states_cost=False)
            return
        labels_from = replace(corpus.labels_from, folders="confirmed")
        self._session.corpus = replace(corpus, labels_from=labels_from)

    def drop_labels(self) -> None:
        """Keep that folder names mean nothing, and open the corpus again without them.

        Raises:
            SettingsError: There are no folder names to decide about, or the settings say yes.
            WorkspaceError: The workspace cannot be written.
        """
        self._decide("dropped")
        if self._session.corpus.labels_from.folders != "dropped":
            self._reopening.ask({}, states_cost=False)

    def _decide(self, decision: Decision) -> None:
        corpus, setting = self._session.corpus, self._session.settings.folder_labels
        if corpus.labels_from.folders is None:
            raise SettingsError(
                f"Corpus '{corpus.name}' takes no labels from folder names, so there is nothing to "
                "decide; write a manifest.csv to name instances."
            )
        if setting not in ("ask", _SETTING[decision]):
            raise SettingsError(
                f"The settings say folder_labels = {setting}; leave it out to decide in the page."
            )
        self._decisions.save(corpus.root, decision)

    def _records(self) -> dict[str, ImageRecord]:
        return self._session.database | self._session.queries

    def _beside(self) -> tuple[tuple[LeftOut, ...], bool]:
        with self._lock:
            if self._left_out is None:
                corpus, records = self._session.corpus, self._records()
                masks = {record.mask for record in records.values() if record.mask is not None}
                labels = corpus.labels_from
                manifest = labels.table if labels.manifest else None
                known = records.keys() | masks if masks else records
                self._left_out = left_out(self._session.images.source, known, manifest=manifest)
            return self._left_out

    def _folders(self) -> tuple[int, tuple[FolderImages, ...]]:
        """Return how many folders are or could be instances, and the first ones by name."""
        corpus = self._session.corpus
        if corpus.labels_from.folders is None:
            return 0, ()
        counts = Counter(map(_folder, corpus.database))
        counts.pop(".", None)  # images beside the folders are of no instance
        sheets: dict[str, list[str]] = {name: [] for name in sorted(counts)[:N_LISTED]}
        for record in corpus.database:
            sheet = sheets.get(_folder(record))
            if sheet is not None and len(sheet) < N_ON_SHEET:
                sheet.append(record.image_id)
        found = (FolderImages(name, counts[name], tuple(ids)) for name, ids in sheets.items())
        return len(counts), tuple(found)


def _listed(reasons: Mapping[str, str]) -> tuple[UnreadableImage, ...]:
    return tuple(UnreadableImage(*one) for one in islice(reasons.items(), N_LISTED))


def _folder(record: ImageRecord) -> str:
    return str(PurePosixPath(record.image_id).parent)


def _duplicates(records: dict[str, ImageRecord]) -> tuple[int, tuple[DuplicateImage, ...]]:
    """Return how many images repeat the bytes of an earlier one, and the first ones by id."""
    n, first, found = 0, dict[str, str](), list[DuplicateImage]()
    for image_id in sorted(records):
        sha256 = records[image_id].sha256
        if not sha256 or records[image_id].text:  # never opened, or another query's own picture
            continue
        same_as = first.setdefault(sha256, image_id)
        if same_as != image_id:
            n += 1
            if len(found) < N_LISTED:
                found.append(DuplicateImage(image_id, same_as))
    return n, tuple(found)
