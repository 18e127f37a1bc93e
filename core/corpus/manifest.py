"""Open a corpus: list its images, check everything, and say all faults at once."""

import hashlib
import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from core.corpus.csv_lines import Assumed, Fault, listed
from core.corpus.folders import list_folder
from core.corpus.images import cropped_sha256
from core.corpus.limits import image_error
from core.corpus.manifest_rows import (
    COLUMNS,
    MANIFEST,
    Listing,
    beside_images,
    read_manifest,
    read_rows,
)
from core.corpus.metadata import read_metadata, with_metadata
from core.corpus.probing import Probe, Prober
from core.corpus.readers.opening import AUTO, MISSING, Opened, open_benchmark
from core.corpus.relevance import (
    RELEVANCE,
    GroundTruth,
    Judgement,
    Judgements,
    read_relevance,
)
from core.corpus.sources.described import TablesBelow
from core.corpus.sources.opening import open_source
from core.corpus.sources.protocol import ImageSource
from core.errors import ManifestError
from core.gc_pause import paused_collection
from core.types.corpus import Box, Corpus, FolderLabels, ImageRecord, LabelSource, Relevance
from core.types.runs import Progress

TABLES = "tables:"
"""Before the folder below whose `manifest.csv` and `relevance.csv` describe the images."""
READ = "read images"
"""The stage in which every file is hashed, unless it is known."""
_STEP = 64
"""Images between two words about how far it is."""


@paused_collection()
def open_corpus(
    root: Path | ImageSource,
    cache: Path | None = None,
    folder_labels: FolderLabels = "guessed",
    form: str = AUTO,
    watch: Callable[[Progress], None] = lambda _: None,
) -> Corpus:
    """Return the corpus in folder `root`; every file is hashed, unless `cache` knows it.

    Args:
        root: A folder with `manifest.csv`, or with one folder of images per instance, or with
            images only (then there is no ground truth); an archive or a folder of archives; or
            one of these as it was opened by `core.corpus.sources.opening.open_source`.
        cache: A JSON file that keeps checksums and sizes between calls.
        folder_labels: What to make of one folder of images per instance, where there is no
            manifest; of dropped ones there is no ground truth.
        form: `auto`: a manifest, else the files of a benchmark, else folders; `none`: never a
            benchmark; `tables:FOLDER`: the tables of a folder below; or the benchmark that it is,
            `NAME[:SPLIT]`, whatever else is there.
        watch: Is told how far it is. Interrupted, what was read is kept in the cache.

    Raises:
        SettingsError: There is no such benchmark, or the files of several are there.
        ManifestError: The corpus is not as described; `faults` lists every fault.
        StaleIndexError: The cache is damaged or of another version.
    """
    source = open_source(root, cache) if isinstance(root, Path) else root
    steps = opening(source, cache, folder_labels, form)
    while True:
        try:
            watch(next(steps))
        except StopIteration as end:
            return cast("Corpus", end.value)


def opening(
    source: ImageSource, cache: Path | None, folder_labels: FolderLabels, form: str
) -> Generator[Progress, None, Corpus]:
    """Return what `open_corpus` does, step by step; closed early, it goes on when asked again."""
    yield Progress("list", 0, 0, "images")
    found = list_corpus(source, folder_labels, form)
    prober = Prober(source, cache)
    entries = sorted(found.listing.entries, key=lambda entry: entry.image_id)
    records: list[ImageRecord] = []
    faults = [*found.faults]
    has_faults = bool(faults)  # of tables: boxes are then the last thing to be looked at
    try:
        for done, entry in enumerate(entries):
            if done % _STEP == 0:
                prober.keep()
                yield Progress(READ, done, len(entries), "images")
            fitted, outside = _fitted(entry, found.listing, prober)
            faults += outside
            if not has_faults:
                records.append(_record(fitted, prober))
        yield Progress(READ, len(entries), len(entries), "images")
    finally:
        prober.save()
    if faults:
        raise refusal(source.root, faults)
    rows = found.judged.rows
    truth: Mapping[str, Relevance] | None = GroundTruth(records, rows) if found.has_truth else None
    return Corpus(
        name=source.root.name,
        root=source.root,
        queries=tuple(record for record in records if record.role != "database"),
        database=tuple(record for record in records if record.role != "query"),
        relevance=truth,
        fingerprint=_fingerprint(records, found.has_truth, rows),
        labels_from=found.labels_from,
        assumed=found.assumed(),
        benchmark=found.official.use if found.official else None,
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """What is known of a corpus before an image is opened: its images and who says so.

    `faults` are those of its tables; a box is held against its picture only later.
    """

    listing: Listing
    judged: Judgements
    official: Opened | None
    has_truth: bool
    labels_from: LabelSource
    faults: tuple[Fault, ...]

    def assumed(self) -> tuple[str, ...]:
        """Return a line per table of which something was assumed."""
        use = self.official.use if self.official else None
        return tuple(
            filter(
                None,
                (
                    self.listing.assumed.sentence(self.listing.table),
                    *self.listing.notes,
                    self.judged.assumed.sentence(RELEVANCE),
                    *((use.text, *use.benchmark.notes) if use else ()),
                ),
            )
        )


def list_corpus(source: ImageSource, folder_labels: FolderLabels, form: str = AUTO) -> Listed:
    """Return the images of a source and what its tables, files or folders say; opens none.

    Raises:
        SettingsError: There is no such benchmark or folder of tables, or the files of several
            benchmarks are there.
        ManifestError: It holds no image, or is not as a benchmark is published.
    """
    if form.startswith(TABLES):
        source, form = TablesBelow(source, form.removeprefix(TABLES)), AUTO
    official = _official(source, form)
    listing = official.listing if official else _listing(source, folder_labels)
    has_truth, faults, labels_from = listing.has_truth, listing.faults, listing.labels_from
    judged = Judgements(official.judgements if official else (), (), Assumed())
    if official is None and listing.named and source.has_table(RELEVANCE):
        judged = read_relevance(source, listing)
        has_truth, faults = True, (*faults, *judged.faults)
        labels_from = replace(labels_from, relevance=True, graded=judged.are_graded)
    return Listed(listing, judged, official, has_truth, labels_from, tuple(faults))


def _official(source: ImageSource, form: str) -> Opened | None:
    """Return the benchmark in a source, unless a manifest says what the corpus is."""
    if form.removesuffix(MISSING) == AUTO and source.has_table(MANIFEST):
        return None
    return open_benchmark(source, form)


def _listing(source: ImageSource, folder_labels: FolderLabels) -> Listing:
    """Return what a manifest names, else metadata beside the images, else what folders say."""
    if source.has_table(MANIFEST):
        return read_manifest(source)
    metadata, notes = read_metadata(source)
    if metadata is None:
        return replace(_by_columns(source, folder_labels), notes=notes)
    if COLUMNS & set(metadata.columns):
        return replace(read_rows(source, metadata), notes=notes)
    listing = with_metadata(source, list_folder(source, folder_labels), metadata)
    return replace(listing, notes=notes)


def _by_columns(source: ImageSource, folder_labels: FolderLabels) -> Listing:
    columns = source.columns()
    if any(COLUMNS & row.keys() for row in columns.values()):
        return read_rows(source, beside_images(columns), needs_masks=False)
    listing = list_folder(source, folder_labels)
    entries = (replace(entry, tags=columns.get(entry.path, {})) for entry in listing.entries)
    return replace(listing, entries=tuple(entries)) if columns else listing


def _fitted(
    entry: ImageRecord, listing: Listing, prober: Prober
) -> tuple[ImageRecord, tuple[Fault, ...]]:
    """Compare a box with the picture's size: one pixel over is cut off, more is a fault.

    A picture without a readable header has no faulty box.
    """
    if entry.box is None:
        return entry, ()
    probe, box = prober.probe(entry.path), entry.box
    inside = Box(
        max(0, box.x0), max(0, box.y0), min(probe.width, box.x1), min(probe.height, box.y1)
    )
    if inside == box or probe.problem:
        return entry, ()
    over = max(inside.x0 - box.x0, inside.y0 - box.y0, box.x1 - inside.x1, box.y1 - inside.y1)
    if over == 1 and inside.x0 < inside.x1 and inside.y0 < inside.y1:
        listing.assumed.add("boxes one pixel over the picture, cut off there")
        return replace(entry, box=inside), ()
    corners = f"{box.x0},{box.y0},{box.x1},{box.y1}"
    text = f"box '{corners}' is outside the picture of {probe.width} x {probe.height} pixels"
    return entry, (Fault(listing.table, listing.lines[entry.image_id], text),)


def refusal(folder: Path, faults: Sequence[Fault]) -> ManifestError:
    """Return the error that lists the faults of a corpus's tables."""
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    return ManifestError(
        f"Corpus '{folder.name}' has {count}; correct the listed lines and open it again.",
        listed(faults),
    )


def _record(entry: ImageRecord, prober: Prober) -> ImageRecord:
    """Return an image with what its file and its mask hold; one that is known absent as it is."""
    if entry.problem is not None:
        return entry
    probe = prober.probe(entry.path)
    crop, outside = (None, "") if entry.crop is None else _inside(entry.crop, probe, entry.path)
    mask = None
    if entry.mask is not None and not probe.problem:
        mask = prober.probe_mask(entry.mask, (probe.width, probe.height))
    return replace(
        entry,
        width=probe.width if crop is None else crop.x1 - crop.x0,
        height=probe.height if crop is None else crop.y1 - crop.y0,
        sha256=cropped_sha256(probe.sha256, crop),
        crop=crop,
        problem=probe.problem or outside or None,
        tolerated=probe.tolerated,
        mask_sha256=mask.sha256 if mask else "",
        mask_problem=(mask.problem or None) if mask else None,
    )


def _inside(crop: Box, probe: Probe, name: str) -> tuple[Box, str]:
    """Return the part of a crop that lies in the picture, and why the image has none."""
    inside = Box(crop.x0, crop.y0, min(crop.x1, probe.width), min(crop.y1, probe.height))
    if probe.problem or (inside.x0 < inside.x1 and inside.y0 < inside.y1):
        return inside, ""
    corners = f"{crop.x0},{crop.y0},{crop.x1},{crop.y1}"
    what = f"has {probe.width} x {probe.height} pixels, so that its box {corners} shows nothing"
    return crop, str(image_error(name, what, "take the benchmark's own picture"))


def _fingerprint(
    records: Sequence[ImageRecord], has_truth: bool, judgements: Sequence[Judgement]
) -> str:
    """Hash ids, bytes, roles and relevance; what an instance is called does not matter."""
    first: dict[str, str] = {}
    rows = [
        (
            record.image_id,
            record.sha256,
            record.role,
            first.setdefault(record.instance_id, record.image_id) if record.instance_id else "",
            *((record.text,) if record.text else ()),
        )
        for record in records
    ]
    pairs = [
        (row.query_id, row.image_id, row.label, *(() if row.grade is None else (row.grade,)))
        for row in sorted(judgements, key=lambda row: (row.query_id, row.image_id))
    ]
    return hashlib.sha256(json.dumps([rows, has_truth, pairs]).encode()).hexdigest()
