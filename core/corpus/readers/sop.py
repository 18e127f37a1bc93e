"""Stanford Online Products: `Ebay_test.txt`; every test image is a query and a database image.

Oh Song et al. (CVPR 2016); github.com/rksltnl/Deep-Metric-Learning-CVPR16.
"""

from core.corpus.readers.official import OfficialFiles
from core.types.benchmarks import Benchmark, BenchmarkQuery

_LISTS = {"test": "Ebay_test.txt", "train": "Ebay_train.txt"}


def read(files: OfficialFiles, split: str | None) -> Benchmark:
    """Return every image of the split as a query whose positives are the others of its class."""
    path = _LISTS[split or "test"]
    rows = files.table_of_words(path, ("image_id", "class_id", "super_class_id", "path"))
    classes = {row["path"]: row["class_id"] for row in rows}
    members: dict[str, set[str]] = {}
    for one, name in classes.items():
        members.setdefault(name, set()).add(one)
    queries = tuple(
        BenchmarkQuery(
            one,
            one,
            positives=frozenset(members[name] - {one}),
            removed=frozenset({one}),
            groups={"instance": (name,)},
        )
        for one, name in classes.items()
    )
    places = {one: (one,) for one in classes}
    name = "sop" if split in (None, "test") else f"sop {split}"
    return files.checked(Benchmark("sop", name, queries, tuple(classes), places), path)
