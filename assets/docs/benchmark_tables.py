"""The tables of the manual's page on benchmarks, from the readers and the protocols."""

from assets.docs.reference import table
from core.bench.benchmark_folders import known_benchmarks


def benchmarks_text() -> str:
    """Return a row per benchmark: its files, where images lie, where it is had, its licence."""
    rows = [
        (
            f"`{one.name}`",
            one.title,
            f"`{one.signs}`",
            one.layout,
            one.asks,
            one.home,
            one.licence,
        )
        for one in known_benchmarks()
    ]
    head = (
        "name",
        "benchmark",
        "known by",
        "images",
        "asks with",
        "from",
        "licence, as its authors state it",
    )
    return table(head, rows)


def splits_text() -> str:
    """Return what may follow a name after a colon, for the benchmarks that have a choice."""
    named = [one for one in known_benchmarks() if one.splits]
    return table(
        ("name", "what may follow it"),
        [(f"`{one.name}`", ", ".join(f"`:{split}`" for split in one.splits)) for one in named],
    )
