"""Set sweeps and reports that the server's end interrupted: listed, and gone on with."""

import pytest

from core.types.runs import Progress
from core.types.sets import SetRequest
from tests.core.bench.held import Held
from tests.core.bench.waiting import SECONDS, ended, until
from tests.core.stand_ins import ColourScorer, make_workbench

SET = SetRequest(n_queries=3, names=("noise",))
PLACE = "view=perturb&set=spread:3"


@pytest.fixture
def open_bench(tiny_corpus_root, tmp_path):
    """A function that closes the bench and opens it again, as a restart does."""
    opened = []

    def open_it(scorer=None, workspace="work", **settings):
        if opened:
            opened[-1].close()
        scorer = scorer or ColourScorer()
        settings = {"ranking.depth": 4, **settings}
        bench = make_workbench(tiny_corpus_root, tmp_path / workspace, scorer=scorer, **settings)
        opened.append(bench)
        return bench

    yield open_it
    for bench in opened:
        bench.close()


def interrupted(open_bench, kind="set"):
    """Close a server that has measured one query of the set; return how many pairs it scored."""
    scorer = Held(free=20)
    bench = open_bench(scorer)
    task = bench.work.measure_set(SET) if kind == "set" else bench.work.report(SET)
    key = task.ask("ann", PLACE)
    assert scorer.waits.wait(SECONDS)
    until(bench.board, lambda: bench.board.view(key).progress.done >= 1)
    bench.board.close(wait=False)
    scorer.may_score.set()
    bench.close()
    return key, scorer.n_scored


@pytest.mark.parametrize("kind", ["set", "report"])
def test_after_a_restart_it_is_listed_as_far_as_it_came(open_bench, kind):
    key, _ = interrupted(open_bench, kind)
    (found,) = open_bench().board.views()
    assert (found.key, found.kind, found.state, found.place) == (key, kind, "stopped", PLACE)
    assert found.progress == Progress("sweep", found.progress.done, 3, "queries")
    assert 1 <= found.progress.done < 3


def test_it_goes_on_from_stored_scores_and_is_then_kept_no_longer(open_bench):
    key, n_scored = interrupted(open_bench)
    scorer = ColourScorer()
    bench = open_bench(scorer)
    assert bench.board.go_on(key, "bob")
    assert ended(bench.board, key).state == "done"
    assert len(bench.work.measure_set(SET).result().instances) == 3
    assert open_bench().board.views() == ()
    whole = ColourScorer()
    bench = open_bench(whole, "another")
    ended(bench.board, bench.work.measure_set(SET).ask())
    assert n_scored + scorer.n_scored == whole.n_scored


def test_what_waits_for_its_turn_is_kept_too(open_bench):
    scorer = Held()
    bench = open_bench(scorer)
    bench.work.measure_set(SET).ask()
    waiting = bench.work.report(SET).ask()
    assert scorer.waits.wait(SECONDS)
    assert bench.board.view(waiting).state == "queued"
    bench.board.close(wait=False)
    scorer.may_score.set()
    found = open_bench().board.view(waiting)
    assert (found.state, found.progress.done) == ("stopped", 0)


def test_what_was_dismissed_is_forgotten(open_bench):
    key, _ = interrupted(open_bench)
    bench = open_bench()
    bench.board.dismiss(key)
    assert bench.board.views() == ()
    assert open_bench().board.views() == ()


def test_it_is_of_the_settings_that_it_was_asked_under(open_bench):
    key, _ = interrupted(open_bench)
    other = open_bench(**{"model.compression": "int8"})
    assert other.board.views() == ()
    assert [found.key for found in open_bench().board.views()] == [key]


def test_a_file_that_cannot_be_read_is_logged_and_the_bench_opens(open_bench, tmp_path, caplog):
    interrupted(open_bench)
    (path,) = (tmp_path / "work/unfinished").glob("*.json")
    path.write_text("{", "utf-8")
    assert open_bench().board.views() == ()
    assert path.name in caplog.text


def test_a_file_of_another_version_is_renamed_and_removed_at_the_end(open_bench, tmp_path):
    key, _ = interrupted(open_bench)
    (path,) = (tmp_path / "work/unfinished").glob("*.json")
    path.rename(path.with_name("set-0123.json"))
    bench = open_bench()
    assert [one.name for one in path.parent.glob("*.json")] == [path.name]
    bench.board.go_on(key)
    assert ended(bench.board, key).state == "done"
    assert list(path.parent.glob("*.json")) == []
