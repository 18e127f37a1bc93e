"""Numbers on screen: told in one sentence, filed as a run once, and found again."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ManifestError, SettingsError
from core.storage.reports import reports
from core.types.orders import Fusion
from core.workbench import Workbench
from tests.core.stand_ins import ColourScorer, make_workbench

GAMMA = "\N{GREEK SMALL LETTER GAMMA}"
SET, LOOKED = Fusion(6, 0.0, 1.0), Fusion(3, 0.25, 1.0)


def colour_bench(root: Path, work: Path) -> Workbench:
    """A bench whose receipt only grows when its models are loaded, as that of real ones."""
    return make_workbench(root, work, scorer=ColourScorer(receipt_fields={"weights": "colour"}))


@pytest.fixture
def work(tmp_path) -> Path:
    return tmp_path / "work"


@pytest.fixture
def bench(tiny_corpus_root: Path, work: Path):
    opened = colour_bench(tiny_corpus_root, work)
    list(opened.runs.build_index())
    yield opened
    opened.close()


@pytest.fixture
def evaluated(bench) -> Workbench:
    list(bench.runs.evaluate(bench.info.first_depth))
    return bench


def test_a_slider_setting_is_kept_with_its_numbers_and_says_how_it_was_chosen(evaluated):
    report = evaluated.runs.keep(LOOKED)
    assert (report.summary.depth, report.summary.lam) == (3, 0.25)
    assert report.summary == evaluated.runs.summary(LOOKED)
    assert report.chosen_by_looking
    assert evaluated.saved.report(report.run_id) == report
    assert "chosen by looking" in evaluated.saved.headline(report.run_id)


def test_the_same_setting_is_kept_once(evaluated):
    first = evaluated.runs.keep(LOOKED)
    assert evaluated.runs.keep(LOOKED) == first
    assert len(evaluated.saved.entries().entries) == 2


def test_the_setting_of_the_settings_is_the_run_that_is_there(evaluated):
    # the screen names the depth of the shortlist, 6, and the settings 100: one setting
    kept = evaluated.runs.keep(SET)
    assert kept == evaluated.runs.latest()
    assert not kept.chosen_by_looking


def test_a_damaged_run_is_kept_anew(evaluated, work):
    report = evaluated.runs.keep(LOOKED)
    (work / "runs" / f"{report.run_id}.json").write_text("{", "utf-8")
    again = evaluated.runs.keep(LOOKED)
    assert again.run_id != report.run_id
    assert again.outcomes == report.outcomes


def test_a_run_is_found_by_what_is_on_screen(evaluated):
    found = evaluated.saved.run_of(SET)
    assert found is not None
    assert found.run_id == evaluated.runs.latest().run_id
    assert evaluated.saved.run_of(LOOKED) is None
    kept = evaluated.runs.keep(LOOKED)
    assert evaluated.saved.run_of(LOOKED).run_id == kept.run_id


def test_a_run_is_found_before_the_models_are_loaded(evaluated, tiny_corpus_root, work):
    kept = evaluated.runs.keep(LOOKED)
    evaluated.close()
    again = colour_bench(tiny_corpus_root, work)
    assert again.saved.run_of(LOOKED).run_id == kept.run_id
    again.close()


def test_a_run_says_where_the_sliders_differ_from_it(evaluated):
    run_id = evaluated.runs.latest().run_id
    assert evaluated.saved.unlike(run_id, SET) == ""
    assert evaluated.saved.unlike(run_id, LOOKED) == (
        f"This run holds depth 6, λ 0, {GAMMA} 1; the screens show depth 3, λ 0.25, {GAMMA} 1."
    )


def test_numbers_of_some_queries_are_not_kept(bench):
    with pytest.raises(SettingsError, match="Not started: 0 of 4 queries are scored"):
        bench.runs.keep(SET)
    list(bench.queries.score("images/disc_q.png", 6))
    with pytest.raises(SettingsError, match="Not started: 1 of 4 queries are scored"):
        bench.runs.keep(SET)


def test_a_corpus_with_nothing_to_measure_keeps_nothing(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root / "images", tmp_path / "other")
    with pytest.raises(ManifestError, match="no ground truth"):
        bench.runs.keep(SET)
    assert bench.runs.headline(SET) == bench.runs.state(SET).text
    bench.close()


def test_the_sentence_is_of_the_numbers_on_screen(evaluated):
    assert evaluated.runs.headline(SET).startswith("Re-ranking helped ")
    assert "by looking" not in evaluated.runs.headline(SET)
    assert (
        f"The setting (depth 3, λ 0.25, {GAMMA} 1) was chosen by looking"
        in evaluated.runs.headline(LOOKED)
    )
    summary = evaluated.runs.summary(LOOKED)
    assert evaluated.runs.headline(LOOKED, summary) == evaluated.runs.headline(LOOKED)


def test_before_the_first_score_the_sentence_says_why_there_is_none(bench):
    assert bench.runs.headline(SET) == "Not started: 0 of 4 queries are scored."


def test_every_export_of_a_kept_run_says_which_setting_it_holds(evaluated):
    run_id = evaluated.runs.keep(LOOKED).run_id
    for kind in ("csv", "jsonl", "json", "trec", "qrels", "html"):
        made = evaluated.saved.export(run_id, kind)
        assert made.name == f"run-{run_id}-depth3-lam0.25-gamma1.{kind}"
    tags = {
        line.split()[5]
        for line in evaluated.saved.export(run_id, "trec").data.decode().splitlines()
    }
    assert tags == {f"depth3-lam0.25-gamma1-by-looking-{run_id.rpartition('-')[2]}"}
    command = evaluated.saved.command(run_id)
    assert command.endswith("--depth 3 --lam 0.25 --gamma 1.0")
    assert "evaluate(3)" in evaluated.saved.python(run_id)


def test_an_exported_ranking_is_imported_again(evaluated, tmp_path):
    file = tmp_path / "run.trec"
    evaluated.saved.save(file, "trec", evaluated.runs.keep(LOOKED).run_id)
    list(evaluated.exchange.import_scores(file, "again", replace=False))
    assert evaluated.exchange.imported("again").n_queries == 4


def test_a_run_of_before_was_not_chosen_by_looking(evaluated, work):
    report = evaluated.runs.latest()
    path = work / "runs" / f"{report.run_id}.json"
    text = path.read_text("utf-8").replace(',\n "chosen_by_looking": false', "")
    assert "chosen_by_looking" not in text
    path.write_text(text, "utf-8")
    assert reports(work / "runs").find(report.run_id) == replace(report, chosen_by_looking=False)
