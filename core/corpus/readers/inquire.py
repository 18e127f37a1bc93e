"""INQUIRE, text queries over iNaturalist: `inquire_queries_*.csv`, `inquire_annotations.csv`.

Vendrow et al. (NeurIPS 2024); github.com/inquire-benchmark/INQUIRE.
"""

from core.corpus.readers.official import OfficialFiles
from core.types.benchmarks import Benchmark, BenchmarkQuery

_GROUPS = ("supercategory", "category", "iconic_group")


def read(files: OfficialFiles, split: str | None) -> Benchmark:
    """Return the text queries of the split and what was annotated as relevant to each.

    The database is what the annotations name: the whole of iNaturalist 2024 is in no file here.
    """
    path = files.one(f"inquire_queries_{split}.csv" if split else "inquire_queries_*.csv")
    annotations = files.one("inquire_annotations.csv", "*annotations*.csv")
    positives: dict[str, set[str]] = {}
    places: dict[str, tuple[str, ...]] = {}
    for row in files.table(annotations, ("query_id", "image_id", "image_path")):
        positives.setdefault(row["query_id"], set()).add(row["image_id"])
        places[row["image_id"]] = (row["image_path"],)
    queries = tuple(
        BenchmarkQuery(
            query_id=row["query_id"],
            image=None,
            texts=(row["query_text"],),
            positives=frozenset(positives.get(row["query_id"], ())),
            groups={kind: (row[kind],) for kind in _GROUPS if row.get(kind)},
        )
        for row in files.table(path, ("query_id", "query_text"))
    )
    name = path.removesuffix(".csv").replace("_queries_", " ")
    return files.checked(Benchmark("inquire", name, queries, tuple(places), places), path)
