"""The Queries screen of a pipeline with stages: strips, what each stage did, and its cost."""

import re
from html import unescape

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from core.types.number_text import MISSING
from tests.benches import half_imported_bench, staged_bench
from tests.ui.pages import drawn
from ui.screens.queries.screen import SCREEN
from ui.shared.screen import make_page

QUERY = "images/disc_q.png"


@pytest.fixture
def cascade(tiny_corpus_root, tmp_path):
    bench = staged_bench(tiny_corpus_root, tmp_path / "w", "maxsim@5 > mllm@2")
    list(bench.queries.score(QUERY, 5))
    yield bench
    bench.close()


@pytest.fixture
def half_imported(tiny_corpus_root, tmp_path):
    """An import that knows another query's pairs only, before the MLLM."""
    bench = half_imported_bench(tiny_corpus_root, tmp_path)
    list(bench.queries.score(QUERY, 5))
    yield bench
    bench.close()


def query(bench, address: str = "") -> str:
    return str(drawn(bench, "queries", "query", f"view=queries&query={QUERY}&depth=5{address}"))


def rows(html: str) -> dict[str, list[str]]:
    table = html[html.index("sl-step-rows") :]
    found = [
        re.findall("<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall("<tr>(.*?)</tr>", table)
    ]
    return {unescape(row[0]): [unescape(cell) for cell in row[1:]] for row in found[1:]}


def strips(html: str) -> list[str]:
    return re.findall('data-strip="([^"]*)"', html)


def test_strips_are_folded_to_two_until_they_are_asked_for(cascade):
    assert strips(query(cascade)) == ["before", "after"]
    assert "Show the order after each stage (1 between)" in query(cascade)
    assert strips(query(cascade, "&stages=1")) == ["before", "step-1", "after"]
    assert 'aria-expanded="true"' in query(cascade, "&stages=1")


def test_with_fusion_the_last_stage_has_a_strip_of_its_own(cascade):
    assert strips(query(cascade, "&stages=1&lam=0.5")) == ["before", "step-1", "step-2", "after"]


def test_one_stage_without_fusion_has_nothing_between(tiny_corpus_root, tmp_path):
    bench = staged_bench(tiny_corpus_root, tmp_path / "w", "mllm@5")
    assert "data-fold-stages" not in query(bench)
    bench.close()


def test_each_stage_says_what_it_moved_and_what_it_cost(cascade):
    found = rows(query(cascade))
    assert list(found) == ["descriptor order", "maxsim@5", "mllm@2"]
    maxsim, mllm = found["maxsim@5"], found["mllm@2"]
    assert maxsim[3:6] == ["5 of 5", "0", "80"]
    assert mllm[3:6] == ["2 of 2", "2", "32"]
    assert all(cell != MISSING for cell in (*maxsim, *mllm))
    assert list(rows(query(cascade, "&lam=0.5")))[-1] == "fused"


def test_a_stage_that_could_not_run_is_drawn_as_missing(half_imported):
    shown = query(half_imported, "&stages=1")
    assert strips(shown) == ["before", "after"]
    assert "Could not run for this query: none of its 5 pairs has a score." in unescape(shown)
    assert "Import 'ames' holds no score for this pair." in unescape(shown)
    assert rows(shown)["import:ames@5"] == [
        MISSING,
        MISSING,
        MISSING,
        "0 of 5",
        "0",
        *2 * [MISSING],
    ]


def test_a_stage_that_is_not_scored_yet_says_so(tiny_corpus_root, tmp_path):
    bench = staged_bench(tiny_corpus_root, tmp_path / "w", "maxsim@5 > mllm@2")
    assert "Not scored yet: 5 pairs." in query(bench, "&stages=1")
    bench.close()


def test_more_cards_come_for_a_stage_too(cascade):
    app = FastAPI()
    assert SCREEN.routes is not None
    SCREEN.routes(app.router, make_page(cascade, (SCREEN,)))
    client = TestClient(app)
    address = f"start=1&stop=3&query={QUERY}&depth=5"
    whole = cascade.queries.inspect_stage(QUERY, cascade.runs.fusion_set(), 0)
    cards = re.findall('data-card="([^"]*)"', client.get(f"/strip/step-1?{address}").text)
    assert cards == [one.image_id for one in whole.after[1:3]]
    for name in ("step-0", "step-3", "step-x", "step", "before-1", "step-99999", "nothing"):
        assert client.get(f"/strip/{name}?{address}").status_code == 404, name
