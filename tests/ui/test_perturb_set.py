"""Handlers of a set of queries over a real workbench without weights."""

import json

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from core.types.robustness import PERTURBATION_NAMES, Damage
from core.types.sets import SetCost, SetRequest
from tests.core.stand_ins import ColourTower, make_workbench
from tests.ui.test_perturb import LIMITS
from ui.frame.code import code_of
from ui.render.perturb_set import cost_text
from ui.selection import ViewState, parse_address
from ui.server.routes import make_router
from ui.set_requests import set_key, set_request
from ui.shared.screen import read_state
from ui.views import perturb_set, perturb_setup

AT = "view=perturb&set=hardest:2&side=candidate"


@pytest.fixture
def tower():
    return ColourTower()


@pytest.fixture
def bench(tiny_corpus_root, tmp_path, tower):
    opened = make_workbench(
        tiny_corpus_root, tmp_path / "work", tower=tower, **{"ranking.depth": 4}
    )
    list(opened.runs.build_index())
    list(opened.runs.evaluate(4))
    yield opened
    opened.close()


def test_the_selection_of_a_set_survives_its_address():
    state = ViewState(
        view="perturb",
        set_of="hardest",
        count=7,
        within="light=dim",
        scorers=("maxsim", "divprune:4+int8", "pq:8,query:divprune:4"),
        damage=Damage(full_depth=True, retrieve_again=True),
        second="noise",
    )
    assert parse_address(state.to_address(), LIMITS) == state
    assert parse_address("set=best:3&with=melting", LIMITS) == ViewState()


def test_a_set_asks_for_one_perturbation_and_its_report_for_all():
    state = parse_address(f"{AT}&pert=noise&within=light%3Ddim&seed=3&again=1&box=1,2,3,4", LIMITS)
    expected = SetRequest(2, "hardest", "light=dim", Damage("candidate", seed=3), ("noise",))
    assert set_request(state, is_report=False) == expected
    assert set_request(state, is_report=True).names == PERTURBATION_NAMES


def test_only_a_set_has_a_key_and_hides_the_pair(bench):
    assert set_key(parse_address("view=perturb&query=a", LIMITS)) == ""
    assert perturb_setup.ask(bench, AT, "something") == ("",) * 4
    empty, body, *_ = perturb_setup.show(bench, None, AT, "")
    assert (empty, body.visible) == ("", False)


def test_the_cost_is_told_before_anything_is_measured(bench, tower):
    n_encoded = tower.n_encoded
    body, controls, bar, figure, table, report_bar, report = perturb_set.show(bench, AT)
    assert body.visible
    assert 'data-pt-set="set=hardest%3A2"' in controls
    assert "2 queries × 10 levels = 20 pairs" in bar  # noqa: RUF001
    assert "2 queries × 94 levels = 188 pairs" in report_bar  # noqa: RUF001
    assert (figure, table, report, tower.n_encoded) == ("", "", "", n_encoded)


def test_the_screen_as_code_has_the_command_of_the_set_on_screen(bench):
    shell = code_of(bench, read_state(bench, f"{AT}&scorers=maxsim&seed=3")).shell
    assert shell is not None
    assert shell.endswith(
        "--queries 2 --choose hardest --pair self --side candidate --scorers maxsim --seed 3 "
        "--out robustness"
    )


def test_pairs_times_milliseconds_are_worked_by_hand():
    # 4 queries x 10 levels x 21 images = 840 pairs of 50 ms by 2 scorers: 84 s; 40 images of 0.5 s.
    text = cost_text(SetCost(4, 10, 840, 2, 0.05, 0.5))
    assert "4 queries × 10 levels × 21 images = 840 pairs for each of 2 scorers × 50 ms" in text  # noqa: RUF001
    assert "= 84 s, and 20 s of encoding" in text
    assert "no pair is timed yet" in cost_text(SetCost(4, 10, 40, 1, None, None))


def test_the_mean_curve_grows_query_by_query(bench):
    clock = iter(range(100_000))
    steps = list(perturb_set.measure(bench, f"{AT}&scorers=maxsim", lambda: next(clock)))
    drawn = [json.loads(figure) for _, figure, _ in steps if isinstance(figure, str)]
    assert len(drawn) >= 2  # after the first query and after the last
    means = [trace for trace in drawn[-1]["data"] if trace.get("name") == "margin"]
    assert [len(trace["x"]) for trace in means] == [10, 10]  # score, and share above the line
    assert {t.get("name") for t in drawn[-1]["data"]} >= {"margin", "descriptor", "MaxSim"}
    bar, _, table = steps[-1]
    assert "2 queries of 2 instances measured" in bar
    assert table.count("<tr>") == 1 + 3


def test_a_report_that_was_stopped_goes_on_and_is_kept(bench, tower):
    growing = perturb_set.make_report(bench, AT)
    while tower.n_encoded < 60:
        next(growing)
    growing.close()
    n_encoded = tower.n_encoded
    assert "Run on" in perturb_set.show_stopped()
    steps = list(perturb_set.make_report(bench, AT))
    bar, made = steps[-1]
    assert "2 queries" in bar
    assert 'href="robustness/' in made
    assert "<svg" in made
    assert tower.n_encoded > n_encoded  # it was not finished
    again = tower.n_encoded
    assert list(perturb_set.make_report(bench, AT))[-1] == steps[-1]
    assert tower.n_encoded == again


def test_a_kept_report_is_downloaded_and_nothing_else(bench):
    _, made = list(perturb_set.make_report(bench, AT))[-1]
    receipt_id = made.split('href="robustness/')[1].split("/")[0]
    app = FastAPI()
    app.include_router(make_router(bench))
    client = TestClient(app)
    answer = client.get(f"/robustness/{receipt_id}/curves.csv")
    assert answer.status_code == 200
    assert answer.text.startswith("perturbation,unit,strength")
    for path in (f"{receipt_id}/none.csv", "none/curves.csv", "..%2F..%2Fx/curves.csv"):
        assert client.get(f"/robustness/{path}").status_code == 404


@pytest.mark.parametrize(
    ("more", "said"),
    [("&within=colour%3Dred", "there are: light"), ("&scorers=bm25", "is not known")],
)
def test_what_cannot_be_measured_is_said_in_a_sentence(bench, more, said):
    _, controls, bar, *_ = perturb_set.show(bench, AT + more)
    assert controls
    assert said in bar
    (step,) = perturb_set.measure(bench, AT + more)
    assert said in step[0]
