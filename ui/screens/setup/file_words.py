"""Words for what comes in and goes out: another corpus, imports, the first stage as files."""

from core.types.corpus_report import CorpusPreview
from core.types.saved import ImportEntry

OPENING = "The page comes back by itself once the corpus is open."
OPEN_NOTE = (
    "Its images are read once, with Stop, and the page starts again on it; what was computed here "
    "is kept."
)
NO_IMPORTS = (
    "Nothing was imported: `import FILE --as scores, descriptors, shortlists or confidence` takes "
    "what other tools made."
)
NOT_OPEN = "Descriptors and shortlists can be taken away once the index is open."
FIRST_STAGE = (
    ("descriptors", "Descriptors: the vector of every image, with its id"),
    ("shortlists", "Shortlists: every query's candidates, with their cosines"),
)
_HOLDS = {
    "scores": ("scores of {n:,} pairs", "queries", "a stage of a pipeline"),
    "descriptors": ("descriptors, {n:,} vectors", "database images", "--descriptor"),
    "shortlists": ("shortlists of {n:,} queries", "queries", "--shortlists"),
    "confidence": ("a confidence of {n:,} queries", "queries", "a confidence to analyse"),
}
"""By kind of import: what it holds, what may lack it, and what it is used as."""


def preview_rows(preview: CorpusPreview) -> tuple[tuple[str, str], ...]:
    """Return what was recognised in a folder: format, counts, and whose labels."""
    counts = (
        f"{preview.n_images:,}: {preview.n_queries:,} queries, {preview.n_database:,} database "
        "images"
    )
    labels = preview.labels_from.text
    if preview.labels_from.is_guessed:
        labels += ": nobody has said that a folder is an instance, which can be decided once it is "
        labels += "open"
    instances = f"{preview.n_instances:,}" if preview.n_instances else "none named"
    truth = labels if preview.has_ground_truth else "none, so everything works but metrics"
    return (
        ("kept in", preview.kept_in),
        ("read as", preview.read_as),
        ("images", counts),
        ("instances", instances),
        ("labels", truth),
    )


def import_text(one: ImportEntry) -> str:
    """Return what an import holds, where it is from, what lacks it, and what it is used as."""
    if one.problem:
        return one.problem
    holds, lacking, used = _HOLDS[one.kind]
    without = f"; {one.n_missing:,} {lacking} have none" if one.n_missing else ""
    return f"{holds.format(n=one.n)}, from {one.file}{without}. Used as {used}."
