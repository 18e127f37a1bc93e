"""What tipped it, on the Failures screen: a line per term, its queries, the clearest cases."""

import re
from dataclasses import replace

from core.types.failures import QuerySlice, Tipped, TippedTerm
from tests.drawn_bench import FUSION
from tests.ui.pages import drawn
from ui.screens.failures import words
from ui.shared.slice_words import slice_words

FIRST = Tipped("queries/a.jpg", "x/<b>.jpg", "x/right.jpg", "geometric", 2.5)
SECOND = Tipped("queries/a.jpg", "x/other.jpg", "x/right.jpg", "mllm", 0.5)
THIRD = Tipped("queries/b.jpg", "x/other.jpg", "x/right.jpg", "mllm", 0.25)
TIPPED = (
    TippedTerm("mllm", 2, 2, (SECOND, THIRD)),
    TippedTerm("geometric", 1, 1, (FIRST,)),
    TippedTerm("import:ames", 0, 0, ()),
)


def shown(bench, monkeypatch, **changes):
    made = replace(bench.failures.report(FUSION), **changes)
    monkeypatch.setattr(bench.failures, "report", lambda *_, **__: made)
    return str(drawn(bench, "failures", "report", "view=failures&depth=20"))


def test_a_line_per_term_opens_its_queries_and_its_queue(bench, monkeypatch):
    html = shown(bench, monkeypatch, tipped=TIPPED, n_intruders=5)
    assert "intruders, n = 3 of 5" in html
    lines = re.findall(r'data-slice="tipped:([^"]+)"[^>]*?( disabled)?>', html)
    assert lines == [("mllm", ""), ("geometric", ""), ("import:ames", " disabled")]
    assert 'data-queue="set:tipped:geometric"' in html
    assert "<span>print</span>" in html
    assert "<span>ames</span>" in html
    assert "set:tipped:import" not in html  # nothing to judge
    assert "The others are left out" in html


def test_where_every_intruder_is_told_none_is_left_out(bench, monkeypatch):
    html = shown(bench, monkeypatch, tipped=TIPPED, n_intruders=3)
    assert "exceeds the best positive most." in html
    assert "left out: the last stage" not in html


def test_the_clearest_case_of_a_query_stands_with_its_term_and_opens_the_pair(bench, monkeypatch):
    html = shown(bench, monkeypatch, tipped=TIPPED, n_intruders=5)
    assert "print +2.50 nats over right.jpg" in html
    assert "model +0.25 nats over right.jpg" in html
    assert "+0.50" not in html  # of the same query as the first
    assert 'data-candidate="x/&lt;b&gt;.jpg"' in html


def test_other_scorers_show_nothing(bench):
    html = str(drawn(bench, "failures", "report", "view=failures&depth=20"))
    assert "What tipped it" not in html


def test_a_slice_of_a_term_in_words():
    assert slice_words(QuerySlice("tipped", "geometric")) == "an intruder put first by print"


def test_a_query_is_shown_once(bench):
    report = replace(bench.failures.report(FUSION), tipped=TIPPED)
    assert words.tipped_examples(report) == [FIRST, THIRD]
