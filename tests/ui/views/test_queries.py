"""Handlers of the Queries view, as plain functions."""

import pytest

from core.errors import ModelError
from core.types.orders import Fusion
from tests.fakes import FakeWorkbench
from ui.server.query_parts import WAITING
from ui.views import queries

CHOSEN = "view=queries&query=queries/object_03.jpg"


@pytest.fixture
def fresh(tmp_path) -> FakeWorkbench:
    """Nothing is scored yet."""
    return FakeWorkbench(tmp_path, evaluated=0)


def is_skip(value) -> bool:
    return isinstance(value, dict) and value.get("__type__") == "update"


def test_another_view_does_not_render_the_list(bench, urls):
    assert is_skip(queries.show_list(bench, urls, "view=overview"))


def test_the_list_follows_the_filter(bench, urls):
    assert (
        queries.show_list(bench, urls, "view=queries&text=object_05").count('class="sl-row"') == 1
    )
    assert queries.show_list(bench, urls, "view=queries").count('class="sl-row"') == 8


def test_scoring_ends_with_the_last_pair(fresh):
    steps = list(queries.score_query(fresh, CHOSEN, "20|queries/object_03.jpg"))
    assert "20 of 20 pairs" in steps[-2][0]
    assert steps[-1][0] == ""
    assert fresh.queries.inspect("queries/object_03.jpg", Fusion(20, 0, 1)).n_pending == 0


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


@pytest.mark.parametrize("pending", ["", WAITING])
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
