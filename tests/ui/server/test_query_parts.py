"""A chosen query's panel, strips and rank flow, as functions and through their routes."""

import json
import re

import pytest
from fastapi.testclient import TestClient

from core.errors import ImageError
from tests.fakes import FakeWorkbench
from tests.fakes.scorers import OTHER
from ui import messages
from ui.server.launch import create_server
from ui.server.query_parts import FIRST_CARDS, QueryParts, show_flow, show_query

CHOSEN = "view=queries&query=queries/object_03.jpg"


def ids(strip: str) -> list[str]:
    return re.findall(r'data-card="([^"]+)"', strip)


def test_a_chosen_query_shows_panel_strips_and_flow(bench, urls):
    shown = show_query(bench, urls, CHOSEN)
    assert "object_03.jpg" in shown.panel
    assert len(ids(shown.before)) == FIRST_CARDS
    assert sorted(ids(shown.before)) == sorted(ids(shown.after))
    assert json.loads(show_flow(bench, CHOSEN))["data"]
    assert (shown.third, shown.pending) == ("", "")


@pytest.mark.parametrize("address", ["view=queries", "view=queries&query=../../etc/passwd"])
def test_without_a_known_query_there_is_only_an_invitation(bench, urls, address):
    shown = show_query(bench, urls, address)
    assert messages.NO_QUERY in shown.panel
    assert shown == QueryParts(shown.panel)
    assert show_flow(bench, address) == ""


def test_sliders_re_sort_without_a_model_call(bench, urls):
    margin = show_query(bench, urls, CHOSEN).after
    cosine = show_query(bench, urls, CHOSEN + "&lam=1").after
    assert ids(margin) != ids(cosine)
    assert bench.state.model_calls == 0


def test_missing_pairs_are_named_for_scoring(tmp_path, urls):
    fresh = FakeWorkbench(tmp_path, evaluated=0)
    assert show_query(fresh, urls, CHOSEN).pending == "20|queries/object_03.jpg"


def test_a_query_that_cannot_be_read_is_one_sentence(bench, urls, monkeypatch):
    def refuse(*_args):
        raise ImageError("images/x.jpg is <not> an image.")

    monkeypatch.setattr(bench.queries, "inspect", refuse)
    shown = show_query(bench, urls, CHOSEN)
    assert "images/x.jpg is &lt;not&gt; an image." in shown.panel
    assert 'role="alert"' in shown.panel
    assert shown == QueryParts(shown.panel)
    assert show_flow(bench, CHOSEN) == ""


def test_a_third_strip_shows_the_chosen_scorer(bench, urls):
    shown = show_query(bench, urls, f"{CHOSEN}&third={OTHER}")
    assert f'<option value="{OTHER}"' in shown.choice
    assert "fake-vl, int8" in shown.third
    assert len(ids(shown.third)) == FIRST_CARDS
    assert 'sl-score">unscored' in shown.third


def test_without_other_scores_the_page_says_how_to_get_some(bench, urls):
    bench.scorers.others.clear()
    shown = show_query(bench, urls, CHOSEN)
    assert messages.NO_THIRD in shown.choice
    assert shown.third == ""


def test_a_scorer_that_is_gone_is_one_sentence_and_the_strips_stay(bench, urls):
    shown = show_query(bench, urls, f"{CHOSEN}&third={'0' * 16}")
    assert 'role="alert"' in shown.third
    assert shown.before != ""
    assert shown.after != ""


def test_the_routes_answer_with_the_same_and_are_not_kept(bench):
    client = TestClient(create_server(bench), base_url="http://127.0.0.1:7860")
    parts, flow = client.get(f"/query/parts?{CHOSEN}"), client.get(f"/query/flow?{CHOSEN}")
    assert sorted(parts.json()) == ["after", "before", "choice", "panel", "pending", "third"]
    assert len(ids(parts.json()["after"])) == FIRST_CARDS
    assert flow.text == show_flow(bench, CHOSEN)
    assert {parts.headers["cache-control"], flow.headers["cache-control"]} == {"no-store"}
