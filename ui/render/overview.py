"""The Overview's numbers: key figures, failure classes, first pictures."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from core.types.number_text import (
    MISSING,
    ap_text,
    interval_text,
    signed,
    sureness_text,
    tests_text,
)
from core.types.rankings import FailureClass, QueryRow
from core.types.runs import MetricChange, Summary
from core.types.states import State
from ui import messages
from ui.render.parts import button, glyph, join, kpi, link, note, num, panel, picture, span, tag
from ui.shared.text import (
    CLASS_LOOKS,
    ThumbnailUrls,
    bytes_text,
    change_kind,
    file_name,
    seconds_text,
)

N_MOSAIC = 84


def render_figures(summary: Summary | None, n_queries: int, state: State) -> Markup:
    """Return the row of key figures; dashes, not zeros, where nothing is computed yet."""
    if summary is None:
        cells = [kpi(label, MISSING, state.name) for label in _LABELS]
        return _grid(cells, f"0 of {n_queries:,} queries evaluated", state)
    size = bytes_text(summary.bytes_per_image)
    cells = [
        *mean_kpis(summary, f"best order of the first {summary.depth}"),
        _classes_cell(summary),
        _sized("time per query", *seconds_text(summary.seconds_per_query), _time_note(summary)),
        _sized("stored per image", *size, f"n = {summary.n_database:,} images"),
    ]
    return _grid(cells, _protocol(summary), state)


_LABELS = (
    "mAP before",
    "mAP after",
    "change of mAP",
    "mAP oracle",
    "R@1",
    "change of R@1",
    "rescued · harmed",
    "time per query",
    "stored per image",
)


def render_classes(summary: Summary | None, rules: Mapping[FailureClass, str]) -> Markup:
    """Return the failure classes as bars; a click lists the class's queries."""
    if summary is None:
        return Markup()
    n = sum(summary.classes.values())
    title = "What happened to the queries"
    lines = (
        _class_line(name, summary.classes.get(name, 0), n, rules[name]) for name in CLASS_LOOKS
    )
    return panel(title, *lines, unit=f"queries, n = {n:,}", label="Failure classes")


def _class_line(name: FailureClass, count: int, n: int, rule: str) -> Markup:
    look = CLASS_LOOKS[name]
    kind = f"sl-class-{look.slug}"
    share = span(kind, style=f"width:{100 * count / max(1, n):.1f}%")
    words = (glyph(look.glyph, f"sl-mark {kind}"), tag("span", name), span("sl-class-bar", share))
    return button(*words, num(count), kind="sl-class-line", data_class=name, title=rule)


def render_mosaic(rows: Sequence[QueryRow], urls: ThumbnailUrls, text: str) -> Markup:
    """Return the queries' pictures, shown until there is a plot to show."""
    tiles = (
        tile(row.query_id, urls, f"Open query {file_name(row.query_id)}", data_query=row.query_id)
        for row in rows[:N_MOSAIC]
    )
    body = note(text, kind="sl-empty") + tag("div", *tiles, class_="sl-mosaic")
    return tag("section", body, class_="sl-panel", aria_label="Queries")


def tile(query_id: str, urls: ThumbnailUrls, label: str, **does: str) -> Markup:
    """Return a query's picture as a button; `does` is the attribute that says what it does."""
    image = picture(urls.url(query_id, 160), 96, 76)
    return button(image, kind="sl-tile", **does, aria_label=label, title=query_id)


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


def _pairs_per_query(summary: Summary) -> int:
    return summary.n_pairs // max(1, summary.n_evaluated)


def _time_note(summary: Summary) -> str:
    if summary.seconds_per_query is None:
        return "not known: nothing was computed here"
    return f"{_pairs_per_query(summary)} pairs, computing"


def _classes_cell(summary: Summary) -> Markup:
    counts = summary.classes
    harmed = counts.get("harmed by an intruder", 0) + counts.get("harmed, demoted", 0)
    rescued = span("sl-up", f"▲ {counts.get('rescued', 0)}")
    value = join((rescued, span("sl-down", f"▼ {harmed}")), " ")
    return kpi("rescued · harmed", value, f"queries, n = {summary.n_evaluated:,}")


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
        tests_text(summary.changes),
    ]
    if summary.n_skipped:
        parts.append(f"{summary.n_skipped:,} without a positive left out")
    if summary.n_unscored:
        parts.append(f"{summary.n_unscored:,} pairs unscored")
    return " · ".join(filter(None, parts))


def _thinned(summary: Summary) -> list[str]:
    if len(summary.stages) > 1:
        stages = " > ".join(f"{one.stage} {one.n_pairs:,.4g}" for one in summary.stages)
        return [f"{stages} pairs per query"]
    n = _pairs_per_query(summary)
    return [f"thinned to {n:,} by MaxSim"] if n < summary.depth else []


def _grid(cells: Sequence[Markup], protocol: str, state: State) -> Markup:
    mark = "" if state.is_complete else span("sl-chip sl-partial", state.name, title=state.text)
    receipt = link("receipt", popovertarget="sl-receipt")
    row = tag("div", *cells, class_="sl-kpis")
    line = note(mark, " " if mark else "", protocol, " · ", receipt, kind="sl-protocol")
    return tag("section", row, line, class_="sl-figures", aria_label="Key figures")


def _sized(label: str, number: str, unit: str, about: str) -> Markup:
    return kpi(
        label, Markup(" ").join((number, span("sl-value-unit", unit))) if unit else number, about
    )
