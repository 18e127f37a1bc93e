"""i-CIR, composed queries, each instance with its own database: `query_files.csv` and its kin.

Psomas et al. (NeurIPS 2025); github.com/billpsomas/icir.
"""

from core.corpus.readers.official import OfficialFiles
from core.types.benchmarks import Benchmark, BenchmarkQuery


def read(files: OfficialFiles, split: str | None) -> Benchmark:  # noqa: ARG001 - it has one
    """Return queries of an image and a text; positive is what has their instance and text.

    The files have no header: path, text, instance. The same image may be asked with several texts.
    """
    path = files.one("query_files.csv", "annotations/query_files.csv")
    rows = list(files.rows(path.replace("query_files", "database_files"), 3))
    galleries: dict[str, list[str]] = {}
    members: dict[tuple[str, str], set[str]] = {}
    for image, text, instance in (row[:3] for row in rows):
        galleries.setdefault(instance, []).append(image)
        members.setdefault((instance, text), set()).add(image)
    shared = {instance: tuple(images) for instance, images in galleries.items()}
    queries = tuple(
        BenchmarkQuery(
            query_id=f"{image}: {text}",
            image=image,
            texts=(text,),
            positives=frozenset(members.get((instance, text), ())),
            gallery=shared.get(instance, ()),
            groups={"instance": (instance,)},
        )
        for image, text, instance in (row[:3] for row in files.rows(path, 3))
    )
    database = tuple(dict.fromkeys(row[0] for row in rows))
    images = (*database, *dict.fromkeys(one.image for one in queries if one.image))
    places = {one: (one, one.partition("/")[2] or one) for one in images}
    return files.checked(Benchmark("icir", "icir", queries, database, places), path)
