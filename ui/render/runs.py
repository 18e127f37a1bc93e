"""The list of saved runs, and one run's numbers."""

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup

from core.types.runs import JobStatus, RunReport, Summary
from core.types.saved import RunEntry, RunList
from ui import messages
from ui.render.query_panel import render_nothing
from ui.render.text import (
    CLASS_LOOKS,
    ap_text,
    bytes_text,
    esc,
    interval_text,
    p_text,
    seconds_text,
    signed,
)


def render_run_list(
    found: RunList, chosen: str | None, against: str | None, job: JobStatus
) -> Markup:
    """Return the runs, newest first; each can be opened, and compared with the open one."""
    under_way = _under_way(job)
    if not found.entries:
        return Markup()
    lines = "".join(_line(entry, chosen, against) for entry in found.entries)
    older = (
        f'<p class="sl-sub">{found.n_older:,} older runs are in the workspace\'s folder runs.</p>'
        if found.n_older
        else ""
    )
    return Markup(
        '<section class="sl-panel sl-ru-list" aria-label="Runs"><h3>Runs<span class="sl-unit">'
        f"mAP before → after, change</span></h3>{under_way}<ul>{lines}</ul>{older}</section>"
    )


def render_no_runs(job: JobStatus, *, with_truth: bool) -> Markup:
    """Return what stands in the place of the runs while there is none."""
    if not with_truth:
        return render_nothing(messages.NO_GROUND_TRUTH)
    if job.state == "running":
        return render_nothing(f"{messages.FIRST_RUN} {_reached(job)}".strip())
    return render_nothing(messages.NO_RUNS)


def render_run(report: RunReport, n_repeats: int) -> Markup:
    """Return one run's heading and key figures."""
    summary = report.summary
    repeats = f" · evaluated {n_repeats} times with the same result" if n_repeats > 1 else ""
    return Markup(
        f'<section class="sl-ru-run" data-run-shown aria-label="Run">'
        f"<h2>{esc(run_title(report))}</h2>"
        f'<p class="sl-sub">{moment(report.created_at)} · receipt '
        f"<code>{esc(report.receipt.receipt_id)}</code>{repeats}</p>"
        f"{kpis(_cells(summary))}<p class='sl-protocol'>{_partial(summary)}"
        f"{esc(_protocol(summary))}</p></section>"
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
    return Markup(
        table("What happened to the queries", ("class", "queries"), classes)
        + table("By attribute", ("slice", "n", "mAP before", "mAP after"), slices)
        + table("Receipt", ("field", "value"), list(report.receipt.fields.items()), words=True)
    )


def kpis(cells: Sequence[tuple[str, str, str, str]]) -> Markup:
    """Return a row of key figures: label, value, note, kind (before, after, up, down, plain)."""
    items = "".join(
        f'<div class="sl-kpi sl-kpi-{kind}"><span class="sl-kpi-label">{esc(label)}</span>'
        f'<span class="sl-kpi-value">{esc(value)}</span>'
        f'<span class="sl-kpi-note">{esc(note)}</span></div>'
        for label, value, note, kind in cells
    )
    return Markup(f'<div class="sl-kpis sl-ru-kpis">{items}</div>')


def table(
    title: str,
    head: tuple[str, ...],
    rows: Sequence[tuple[object, ...]],
    note: str = "",
    *,
    words: bool = False,
) -> Markup:
    """Return a titled table; nothing without rows. Cells are escaped.

    Args:
        title: Its heading.
        head: Names of the columns; the first one holds names, the others numbers.
        rows: As many cells each.
        note: A line below the heading.
        words: Whether the other columns hold text too.
    """
    if not rows:
        return Markup()
    titles = "".join(f'<th scope="col">{esc(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{esc(first)}</th>{"".join(f"<td>{esc(c)}</td>" for c in rest)}</tr>'
        for first, *rest in rows
    )
    kind = " sl-ru-words" if words else ""
    about = f'<p class="sl-sub">{esc(note)}</p>' if note else ""
    return Markup(
        f'<section class="sl-panel sl-ru-table{kind}" aria-label="{esc(title)}"><h3>{esc(title)}'
        f'</h3>{about}<div class="sl-ru-scroll" tabindex="0" role="group" '
        f'aria-label="{esc(title)}, table"><table><thead><tr>{titles}</tr></thead>'
        f"<tbody>{body}</tbody></table></div></section>"
    )


def change_kind(delta: float | None) -> str:
    """Return the colour of a change."""
    return "up" if delta and delta > 0 else "down" if delta and delta < 0 else "plain"


def moment(created_at: str) -> Markup:
    """Return `2026-01-02 03:04:05 UTC`, or the text itself where it is no time."""
    try:
        return Markup(f"{datetime.fromisoformat(created_at):%Y-%m-%d %H:%M:%S} UTC")
    except ValueError:
        return esc(created_at)


def run_title(report: RunReport) -> str:
    """Return what a run is called: its scorer, compression and depth."""
    model = report.receipt.fields.get("model", "a model that the receipt does not name")
    compression = report.receipt.fields.get("compression", "none")
    stored = "" if compression == "none" else f", {compression}"
    return f"{model}{stored}, depth {report.summary.depth}"


def _line(entry: RunEntry, chosen: str | None, against: str | None) -> Markup:
    report = entry.report
    if report is None:
        return Markup(f'<li class="sl-ru-bad"><p class="sl-down">✕ {esc(entry.problem)}</p></li>')
    summary = report.summary
    title, when = run_title(report), moment(report.created_at)
    times = f" · {entry.n_repeats} times" if entry.n_repeats > 1 else ""
    current = ' aria-current="true"' if entry.run_id == chosen else ""
    compared = entry.run_id == against
    name = f"{title}, {when}"
    button = (
        ""
        if entry.run_id == chosen
        else f'<button type="button" class="sl-button" data-run-against="{esc(entry.run_id)}" '
        f'aria-pressed="{str(compared).lower()}" '
        f'aria-label="Compare the open run with {esc(name)}">'
        f"{'compared' if compared else 'compare'}</button>"
    )
    means = f"{ap_text(summary.map_before)} → {ap_text(summary.map_after)}"
    change = f'<span class="sl-{change_kind(summary.delta_map)}">{signed(summary.delta_map)}</span>'
    return Markup(
        f'<li{current}><button type="button" class="sl-ru-open" data-run="{esc(entry.run_id)}">'
        f'<b title="{esc(title)}">{esc(title)}</b><span class="sl-num">{means} {change}</span>'
        f"<small>{when}{times}</small></button>{button}</li>"
    )


def _under_way(job: JobStatus) -> Markup:
    if job.state != "running":
        return Markup()
    return Markup(f'<p class="sl-sub" role="status">{messages.NEXT_RUN} {_reached(job)}</p>')


def _reached(job: JobStatus) -> Markup:
    return Markup(f"{job.done:,} of {job.total:,} {esc(job.unit)}." if job.total else "")


def _partial(summary: Summary) -> Markup:
    is_partial = bool(summary.n_unscored) or summary.n_evaluated + summary.n_skipped < (
        summary.n_queries
    )
    return Markup('<span class="sl-chip sl-partial">partial</span> ' if is_partial else "")


def _cells(summary: Summary) -> list[tuple[str, str, str, str]]:
    change = "\n".join(
        part
        for part in (interval_text(summary.delta_ci, with_sign=True), p_text(summary.p_value))
        if part
    )
    withheld = summary.map_after is None
    seconds, bytes_ = seconds_text(summary.seconds_per_query), bytes_text(summary.bytes_per_image)
    timed = summary.seconds_per_query is not None
    return [
        ("mAP before", ap_text(summary.map_before), interval_text(summary.map_before_ci), "before"),
        (
            "mAP after",
            ap_text(summary.map_after),
            messages.WITHHELD if withheld else interval_text(summary.map_after_ci),
            "after",
        ),
        ("change of mAP", signed(summary.delta_map), change, change_kind(summary.delta_map)),
        ("mAP oracle", ap_text(summary.map_oracle), "best order of these candidates", "plain"),
        (
            "R@1",
            f"{ap_text(summary.r1_before)} → {ap_text(summary.r1_after)}",
            f"n = {summary.n_evaluated:,}",
            "wide",
        ),
        ("time per query", " ".join(seconds), "computing" if timed else "not known", "plain"),
        ("stored per image", " ".join(bytes_), f"n = {summary.n_database:,}", "plain"),
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
    return " · ".join([*parts, "95 % intervals and p: paired bootstrap over instances"])
