"""What the routes of Annotate draw: everything that people or files wrote is escaped."""

import re
from dataclasses import replace
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
from ui.screens.annotate import pairs
from ui.screens.annotate.screen import SCREEN
from ui.screens.annotate.words import MAX_CHANGES
from ui.shared.screen import Page, make_page

XSS = "\"'><img src=x onerror=alert(1)>${1+1}`{{x}}"


class Elements(HTMLParser):
    """Collects the elements and attribute names of a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found |= {tag, *(name for name, _ in attrs)}


@pytest.fixture
def page(bench) -> Page:
    return make_page(bench, (SCREEN,))


def effect(author=None, changes=(), **values) -> RelabellingEffect:
    found = Relabelling(author, 9, 1, 2, 3, 0, 0, tuple(changes))
    fields = {"map_before_filed": 0.5, "map_after_filed": 0.6, "map_before_relabelled": 0.45}
    return RelabellingEffect(
        found, 1000, 8, n_relabelled=7, map_after_relabelled=None, n_unscored_queries=2,
        **{**fields, **values},
    )  # fmt: skip


@pytest.fixture
def item() -> QueueItem:
    pair = ("queries/object_00.jpg", "database/image_000.jpg")
    return QueueItem(*pair, "negative", "a reason", 4, 2, -0.5)


@pytest.fixture
def renamed(bench, monkeypatch):
    """A function that gives every image another name and instance."""

    def rename(name: str) -> None:
        record = bench.queries.record
        change = {"image_id": name, "instance_id": name}
        monkeypatch.setattr(
            bench.queries, "record", lambda image_id: replace(record(image_id), **change)
        )

    return rename


def test_a_pair_escapes_names_and_reasons(page, item, renamed):
    renamed(HOSTILE)
    html = pairs.draw_pair(page, replace(item, reason=XSS), MARGIN)
    assert Elements(html).found <= {
        "div", "class", "figure", "img", "src", "alt", "width", "height", "figcaption", "b", "bdi",
        "title", "small", "p", "span", "aria-hidden", "data-zooms", "data-role", "data-zoom",
        "data-zoom-stage", "tabindex", "role", "aria-label", "data-width", "data-height", "style",
        "data-whole", "draggable", "output", "aria-live",
    }  # fmt: skip
    assert all(re.fullmatch(r"[\w/.%?=~-]+", one) for one in pairs.pictures(page, item))


def test_a_pair_tells_ranks_margin_and_label(page, item):
    html = pairs.draw_pair(page, item, MARGIN)
    assert "rank 4 before, 2 after · margin \N{MINUS SIGN}0.50 nats" in html
    assert "MaxSim \N{MINUS SIGN}0.500" in pairs.draw_pair(page, item, MAXSIM)
    assert "✕</span> negative" in html


def test_panels_escape_authors_and_ids(page):
    table = tuple((1, 0, 0, 0, 0) for _ in VERDICTS)
    html = pairs.draw_agreement(page, [Agreement(XSS, XSS, 5, 0.2, -0.1, table)])
    changes = [LabelChange(XSS, XSS, "negative", "positive")] * (MAX_CHANGES + 2)
    html += pairs.draw_labels(page, effect(XSS, changes), [XSS, "ada"])
    queue = Queue(QueueSpec("slice", XSS), "t", (), 9000, 5, 8, rule=XSS)
    html += pairs.draw_invitation(page, XSS) + pairs.draw_source(page, queue)
    assert "and 2 more in the patch" in html
    assert "img" not in Elements(html).found
    assert "onerror" not in Elements(html).found


def test_agreement_names_both_authors_and_counts_only_the_verdicts_they_gave(page):
    table = tuple(tuple(3 if i == j == 1 else 0 for j in range(5)) for i in range(5))
    html = pairs.draw_agreement(page, [Agreement("ada", "bob", 3, 1.0, None, table)])
    assert "<bdi>ada</bdi>, <bdi>bob</bdi></th><td>100 %</td>" in html
    assert f'<span title="Both used one verdict throughout">{MISSING}</span>' in html
    assert '<th scope="row">no match</th><td class="sl-an-same">3</td></tr>' in html
    assert "near duplicate" not in html


def test_without_two_authors_on_a_pair_agreement_says_what_it_needs(page):
    nobody = Agreement("ada", "bob", 0, None, None, ())
    assert "Needs verdicts of two authors" in pairs.draw_agreement(page, [nobody])


def test_what_is_not_computed_is_shown_as_missing_and_never_as_zero(page):
    html = pairs.draw_labels(page, effect(), [])
    assert "<td>0.600</td>" in html
    assert f"<td>0.450</td><td>{MISSING}</td><td>7</td>" in html
    assert f"<td>\N{MINUS SIGN}0.050</td><td>{MISSING}</td><td>\N{MINUS SIGN}1</td>" in html
    assert "2 queries with new labels are not scored yet" in html
    assert "0 changed, 1 confirmed, 2 unsure, 3 disputed." in html


def test_a_cut_queue_says_so(page):
    queue = Queue(QueueSpec("hard"), "t", (), 9000, 8, 8)
    assert "the first 0 of 9,000 pairs" in pairs.draw_source(page, queue)


def test_a_whole_queue_says_nothing_of_its_source(page):
    assert pairs.draw_source(page, Queue(QueueSpec("hard"), "t", (), 0, 8, 8)) == ""
