"""Benchmarks without a bench: what is known, what a folder holds."""

from pathlib import Path

from core.analysis.protocols.table import PROTOCOLS
from core.corpus.csv_lines import quoted
from core.corpus.readers.opening import find_images
from core.corpus.readers.recognise import read_benchmark, reader_named, recognised
from core.corpus.readers.table import READERS, Reader
from core.corpus.sources.opening import open_source
from core.errors import ManifestError
from core.types.benchmarks import Benchmark, BenchmarkLook, KnownBenchmark

AUTO = "auto"


def known_benchmarks() -> tuple[KnownBenchmark, ...]:
    """Return the table of benchmarks that can be read, in its order."""
    return tuple(map(_known, READERS))


def known_benchmark(name: str) -> KnownBenchmark:
    """Return the row of `NAME` or `NAME:SPLIT`.

    Raises:
        SettingsError: There is none.
    """
    return _known(reader_named(name)[0])


def look(name: str, folder: Path) -> BenchmarkLook:
    """Return what a folder holds of a benchmark; no image is opened and nothing is computed.

    Args:
        name: `NAME`, `NAME:SPLIT`, or `auto` for the one whose files lie there.
        folder: With the official files; images at its top or anywhere below.

    Raises:
        SettingsError: There is no such benchmark, or the files of several are there.
        ManifestError: None is recognised, or a file is missing or not as published.
    """
    row, benchmark = _read(name, folder)
    found = find_images(benchmark, open_source(folder))
    known = _known(row)
    refused = ""
    if not known.opens:
        refused = (
            f"Its queries are {row.asks}, which the bench does not ask with; measure rankings made "
            "elsewhere with --rankings, or vectors with --vectors."
        )
    elif not found.images or not found.queries:
        refused = f"No picture of it is there; they belong into {row.layout}."
    return BenchmarkLook(
        benchmark=known,
        read=benchmark.name,
        n_queries=len(benchmark.queries),
        n_queries_there=len(found.queries),
        n_images=len(benchmark.database),
        n_images_there=len(found.images),
        n_positives=sum(len(query.positives) for query in benchmark.queries),
        n_texts=sum(bool(query.texts) for query in benchmark.queries),
        missing=found.missing,
        notes=benchmark.notes,
        refused=refused,
    )


def read_benchmark_in(name: str, folder: Path) -> Benchmark:
    """Return what the official files in a folder say; arguments and errors as `look`."""
    return _read(name, folder)[1]


def _read(name: str, folder: Path) -> tuple[Reader, Benchmark]:
    if name != AUTO:
        row, split = reader_named(name)
    else:
        found, split = recognised(folder), None
        if found is None:
            raise ManifestError(
                f"{quoted(folder.name)} holds the files of no benchmark that is known; "
                "`benchmarks` lists them with the files that each needs."
            )
        row = found
    return row, read_benchmark(row, folder, split)


def _known(row: Reader) -> KnownBenchmark:
    protocol = PROTOCOLS[row.name]
    return KnownBenchmark(
        name=row.name,
        title=row.title,
        splits=row.splits,
        signs=", or ".join(" and ".join(signs) for signs in row.signs),
        layout=row.layout,
        home=row.home,
        licence=row.licence,
        asks=row.asks,
        opens=row.asks == "image",
        measures=tuple((one.name, one.formula, one.source) for one in protocol.measures),
        difference=protocol.difference,
    )
