"""The Overview's parts: full, partial, empty, without ground truth, failing, hostile."""

from dataclasses import replace

import pytest
from fastapi import APIRouter, FastAPI
from markupsafe import escape
from starlette.testclient import TestClient

from core.errors import SettingsError, StaleIndexError
from core.types.rankings import QueryChange
from core.types.states import State
from tests.drawn_bench import FUSION, other_scorer
from tests.runs import without_after
from tests.ui.conftest import HOSTILE
from ui import messages
from ui.screens.overview import screen, words
from ui.screens.overview.routes import add_keep_route
from ui.server.downloads import add_download_routes
from ui.server.parts import draw
from ui.shared.screen import make_page, read_state

ADDRESS = "view=overview"


@pytest.fixture
def client(bench) -> TestClient:
    router, app = APIRouter(), FastAPI()
    add_download_routes(router, bench)
    add_keep_route(router, bench)
    app.include_router(router)
    return TestClient(app)


@pytest.fixture
def found(bench) -> tuple[QueryChange, ...]:
    """The biggest rescues."""
    return bench.moves.queries(FUSION, 5, words.N_CARDS)[0]


def part(bench, name: str, address: str = ADDRESS):
    page = make_page(bench, (screen.SCREEN,))
    return draw(page, screen.SCREEN.part(name), read_state(bench, address))


def main(bench, address: str = ADDRESS) -> str:
    return str(part(bench, "main", address))


def with_summary(bench, monkeypatch, **changes) -> str:
    summary = replace(bench.runs.summary(FUSION), **changes)
    monkeypatch.setattr(bench.runs, "summary", lambda *_, **__: summary)
    return main(bench)


def with_changes(bench, monkeypatch, rescues, harms) -> str:
    monkeypatch.setattr(bench.moves, "queries", lambda *_: (rescues, harms))
    return main(bench)


def moved(bench, monkeypatch, found) -> str:
    monkeypatch.setattr(bench.moves, "positives", lambda *_: found)
    return str(part(bench, "moved"))


def test_a_finished_run_fills_every_part(bench):
    text = main(bench)
    assert "8 of 8 queries" in text
    assert "sl-mosaic" not in text
    assert "Best rescue" in text
    assert "Worst harm" in text
    assert text.count("data-class=") == 6
    assert "AP rises by 0.05 or more" in text
    assert part(bench, "scatter").data


def test_one_sentence_of_the_numbers_leads(bench):
    text = main(bench)
    assert str(escape(bench.runs.headline(FUSION))) in text
    assert text.index("sl-sentence") < text.index("sl-lead")


def test_what_is_on_screen_is_kept_as_a_run_and_then_opened(bench, client):
    assert "data-keep-run" in main(bench, f"{ADDRESS}&depth=7")
    answer = client.post("/runs/keep?view=overview&depth=7")
    report = bench.saved.report(answer.json()["run"])
    assert (report.summary.depth, report.chosen_by_looking) == (7, True)
    text = main(bench, f"{ADDRESS}&depth=7")
    assert f'data-open-run="{report.run_id}"' in text
    assert "data-keep-run" not in text
    assert "data-keep-run" in main(bench, f"{ADDRESS}&depth=8")


def test_numbers_that_still_come_are_not_offered_as_a_run(running):
    assert "data-keep-run" not in main(running)


def test_a_refusal_to_keep_is_one_sentence(bench, client, monkeypatch):
    def refuse(_fusion):
        raise SettingsError("Only the numbers of all queries are kept as a run.")

    monkeypatch.setattr(bench.runs, "keep", refuse)
    answer = client.post("/runs/keep?view=overview")
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("Only the numbers")


def test_every_figure_has_its_number(bench):
    summary, text = bench.runs.summary(FUSION), main(bench)
    for value in (summary.map_before, summary.map_after, summary.map_oracle):
        assert f"{value:.3f}" in text
    assert "sl-partial" not in text


def test_every_figure_says_what_it_means(bench):
    text = main(bench)
    assert text.count("sl-kpi-means") == text.count("sl-tile-large") + text.count('"sl-kpi sl-kpi-')
    assert escape(messages.MEANS_MAP) in text


def test_a_change_of_the_first_place_stands_beside_that_of_map(bench):
    text = main(bench)
    assert "R@1, before → after" in text
    for change in bench.runs.summary(FUSION).changes:
        assert f"· p = {change.p_corrected:.3f}</span>" in text


def test_the_best_rescue_is_large_and_is_not_repeated_small(bench, found):
    text = main(bench)
    query = found[0].outcome.query_id
    assert text.count(f'data-query="{query}"') == 1
    assert text.count(f'data-open-pair="{query}"') == 2 * words.N_LEAD
    assert words.first_positive(found[0].outcome) in text
    for one in found[1:]:
        assert text.count(f'data-query="{one.outcome.query_id}"') == 1
        assert text.count(f'data-open-pair="{one.outcome.query_id}"') == 2 * words.N_CARDS


def test_the_biggest_change_comes_first(bench, monkeypatch, found):
    text = with_changes(bench, monkeypatch, found, ())
    places = [text.index(f'data-query="{one.outcome.query_id}"') for one in found]
    assert places == sorted(places)


def test_a_line_joins_a_picture_s_places_and_leaves_at_the_edge(view):
    first = replace(view.before[0], rank_before=1, rank_after=3, relation="positive")
    gone = replace(view.before[1], rank_before=2, rank_after=9)
    both = replace(view, before=(first, gone), after=(first,))
    assert words.lines(both, 3)[0] == words.Line(0.5, 2.5, "positive")
    assert words.lines(both, 3)[1].after == 3


def test_a_positive_that_is_not_in_the_shortlist_says_so(found):
    outcome = replace(found[0].outcome, first_positive_before=None, first_positive_after=4)
    assert words.first_positive(outcome) == "first positive: not in the shortlist → rank 4"


def test_the_intruder_in_front_is_named(bench, monkeypatch, found):
    one = found[0]
    led = replace(one, outcome=replace(one.outcome, intruder_ids=("d/first.jpg", "d/second.jpg")))
    said = 'intruder in front: <b title="d/first.jpg">first.jpg</b> and 1 more'
    assert said in with_changes(bench, monkeypatch, (), (led,))
    alone = replace(one, outcome=replace(one.outcome, intruder_ids=()))
    assert "intruder in front" not in with_changes(bench, monkeypatch, (), (alone,))


def test_without_a_change_the_threshold_is_named(bench, monkeypatch):
    text = with_changes(bench, monkeypatch, (), ())
    assert messages.NO_RESCUE.format(change=0.05) in text
    assert messages.NO_HARM.format(change=0.05) in text
    assert "Further" not in text


def test_where_only_one_side_goes_on_the_other_says_so(bench, monkeypatch, found):
    text = with_changes(bench, monkeypatch, found[:2], found[2:3])
    assert messages.NO_FURTHER.format(kind="harm") in text
    assert messages.NO_FURTHER.format(kind="rescue") not in text


def test_before_the_first_outcome_there_are_pictures_and_dashes(fresh):
    text = main(fresh)
    assert text.count(">not started</span>") == 4  # three figures and the chip
    assert text.count("<img") == 8
    assert "0.000" not in text
    assert "sl-scatter" not in text
    assert part(fresh, "scatter") is None


def test_the_pictures_say_why_there_are_no_numbers(bench, monkeypatch):
    monkeypatch.setattr(bench.runs, "summary", lambda *_, **__: None)
    monkeypatch.setattr(bench.runs, "state", lambda _: State("no positive", "No <positive>."))
    text = main(bench)
    assert "No &lt;positive&gt;." in text
    assert "sl-tile-large" not in text


def test_without_ground_truth_the_page_says_what_is_missing(unlabelled):
    text = main(unlabelled)
    assert messages.NO_GROUND_TRUTH in text
    assert "Key figures" not in text
    assert part(unlabelled, "tradeoff") is None


def test_a_damaged_workspace_is_one_sentence(bench, monkeypatch):
    def refuse(*_args, **_options):
        raise StaleIndexError("scores.sqlite is damaged; run `verify`.")

    monkeypatch.setattr(bench.runs, "summary", refuse)
    assert "scores.sqlite is damaged" in main(bench)


def test_intervals_wait_for_the_end(running):
    text = main(running)
    assert "[" not in text
    waiting = "3 of 8 queries are scored; the others follow."
    assert f'<span class="sl-chip sl-partial" title="{waiting}">waiting</span>' in text


def test_a_withheld_map_says_why(bench, monkeypatch):
    summary = without_after(bench.runs.summary(FUSION))
    monkeypatch.setattr(bench.runs, "summary", lambda *_, **__: summary)
    assert messages.WITHHELD in main(bench)


def test_seconds_of_imported_scores_are_missing_and_not_zero(bench, monkeypatch):
    text = with_summary(bench, monkeypatch, seconds_per_query=None)
    assert "not known: nothing was computed here" in text
    assert "0 ms" not in text


def test_several_stages_are_in_the_protocol(bench, thinned):
    assert "pairs per query" not in main(bench)
    text = main(thinned)
    assert "maxsim 20 &gt; mllm 5 pairs per query" in text
    assert "5 pairs, computing" in text


def test_thinning_is_in_the_protocol_of_a_summary_that_names_no_stages(bench, monkeypatch):
    assert "thinned" not in main(bench)
    text = with_summary(bench, monkeypatch, n_pairs=8 * 5, stages=())
    assert "thinned to 5 by MaxSim" in text
    assert "5 pairs, computing" in text


def test_a_pipeline_of_several_stages_has_a_staircase(bench, thinned):
    assert "sl-stages" not in main(bench)
    assert "sl-stages" in main(thinned)
    assert part(thinned, "stages").layout.xaxis.ticktext == ("before", "maxsim", "mllm")


def test_before_the_first_outcome_there_is_no_staircase(fresh):
    assert part(fresh, "stages") is None


def test_moved_positives_follow_the_two_scorers_of_the_address(bench):
    text = str(part(bench, "moved"))
    assert '<option value="descriptor" title="descriptor mllm, before re-ranking" selected>' in text
    other = other_scorer(bench)
    swapped = str(part(bench, "moved", f"{ADDRESS}&a={other}&b=descriptor"))
    assert f'<option value="{other}" title="compression: none" selected>' in swapped
    assert swapped != text


def test_a_scorer_of_another_workspace_is_one_sentence_above_the_default(bench):
    text = str(part(bench, "moved", f"{ADDRESS}&a={'0' * 16}"))
    assert 'role="alert"' in text
    assert "data-choice" in text


def test_moved_positives_wait_for_the_first_scores(bench, monkeypatch):
    assert messages.NO_MOVES_YET in moved(bench, monkeypatch, None)


def test_a_moved_positive_reads_before_and_after(bench):
    pair = bench.moves.positives(None, None, FUSION, 8).pairs[0]
    text = str(part(bench, "moved"))
    assert f"{pair.before_a} → {pair.before_b}" in text
    assert f'data-open-pair="{pair.query_id}" data-candidate="{pair.image_id}"' in text
    assert "left out" not in text


def test_partial_counts_are_said(bench, monkeypatch):
    made = bench.moves.positives(None, None, FUSION, 8)
    text = moved(bench, monkeypatch, replace(made, n_queries=3, n_unscored=12, n_partial=2))
    assert "of 3 queries of 8 so far" in text
    assert "12 pairs left out: not scored by both" in text
    assert "in 2 queries other candidates are unscored" in text


@pytest.mark.parametrize(
    ("n_pairs", "said"), [(9, messages.NOTHING_MOVED), (0, messages.NOTHING_SHARED)]
)
def test_an_empty_comparison_says_why(bench, monkeypatch, n_pairs, said):
    made = bench.moves.positives(None, None, FUSION, 8)
    assert said in moved(bench, monkeypatch, replace(made, pairs=(), n_pairs=n_pairs))


def test_hostile_names_are_escaped(bench, monkeypatch, found):
    made = bench.moves.positives(None, None, FUSION, 8)
    bad = replace(made.pairs[0], query_id=HOSTILE, image_id=HOSTILE)
    names = [replace(entry, name=HOSTILE, detail=HOSTILE) for entry in bench.scorers.entries()]
    monkeypatch.setattr(bench.scorers, "entries", lambda: names)
    text = moved(bench, monkeypatch, replace(made, pairs=(bad,)))
    one = found[0]
    card = replace(one.view.after[0], image_id=HOSTILE)
    view = replace(one.view, query=replace(one.view.query, image_id=HOSTILE), after=(card,))
    outcome = replace(one.outcome, query_id=HOSTILE, intruder_ids=(HOSTILE,))
    hostile = replace(one, view=view, outcome=outcome)
    text += with_changes(bench, monkeypatch, (hostile, hostile), ())
    assert "<b>\"'" not in text
    assert "&lt;b&gt;" in text
