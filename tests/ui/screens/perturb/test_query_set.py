"""Handlers of a set of queries over a real workbench without weights."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from core.types.robustness import PERTURBATION_NAMES, Damage
from core.types.sets import SetCost, SetRequest
from tests.core.stand_ins import ColourTower, make_workbench
from tests.ui.screens.perturb.drawn import LIMITS, finish, html, part, report_task, set_task
from ui.frame.code import code_of
from ui.screens.perturb.query_set import cost_text
from ui.screens.perturb.selection import set_key, set_request
from ui.selection import ViewState, parse_address
from ui.server.routes import make_router
from ui.shared.screen import read_state

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
    for name in ("start", "setup", "measured", "recipes", "response", "point"):
        assert part(bench, name, f"{AT}&query=images/disc_q.png") is None
    for name in ("set_controls", "set", "set_response", "report"):
        assert part(bench, name, "view=perturb&query=images/disc_q.png") is None


def test_a_set_never_takes_the_candidate_of_a_pair():
    state = parse_address(f"{AT}&candidate=images/disc_1.png", LIMITS)
    assert set_request(state, is_report=False).damage.pair == "self"


def test_the_cost_is_told_before_anything_is_measured(bench, tower):
    n_encoded = tower.n_encoded
    controls = html(bench, "set_controls", AT)
    assert 'data-pt-set="set=hardest%3A2"' in controls
    offer = html(bench, "set", AT)
    assert "2 queries × 10 levels = 20 pairs" in offer  # noqa: RUF001
    assert 'data-job-start="perturb/set">Measure' in offer
    assert "2 queries × 94 levels = 188 pairs" in html(bench, "report", AT)  # noqa: RUF001
    assert part(bench, "set_response", AT) is None
    assert bench.board.views() == ()
    assert tower.n_encoded == n_encoded


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


def test_the_mean_curve_is_drawn_with_its_table(bench):
    address = f"{AT}&scorers=maxsim"
    finish(bench, set_task(bench, address))
    figure = part(bench, "set_response", address)
    means = [trace for trace in figure.data if trace.name == "margin"]
    assert [len(trace.x) for trace in means] == [10, 10]  # score, and share above the line
    assert {trace.name for trace in figure.data} >= {"margin", "descriptor", "MaxSim"}
    found = html(bench, "set", address)
    assert "2 queries of 2 instances measured" in found
    assert found.count("<tr>") == 1 + 3


def test_a_set_that_was_stopped_says_how_far_it_came_and_goes_on(bench, tower):
    task = set_task(bench, AT)
    finish(bench, task, lambda view: view.progress.stage == "sweep")
    bench.board.stop(task.key, wait=True)
    stopped = html(bench, "set", AT)
    assert "of 2 queries" in stopped
    assert f'data-job-resume="{task.key}">Run on' in stopped
    finish(bench, task)
    assert "2 queries of 2 instances measured" in html(bench, "set", AT)


def test_a_report_that_was_stopped_goes_on_and_is_kept(bench, tower):
    task = report_task(bench, AT)
    start = tower.n_encoded
    finish(bench, task, lambda view: not view.is_active or tower.n_encoded > start + 10)
    bench.board.stop(task.key, wait=True)
    n_encoded = tower.n_encoded
    assert "Run on" in html(bench, "report", AT)
    assert 'href="robustness/' not in html(bench, "report", AT)
    finish(bench, task)
    made = html(bench, "report", AT)
    assert "2 queries" in made
    assert 'href="robustness/' in made
    assert "<svg" in made
    assert tower.n_encoded > n_encoded  # it was not finished


def test_a_kept_report_is_downloaded_and_nothing_else(bench):
    finish(bench, report_task(bench, AT))
    made = html(bench, "report", AT)
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
    assert html(bench, "set_controls", AT + more)
    assert said in html(bench, "set", AT + more)
    assert said in html(bench, "report", AT + more)
