"""The query list: order, filter, escaping."""

from dataclasses import replace

import pytest

from core.types.rankings import QueryOutcome, QueryRow
from core.types.states import State
from tests.ui.conftest import HOSTILE
from ui.render.query_list import MAX_ROWS, render_list, select_rows
from ui.selection import ViewState


def outcome(query_id: str, before: float, after: float, name="unmoved") -> QueryOutcome:
    return QueryOutcome(
        query_id=query_id,
        instance_id="mug",
        n_positives=1,
        ap_before=before,
        ap_margin=after,
        ap_after=after,
        ap_oracle=1.0,
        first_positive_before=1,
        first_positive_after=1,
        failure_class=name,
        hard_negative_ids=(),
        intruder_ids=(),
        n_unscored=0,
    )


SCORED, STOPPED = State("scored", ""), State("stopped", "Scoring was stopped.")
ROWS = (
    QueryRow("upload:1", None, True, None, None, State("not labelled", "No labels.")),
    QueryRow("a.jpg", "mug", False, None, outcome("a.jpg", 0.2, 0.9, "rescued"), SCORED),
    QueryRow("b.jpg", "cup", False, None, outcome("b.jpg", 0.8, 0.3, "harmed, demoted"), SCORED),
    QueryRow("c.jpg", "mug", False, None, None, STOPPED),
    QueryRow("d.jpg", "mug", False, None, outcome("d.jpg", 0.5, 0.5), SCORED),
)


def names(state: ViewState) -> str:
    return "".join(row.query_id[0] for row in select_rows(ROWS, state))


@pytest.mark.parametrize(
    ("sort", "descending", "expected"),
    [
        ("name", False, "uabcd"),
        ("name", True, "udcba"),
        ("before", False, "uadbc"),
        ("before", True, "ubdac"),
        ("after", False, "ubdac"),
        ("delta", False, "ubdac"),
        ("delta", True, "uadbc"),
        ("class", False, "uabdc"),
    ],
)
def test_uploads_lead_and_waiting_queries_close(sort, descending, expected):
    assert names(ViewState(sort=sort, descending=descending)) == expected


def test_a_class_keeps_only_its_queries():
    assert names(ViewState(failure_class="rescued")) == "a"


@pytest.mark.parametrize(("text", "expected"), [("CUP", "b"), ("c.jp", "c"), ("zzz", "")])
def test_text_is_looked_for_in_ids_and_instances(text, expected):
    assert names(ViewState(text=text)) == expected


def test_an_empty_filter_result_says_so(urls):
    assert "No query fits" in render_list(ROWS, ViewState(text="zzz"), urls)


def test_a_corpus_without_queries_says_what_to_do(urls):
    assert "Drop or paste" in render_list((), ViewState(), urls)


def test_hostile_names_are_escaped(urls):
    rows = (replace(ROWS[1], query_id=HOSTILE, instance_id="<i>", problem=None),)
    text = render_list(rows, ViewState(), urls)
    assert "<b>\"'" not in text
    assert "<small>&lt;i&gt;</small>" in text


def test_a_long_list_is_cut_and_says_so(urls):
    rows = tuple(
        QueryRow(f"{i}.jpg", None, False, None, None, STOPPED) for i in range(MAX_ROWS + 5)
    )
    text = render_list(rows, ViewState(), urls)
    assert text.count('class="sl-row"') == MAX_ROWS
    assert f"the first {MAX_ROWS} shown" in text


def test_a_waiting_query_shows_no_number(urls):
    assert "0.000" not in render_list(ROWS[3:4], ViewState(), urls)


def test_a_query_without_a_number_says_which_reason_it_has(urls):
    text = render_list(ROWS[3:4], ViewState(), urls)
    assert '<span class="sl-waiting" title="Scoring was stopped.">stopped</span>' in text
