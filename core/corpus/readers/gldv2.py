"""Google Landmarks v2, retrieval: `retrieval_solution_v2.1.csv`, `index.csv`, `test.csv`.

Weyand et al. (CVPR 2020); github.com/cvdfoundation/google-landmark.
"""

from core.corpus.readers.official import OfficialFiles
from core.corpus.readers.places import Places
from core.types.benchmarks import Benchmark, BenchmarkQuery

_INDEX = "index.csv"
_IGNORED = "ignored"


def read(files: OfficialFiles, split: str | None) -> Benchmark:
    """Return the queries of the solution, with their usage (Public or Private), and the index.

    Rows of usage Ignored have no positive and are left out, as the official evaluator does.
    """
    solution = files.one("retrieval_solution_v2*.csv")
    database = tuple(row["id"] for row in files.table(_INDEX, ("id",)))
    queries: list[BenchmarkQuery] = []
    n_ignored = 0
    for row in files.table(solution, ("id", "images", "Usage")):
        usage = row["Usage"]
        if usage.lower() == _IGNORED:
            n_ignored += 1
        elif split is None or usage.lower() == split:
            named = row["images"].split()
            found = frozenset(named) - {"None"}
            one = BenchmarkQuery(row["id"], row["id"], positives=found, groups={"usage": (usage,)})
            queries.append(one)
    asked = {one.query_id for one in queries}
    places = Places(
        (database, asked), lambda one: _places("test" if one in asked else "index", one)
    )
    noted = f"{n_ignored:,} test images of usage Ignored are left out: they show no landmark"
    benchmark = Benchmark(
        protocol="gldv2",
        name=f"gldv2 {split}" if split else "gldv2",
        queries=tuple(queries),
        database=database,
        files=places,
        notes=(noted,) if n_ignored else (),
    )
    return files.checked(benchmark, solution, _INDEX)


def _places(folder: str, one: str) -> tuple[str, ...]:
    return (f"{folder}/{'/'.join(one[:3])}/{one}.jpg", f"{folder}/{one}.jpg")
