"""Product1M: `product1m_{gallery,dev,test}_ossurl_v2.txt`; a query may show several products.

Zhan et al. (ICCV 2021); github.com/zhanxlin/Product1M.
"""

from core.corpus.readers.official import OfficialFiles
from core.types.benchmarks import Benchmark, BenchmarkQuery

_FIELD, _LABEL = "#####", "#;#"
_N_FIELDS = 5


def read(files: OfficialFiles, split: str | None) -> Benchmark:
    """Return the queries of the split; an image of the gallery is positive if it has their label.

    A query's labels keep their repeats: the official evaluator counts them.
    """
    gallery = {one: labels[0] for one, labels in _rows(files, "gallery").items()}
    members: dict[str, set[str]] = {}
    for one, label in gallery.items():
        members.setdefault(label, set()).add(one)
    queries = tuple(
        BenchmarkQuery(
            one,
            one,
            positives=frozenset().union(*(members.get(label, set()) for label in labels)),
            labels=labels,
        )
        for one, labels in _rows(files, split or "test").items()
    )
    ids = (*gallery, *(query.query_id for query in queries))
    places = {one: (f"{one}.jpg", f"images/{one}.jpg", f"{one}.png") for one in ids}
    name = f"product1m {split}" if split else "product1m"
    benchmark = Benchmark("product1m", name, queries, tuple(gallery), places, labels=gallery)
    return files.checked(benchmark, _path(split or "test"))


def _path(part: str) -> str:
    return f"product1m_{part}_ossurl_v2.txt"


def _rows(files: OfficialFiles, part: str) -> dict[str, tuple[str, ...]]:
    """Return the labels of every image of a file, by its id, in order."""
    path = _path(part)
    found: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(files.lines(path), start=1):
        fields = line.split(_FIELD)
        if len(fields) < _N_FIELDS:
            raise files.refusal(path, f"has {len(fields)} fields in line {number}, not {_N_FIELDS}")
        found[fields[0]] = tuple(fields[4].split(_LABEL))
    return found
