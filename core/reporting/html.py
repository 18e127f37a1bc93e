"""One run as one HTML file that opens offline: no script, no request, every name escaped."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from core.reporting.headline import headline
from core.reporting.text import esc, page, table
from core.types.benchmarks import ProtocolNumbers
from core.types.corpus import Relation
from core.types.number_text import (
    MISSING,
    WITHHELD,
    ap_text,
    interval_text,
    p_text,
    setting_text,
    signed,
    sureness_text,
    tests_text,
)
from core.types.rankings import QueryOutcome
from core.types.runs import RunReport, Summary
from core.types.saved import RunComparison

N_CHANGES = 5
N_ROWS = 300
_GLYPHS: Mapping[Relation, str] = {
    "positive": "✓",
    "negative": "✕",
    "junk": "–",
    "unlabelled": "?",
}
Picture = Callable[[str], bytes | None]
"""The WebP thumbnail of an image, or None where it cannot be read."""


@dataclass(frozen=True, slots=True)
class Strips:
    """The first few candidates of a query before and after, each with what it is to the query."""

    before: tuple[tuple[str, Relation], ...]
    after: tuple[tuple[str, Relation], ...]


def report_html(
    report: RunReport,
    plot: Markup,
    picture: Picture,
    strips: Mapping[str, Strips],
    no_strips: str | None = None,
    comparison: RunComparison | None = None,
) -> Markup:
    """Return the page.

    Args:
        report: The run.
        plot: AP before against AP after, an SVG.
        picture: Thumbnails by image id.
        strips: Candidates of the queries that changed most, by query id; may lack some.
        no_strips: Why there are none, in one sentence.
        comparison: With another run; its `b` is this run.
    """
    summary = report.summary
    corpus = report.receipt.fields.get("corpus", "")
    parts = [
        f"<h1>{esc(corpus)}: {esc(report.receipt.fields.get('model', ''))}</h1>",
        f'<p class="quiet">Evaluated {esc(report.created_at)} by Second Look · '
        f"receipt {esc(report.receipt.receipt_id)} · run {esc(report.run_id)}{_labels(report)}</p>",
        f"<p><b>{esc(run_headline(report))}</b></p>",
        f'<p class="quiet">Setting: {esc(run_setting(report))}</p>',
        _figures(summary),
        "" if report.protocol is None else _protocol(report.protocol),
        "<h2>AP before against AP after</h2>",
        plot,
        _classes(summary),
        _changes(report, picture, strips, no_strips),
        "" if comparison is None else _comparison(comparison),
        _slices(summary),
        _queries(report),
        "<h2>Receipt</h2>",
        table(("field", "value"), [*report.receipt.fields.items()], words=True),
        _MEANING,
    ]
    return page(f"{corpus}, run {report.receipt.receipt_id}", parts)


def run_headline(report: RunReport) -> str:
    """Return what re-ranking did in a run, in one sentence."""
    return headline(report.summary, by_looking=report.chosen_by_looking)


def run_setting(report: RunReport) -> str:
    """Return which setting a run holds: depth, lam, gamma, pipeline, and how it was chosen."""
    summary, pipeline = report.summary, report.receipt.fields.get("pipeline")
    parts = [setting_text(summary.depth, summary.lam, summary.gamma)]
    parts += [f"pipeline {pipeline}"] if pipeline else []
    parts += ["chosen by looking"] if report.chosen_by_looking else []
    return ", ".join(parts)


def short_strips(report: RunReport) -> list[QueryOutcome]:
    """Return the queries that the report shows with pictures: largest gains, largest losses."""
    gains, losses = _extremes(report)
    return [*gains, *losses]


def _labels(report: RunReport) -> str:
    """Return where the ground truth is from; empty for runs from before that was noted."""
    labels = report.receipt.fields.get("labels", "")
    return f" · labels from {esc(labels)}" if labels else ""


def _figures(summary: Summary) -> Markup:
    seconds = summary.seconds_per_query
    cells = [
        (f"mAP@{summary.k} before", ap_text(summary.map_before), "shortlist order"),
        (
            f"mAP@{summary.k} after",
            ap_text(summary.map_after),
            WITHHELD if summary.map_after is None else f"first {summary.depth} re-ranked",
        ),
        ("mAP oracle", ap_text(summary.map_oracle), "best order of the same candidates"),
        (
            "time per query",
            "–" if seconds is None else f"{seconds:.3g} s",
            "not known" if seconds is None else "computing, never cache reads",
        ),
        ("stored per image", f"{summary.bytes_per_image:,.0f} B", f"n = {summary.n_database:,}"),
    ]
    items = "".join(
        f"<div><dt>{esc(name)}</dt><dd><b>{esc(value)}</b><small>{esc(note)}</small></dd></div>"
        for name, value, note in cells
    )
    counts = (
        f"{summary.n_evaluated:,} of {summary.n_queries:,} queries · shortlist "
        f"{summary.shortlist:,} · depth {summary.depth:,} · λ {summary.lam:g} · γ "
        f"{summary.gamma:g} · {summary.n_pairs:,} pairs, {summary.n_unscored:,} unscored · "
        f"{summary.n_skipped:,} queries without a positive left out"
    )
    return Markup(
        f'<dl class="figures">{items}</dl>{_metrics(summary)}<p class="quiet">{counts}</p>'
    )


def _metrics(summary: Summary) -> Markup:
    rows: list[tuple[object, ...]] = [
        (
            one.name,
            ap_text(one.before),
            ap_text(one.after),
            signed(one.change),
            sureness_text(one),
            MISSING if one.n_better is None else one.n_better,
            MISSING if one.n_worse is None else one.n_worse,
        )
        for one in summary.changes
    ]
    head = ("metric", "before", "after", "change", "95 % interval, p", "queries up", "down")
    note = tests_text(summary.changes)
    return Markup(f'{table(head, rows)}<p class="quiet">{esc(note)}</p>')


def _protocol(numbers: ProtocolNumbers) -> Markup:
    """Return the benchmark's own numbers, and why they are not AP@k."""
    rows: list[tuple[object, ...]] = [
        (one.name, ap_text(one.before), ap_text(one.after), f"{one.n:,}", one.problem)
        for one in numbers.numbers
    ]
    head = ("published number", "before", "after", "queries", "")
    lacking = f" {numbers.incomplete}." if numbers.incomplete else ""
    return Markup(
        f"<h2>{esc(numbers.title)}: {esc(numbers.benchmark)}</h2>{table(head, rows)}"
        f'<p class="quiet">{esc(numbers.difference + lacking)}</p>'
    )


def _classes(summary: Summary) -> Markup:
    rows: list[tuple[object, ...]] = [(name, n) for name, n in summary.classes.items()]
    return Markup(f"<h2>What happened to the queries</h2>{table(('class', 'queries'), rows)}")


def _extremes(report: RunReport) -> tuple[list[QueryOutcome], list[QueryOutcome]]:
    ordered = sorted(report.outcomes, key=lambda o: (o.delta, o.query_id))
    losses = [o for o in ordered if o.delta < 0][:N_CHANGES]
    return [o for o in reversed(ordered) if o.delta > 0][:N_CHANGES], losses


def _changes(
    report: RunReport, picture: Picture, strips: Mapping[str, Strips], no_strips: str | None
) -> Markup:
    gains, losses = _extremes(report)
    note = f'<p class="quiet">{esc(no_strips)}</p>' if no_strips else ""
    blocks = [
        f"<h2>{title}</h2>{note if outcomes else ''}"
        + ("".join(_change(o, picture, strips.get(o.query_id)) for o in outcomes) or empty)
        for title, outcomes, empty in (
            ("Largest gains", gains, '<p class="quiet">No query gained.</p>'),
            ("Largest losses", losses, '<p class="quiet">No query lost.</p>'),
        )
    ]
    return Markup("".join(blocks))


def _change(outcome: QueryOutcome, picture: Picture, strips: Strips | None) -> Markup:
    rows = ""
    if strips is not None:
        rows = "".join(
            f'<div class="strip"><span>{side}</span>{"".join(_card(*c, picture) for c in cards)}'
            "</div>"
            for side, cards in (("before", strips.before), ("after", strips.after))
        )
    return Markup(
        f'<article class="change"><figure>{_image(outcome.query_id, picture)}<figcaption>'
        f"{esc(outcome.query_id)}<br><b>{ap_text(outcome.ap_before)} → "
        f"{ap_text(outcome.ap_after)}</b> {esc(outcome.failure_class)}</figcaption></figure>"
        f"<div>{rows}</div></article>"
    )


def _card(image_id: str, relation: Relation, picture: Picture) -> Markup:
    return Markup(
        f'<span class="card {relation}" title="{esc(image_id)}">{_image(image_id, picture)}'
        f'<i aria-hidden="true">{_GLYPHS[relation]}</i></span>'
    )


def _image(image_id: str, picture: Picture) -> Markup:
    data = picture(image_id)
    if data is None:
        return Markup('<span class="missing">no picture</span>')
    text = base64.b64encode(data).decode("ascii")
    return Markup(f'<img alt="{esc(image_id)}" src="data:image/webp;base64,{text}">')


def _comparison(found: RunComparison) -> Markup:
    title = f"<h2>Compared with run {esc(found.a.run_id)}</h2>"
    if found.withheld:
        return Markup(f'{title}<p class="quiet">{esc(found.withheld)}</p>')
    line = (
        f"mAP after {ap_text(found.map_a)} → {ap_text(found.map_b)}, change {signed(found.delta)} "
        f"{interval_text(found.delta_ci, with_sign=True)} {p_text(found.p_value)} "
        f"over {found.n_common:,} queries; {len(found.differences):,} differ."
    )
    cautions = "".join(
        f'<p class="caution">The runs differ in {esc(text)}, so the change is not the second '
        "stage's alone.</p>"
        for text in found.cautions
    )
    largest = found.differences[: 2 * N_CHANGES]
    rows: list[tuple[object, ...]] = [
        (d.query_id, ap_text(d.ap_a), ap_text(d.ap_b), signed(d.delta)) for d in largest
    ]
    fields: list[tuple[object, ...]] = list(found.fields)
    differing = table(("query", "AP there", "AP here", "change"), rows) if rows else ""
    receipts = table(("differs in", "there", "here"), fields, words=True) if fields else ""
    return Markup(f"{title}<p>{esc(line)}</p>{cautions}{differing}{receipts}")


def _slices(summary: Summary) -> Markup:
    rows: list[tuple[object, ...]] = [
        (f"{name}: {value}", found.n, ap_text(found.map_before), ap_text(found.map_after))
        for name, values in summary.by.items()
        for value, found in values.items()
    ]
    if not rows:
        return Markup()
    return Markup(f"<h2>By attribute</h2>{table(('slice', 'n', 'mAP before', 'mAP after'), rows)}")


def _queries(report: RunReport) -> Markup:
    ordered: Sequence[QueryOutcome] = sorted(report.outcomes, key=lambda o: (o.delta, o.query_id))
    rows: list[tuple[object, ...]] = [
        (o.query_id, o.failure_class, ap_text(o.ap_before), ap_text(o.ap_after), signed(o.delta))
        for o in ordered[:N_ROWS]
    ]
    rest = len(ordered) - len(rows)
    more = f'<p class="quiet">{rest:,} more are in the CSV and JSONL.</p>' if rest > 0 else ""
    head = ("query", "class", "AP before", "AP after", "change")
    return Markup(
        f"<h2>Queries, largest loss first</h2><details><summary>{len(rows):,} queries</summary>"
        f"{table(head, rows)}{more}</details>"
    )


_MEANING = (
    "<h2>What the numbers mean</h2><p>AP@k: sum of the precision at each found positive / min(k, "
    "number of positives); junk is removed before ranks are counted, positives outside the "
    "shortlist are missed. mAP: its mean over the queries with a positive. R@1: share of queries "
    "whose first image is a positive. Before: the shortlist's order; after: its first depth "
    "re-ordered by the second stage; oracle: the positives among them put first. Intervals are "
    "95 %, and p is two-sided, from a paired bootstrap over instances with 10,000 draws; p is "
    "corrected for the number of metrics by Holm's rule.</p>"
)
