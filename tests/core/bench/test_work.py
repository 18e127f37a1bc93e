"""What takes a while, asked of the board: same work same job, results, stop and resume."""

import pytest

from core.types.orders import Fusion
from core.types.robustness import Damage
from core.types.sets import SetRequest
from core.types.surfaces import SurfaceRequest
from core.types.sweeps import SweepRequest
from tests.core.bench.held import Held
from tests.core.bench.waiting import SECONDS, ended, state, until
from tests.core.stand_ins import make_workbench

QUERY, OTHER = "images/disc_q.png", "images/bars_1.png"
NOISE = SweepRequest(QUERY, None, "noise", Damage("candidate"), (0.0, 0.1, 0.2))
SET = SetRequest(n_queries=2, names=("noise",))


@pytest.fixture
def scorer():
    made = Held()
    made.may_score.set()
    return made


@pytest.fixture
def bench(tiny_corpus_root, tmp_path, scorer):
    opened = make_workbench(
        tiny_corpus_root, tmp_path / "work", scorer=scorer, **{"ranking.depth": 4}
    )
    list(opened.runs.build_index())
    yield opened
    scorer.may_score.set()
    opened.close()


def test_scoring_a_query_leaves_no_pair_to_score(bench):
    key = bench.work.score(QUERY, 4).ask("ann")
    found = ended(bench.board, key)
    assert (found.state, found.progress.done, found.title) == ("done", 4, "disc_q.png")
    assert bench.queries.inspect(QUERY, Fusion(4, 0.0, 1.0)).n_pending == 0


def test_scoring_to_the_same_depth_again_computes_nothing(bench, scorer):
    task = bench.work.score(QUERY, 4)
    ended(bench.board, task.ask("ann"))
    n_scored = scorer.n_scored
    before = bench.board.revision()
    task.ask("ann")
    until(bench.board, lambda: bench.board.revision() > before)
    assert ended(bench.board, task.key).state == "done"
    assert scorer.n_scored == n_scored


def test_the_same_work_is_the_same_job_whoever_asks(bench, scorer):
    scorer.may_score.clear()
    first = bench.work.sweep((NOISE,)).ask("ann")
    second = bench.work.sweep([NOISE]).ask("bob")
    assert first == second
    assert [found.n_owners for found in bench.board.views()] == [2]
    scorer.may_score.set()
    assert ended(bench.board, first).state == "done"


def test_other_work_is_another_job(bench):
    keys = {
        bench.work.sweep((NOISE,)).key,
        bench.work.sweep((NOISE, NOISE)).key,
        bench.work.sweep((NOISE,), ("maxsim",)).key,
        bench.work.score(QUERY, 4).key,
        bench.work.score(QUERY, 3).key,
        bench.work.score(OTHER, 4).key,
        bench.work.measure_set(SET).key,
        bench.work.report(SET).key,
    }
    assert len(keys) == 8


def test_a_sweep_has_the_curves_as_its_result(bench):
    task = bench.work.sweep((NOISE,), ("maxsim",))
    assert (task.view(), task.result()) == (None, None)
    ended(bench.board, task.ask())
    (curve,) = task.result().own
    assert curve == list(bench.robustness.sweep(NOISE))[-1]
    assert [one.kind.name for one in task.result().others] == ["MaxSim"]


def test_a_surface_has_itself_as_its_result(bench):
    request = SurfaceRequest(QUERY, None, "contrast", "noise", Damage("candidate"))
    task = bench.work.surface(request)
    ended(bench.board, task.ask())
    assert task.result() == list(bench.robustness.surface(request))[-1]


def test_another_selection_of_one_person_stops_the_one_before(bench, scorer):
    scorer.may_score.clear()
    first = bench.work.sweep((NOISE,)).ask("ann")
    second = bench.work.sweep((SweepRequest(OTHER, None, "noise", Damage("candidate")),))
    second.ask("ann")
    scorer.may_score.set()
    assert ended(bench.board, first).state == "stopped"
    assert ended(bench.board, second.key).state == "done"


def test_a_set_that_was_stopped_goes_on_from_stored_scores(bench, scorer):
    task = bench.work.measure_set(SET)
    scorer.may_score.clear()
    key = task.ask("ann")
    assert scorer.waits.wait(SECONDS)
    bench.board.stop(key, "ann")
    scorer.may_score.set()
    assert ended(bench.board, key).state == "stopped"
    n_scored = scorer.n_scored
    task.ask("ann")
    assert ended(bench.board, key).state == "done"
    assert len(task.result().instances) == 2
    assert scorer.n_scored > n_scored > 0
    n_scored = scorer.n_scored
    assert list(bench.set_sweeps.grow(SET))[-1][1] == task.result()
    assert scorer.n_scored == n_scored


def test_a_report_ends_with_its_files(bench):
    task = bench.work.report(SetRequest(n_queries=1, names=("noise",)))
    ended(bench.board, task.ask())
    made = task.result()
    assert "curves.csv" in made.files
    assert bench.set_sweeps.kept(made.report.receipt.receipt_id, "curves.csv").exists()


def test_pictures_are_measured_in_the_background(bench):
    list(bench.runs.evaluate(4))
    task = bench.work.measure_pictures(4)
    found = ended(bench.board, task.ask())
    assert (found.state, found.progress.done) == ("done", found.progress.total)


def test_trade_offs_are_measured_in_the_background(tiny_corpus_root, tmp_path):
    grid = {
        "tradeoff.scorers": ["mllm"],
        "tradeoff.resolutions": ["full"],
        "tradeoff.compressions": ["none"],
        "tradeoff.depths": [2],
    }
    bench = make_workbench(tiny_corpus_root, tmp_path / "own", **grid)
    assert ended(bench.board, bench.work.measure_tradeoffs().ask()).state == "done"
    assert len(bench.tradeoff.table().rows) == 1
    bench.close()


def test_what_cannot_be_done_is_a_failed_job_with_its_sentence(bench):
    key = bench.work.look((QUERY, OTHER)).ask("ann")  # colours have no model to look into
    found = ended(bench.board, key)
    assert found.state == "failed"
    assert "local model" in found.error


def test_the_work_on_a_pair_is_found_by_the_pair_and_its_kind(bench):
    pair, swapped = (QUERY, OTHER), (OTHER, QUERY)
    first = bench.work.compressions(pair).ask("ann")
    second = bench.work.compressions(pair, ("int8",)).ask("bob")
    bench.work.compressions(swapped).ask("cid")
    bench.work.words(pair).ask("ann")
    assert [view.key for view in bench.work.of_pair(pair, "compressions")] == [second, first]
    assert len(bench.work.of_pair(pair, "compressions", "words")) == 3
    assert bench.work.of_pair(pair, "look") == ()


def test_closing_the_bench_ends_its_work(tiny_corpus_root, tmp_path, scorer):
    bench = make_workbench(tiny_corpus_root, tmp_path / "own", scorer=scorer)
    list(bench.runs.build_index())
    scorer.may_score.clear()
    key = bench.work.measure_set(SET).ask("ann")
    until(bench.board, lambda: state(bench.board, key) == "running")
    bench.board.close(wait=False)
    scorer.may_score.set()
    bench.close()
    assert state(bench.board, key) == "stopped"
