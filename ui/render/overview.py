"""The Overview's numbers: key figures, failure classes, first pictures."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from core.types.rankings import FailureClass, QueryRow
from core.types.runs import Summary
from ui import messages
from ui.render.text import (
    CLASS_LOOKS,
    MISSING,
    ThumbnailUrls,
    ap_text,
    bytes_text,
    esc,
    file_name,
    interval_text,
    p_text,
    seconds_text,
    signed,
)

N_MOSAIC = 84


def render_figures(summary: Summary | None, n_queries: int) -> Markup:
    """Return the row of key figures; dashes, not zeros, where nothing is computed yet."""
    if summary is None:
        cells = [_cell(label, MISSING, "", "waiting for scores") for label in _LABELS]
        return _grid(cells, f"0 of {n_queries:,} queries evaluated", partial=True)
    n = f"n = {summary.n_evaluated:,}"
    cells = [
        _cell(
            "mAP before",
            ap_text(summary.map_before),
            "",
            interval_text(summary.map_before_ci),
            "before",
        ),
        _cell("mAP after", ap_text(summary.map_after), "", _after_note(summary), "after"),
        _delta_cell(summary),
        _cell(
            "mAP oracle",
            ap_text(summary.map_oracle),
            "",
            f"best order of the first {summary.depth}",
        ),
        _cell("R@1", f"{ap_text(summary.r1_before)} → {ap_text(summary.r1_after)}", "", n, "wide"),
        _classes_cell(summary),
        _cell(
            "time per query",
            *seconds_text(summary.seconds_per_query),
            _time_note(summary),
        ),
        _cell(
            "stored per image",
            *bytes_text(summary.bytes_per_image),
            f"n = {summary.n_database:,} images",
        ),
    ]
    return _grid(cells, _protocol(summary), partial=summary.n_evaluated < summary.n_queries)


_LABELS = (
    "mAP before",
    "mAP after",
    "change of mAP",
    "mAP oracle",
    "R@1",
    "rescued · harmed",
    "time per query",
    "stored per image",
)


def render_classes(summary: Summary | None, rules: Mapping[FailureClass, str]) -> Markup:
    """Return the failure classes as bars; a click lists the class's queries."""
    if summary is None:
        return Markup()
    total = max(1, sum(summary.classes.values()))
    lines: list[str] = []
    for name, look in CLASS_LOOKS.items():
        count = summary.classes.get(name, 0)
        lines.append(
            f'<button type="button" class="sl-class-line" data-class="{esc(name)}" '
            f'title="{esc(rules[name])}"><span class="sl-mark sl-class-{look.slug}" '
            f'aria-hidden="true">{look.glyph}</span><span>{esc(name)}</span>'
            f'<span class="sl-class-bar"><span class="sl-class-{look.slug}" '
            f'style="width:{100 * count / total:.1f}%"></span></span>'
            f'<span class="sl-num">{count}</span></button>'
        )
    return Markup(
        f'<section class="sl-panel" aria-label="Failure classes"><h3>What happened to the queries'
        f'<span class="sl-unit">queries, n = {sum(summary.classes.values()):,}</span></h3>'
        f"{''.join(lines)}</section>"
    )


def render_plot_heading(title: str, note: str) -> Markup:
    """Return the line above a plot."""
    return Markup(
        f'<h3 class="sl-plot-head">{esc(title)}<span class="sl-unit">{esc(note)}</span></h3>'
    )


def render_mosaic(rows: Sequence[QueryRow], urls: ThumbnailUrls, text: str) -> Markup:
    """Return the queries' pictures, shown until there is a plot to show."""
    tiles = "".join(
        f'<button type="button" class="sl-tile" data-query="{esc(row.query_id)}" '
        f'aria-label="Open query {esc(file_name(row.query_id))}" title="{esc(row.query_id)}">'
        f'<img src="{urls.url(row.query_id, 160)}" alt="" width="96" height="76" loading="lazy">'
        "</button>"
        for row in rows[:N_MOSAIC]
    )
    return Markup(
        f'<section class="sl-panel" aria-label="Queries"><p class="sl-empty">{esc(text)}</p>'
        f'<div class="sl-mosaic">{tiles}</div></section>'
    )


def _pairs_per_query(summary: Summary) -> int:
    return summary.n_pairs // max(1, summary.n_evaluated)


def _time_note(summary: Summary) -> str:
    if summary.seconds_per_query is None:
        return "not known: nothing was computed here"
    return f"{_pairs_per_query(summary)} pairs, computing"


def _after_note(summary: Summary) -> str:
    return messages.WITHHELD if summary.map_after is None else interval_text(summary.map_after_ci)


def _delta_cell(summary: Summary) -> Markup:
    note = "\n".join(
        part
        for part in (interval_text(summary.delta_ci, with_sign=True), p_text(summary.p_value))
        if part
    )
    delta = summary.delta_map
    kind = "" if delta is None else "up" if delta > 0 else "down" if delta < 0 else ""
    return _cell("change of mAP", signed(delta), "", note, kind)


def _classes_cell(summary: Summary) -> Markup:
    counts = summary.classes
    harmed = counts.get("harmed by an intruder", 0) + counts.get("harmed, demoted", 0)
    value = (
        f'<span class="sl-up">▲ {counts.get("rescued", 0)}</span> '
        f'<span class="sl-down">▼ {harmed}</span>'
    )
    return _markup_cell("rescued · harmed", value, f"queries, n = {summary.n_evaluated:,}")


def _protocol(summary: Summary) -> str:
    parts = [
        f"{summary.n_evaluated:,} of {summary.n_queries:,} queries evaluated",
        f"mAP@{summary.k}",
        f"shortlist {summary.shortlist:,}",
        f"depth {summary.depth:,}",
        *_thinned(summary),
        f"λ {summary.lam:g}",
        f"γ {summary.gamma:g}",
        f"{summary.n_pairs:,} pairs, {summary.cached_pairs:,} from cache",
        "95 % intervals and p: paired bootstrap over instances",
    ]
    if summary.n_skipped:
        parts.append(f"{summary.n_skipped:,} without a positive left out")
    if summary.n_unscored:
        parts.append(f"{summary.n_unscored:,} pairs unscored")
    return " · ".join(parts)


def _thinned(summary: Summary) -> list[str]:
    if len(summary.stages) > 1:
        stages = " > ".join(f"{one.stage} {one.n_pairs:,.4g}" for one in summary.stages)
        return [f"{stages} pairs per query"]
    n = _pairs_per_query(summary)
    return [f"thinned to {n:,} by MaxSim"] if n < summary.depth else []


def _grid(cells: Sequence[Markup], protocol: str, *, partial: bool) -> Markup:
    mark = '<span class="sl-chip sl-partial">partial</span> ' if partial else ""
    return Markup(
        '<section class="sl-figures" aria-label="Key figures">'
        f'<div class="sl-kpis">{"".join(cells)}</div>'
        f'<p class="sl-protocol">{mark}{esc(protocol)} · <button type="button" class="sl-link" '
        'popovertarget="sl-receipt">receipt</button></p></section>'
    )


def _cell(label: str, value: str, unit: str, note: str, kind: str = "") -> Markup:
    unit_html = f' <span class="sl-value-unit">{esc(unit)}</span>' if unit else ""
    return _markup_cell(label, f"{esc(value)}{unit_html}", note, kind)


def _markup_cell(label: str, value: str, note: str, kind: str = "") -> Markup:
    return Markup(
        f'<div class="sl-kpi sl-kpi-{kind or "plain"}">'
        f'<span class="sl-kpi-label">{esc(label)}</span>'
        f'<span class="sl-kpi-value">{value}</span>'
        f'<span class="sl-kpi-note">{esc(note)}</span></div>'
    )
