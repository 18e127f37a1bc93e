"""Two runs compared: the paired difference, where they disagree, what else differs."""

from markupsafe import Markup

from core.types.number_text import MISSING, ap_text, interval_text, p_text, signed
from core.types.saved import QueryDifference, RunComparison
from ui.render.parts import button, join, kpi, link, names, note, num, picture, tag
from ui.render.query_panel import render_nothing
from ui.render.runs import change_kind, kpis, moment, run_title, titled_table
from ui.render.text import ThumbnailUrls, file_name

MAX_DIFFERENCES = 60


def render_comparison(found: RunComparison) -> Markup:
    """Return the heading and key figures of a comparison."""
    a, b = found.a, found.b
    stop = link("stop comparing", data_run_against="")
    of_a = (f"A: {moment(a.created_at)}, ", tag("code", a.receipt.receipt_id))
    of_b = (f" · B, the open run: {moment(b.created_at)}, ", tag("code", b.receipt.receipt_id))
    heading = tag("h2", f"Compared with {run_title(a)}", stop) + note(*of_a, *of_b)
    if found.withheld:
        body = render_nothing(found.withheld, error=True)
    else:
        body = kpis(_cells(found)) + _cautions(found)
    return tag("section", heading, body, class_="sl-ru-run", aria_label="Comparison")


def render_differences(found: RunComparison, urls: ThumbnailUrls) -> Markup:
    """Return the queries where the runs disagree; a click opens the query."""
    if found.withheld:
        return Markup()
    n = len(found.differences)
    if not n:
        return render_nothing(f"All {found.n_common:,} queries have the same AP in both runs.")
    rows = join(_difference(one, urls) for one in found.differences[:MAX_DIFFERENCES])
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
    about = (
        "95 % intervals of the paired difference, over instances; many slices, so some by chance"
    )
    head = ("slice", "n", "mAP A", "mAP B", "B − A", "interval")
    fields = [tuple(field) for field in found.fields]
    same = "" if fields else render_nothing("Both runs have the same receipt.")
    return (
        titled_table("By attribute, A against B", head, slices, about)
        + titled_table("What differs in the receipts", ("field", "A", "B"), fields, words=True)
        + same
    )


def _cells(found: RunComparison) -> list[Markup]:
    n_gained = sum(one.delta > 0 for one in found.differences)
    n_lost = len(found.differences) - n_gained
    interval = interval_text(found.delta_ci, with_sign=True) or "one instance: no interval"
    p = p_text(found.p_value).removeprefix("p ").removeprefix("= ") or MISSING
    n = f"n = {found.n_common:,} queries"
    return [
        kpi("mAP after, A", ap_text(found.map_a), n, "before"),
        kpi("mAP after, B", ap_text(found.map_b), n, "after"),
        kpi("B − A", signed(found.delta), interval, change_kind(found.delta)),
        kpi("p", p, "paired bootstrap, two-sided"),
        kpi("better · worse", f"▲ {n_gained} · ▼ {n_lost}", "queries, in B", "wide"),
        kpi("left out", f"{found.n_only_a + found.n_only_b:,}", "queries of one run only"),
    ]


def _cautions(found: RunComparison) -> Markup:
    mark = Markup('<b aria-hidden="true">!</b> The runs differ in ')
    end = ", so the change is not the second stage's alone."
    cautions = found.cautions
    return join(note(mark, one, end, kind="sl-ru-caution", role="note") for one in cautions)


def _difference(one: QueryDifference, urls: ThumbnailUrls) -> Markup:
    words = (
        picture(urls.url(one.query_id, 160), 44, 36),
        names(file_name(one.query_id)),
        num(f"{ap_text(one.ap_a)} → {ap_text(one.ap_b)}"),
        num(signed(one.delta), kind=f"sl-{change_kind(one.delta)}"),
    )
    return button(*words, kind="sl-change", data_query=one.query_id, title=one.query_id)
