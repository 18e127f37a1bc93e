"""Images and what is known about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core.types.benchmarks import BenchmarkUse
from core.types.query_text import asked_key, picture_of

Role = Literal["query", "database", "both"]
Relation = Literal["positive", "negative", "junk", "unlabelled"]
FolderLabels = Literal["guessed", "confirmed", "dropped"]
"""What became of instances guessed from folder names."""


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned region in pixels after EXIF rotation, half-open: x0 <= x < x1."""

    x0: int
    y0: int
    x1: int
    y1: int


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One image file and its row of the manifest.

    `image_id` is the POSIX path relative to the corpus root (or `upload:<hash>`), `path`
    that path as the disk spells it, absolute for an upload. `width` and `height` are pixels after
    EXIF rotation, 0 where `problem` says why the header cannot be read; they and `sha256` are empty
    as well before the file is looked into.
    `mask_problem` is why the mask cannot be used, `tolerated` what of a damaged file is passed
    over, in words. `coverage` and `occluded` are shares in [0, 1]; None means not known.
    `crop` is the part of the file that is this image, in its pixels after EXIF rotation, None for
    all of it: `width`, `height`, `box` and `sha256` are then those of the part.
    `text` is what a composed query says beside its image, such as "the same in green"; such a
    query has an id of its own (`core.types.query_text.composed_id`), and the same image in the
    database has no text.
    """

    image_id: str
    path: str
    role: Role
    instance_id: str | None = None
    width: int = 0
    height: int = 0
    sha256: str = ""
    box: Box | None = None
    mask: str | None = None
    coverage: float | None = None
    occluded: float | None = None
    clutter: int | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    problem: str | None = None
    mask_sha256: str = ""
    mask_problem: str | None = None
    tolerated: str = ""
    crop: Box | None = None
    text: str = ""

    @property
    def asked_key(self) -> str:
        """What addresses all that depends on the query: its content, and its text if it has one."""
        return asked_key(self.sha256, self.text)

    @property
    def picture_id(self) -> str:
        """The id that the image has in the database, if it is there."""
        return picture_of(self.image_id) if self.text else self.image_id

    def holds(self, box: Box) -> bool:
        """Return whether a box has a pixel and lies in the image."""
        return 0 <= box.x0 < box.x1 <= self.width and 0 <= box.y0 < box.y1 <= self.height


@dataclass(frozen=True, slots=True)
class Relevance:
    """Ground truth of one query: every database image in neither set is a negative.

    `grades` are those that a person gave, by image: 0 for a negative, -1 for junk.
    """

    query_id: str
    positives: frozenset[str]
    junk: frozenset[str] = frozenset()
    grades: Mapping[str, int] = field(default_factory=dict[str, int], hash=False)

    def relation(self, image_id: str) -> Relation:
        """Return what `image_id` is to this query."""
        if image_id in self.positives:
            return "positive"
        return "junk" if image_id in self.junk else "negative"


GRADES = "grades: above 0 positive, 0 negative, -1 junk"


@dataclass(frozen=True, slots=True)
class LabelSource:
    """Where a corpus's ground truth comes from: tables, or the names of folders.

    `folders` is None where folder names cannot be labels: with a manifest, and in one folder.
    `graded` says that labels of the relevance table are numbers. `benchmark` names the benchmark
    whose official files say it. `table` is what the manifest is called.
    """

    manifest: bool = False
    relevance: bool = False
    benchmark: str = ""
    folders: FolderLabels | None = None
    graded: bool = False
    table: str = "manifest.csv"

    @property
    def is_guessed(self) -> bool:
        """Whether nobody has said that the folders are instances."""
        return self.folders == "guessed"

    @property
    def text(self) -> str:
        """The source in words: `manifest.csv`, `folder names, guessed`, `none`."""
        folders = self.folders if self.folders != "dropped" else None
        parts = (
            self.table if self.manifest else "",
            self.benchmark,
            f"folder names, {folders}" if folders else "",
            "relevance.csv" if self.relevance and not self.graded else "",
            f"relevance.csv ({GRADES})" if self.graded else "",
        )
        return " and ".join(filter(None, parts)) or "none"


NO_LABELS = LabelSource()


@dataclass(frozen=True, slots=True)
class Corpus:
    """Queries and database images sorted by image_id; row i of every array is database[i].

    `relevance` is None for a plain folder: everything works but metrics. `assumed` holds a line
    per table of the corpus of which something was taken because nothing else could be meant.
    `benchmark` is what was read of official files, None for any other corpus.
    """

    name: str
    root: Path
    queries: tuple[ImageRecord, ...]
    database: tuple[ImageRecord, ...]
    relevance: Mapping[str, Relevance] | None
    fingerprint: str
    labels_from: LabelSource = NO_LABELS
    assumed: tuple[str, ...] = ()
    benchmark: BenchmarkUse | None = None

    @property
    def other_names(self) -> Mapping[str, str]:
        """Ids by the names that a benchmark's files use; empty for any other corpus."""
        used = self.benchmark
        return {} if used is None else {**used.image_ids, **used.queries}
