"""The door: index, inspect, score, evaluate, resume - on eight drawn images and real stores."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.errors import ManifestError, StaleIndexError, UnknownImageError, WorkspaceError
from core.types.orders import Fusion
from core.types.runs import Progress
from core.workbench import Workbench
from tests.core.stand_ins import ColourScorer, ColourTower, make_workbench


def run(steps) -> list[Progress]:
    return list(steps)


@pytest.fixture
def bench(tiny_corpus_root: Path, tmp_path: Path):
    opened = make_workbench(tiny_corpus_root, tmp_path / "work")
    yield opened
    opened.close()


def evaluated(bench: Workbench, depth: int = 4) -> Workbench:
    run(bench.runs.build_index())
    run(bench.runs.evaluate(depth))
    return bench


def test_before_the_index_a_query_has_empty_strips(bench):
    view = bench.queries.inspect("images/disc_q.png", Fusion(4, 0.0, 1.0))
    assert (view.before, view.n_shortlist, view.outcome) == ((), 0, None)


def test_an_unscored_query_shows_its_shortlist_and_what_is_pending(bench):
    run(bench.runs.build_index())
    view = bench.queries.inspect("images/disc_q.png", Fusion(4, 0.0, 1.0))
    assert [c.rank_before for c in view.before] == list(range(1, 7))
    assert view.before == view.after
    assert (view.n_pending, view.outcome) == (4, None)


def test_scoring_reports_batches_and_gives_an_outcome(bench):
    run(bench.runs.build_index())
    steps = run(bench.queries.score("images/disc_q.png", 4))
    assert [s.done for s in steps] == [2, 4]
    view = bench.queries.inspect("images/disc_q.png", Fusion(4, 0.0, 1.0))
    assert view.n_pending == 0
    assert view.outcome is not None
    assert view.outcome.n_positives == 2


def test_cards_of_the_query_itself_are_junk(bench):
    run(bench.runs.build_index())
    view = bench.queries.inspect("images/bars_1.png", Fusion(4, 0.0, 1.0))
    relations = {c.image_id: c.relation for c in view.before}
    assert relations["images/bars_1.png"] == "junk"
    assert relations["images/bars_2.png"] == "positive"


def test_evaluation_scores_every_query_once(tiny_corpus_root, tmp_path):
    scorer = ColourScorer()
    bench = evaluated(make_workbench(tiny_corpus_root, tmp_path / "w", scorer=scorer))
    assert scorer.n_scored == 4 * 4
    run(bench.runs.evaluate(4))
    assert scorer.n_scored == 4 * 4
    summary = bench.runs.summary(Fusion(4, 0.0, 1.0))
    assert summary is not None
    assert (summary.n_queries, summary.n_evaluated, summary.cached_pairs) == (4, 4, 16)
    bench.close()


def test_a_second_process_reads_the_scores_of_the_first(tiny_corpus_root, tmp_path):
    first = evaluated(make_workbench(tiny_corpus_root, tmp_path / "w"))
    before = first.runs.outcomes(Fusion(4, 0.0, 1.0))
    first.close()
    tower, scorer = ColourTower(), ColourScorer()
    second = make_workbench(tiny_corpus_root, tmp_path / "w", tower=tower, scorer=scorer)
    evaluated(second)
    assert second.runs.outcomes(Fusion(4, 0.0, 1.0)) == before
    assert (tower.n_encoded, scorer.n_scored) == (0, 0)
    second.close()


def test_another_scorer_addresses_other_scores(tiny_corpus_root, tmp_path):
    evaluated(make_workbench(tiny_corpus_root, tmp_path / "w")).close()
    scorer = ColourScorer(name="other prompt")
    evaluated(make_workbench(tiny_corpus_root, tmp_path / "w", scorer=scorer)).close()
    assert scorer.n_scored == 16


def test_adding_an_image_encodes_only_that_image(tiny_corpus_root, tmp_path):
    evaluated(make_workbench(tiny_corpus_root, tmp_path / "w")).close()
    from tests.conftest import draw_object

    draw_object("disc", 10, 20).save(tiny_corpus_root / "images/disc_3.png")
    manifest = tiny_corpus_root / "manifest.csv"
    manifest.write_text(manifest.read_text() + "images/disc_3.png,database,disc,,,,,dim\n")
    tower = ColourTower()
    bench = evaluated(make_workbench(tiny_corpus_root, tmp_path / "w", tower=tower))
    assert tower.n_encoded == 1
    assert bench.info.n_database == 7
    bench.close()


def test_stopping_the_index_keeps_what_was_encoded(tiny_corpus_root, tmp_path):
    tower = ColourTower()
    bench = make_workbench(tiny_corpus_root, tmp_path / "w", tower=tower)
    steps = bench.runs.build_index()
    while (step := next(steps)).stage != "index" or step.done == 0:
        pass
    steps.close()
    bench.close()
    again = ColourTower()
    bench = make_workbench(tiny_corpus_root, tmp_path / "w", tower=again)
    run(bench.runs.build_index())
    assert (tower.n_encoded, again.n_encoded) == (8, 0)
    bench.close()


def test_depth_and_fusion_resort_from_the_cache(tiny_corpus_root, tmp_path):
    scorer = ColourScorer()
    bench = evaluated(make_workbench(tiny_corpus_root, tmp_path / "w", scorer=scorer), depth=6)
    n_scored = scorer.n_scored
    by_margin = bench.queries.inspect("images/disc_q.png", Fusion(6, 0.0, 1.0))
    by_cosine = bench.queries.inspect("images/disc_q.png", Fusion(6, 1.0, 1.0))
    assert [c.image_id for c in by_cosine.after] == [c.image_id for c in by_cosine.before]
    assert [c.image_id for c in by_margin.after] != [c.image_id for c in by_margin.before]
    assert scorer.n_scored == n_scored
    bench.close()


def test_an_upload_is_searched_without_labels(bench, tmp_path):
    from tests.conftest import draw_object

    file = tmp_path / "pasted.png"
    draw_object("disc", 12, 14).save(file)
    run(bench.runs.build_index())
    query_id = bench.queries.add_upload(file.read_bytes(), "pasted.png")
    run(bench.queries.score(query_id, 3))
    view = bench.queries.inspect(query_id, Fusion(3, 0.0, 1.0))
    assert {c.relation for c in view.before} == {"unlabelled"}
    assert (view.n_pending, view.outcome, view.n_positives) == (0, None, None)
    row = bench.queries.rows(Fusion(3, 0.0, 1.0))[-1]  # never the first: the list opens that
    assert (row.query_id, row.uploaded, row.name) == (query_id, True, "pasted.png")


def test_an_unknown_query_is_named(bench):
    with pytest.raises(UnknownImageError, match=r"images/none\.png"):
        bench.queries.inspect("images/none.png", Fusion(4, 0.0, 1.0))


def test_a_broken_image_is_listed_and_the_run_goes_on(tiny_corpus_root, tmp_path):
    whole = (tiny_corpus_root / "images/disc_2.png").read_bytes()
    (tiny_corpus_root / "images/disc_2.png").write_bytes(whole[: len(whole) // 2])
    bench = evaluated(make_workbench(tiny_corpus_root, tmp_path / "w"))
    counts = bench.runs.index_counts()
    assert list(counts["unreadable"]) == ["images/disc_2.png"]
    view = bench.queries.inspect("images/disc_q.png", Fusion(4, 0.0, 1.0))
    assert "images/disc_2.png" not in [c.image_id for c in view.before]
    assert view.outcome is not None
    assert view.outcome.ap_oracle == 0.5  # one of two positives can be found at all
    bench.close()


def test_a_plain_folder_works_but_is_not_measured(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root / "images", tmp_path / "w")
    run(bench.runs.build_index())
    with pytest.raises(ManifestError, match="no ground truth"):
        run(bench.runs.evaluate(4))
    run(bench.queries.score("disc_1.png", 3))
    view = bench.queries.inspect("disc_1.png", Fusion(3, 0.0, 1.0))
    assert view.outcome is None
    assert view.before[0].relation == "unlabelled"
    bench.close()


def test_the_report_on_disk_equals_what_was_computed(tiny_corpus_root, tmp_path):
    bench = evaluated(make_workbench(tiny_corpus_root, tmp_path / "w"))
    report = bench.runs.latest()
    assert report is not None
    assert report.outcomes == bench.runs.outcomes(Fusion(4, 0.0, 1.0))
    assert report.summary == bench.runs.summary(Fusion(4, 0.0, 1.0))
    assert report.receipt.fields["depth"] == "4"
    bench.close()


def test_a_flipped_bit_in_the_index_is_refused(tiny_corpus_root, tmp_path):
    evaluated(make_workbench(tiny_corpus_root, tmp_path / "w")).close()
    (file,) = (tmp_path / "w/index").glob("*.faiss")
    data = bytearray(file.read_bytes())
    data[-3] ^= 1
    file.write_bytes(data)
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    with pytest.raises(StaleIndexError, match="damaged"):
        run(bench.runs.build_index())
    bench.close()


def test_the_workspace_is_locked_while_it_is_open(bench, tiny_corpus_root, tmp_path):
    with pytest.raises(WorkspaceError, match="in use by process"):
        make_workbench(tiny_corpus_root, tmp_path / "work")


def test_a_folder_with_other_files_is_no_workspace(tiny_corpus_root, tmp_path):
    with pytest.raises(WorkspaceError, match="holds other files"):
        make_workbench(tiny_corpus_root, tiny_corpus_root)


def test_a_workspace_of_another_format_is_refused(tiny_corpus_root, tmp_path):
    make_workbench(tiny_corpus_root, tmp_path / "w").close()
    (tmp_path / "w/workspace.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(WorkspaceError, match="format 99"):
        make_workbench(tiny_corpus_root, tmp_path / "w")


def test_preparation_runs_in_the_background_to_the_end(bench):
    bench.jobs.start_preparation()
    states = list(bench.jobs.watch())
    assert states[-1].state == "done"
    assert bench.runs.latest() is not None


def test_a_failing_model_stops_the_job_with_its_sentence(tiny_corpus_root, tmp_path):
    class Broken(ColourTower):
        def encode(self, images):
            from core.errors import ModelError

            raise ModelError("The model broke; take another.")

    bench = make_workbench(tiny_corpus_root, tmp_path / "w", tower=Broken())
    bench.jobs.start_preparation()
    last = list(bench.jobs.watch())[-1]
    assert (last.state, last.error) == ("failed", "The model broke; take another.")
    bench.close()


def test_slices_are_means_of_their_queries(bench):
    evaluated(bench)
    summary = bench.runs.summary(Fusion(4, 0.0, 1.0))
    assert summary is not None
    by_id = {o.query_id: o for o in bench.runs.outcomes(Fusion(4, 0.0, 1.0))}
    dim = [by_id["images/bars_1.png"].ap_before, by_id["images/cross_q.png"].ap_before]
    assert summary.by["light"]["dim"].n == 2
    assert summary.by["light"]["dim"].map_before == pytest.approx(np.mean(dim))
