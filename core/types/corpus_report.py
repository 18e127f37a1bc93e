"""What an opened folder holds: what can be searched, what cannot and why, whose labels.

All lists hold the first few; the counts beside them are of all.
"""

from dataclasses import dataclass

from core.types.corpus import LabelSource


@dataclass(frozen=True, slots=True)
class UnreadableImage:
    """An image of the corpus that cannot be opened, and why, in one sentence."""

    image_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class DuplicateImage:
    """An image with the same bytes as another one that comes before it by id."""

    image_id: str
    same_as: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Files of one kind that are no images of the corpus.

    `kind` is a word such as `HEIC`; `n` counts entries of the folder, a folder that is not looked
    into as one. `examples` are paths fit for a screen, with the reason where each has its own.
    `remedy` is one sentence, or empty where nothing is to be done.
    """

    kind: str
    n: int
    examples: tuple[str, ...]
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class FolderImages:
    """One folder of images: how many, and the first few ids, as on a contact sheet."""

    folder: str
    n_images: int
    image_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CorpusReport:
    """Everything that was found when a folder was opened.

    `n_images` images are named by the manifest or found in the folder, queries too; of these
    `n_unreadable` cannot be opened and `n_duplicates` repeat the bytes of another. `n_searchable`
    of the `n_database` database images can be found by a query: those in the index, and until it
    is open those whose header can be read. `folders` are those that are read, or could be, as
    instances; none with a manifest. `is_complete` is False where the folder holds so many entries
    that the walk ended early: the counts of `left_out` are then a lower bound. `assumed` holds a
    line per table of which something was taken because nothing else could be meant. Of the images
    that are opened, `tolerated` are those of which something damaged is passed over, and
    `masks_unusable` those whose mask cannot be used, with the reasons.
    """

    name: str
    n_images: int
    n_queries: int
    n_database: int
    n_searchable: int
    n_unreadable: int
    unreadable: tuple[UnreadableImage, ...]
    n_duplicates: int
    duplicates: tuple[DuplicateImage, ...]
    left_out: tuple[LeftOut, ...]
    is_complete: bool
    labels_from: LabelSource
    n_folders: int
    folders: tuple[FolderImages, ...]
    assumed: tuple[str, ...] = ()
    n_tolerated: int = 0
    tolerated: tuple[UnreadableImage, ...] = ()
    n_masks_unusable: int = 0
    masks_unusable: tuple[UnreadableImage, ...] = ()

    @property
    def n_readable(self) -> int:
        """How many of the images can be opened."""
        return self.n_images - self.n_unreadable

    @property
    def n_left_out(self) -> int:
        """How many entries of the folder are no images of the corpus."""
        return sum(one.n for one in self.left_out)


@dataclass(frozen=True, slots=True)
class CorpusPreview:
    """What a folder or archive would be opened as; no image was read.

    `kept_in` says what holds the images (`files of a folder`, `3 .tar archives`), `read_as` by what
    they are told. `n_instances` counts the instances that rows or folders name. `assumed` holds a
    line per table of which something was taken because nothing else could be meant. `is_complete`
    is as in `CorpusReport`.
    """

    name: str
    kept_in: str
    read_as: str
    n_images: int
    n_queries: int
    n_database: int
    n_instances: int
    has_ground_truth: bool
    labels_from: LabelSource
    assumed: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    is_complete: bool

    @property
    def n_left_out(self) -> int:
        """How many entries are no images of the corpus."""
        return sum(one.n for one in self.left_out)
