"""Two runs compared: the paired difference, where they disagree, what else differs."""

from markupsafe import Markup

from core.types.saved import QueryDifference, RunComparison
from ui.render.query_panel import render_nothing
from ui.render.runs import change_kind, kpis, moment, run_title, table
from ui.render.text import (
    ThumbnailUrls,
    ap_text,
    esc,
    file_name,
    interval_text,
    p_text,
    signed,
)

MAX_DIFFERENCES = 60


def render_comparison(found: RunComparison) -> Markup:
    """Return the heading and key figures of a comparison."""
    a, b = found.a, found.b
    heading = (
        f'<h2>Compared with {esc(run_title(a))}<button type="button" class="sl-link" '
        'data-run-against="">stop comparing</button></h2>'
        f'<p class="sl-sub">A: {moment(a.created_at)}, <code>{esc(a.receipt.receipt_id)}</code> · '
        f"B, the open run: {moment(b.created_at)}, <code>{esc(b.receipt.receipt_id)}</code></p>"
    )
    if found.withheld:
        body = render_nothing(found.withheld, error=True)
    else:
        body = kpis(_cells(found)) + _cautions(found)
    return Markup(f'<section class="sl-ru-run" aria-label="Comparison">{heading}{body}</section>')


def render_differences(found: RunComparison, urls: ThumbnailUrls) -> Markup:
    """Return the queries where the runs disagree; a click opens the query."""
    if found.withheld:
        return Markup()
    n = len(found.differences)
    if not n:
        return render_nothing(f"All {found.n_common:,} queries have the same AP in both runs.")
    rows = "".join(_difference(one, urls) for one in found.differences[:MAX_DIFFERENCES])
    shown = f", the {MAX_DIFFERENCES} largest" if n > MAX_DIFFERENCES else ""
    return Markup(
        '<section class="sl-panel sl-changes" aria-label="Queries where the runs disagree"><div>'
        f'<h3>Where they disagree<span class="sl-unit">{n:,} of {found.n_common:,} queries{shown}; '
        f"AP in A → B</span></h3>{rows}</div></section>"
    )


def render_comparison_tables(found: RunComparison) -> Markup:
    """Return the slices and what the receipts tell apart."""
    slices = [
        (
            f"{name}: {value}",
            s.n,
            ap_text(s.map_a),
            ap_text(s.map_b),
            signed(s.delta),
            interval_text(s.delta_ci, with_sign=True) or "one instance",
        )
        for name, values in found.by.items()
        for value, s in values.items()
    ]
    note = "95 % intervals of the paired difference, over instances; many slices, so some by chance"
    head = ("slice", "n", "mAP A", "mAP B", "B − A", "interval")
    fields = [tuple(field) for field in found.fields]
    same = "" if fields else render_nothing("Both runs have the same receipt.")
    return Markup(
        table("By attribute, A against B", head, slices, note)
        + table("What differs in the receipts", ("field", "A", "B"), fields, words=True)
        + same
    )


def _cells(found: RunComparison) -> list[tuple[str, str, str, str]]:
    n_gained = sum(one.delta > 0 for one in found.differences)
    n_lost = len(found.differences) - n_gained
    left_out = found.n_only_a + found.n_only_b
    interval = interval_text(found.delta_ci, with_sign=True) or "one instance: no interval"
    return [
        ("mAP after, A", ap_text(found.map_a), f"n = {found.n_common:,} queries", "before"),
        ("mAP after, B", ap_text(found.map_b), f"n = {found.n_common:,} queries", "after"),
        ("B − A", signed(found.delta), interval, change_kind(found.delta)),
        ("p", p_text(found.p_value).removeprefix("p ").removeprefix("= ") or "–", _TEST, "plain"),
        ("better · worse", f"▲ {n_gained} · ▼ {n_lost}", "queries, in B", "wide"),
        ("left out", f"{left_out:,}", "queries of one run only", "plain"),
    ]


_TEST = "paired bootstrap, two-sided"


def _cautions(found: RunComparison) -> Markup:
    return Markup(
        "".join(
            f'<p class="sl-ru-caution" role="note"><b aria-hidden="true">!</b> The runs differ in '
            f"{esc(text)}, so the change is not the second stage's alone.</p>"
            for text in found.cautions
        )
    )


def _difference(one: QueryDifference, urls: ThumbnailUrls) -> Markup:
    kind = change_kind(one.delta)
    return Markup(
        f'<button type="button" class="sl-change" data-query="{esc(one.query_id)}" '
        f'title="{esc(one.query_id)}"><img src="{urls.url(one.query_id, 160)}" alt="" width="44" '
        f'height="36" loading="lazy"><span class="sl-names"><b>{esc(file_name(one.query_id))}</b>'
        f'</span><span class="sl-num">{ap_text(one.ap_a)} → {ap_text(one.ap_b)}</span>'
        f'<span class="sl-num sl-{kind}">{signed(one.delta)}</span></button>'
    )
