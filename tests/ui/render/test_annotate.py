"""Annotate as HTML: everything that people or files wrote is escaped."""

import re
from html.parser import HTMLParser

import pytest

from core.types.annotation import (
    VERDICTS,
    Agreement,
    LabelChange,
    Queue,
    QueueItem,
    QueueSpec,
    Relabelling,
    RelabellingEffect,
)
from core.types.number_text import MISSING
from core.types.scores import MARGIN, MAXSIM
from tests.ui.conftest import HOSTILE
from ui.render.annotate import pictures, render_pair, render_screen
from ui.render.annotate_panels import MAX_CHANGES, render_agreement, render_labels
from ui.render.annotate_queues import render_chooser, render_invitation, render_source
from ui.selection import ViewState

XSS = "\"'><img src=x onerror=alert(1)>${1+1}`{{x}}"


class Elements(HTMLParser):
    """Collects the elements and attribute names of a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found |= {tag, *(name for name, _ in attrs)}


def effect(author=None, changes=(), **values) -> RelabellingEffect:
    found = Relabelling(author, 9, 1, 2, 3, 0, 0, tuple(changes))
    fields = {"map_before_filed": 0.5, "map_after_filed": 0.6, "map_before_relabelled": 0.45}
    return RelabellingEffect(
        found, 1000, 8, n_relabelled=7, map_after_relabelled=None, n_unscored_queries=2,
        **{**fields, **values},
    )  # fmt: skip


@pytest.fixture
def item(bench) -> QueueItem:
    return QueueItem("queries/object_00.jpg", "database/image_000.jpg", "negative", XSS, 4, 2, -0.5)


def test_a_pair_escapes_names_and_reasons(bench, urls, item):
    record = bench.queries.record(item.query_id)
    hostile = type(record)(HOSTILE, record.path, "query", XSS, 4, 3, "0" * 64)
    html = render_pair(item, MARGIN, hostile, hostile, urls)
    assert "onerror" not in Elements(html).found
    assert Elements(html).found <= {
        "div", "class", "figure", "img", "src", "alt", "width", "height", "figcaption", "b", "bdi",
        "title", "small", "p", "span", "aria-hidden",
    }  # fmt: skip
    assert all(re.fullmatch(r"[\w/.%?=~-]+", address) for address in pictures(item, urls))


def test_a_pair_tells_ranks_margin_and_label(bench, urls, item):
    record = bench.queries.record(item.query_id)
    html = render_pair(item, MARGIN, record, record, urls)
    assert "rank 4 before, 2 after · margin \N{MINUS SIGN}0.50 nats" in html
    assert "MaxSim \N{MINUS SIGN}0.500" in render_pair(item, MAXSIM, record, record, urls)
    assert "✕</span> negative" in html


def test_every_verdict_has_its_key():
    html = render_screen("v1")
    for number, verdict in enumerate(VERDICTS, start=1):
        assert re.search(f'data-an-verdict="{verdict}".*?<kbd>{number}</kbd>', html)


def test_panels_escape_authors_and_ids():
    table = tuple((1, 0, 0, 0, 0) for _ in VERDICTS)
    html = render_agreement([Agreement(XSS, XSS, 5, 0.2, -0.1, table)])
    changes = [LabelChange(XSS, XSS, "negative", "positive")] * (MAX_CHANGES + 2)
    html += render_labels(effect(XSS, changes), [XSS, "ada"])
    queue = Queue(QueueSpec("slice", XSS), "t", (), 9000, 5, 8)
    state = ViewState(view="annotate", query=XSS, queue=queue.spec)
    html += render_chooser([(queue.spec, 1)], state, with_truth=True)
    html += render_invitation(with_truth=True, query_id=XSS) + render_source(queue)
    assert "img" not in Elements(html).found
    assert "onerror" not in Elements(html).found


def test_what_is_not_computed_is_shown_as_missing_and_never_as_zero():
    html = render_labels(effect(), [])
    assert "<td>0.600</td>" in html
    assert f"<td>0.450</td><td>{MISSING}</td><td>7</td>" in html
    assert f"<td>\N{MINUS SIGN}0.050</td><td>{MISSING}</td><td>\N{MINUS SIGN}1</td>" in html
    assert "2 queries with new labels are not scored yet" in html
    assert "0 changed, 1 confirmed, 2 unsure, 3 disputed." in html


def test_the_chosen_queue_is_always_in_the_list():
    state = ViewState(view="annotate", queue=QueueSpec("class", "missed"))
    html = render_chooser([], state, with_truth=True)
    assert '<option value="class:missed" selected>' in html


def test_a_cut_queue_says_so():
    queue = Queue(QueueSpec("hard"), "t", (), 9000, 8, 8)
    assert "the first 0 of 9,000 pairs" in render_source(queue)
