"""DeepFashion In-Shop: `Eval/list_eval_partition.txt`; queries and gallery are told apart in it.

Liu et al., "DeepFashion" (CVPR 2016).
"""

from core.corpus.readers.official import OfficialFiles
from core.types.benchmarks import Benchmark, BenchmarkQuery

_COLUMNS = ("image_name", "item_id", "evaluation_status")


def read(files: OfficialFiles, split: str | None) -> Benchmark:  # noqa: ARG001 - it has one
    """Return the images of status query, and those of status gallery as the database."""
    path = files.one("Eval/list_eval_partition.txt", "list_eval_partition.txt")
    rows = list(files.table_of_words(path, _COLUMNS, has_count=True))
    items: dict[str, set[str]] = {}
    for row in rows:
        if row["evaluation_status"] == "gallery":
            items.setdefault(row["item_id"], set()).add(row["image_name"])
    queries = tuple(
        BenchmarkQuery(
            row["image_name"],
            row["image_name"],
            positives=frozenset(items.get(row["item_id"], ())),
            groups={"instance": (row["item_id"],)},
        )
        for row in rows
        if row["evaluation_status"] == "query"
    )
    database = tuple(r["image_name"] for r in rows if r["evaluation_status"] == "gallery")
    places = {row["image_name"]: (row["image_name"], f"Img/{row['image_name']}") for row in rows}
    return files.checked(Benchmark("inshop", "inshop", queries, database, places), path)
