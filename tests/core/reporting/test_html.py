"""The HTML report: self-contained, without a script, hostile names shown as text."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from core.analysis.run_comparison import compare_runs
from core.reporting.html import N_ROWS, Strips, report_html, short_strips
from tests.runs import make_report, without_after

MINUS = "\N{MINUS SIGN}"
GAMMA = "\N{GREEK SMALL LETTER GAMMA}"
PLOT = '<svg class="scatter"></svg>'
HOSTILE = "<img src=x onerror=alert(1)>\"'`${1+1}{{x}}</script><script>.jpg"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data):
        self.text.append(data)


def read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    return reader


@pytest.fixture
def report():
    return make_report(afters=(0.9, 0.2, 0.5), befores=(0.4, 0.8, 0.5))


def test_the_page_asks_nobody_for_anything_and_runs_nothing(report):
    found = read(report_html(report, PLOT, lambda _: b"webp", {}))
    assert "script" not in found.tags
    assert not any(name.startswith("on") for name, _ in found.attributes)
    addresses = [v for n, v in found.attributes if n in ("src", "href", "action", "data", "srcset")]
    assert addresses
    assert all(address.startswith("data:image/webp;base64,") for address in addresses)
    policy = [v for n, v in found.attributes if n == "content" and "default-src" in v]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    assert "url(" not in report_html(report, PLOT, lambda _: None, {})


def test_hostile_names_are_text(report):
    first = replace(report.outcomes[0], query_id=HOSTILE)
    fields = {**report.receipt.fields, "corpus": HOSTILE, "model": HOSTILE}
    hostile = replace(
        report,
        outcomes=(first, *report.outcomes[1:]),
        receipt=replace(report.receipt, fields=fields),
    )
    strips = {HOSTILE: Strips(((HOSTILE, "negative"),), ((HOSTILE, "junk"),))}
    comparison = compare_runs(replace(hostile, run_id=HOSTILE), hostile, {})
    found = read(report_html(hostile, PLOT, lambda _: b"", strips, HOSTILE, comparison))
    assert "script" not in found.tags
    assert not any(name.startswith("on") for name, _ in found.attributes)
    assert any(HOSTILE in text for text in found.text)


def test_gains_and_losses_are_shown_with_their_strips(report):
    shown = [o.query_id for o in short_strips(report)]
    assert shown == ["q0.jpg", "q1.jpg"]
    strips = {q: Strips((("a.jpg", "negative"),), (("b.jpg", "positive"),)) for q in shown}
    page = report_html(report, PLOT, lambda _: b"x", strips)
    assert page.count('class="card negative"') == 2
    assert page.count('class="card positive"') == 2


def test_missing_pictures_and_numbers_are_shown_as_missing(report):
    summary = replace(without_after(report.summary), seconds_per_query=None)
    page = report_html(replace(report, summary=summary), PLOT, lambda _: None, {}, "No index.")
    assert "no picture" in page
    assert "withheld" in page
    assert "not known" in page
    assert page.count("No index.") == 2


def test_a_long_run_shows_its_first_rows_and_counts_the_others(report):
    n = N_ROWS + 7
    page = report_html(make_report(afters=(0.5,) * n, befores=(0.5,) * n), PLOT, lambda _: None, {})
    assert "7 more are in the CSV and JSONL." in page


def test_a_comparison_is_told_with_its_interval(report):
    other = make_report(afters=(0.4, 0.4, 0.5), befores=(0.4, 0.8, 0.5), depth=7)
    page = report_html(report, PLOT, lambda _: None, {}, None, compare_runs(other, report, {}))
    assert "over 3 queries; 2 differ." in page
    assert "differs in" in page


def test_every_metric_has_its_change_interval_and_p(report):
    page = report_html(report, PLOT, lambda _: None, {})
    assert f'<th scope="row">R@1</th><td>0.500</td><td>0.250</td><td>{MINUS}0.250</td>' in page
    assert f"[{MINUS}0.350, {MINUS}0.150] · p = 0.400" in page
    assert "corrected for 2 metrics (Holm)" in page


def test_the_page_begins_with_the_whole_truth_and_says_which_setting_it_holds(report):
    fields = {**report.receipt.fields, "pipeline": "mllm@20"}
    kept = replace(report, receipt=replace(report.receipt, fields=fields), chosen_by_looking=True)
    page = report_html(kept, PLOT, lambda _: None, {})
    assert "<b>Re-ranking helped 1 query and hurt 1 of 3; mAP" in page
    assert "was chosen by looking: p is not corrected for the choice" in page
    assert f"Setting: depth 20, λ 0, {GAMMA} 1, pipeline mllm@20, chosen by looking" in page
    assert "by looking" not in report_html(report, PLOT, lambda _: None, {})
