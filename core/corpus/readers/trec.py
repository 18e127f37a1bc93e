"""TREC judgements over any ids: `qrels.txt` or `*.qrels`; read, never opened."""

from core.corpus.readers.official import OfficialFiles
from core.types.benchmarks import Benchmark, BenchmarkQuery

_N_CELLS = 4


def read(files: OfficialFiles, split: str | None) -> Benchmark:  # noqa: ARG001 - it has one
    """Return the judged queries; a grade above 0 is positive, 0 was judged not to be.

    Cells are parted by blanks or tabs: query, anything, image, grade.
    """
    path = files.one("qrels.txt", "*.qrels", "qrels*")
    grades: dict[str, dict[str, float]] = {}
    for number, line in enumerate(files.lines(path), start=1):
        cells = line.split()
        if len(cells) != _N_CELLS or not cells[3].lstrip("-").isdigit():
            remedy = "write query, 0, image and a whole number"
            raise files.refusal(path, f"has no judgement in line {number}", remedy)
        query, image = cells[0], cells[2]
        if image in grades.setdefault(query, {}):
            raise files.refusal(path, f"judges '{image}' twice in line {number}", "remove one line")
        grades[query][image] = int(cells[3])
    queries = tuple(
        BenchmarkQuery(
            query,
            query,
            positives=frozenset(image for image, grade in judged.items() if grade > 0),
            grades=judged,
        )
        for query, judged in grades.items()
    )
    database = tuple(dict.fromkeys(image for judged in grades.values() for image in judged))
    return files.checked(Benchmark("trec", "trec", queries, database), path)
