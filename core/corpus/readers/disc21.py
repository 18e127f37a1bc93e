"""DISC21, the Image Similarity Challenge: a CSV of query and reference, with or without a header.

Douze et al. (2021); github.com/facebookresearch/isc2021.
"""

from core.corpus.readers.official import OfficialFiles
from core.types.benchmarks import Benchmark, BenchmarkQuery

_HEADER = "query_id"


def read(files: OfficialFiles, split: str | None) -> Benchmark:  # noqa: ARG001 - it has one
    """Return queries with the image that they were made of; a query may have none.

    The ground truth names neither the queries without a match, where it has no header, nor the
    other references: those are the images found in `queries` and `references`.
    """
    path = files.one("ground_truth.csv", "*ground_truth*.csv", "gt_*.csv")
    positives: dict[str, set[str]] = {}
    for row in files.rows(path, 2):
        if row[0] == _HEADER:
            continue
        if not row[0].startswith("Q"):
            raise files.refusal(path, f"names the query '{row[0]}', which is none such as Q00001")
        positives.setdefault(row[0], set()).update([row[1]] if row[1] else [])
    for one in files.image_names("queries", "query_images", "final_queries", "dev_queries"):
        positives.setdefault(one, set())
    references = dict.fromkeys(files.image_names("references", "reference_images"))
    references |= dict.fromkeys(sorted(set().union(*positives.values())))
    queries = tuple(
        BenchmarkQuery(one, one, positives=frozenset(found)) for one, found in positives.items()
    )
    places = {one: _places(one, "references", "reference_images") for one in references}
    places |= {
        one: _places(one, "queries", "query_images", "final_queries", "dev_queries")
        for one in positives
    }
    return files.checked(Benchmark("disc21", "disc21", queries, tuple(references), places), path)


def _places(one: str, *folders: str) -> tuple[str, ...]:
    return tuple(f"{folder}/{one}.jpg" for folder in folders)
