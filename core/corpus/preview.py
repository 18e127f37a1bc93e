"""Say what a folder or archive would be opened as, before any image is read."""

from pathlib import Path

from core.corpus.left_out import left_out
from core.corpus.manifest import list_corpus, refusal
from core.corpus.manifest_rows import MANIFEST, Listing
from core.corpus.readers.opening import AUTO
from core.corpus.sources.opening import open_source
from core.types.corpus_report import CorpusPreview


def look(root: Path, cache: Path | None = None, form: str = AUTO) -> CorpusPreview:
    """Return what a corpus is recognised as, by the reader that opens it; reads no image.

    Costs a walk over the folder, or over the headers of archives, and its tables.

    Args:
        root: A folder or an archive.
        cache: The members of archives are remembered beside this file; see `open_source`.
        form: As `open_corpus` takes it.

    Raises:
        SettingsError: The files of several benchmarks are there.
        ManifestError: It cannot be read as a corpus; all faults of its tables are listed.
    """
    source = open_source(root, cache)
    found = list_corpus(source, "guessed", form)
    if found.faults:
        raise refusal(source.root, found.faults)
    entries, labels = found.listing.entries, found.labels_from
    masks = {entry.mask for entry in entries if entry.mask is not None}
    known = {entry.path for entry in entries} | found.listing.named | masks
    manifest = labels.table if labels.manifest else None
    kinds, is_complete = left_out(source, known, manifest=manifest)
    by_folder = {entry.instance_id for entry in entries} - {None}
    return CorpusPreview(
        name=source.root.name,
        kept_in=source.kept_in,
        read_as=_read_as(found.listing, found.labels_from.benchmark),
        n_images=len(entries),
        n_queries=sum(entry.role != "database" for entry in entries),
        n_database=sum(entry.role != "query" for entry in entries),
        n_instances=len(by_folder),
        has_ground_truth=found.has_truth,
        labels_from=labels,
        assumed=found.assumed(),
        left_out=kinds,
        is_complete=is_complete,
    )


def _read_as(listing: Listing, benchmark: str) -> str:
    """Return by what the images and their roles are told, in words."""
    labels = listing.labels_from
    if benchmark:
        return benchmark
    if labels.manifest:
        return f"the rows of {labels.table}"
    more = f", attributes from {listing.table}" if listing.table != MANIFEST else ""
    if labels.folders is not None:
        return f"a folder per instance{more}"
    return f"images of one folder, each a query and a database image{more}"
