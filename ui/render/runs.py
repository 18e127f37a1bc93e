"""The list of saved runs, and one run's numbers."""

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup

from core.types.number_text import ap_text, interval_text, signed, sureness_text, tests_text
from core.types.runs import JobStatus, MetricChange, RunReport, Summary
from core.types.saved import RunEntry, RunList
from ui import messages
from ui.render.parts import button, kpi, note, num, panel, span, table, tag
from ui.render.query_panel import render_nothing
from ui.render.text import CLASS_LOOKS, bytes_text, seconds_text


def render_run_list(
    found: RunList, chosen: str | None, against: str | None, job: JobStatus
) -> Markup:
    """Return the runs, newest first; each can be opened, and compared with the open one."""
    under_way = _under_way(job)
    if not found.entries:
        return Markup()
    lines = tag("ul", *(_line(entry, chosen, against) for entry in found.entries))
    older = f"{found.n_older:,} older runs are in the workspace's folder runs."
    body = (under_way, lines, note(older) if found.n_older else "")
    return panel("Runs", *body, unit="mAP before → after, change", kind="sl-ru-list")


def render_no_runs(job: JobStatus, *, with_truth: bool) -> Markup:
    """Return what stands in the place of the runs while there is none."""
    if not with_truth:
        return render_nothing(messages.NO_GROUND_TRUTH)
    if job.state == "running":
        return render_nothing(f"{messages.FIRST_RUN} {_reached(job)}".strip())
    return render_nothing(messages.NO_RUNS)


def render_run(report: RunReport, n_repeats: int) -> Markup:
    """Return one run's heading and key figures."""
    summary, receipt = report.summary, tag("code", report.receipt.receipt_id)
    repeats = f" · evaluated {n_repeats} times with the same result" if n_repeats > 1 else ""
    return Markup(
        f'<section class="sl-ru-run" data-run-shown aria-label="Run">'
        f"{tag('h2', run_title(report))}"
        f"{note(f'{moment(report.created_at)} · receipt ', receipt, repeats)}"
        f"{kpis(_cells(summary))}"
        f"{note(_partial(summary), _protocol(summary), kind='sl-protocol')}</section>"
    )


def render_run_tables(report: RunReport) -> Markup:
    """Return a run's failure classes, slices and receipt."""
    summary = report.summary
    classes = [
        (f"{look.glyph} {name}", summary.classes.get(name, 0)) for name, look in CLASS_LOOKS.items()
    ]
    slices = [
        (f"{name}: {value}", s.n, ap_text(s.map_before), ap_text(s.map_after))
        for name, values in summary.by.items()
        for value, s in values.items()
    ]
    fields = list(report.receipt.fields.items())
    return (
        titled_table("What happened to the queries", ("class", "queries"), classes)
        + titled_table("By attribute", ("slice", "n", "mAP before", "mAP after"), slices)
        + titled_table("Receipt", ("field", "value"), fields, words=True)
    )


def kpis(cells: Sequence[Markup]) -> Markup:
    """Return a row of key figures."""
    return tag("div", *cells, class_="sl-kpis sl-ru-kpis")


def titled_table(
    title: str,
    head: Sequence[str],
    rows: Sequence[tuple[object, ...]],
    about: str = "",
    *,
    words: bool = False,
) -> Markup:
    """Return a table in a panel; nothing without rows.

    Args:
        title: Its heading.
        head: Names of the columns; the first one holds names, the others numbers.
        rows: As many cells each.
        about: A line below the heading.
        words: Whether the other columns hold text too.
    """
    if not rows:
        return Markup()
    box = {"class_": "sl-ru-scroll", "tabindex": 0, "role": "group"}
    scroll = tag("div", table(head, rows), **box, aria_label=f"{title}, table")
    kind = "sl-ru-table sl-ru-words" if words else "sl-ru-table"
    return panel(title, note(about) if about else "", scroll, kind=kind)


def mean_kpis(summary: Summary, best: str) -> list[Markup]:
    """Return the key figures of mAP and R@1; `best` says which order the oracle is of."""
    before, after = ap_text(summary.map_before), ap_text(summary.map_after)
    is_known = summary.map_after is not None
    span_after = interval_text(summary.map_after_ci) if is_known else messages.WITHHELD
    of_map, of_r1 = summary.map_change, summary.r1_change
    r1 = f"{ap_text(of_r1.before)} → {ap_text(of_r1.after)}"
    return [
        kpi("mAP before", before, interval_text(summary.map_before_ci), "before"),
        kpi("mAP after", after, span_after, "after"),
        kpi("change of mAP", signed(of_map.change), _sureness(of_map), change_kind(of_map.change)),
        kpi("mAP oracle", ap_text(summary.map_oracle), best),
        kpi("R@1", r1, f"n = {of_r1.n:,}", "wide"),
        kpi("change of R@1", signed(of_r1.change), _sureness(of_r1), change_kind(of_r1.change)),
    ]


def _sureness(change: MetricChange) -> str:
    return sureness_text(change).replace(" · ", "\n")


def change_kind(delta: float | None) -> str:
    """Return the colour of a change."""
    return "up" if delta and delta > 0 else "down" if delta and delta < 0 else "plain"


def moment(created_at: str) -> str:
    """Return `2026-01-02 03:04:05 UTC`, or the text itself where it is no time."""
    try:
        return f"{datetime.fromisoformat(created_at):%Y-%m-%d %H:%M:%S} UTC"
    except ValueError:
        return created_at


def run_title(report: RunReport) -> str:
    """Return what a run is called: its scorer, compression and depth."""
    model = report.receipt.fields.get("model", "a model that the receipt does not name")
    compression = report.receipt.fields.get("compression", "none")
    stored = "" if compression == "none" else f", {compression}"
    return f"{model}{stored}, depth {report.summary.depth}"


def _line(entry: RunEntry, chosen: str | None, against: str | None) -> Markup:
    report = entry.report
    if report is None:
        return tag("li", note(f"✕ {entry.problem}", kind="sl-down"), class_="sl-ru-bad")
    summary, title, when = report.summary, run_title(report), moment(report.created_at)
    times = f" · {entry.n_repeats} times" if entry.n_repeats > 1 else ""
    is_chosen, compared = entry.run_id == chosen, entry.run_id == against
    means = f"{ap_text(summary.map_before)} → {ap_text(summary.map_after)} "
    change = span(f"sl-{change_kind(summary.delta_map)}", signed(summary.delta_map))
    words = tag("b", title, title=title) + num(means, change) + tag("small", when, times)
    compare = button(
        "compared" if compared else "compare",
        data_run_against=entry.run_id,
        aria_pressed=compared,
        aria_label=f"Compare the open run with {title}, {when}",
    )
    return tag(
        "li",
        button(words, kind="sl-ru-open", data_run=entry.run_id),
        "" if is_chosen else compare,
        aria_current=is_chosen or None,
    )


def _under_way(job: JobStatus) -> Markup:
    if job.state != "running":
        return Markup()
    return note(f"{messages.NEXT_RUN} {_reached(job)}", role="status")


def _reached(job: JobStatus) -> str:
    return f"{job.done:,} of {job.total:,} {job.unit}." if job.total else ""


def _partial(summary: Summary) -> Markup:
    n_done = summary.n_evaluated + summary.n_skipped
    is_partial = bool(summary.n_unscored) or n_done < summary.n_queries
    return Markup('<span class="sl-chip sl-partial">partial</span> ' if is_partial else "")


def _cells(summary: Summary) -> list[Markup]:
    seconds, bytes_ = seconds_text(summary.seconds_per_query), bytes_text(summary.bytes_per_image)
    timed = "not known" if summary.seconds_per_query is None else "computing"
    return [
        *mean_kpis(summary, "best order of these candidates"),
        kpi("time per query", " ".join(seconds), timed),
        kpi("stored per image", " ".join(bytes_), f"n = {summary.n_database:,}"),
    ]


def _protocol(summary: Summary) -> str:
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
