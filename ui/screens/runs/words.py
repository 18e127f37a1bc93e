"""The Runs screen's words: what a run is called, how far work is, what can be taken away."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from core.types.number_text import ap_text, interval_text, signed, tests_text
from core.types.runs import JobStatus, RunReport, Summary
from core.types.saved import RunComparison, RunFileKind
from ui import messages
from ui.shared.text import CLASS_LOOKS

MAX_DIFFERENCES = 60

_FILES: tuple[tuple[RunFileKind, str, str], ...] = (
    ("html", "HTML report", "one page with pictures and plots that opens offline"),
    ("csv", "CSV", "a line per query"),
    ("jsonl", "JSONL", "a line per query, with hard negatives and intruders"),
    ("trec", "TREC run", "every ranking after re-ranking, junk left out"),
    ("qrels", "qrels", "the positives of the same queries"),
    ("json", "JSON", "the stored report with its receipt"),
    ("parquet", "Parquet", "the CSV typed; needs the extra `export`"),
    ("png", "PNG", "the plot, as wide as a journal's column"),
)
FILE_KINDS: tuple[RunFileKind, ...] = tuple(kind for kind, _, _ in _FILES)


@dataclass(frozen=True, slots=True)
class Export:
    """A file that a run can be taken away as."""

    href: str
    name: str
    about: str


def exports(run_id: str, against: str | None) -> tuple[Export, ...]:
    """Return the files of a run; the HTML report holds the comparison too."""
    folder = f"run-files/{quote(run_id, safe='')}"
    more = f"?{urlencode({'against': against})}" if against else ""
    return tuple(
        Export(f"{folder}/{kind}{more if kind == 'html' else ''}", name, about)
        for kind, name, about in _FILES
    )


def under_way(job: JobStatus) -> str:
    """Return that a further evaluation runs, and how far it is; empty where none does."""
    return f"{messages.NEXT_RUN} {reached(job)}" if job.state == "running" else ""


def reached(job: JobStatus) -> str:
    """Return how far work is: `3 of 8 queries.`, or an empty text."""
    return f"{job.done:,} of {job.total:,} {job.unit}." if job.total else ""


def run_title(report: RunReport) -> str:
    """Return what a run is called: its scorer, compression and depth."""
    model = report.receipt.fields.get("model", "a model that the receipt does not name")
    compression = report.receipt.fields.get("compression", "none")
    stored = "" if compression == "none" else f", {compression}"
    return f"{model}{stored}, depth {report.summary.depth}"


def moment(created_at: str) -> str:
    """Return `2026-01-02 03:04:05 UTC`, or the text itself where it is no time."""
    try:
        return f"{datetime.fromisoformat(created_at):%Y-%m-%d %H:%M:%S} UTC"
    except ValueError:
        return created_at


def is_partial(summary: Summary) -> bool:
    """Return whether pairs are unscored, or queries are not in the means."""
    n_done = summary.n_evaluated + summary.n_skipped
    return bool(summary.n_unscored) or n_done < summary.n_queries


def protocol(summary: Summary) -> str:
    """Return what the means are of, in one line."""
    parts = [
        f"{summary.n_evaluated:,} of {summary.n_queries:,} queries",
        f"mAP@{summary.k}",
        f"shortlist {summary.shortlist:,}",
        f"depth {summary.depth:,}",
        f"λ {summary.lam:g}",
        f"γ {summary.gamma:g}",
        f"{summary.n_pairs:,} pairs",
    ]
    if summary.n_unscored:
        parts.append(f"{summary.n_unscored:,} of them unscored")
    if summary.n_skipped:
        parts.append(f"{summary.n_skipped:,} queries without a positive left out")
    return " · ".join(filter(None, [*parts, tests_text(summary.changes)]))


def class_rows(summary: Summary) -> list[tuple[object, ...]]:
    """Return a row per failure class with its count."""
    counts = summary.classes
    return [(f"{look.glyph} {name}", counts.get(name, 0)) for name, look in CLASS_LOOKS.items()]


def slice_rows(summary: Summary) -> list[tuple[object, ...]]:
    """Return a row per value of each attribute: n, mAP before and after."""
    return [
        (f"{name}: {value}", one.n, ap_text(one.map_before), ap_text(one.map_after))
        for name, values in summary.by.items()
        for value, one in values.items()
    ]


def compared_slice_rows(found: RunComparison) -> list[tuple[object, ...]]:
    """Return a row per value of each attribute in two runs, with its paired interval."""
    return [
        (
            f"{name}: {value}",
            one.n,
            ap_text(one.map_a),
            ap_text(one.map_b),
            signed(one.delta),
            interval_text(one.delta_ci, with_sign=True) or "one instance",
        )
        for name, values in found.by.items()
        for value, one in values.items()
    ]
