"""Handlers of the Queries view, as plain functions."""

import json

import pytest

from core.errors import ImageError, ModelError
from tests.fakes import FakeWorkbench
from tests.fakes.scorers import OTHER
from ui import messages
from ui.views import queries

CHOSEN = "view=queries&query=queries/object_03.jpg"


@pytest.fixture
def fresh(tmp_path) -> FakeWorkbench:
    """Nothing is scored yet."""
    return FakeWorkbench(tmp_path, evaluated=0)


def is_skip(value) -> bool:
    return isinstance(value, dict) and value.get("__type__") == "update"


def ids(strip: str) -> list[str]:
    return [part.split('"')[0] for part in strip.split('data-card="')[1:]]


def test_a_chosen_query_shows_panel_strips_and_flow(bench, urls):
    panel, column, before, after, _choice, third, pending = queries.show_query(bench, urls, CHOSEN)
    assert "object_03.jpg" in panel
    assert column.visible is True
    assert sorted(ids(before)) == sorted(ids(after))
    assert json.loads(queries.show_flow(bench, CHOSEN))["data"]
    assert (third, pending) == ("", "")


def test_another_view_renders_nothing(bench, urls):
    assert all(map(is_skip, queries.show_query(bench, urls, "view=overview")))
    assert is_skip(queries.show_list(bench, urls, "view=overview"))
    assert is_skip(queries.show_flow(bench, "view=overview"))


def test_without_a_query_there_is_an_invitation(bench, urls):
    panel, column, *rest = queries.show_query(bench, urls, "view=queries")
    assert messages.NO_QUERY in panel
    assert column.visible is False
    assert rest == [""] * 5
    assert queries.show_flow(bench, "view=queries") == ""


def test_an_unknown_query_is_dropped(bench, urls):
    panel, *_ = queries.show_query(bench, urls, "view=queries&query=../../etc/passwd")
    assert messages.NO_QUERY in panel


def test_sliders_re_sort_without_a_model_call(bench, urls):
    margin = queries.show_query(bench, urls, CHOSEN)[3]
    cosine = queries.show_query(bench, urls, CHOSEN + "&lam=1")[3]
    assert ids(margin) != ids(cosine)
    assert bench.state.model_calls == 0


def test_missing_pairs_are_named_for_scoring(fresh, urls):
    assert queries.show_query(fresh, urls, CHOSEN)[-1] == "20|queries/object_03.jpg"


def test_a_query_that_cannot_be_read_is_one_sentence(bench, urls, monkeypatch):
    def refuse(*_args):
        raise ImageError("images/x.jpg is <not> an image.")

    monkeypatch.setattr(bench.queries, "inspect", refuse)
    panel, column, *_ = queries.show_query(bench, urls, CHOSEN)
    assert "images/x.jpg is &lt;not&gt; an image." in panel
    assert 'role="alert"' in panel
    assert column.visible is False


def test_refresh_leaves_a_complete_query_alone(bench, urls):
    assert all(map(is_skip, queries.refresh_query(bench, urls, CHOSEN, "")))
    assert "object_03" in queries.refresh_query(bench, urls, CHOSEN, "20|x")[0]


def test_the_list_follows_the_filter(bench, urls):
    assert (
        queries.show_list(bench, urls, "view=queries&text=object_05").count('class="sl-row"') == 1
    )
    assert queries.show_list(bench, urls, "view=queries").count('class="sl-row"') == 8


def test_scoring_ends_with_the_last_pair(fresh):
    steps = list(queries.score_query(fresh, CHOSEN, "20|queries/object_03.jpg"))
    assert "20 of 20 pairs" in steps[-2][0]
    assert steps[-1][0] == ""
    assert fresh.queries.inspect("queries/object_03.jpg", 20, 0, 1).n_pending == 0


def test_scoring_stops_when_it_is_closed(fresh):
    steps = queries.score_query(fresh, CHOSEN, "20|queries/object_03.jpg")
    assert "0 of 20 pairs" in next(steps)[0]
    next(steps)
    steps.close()
    assert fresh.state.scored["queries/object_03.jpg"] == 4


def test_scoring_refreshes_at_its_own_pace(fresh):
    clock = iter(range(100))
    steps = list(queries.score_query(fresh, CHOSEN, "20|x", now=lambda: next(clock)))
    revisions = [revision for _, revision in steps if not is_skip(revision)]
    assert len(revisions) == len(set(revisions)) == 6


@pytest.mark.parametrize("pending", ["", queries.WAITING])
def test_nothing_is_scored_while_nothing_is_pending(fresh, pending):
    steps = list(queries.score_query(fresh, CHOSEN, pending))
    assert [bar for bar, _ in steps] == [""]
    assert fresh.state.model_calls == 0


def test_a_model_that_fails_is_one_sentence(fresh, monkeypatch):
    def refuse(*_args):
        raise ModelError("The weights are damaged.")
        yield

    monkeypatch.setattr(fresh.queries, "score", refuse)
    steps = list(queries.score_query(fresh, CHOSEN, "20|x"))
    assert "The weights are damaged." in steps[-1][0]


def test_before_the_start_of_a_planned_job_a_chosen_query_is_not_scored(fresh, monkeypatch):
    monkeypatch.setattr(fresh.jobs, "plan", lambda: object())
    ((bar, _),) = queries.score_chosen(fresh, CHOSEN, "20|x")
    assert "Score 20 more pairs" in bar
    assert fresh.state.model_calls == 0


def test_without_a_plan_a_chosen_query_is_scored(fresh):
    list(queries.score_chosen(fresh, CHOSEN, "20|x"))
    assert fresh.state.model_calls > 0


def test_after_stop_the_bar_offers_to_go_on(fresh):
    assert "Score 20 more pairs" in queries.show_stopped(fresh, CHOSEN)


def test_after_the_last_pair_there_is_no_bar(bench):
    assert queries.show_stopped(bench, CHOSEN) == ""


def test_a_third_strip_shows_the_chosen_scorer(bench, urls):
    *_, choice, third, _pending = queries.show_query(bench, urls, f"{CHOSEN}&third={OTHER}")
    assert f'<option value="{OTHER}"' in choice
    assert "fake-vl, int8" in third
    assert len(ids(third)) == queries.FIRST_CARDS
    assert 'sl-score">unscored' in third


def test_without_other_scores_the_page_says_how_to_get_some(bench, urls):
    bench.scorers.others.clear()
    *_, choice, third, _pending = queries.show_query(bench, urls, CHOSEN)
    assert messages.NO_THIRD in choice
    assert third == ""


def test_a_scorer_that_is_gone_is_one_sentence_and_the_strips_stay(bench, urls):
    shown = queries.show_query(bench, urls, f"{CHOSEN}&third={'0' * 16}")
    assert 'role="alert"' in shown[-2]
    assert shown[2] != ""
    assert shown[3] != ""
