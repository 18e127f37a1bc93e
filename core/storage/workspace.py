"""The folder where one corpus keeps what was computed: its layout, lock and version."""

import json
from pathlib import Path

from core.errors import WorkspaceError
from core.storage.files import WorkspaceLock, atomic_write_json, remove_temporaries

FORMAT_VERSION = 1


class _Place:
    """A file or folder of a workspace, by its name there."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, workspace: "Workspace", _: type) -> Path:
        """Return its path."""
        return workspace.folder / self._name


class Workspace:
    """An opened, locked workspace; all but the annotations can be computed again from the corpus.

    Args:
        folder: Made if missing.

    Raises:
        WorkspaceError: Another process holds it, it cannot be written, it belongs to another
            version, or the folder holds something else.
    """

    scores = _Place("scores.sqlite")
    """SQLite file of pair scores."""
    rankings = _Place("rankings.sqlite")
    """SQLite file of what models answered about several candidates at once."""
    annotations = _Place("annotations.sqlite")
    """SQLite log of what annotators said; nothing can make it again."""
    hash_cache = _Place("weights.json")
    """Remembered hashes of weight files."""
    file_cache = _Place("images.json")
    """Remembered hashes and sizes of image files."""
    measures = _Place("measures.json")
    """Remembered coverage and clutter of pictures."""
    selections = _Place("selections")
    """One JSON file per selection made on the descriptor map."""
    thumbnails = _Place("thumbnails")
    """WebP thumbnails; the only files a page is served."""
    uploads = _Place("uploads")
    """Dropped and pasted queries."""
    runs = _Place("runs")
    """One JSON file per evaluation."""
    recipes = _Place("recipes")
    """One JSON file per saved recipe of sweeps."""
    prompts = _Place("prompts")
    """One JSON file per saved wording of the question."""
    scorers = _Place("scorers")
    """One JSON file per scorer that no run names: what its fingerprint hashes, in words."""
    robustness = _Place("robustness")
    """Robustness reports that were made from the page, a folder each."""
    imports = _Place("imports")
    """One JSON file per import of scores."""
    vector_imports = _Place("imports-vectors")
    """One JSON file per import of vectors; the vectors are among the descriptors."""
    shortlist_imports = _Place("imports-shortlists")
    """One JSON file and one array file per import of first-stage lists."""
    confidence_imports = _Place("imports-confidence")
    """One JSON file per import of a number per query."""
    fits = _Place("fits")
    """One JSON file per fit of evidence."""
    labels = _Place("labels")
    """One JSON file per corpus folder: whether its folder names are labels."""
    tradeoffs = _Place("tradeoffs")
    """One JSON file per table of trade-offs."""
    unfinished = _Place("unfinished")
    """One JSON file per set sweep or report that was asked for and is not finished."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        header = folder / "workspace.json"
        if folder.is_dir() and not header.exists() and _is_foreign(folder):
            raise WorkspaceError(
                f"Folder {folder} holds other files and is no workspace; choose an empty or new "
                "folder with --workspace."
            )
        self._lock = WorkspaceLock(folder)
        self._lock.acquire()
        try:
            self._check_version(header)
            for place in (
                folder,
                self.runs,
                self.tradeoffs,
                self.unfinished,
                *folder.glob("tokens/*"),
                *folder.glob("descriptors/*"),
                *folder.glob("keypoints/*"),
                *folder.glob("neighbours/*"),
            ):
                remove_temporaries(place)
        except BaseException:
            self._lock.release()
            raise

    def tokens(self, fingerprint: str) -> Path:
        """Return the folder of one tower's visual tokens."""
        return self.folder / "tokens" / fingerprint[:16]

    def descriptors(self, fingerprint: str) -> Path:
        """Return the folder of one descriptor's vectors."""
        return self.folder / "descriptors" / fingerprint[:16]

    def keypoints(self, fingerprint: str) -> Path:
        """Return the folder of images' keypoints."""
        return self.folder / "keypoints" / fingerprint[:16]

    def index(self, fingerprint: str) -> Path:
        """Return the FAISS file of one descriptor."""
        return self.folder / "index" / f"{fingerprint[:16]}.faiss"

    def neighbours(self, fingerprint: str) -> Path:
        """Return the folder of the nearest images of every image of one index."""
        return self.folder / "neighbours" / fingerprint[:16]

    def self_test(self, fingerprint: str) -> Path:
        """Return the file that records how one scorer passed its self-test."""
        return self.folder / "selftests" / f"{fingerprint[:16]}.json"

    def close(self) -> None:
        """Let other processes in."""
        self._lock.release()

    def _check_version(self, header: Path) -> None:
        if not header.exists():
            atomic_write_json(header, {"format": FORMAT_VERSION})
            return
        try:
            version = json.loads(header.read_text("utf-8"))["format"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WorkspaceError(
                f"Workspace {self.folder} has a damaged workspace.json; delete that file if the "
                "folder is a workspace of Second Look, else choose another."
            ) from error
        if version != FORMAT_VERSION:
            raise WorkspaceError(
                f"Workspace {self.folder} is of format {version}, this version reads "
                f"{FORMAT_VERSION}; choose another folder with --workspace."
            )


def _is_foreign(folder: Path) -> bool:
    return any(path.name != "lock" for path in folder.iterdir())
