"""The Queries screen: list, chosen query, strips, rank flow, scoring."""

import re
import threading
from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from markupsafe import escape

from core.errors import ImageError, ModelError, SettingsError
from core.types.rankings import QueryOutcome, QueryRow
from core.types.states import State
from tests.drawn_bench import FUSION, other_scorer
from tests.ui.conftest import HOSTILE
from tests.ui.pages import drawn
from ui import messages
from ui.screens import SCREENS
from ui.screens.queries import screen, words
from ui.screens.queries.screen import ListContext
from ui.screens.queries.words import MAX_ROWS, select_rows, shown_key
from ui.selection import ViewState
from ui.shared.screen import Asked, make_page, read_state
from ui.shared.templates import make_environment, render
from ui.shared.text import ThumbnailUrls


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


def render_list(rows, state: ViewState, _urls) -> str:
    kept = select_rows(rows, state)
    shown = tuple(kept[:MAX_ROWS])
    context = ListContext(shown, len(kept), len(rows), state, None, shown_key(state))
    known = make_environment(ThumbnailUrls("v1"), {"queries": words})
    return str(render(known, context))


def names(state: ViewState) -> str:
    return "".join(row.query_id[0] for row in select_rows(ROWS, state))


@pytest.mark.parametrize(
    ("sort", "descending", "expected"),
    [
        ("name", False, "abcdu"),
        ("name", True, "dcbau"),
        ("before", False, "adbcu"),
        ("before", True, "bdacu"),
        ("after", False, "bdacu"),
        ("delta", False, "bdacu"),
        ("delta", True, "adbcu"),
        ("class", False, "abdcu"),
    ],
)
def test_waiting_queries_and_then_uploads_close_the_list(sort, descending, expected):
    assert names(ViewState(sort=sort, descending=descending)) == expected


def test_a_class_keeps_only_its_queries():
    assert names(ViewState(failure_class="rescued")) == "a"


@pytest.mark.parametrize(("text", "expected"), [("CUP", "b"), ("c.jp", "c"), ("zzz", "")])
def test_text_is_looked_for_in_ids_and_instances(text, expected):
    assert names(ViewState(text=text)) == expected


def test_an_upload_has_its_file_name_and_is_marked(urls):
    rows = (replace(ROWS[0], name="mine <ü>.jpg"), ROWS[0], ROWS[1])
    text = render_list(rows, ViewState(), urls)
    assert "mine &lt;ü&gt;.jpg" in text
    assert "pasted image" in text
    assert text.count("data-uploaded") == 2


def test_an_upload_is_found_by_its_file_name():
    rows = (replace(ROWS[0], name="mug.jpg"), ROWS[1])
    assert [row.query_id for row in select_rows(rows, ViewState(text="MUG.J"))] == ["upload:1"]


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


CHOSEN = "view=queries&query=queries/object_03.jpg"
QUERY = "queries/object_03.jpg"


def query(bench, address: str = CHOSEN) -> str:
    return str(drawn(bench, "queries", "query", address))


def region(html: str, name: str) -> str:
    """What stands in one region of the query's part."""
    after = html.split(f'data-keep="{name}">', 1)[1]
    return after.split('data-keep="', 1)[0]


def ids(strip: str) -> list[str]:
    return re.findall(r'data-card="([^"]+)"', strip)


def scored(bench, owner: str = "tab") -> str:
    """The key of the scoring that the page asks for, once it has ended."""
    page = make_page(bench, SCREENS)
    key = screen.score(page, read_state(bench, CHOSEN), Asked(owner, {}))
    revision = 0
    while bench.board.view(key).is_active:
        revision = bench.board.wait(revision, 30)
    return key


def test_the_list_follows_the_filter(bench):
    for address, count in (("view=queries&text=object_05", 1), ("view=queries", 8)):
        assert str(drawn(bench, "queries", "list", address)).count('class="sl-row"') == count


def test_a_chosen_query_shows_panel_strips_and_flow(bench):
    html = query(bench)
    assert "object_03.jpg" in region(html, "panel")
    before, after = ids(region(html, "before")), ids(region(html, "after"))
    assert len(before) == screen.FIRST_CARDS
    assert sorted(before) == sorted(after)
    assert drawn(bench, "queries", "flow", CHOSEN).data
    assert region(html, "third").count("<section") == 0
    assert "data-starts" not in html


@pytest.mark.parametrize("address", ["view=queries", "view=queries&query=../../etc/passwd"])
def test_without_a_known_query_there_is_only_an_invitation(bench, address):
    assert query(bench, address).strip().startswith('<p class="sl-empty"')
    assert drawn(bench, "queries", "flow", address) is None


def test_sliders_re_sort_without_a_model_call(bench):
    margin = ids(region(query(bench), "after"))
    cosine = ids(region(query(bench, CHOSEN + "&lam=1"), "after"))
    assert margin != cosine
    assert bench._session.models().scorer.n_scored == 0


def test_a_query_that_cannot_be_read_is_one_sentence(bench, monkeypatch):
    def refuse(*_args):
        raise ImageError("images/x.jpg is <not> an image.")

    monkeypatch.setattr(bench.queries, "inspect", refuse)
    html = query(bench)
    assert "images/x.jpg is &lt;not&gt; an image." in html
    assert 'role="alert"' in html
    assert drawn(bench, "queries", "flow", CHOSEN) is None


def test_a_third_strip_shows_the_chosen_scorer(bench):
    other = other_scorer(bench)
    html = query(bench, f"{CHOSEN}&third={other}")
    assert f'<option value="{other}"' in region(html, "choice")
    third = region(html, "third")
    assert "MaxSim" in third
    assert len(ids(third)) == screen.FIRST_CARDS
    assert 'sl-score">unscored' in third


def test_without_other_scores_the_page_says_how_to_get_some(fresh):
    assert escape(messages.NO_THIRD) in region(query(fresh), "choice")


def test_a_scorer_that_is_gone_is_one_sentence_and_the_strips_stay(bench):
    html = query(bench, f"{CHOSEN}&third={'0' * 16}")
    assert 'role="alert"' in region(html, "third")
    assert ids(region(html, "before"))
    assert ids(region(html, "after"))


def test_missing_pairs_of_a_chosen_query_are_scored(fresh):
    assert 'data-starts="queries/score"' in query(fresh)
    scored(fresh)
    assert fresh.queries.inspect(QUERY, FUSION).n_pending == 0
    html = query(fresh)
    assert "sl-progress" not in html
    assert "data-starts" not in html


def test_before_the_start_of_a_planned_job_a_chosen_query_is_not_scored(fresh, monkeypatch):
    monkeypatch.setattr(fresh.jobs, "plan", lambda: object())
    html = query(fresh)
    assert "data-starts" not in html
    assert 'data-job-start="queries/score">Score 20 more pairs' in html


def test_a_model_that_fails_is_one_sentence_and_can_be_asked_again(fresh, monkeypatch):
    def refuse(*_args):
        raise ModelError("The weights are damaged.")
        yield

    monkeypatch.setattr(fresh.queries, "score", refuse)
    scored(fresh)
    html = region(query(fresh), "scoring")
    assert "The weights are damaged." in html
    assert "Try again" in html


def test_scoring_stops_within_a_batch_and_offers_to_go_on(fresh, monkeypatch):
    begun, go = threading.Event(), threading.Event()
    real = fresh.queries.score

    def slow(*args):
        for progress in real(*args):
            yield progress
            begun.set()
            go.wait(30)

    monkeypatch.setattr(fresh.queries, "score", slow)
    page = make_page(fresh, SCREENS)
    key = screen.score(page, read_state(fresh, CHOSEN), Asked("tab", {}))
    assert begun.wait(30)
    assert f'data-job-stop="{escape(key)}"' in query(fresh)
    fresh.board.stop(key, "tab")
    go.set()
    revision = 0
    while fresh.board.view(key).is_active:
        revision = fresh.board.wait(revision, 30)
    assert 0 < fresh.queries.inspect(QUERY, FUSION).n_pending < 20
    assert "more pairs" in region(query(fresh), "scoring")


def test_scoring_without_a_query_is_refused(bench):
    with pytest.raises(SettingsError):
        screen.score(make_page(bench, SCREENS), read_state(bench, "view=queries"), Asked("", {}))


@pytest.fixture
def client(bench) -> TestClient:
    app = FastAPI()
    screen.add_routes(app.router, make_page(bench, SCREENS))
    return TestClient(app)


def cards(client, side: str, start: int, stop: int, **fields) -> list[str]:
    asked = {"query": QUERY, "depth": 20, "start": start, "stop": stop, **fields}
    answer = client.get(f"/strip/{side}", params=asked)
    assert answer.status_code == 200
    return re.findall(r'data-card="([^"]+)"', answer.text)


@pytest.mark.parametrize("side", ["before", "after", "third"])
def test_pieces_make_up_the_whole_strip(client, bench, side):
    third = {"third": other_scorer(bench)}
    pieces = cards(client, side, 0, 15, **third) + cards(client, side, 15, 40, **third)
    scorers = bench.scorers
    view = (
        scorers.inspect(third["third"], QUERY, FUSION)
        if side == "third"
        else bench.queries.inspect(QUERY, FUSION)
    )
    shown = view.before if side == "before" else view.after
    assert pieces == [card.image_id for card in shown]


def test_a_button_is_there_until_the_last_card(client):
    asked = {"query": QUERY, "start": 0, "stop": 30}
    assert 'data-more="30"' in client.get("/strip/after", params=asked).text
    assert "data-more" not in client.get("/strip/after", params={**asked, "stop": 40}).text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/strip/middle?query={QUERY}&start=0&stop=9", 404),
        (f"/strip/after?query={QUERY}&start=9&stop=9", 404),
        (f"/strip/after?query={QUERY}&start=-1&stop=9", 404),
        (f"/strip/after?query={QUERY}&start=0&stop=99999", 404),
        (f"/strip/after?query={QUERY}&start=x&stop=9", 422),
        ("/strip/after?query=../../etc/passwd&start=0&stop=9", 404),
        (f"/strip/third?query={QUERY}&start=0&stop=9", 404),
        (f"/strip/third?query={QUERY}&third={'0' * 16}&start=0&stop=9", 422),
    ],
)
def test_anything_else_is_refused(client, path, status):
    assert client.get(path).status_code == status
