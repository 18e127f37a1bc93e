"""Presets: pipelines by name, refused where they cannot be used, offered where they do better."""

from dataclasses import replace

import pytest

from core.errors import SettingsError
from core.exchange.snippets import settings_at
from core.reranking.chosen import pipeline_of, pipeline_text
from core.reranking.pipelines import parse_pipeline
from core.reranking.presets import BEST_FIRST, PRESETS
from core.settings import load_settings
from core.storage.fits import FIT, sealed
from core.types.evidence import Estimate
from tests.core.bench.test_evidence import fitted
from tests.core.bench.waiting import ended
from tests.core.stand_ins import ColourScorer, make_workbench


def opened(corpus, folder, **more):
    bench = make_workbench(corpus, folder, **more)
    list(bench.runs.build_index())
    return bench


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    made = opened(tiny_corpus_root, tmp_path / "w")
    yield made
    made.close()


@pytest.fixture
def with_fit(tiny_corpus_root, tmp_path):
    fitted(tiny_corpus_root, tmp_path / "w")
    made = opened(tiny_corpus_root, tmp_path / "w")
    yield made
    made.close()


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_its_pipeline(name):
    one = PRESETS[name]
    chosen = load_settings(None, {"ranking.preset": name})
    written = load_settings(None, {"ranking.pipeline": one.pipeline})
    assert pipeline_of(chosen) == pipeline_of(written)
    assert str(parse_pipeline(one.pipeline, 7)) == one.pipeline  # which names every depth
    assert one.what.endswith(".")


def test_the_first_preset_is_the_default():
    name = next(iter(PRESETS))
    preset = pipeline_of(load_settings(None, {"ranking.preset": name}))
    assert preset == pipeline_of(load_settings(None, {}))


def test_an_unknown_preset_names_all_that_there_are(tiny_corpus_root, tmp_path):
    with pytest.raises(SettingsError, match=r"Preset 'best' is not known; use one of: method-al.*"):
        make_workbench(tiny_corpus_root, tmp_path / "w", **{"ranking.preset": "best"})


@pytest.mark.parametrize(
    "beside",
    [{"ranking.pipeline": "mllm@5"}, {"ranking.scorer": "maxsim"}, {"ranking.thin": 3}],
)
def test_a_preset_goes_with_no_other_way_to_name_stages(tiny_corpus_root, tmp_path, beside):
    with pytest.raises(SettingsError, match="--pipeline, --scorer and --thin cannot be used"):
        make_workbench(tiny_corpus_root, tmp_path / "w", **{"ranking.preset": "fast", **beside})


def test_a_preset_names_its_depth(tiny_corpus_root, tmp_path):
    asked = {"ranking.preset": "fast", "ranking.depth": 5}
    with pytest.raises(SettingsError, match="--depth cannot be used with it"):
        make_workbench(tiny_corpus_root, tmp_path / "w", **asked)


def test_a_run_of_a_preset_keeps_its_pipeline(tiny_corpus_root, tmp_path):
    bench = opened(tiny_corpus_root, tmp_path / "w", **{"ranking.preset": "fast"})
    settings = bench._session.settings
    kept = settings_at(settings, bench.runs.fusion_set())
    assert kept["ranking.pipeline"] == pipeline_text(settings, 100)
    assert "ranking.preset" not in kept
    bench.close()


def test_the_presets_say_which_is_on_screen_and_which_cannot_be_used(bench):
    first, best, *others = bench.presets.choices()
    assert (first.is_present, first.fault) == (True, None)
    assert best.name == BEST_FIRST
    assert "fitted with another" in best.fault
    assert "fit again with `fit pocket`" in best.fault
    assert not any(one.is_present for one in (best, *others))


def test_a_fit_of_this_model_lets_its_preset_be_used(with_fit):
    best = next(one for one in with_fit.presets.choices() if one.name == BEST_FIRST)
    assert best.fault is None
    assert best.pipeline == "kreciprocal@100 > evidence@50"


def test_a_foreign_fit_is_refused_before_it_is_put_on_every_screen(tiny_corpus_root, tmp_path):
    bench = opened(tiny_corpus_root, tmp_path / "w", **{"serve.roots": (tmp_path,)})
    with pytest.raises(SettingsError, match="fitted with another"):
        bench.pipelines.request("evidence:pocket@5")
    assert bench.pipelines.check("evidence:pocket@5").faults
    bench.close()


def summary_of(bench, r1_after):
    list(bench.runs.evaluate(100))
    summary = bench.runs.summary(bench.runs.fusion_set())
    first, r1, *others = summary.changes
    return replace(summary, changes=(first, replace(r1, before=0.75, after=r1_after), *others))


def reaching(bench, before, after):
    """Keep the workspace's fit with other first places on instances held out."""
    fit = bench.evidence.fit_named("own")
    held_out = replace(fit.held_out, r1_before=before, r1_after=Estimate(after))
    bench.evidence.bring(FIT.dump(sealed(replace(fit, held_out=held_out))))


def test_where_first_places_are_lost_the_fit_says_what_the_preset_reached(with_fit):
    reaching(with_fit, 0.5, 0.75)
    offer = with_fit.presets.better(summary_of(with_fit, 0.5))
    fit = with_fit.evidence.fit_named("own")
    assert (offer.preset.name, offer.run_id, offer.where) == (BEST_FIRST, None, "tiny")
    assert (offer.r1_before, offer.r1_after) == (0.5, 0.75)
    assert offer.map_after == fit.held_out.map_after.value


def test_a_run_of_the_preset_on_this_corpus_tells_more_than_its_fit(with_fit):
    reaching(with_fit, 0.5, 0.75)
    best = next(one for one in with_fit.presets.choices() if one.name == BEST_FIRST)
    task = with_fit.work.evaluate_pipeline(best.pipeline)
    assert ended(with_fit.board, task.ask()).error is None
    offer = with_fit.presets.better(summary_of(with_fit, 0.0))
    run = with_fit.saved.report(task.result())
    assert (offer.run_id, offer.where) == (task.result(), "this corpus")
    assert offer.r1_after == run.summary.r1_after


def test_nothing_is_offered_where_first_places_are_kept(with_fit):
    reaching(with_fit, 0.5, 0.75)
    assert with_fit.presets.better(summary_of(with_fit, 0.75)) is None
    assert with_fit.presets.better(summary_of(with_fit, None)) is None


def test_nothing_is_offered_that_did_no_better(with_fit):
    reaching(with_fit, 0.5, 0.5)
    assert with_fit.presets.better(summary_of(with_fit, 0.5)) is None


def test_a_preset_of_another_model_is_not_offered(bench):
    assert bench.presets.better(summary_of(bench, 0.0)) is None


def test_a_fit_is_made_as_a_job_under_a_new_name(bench):
    task = bench.work.fit_evidence("mine")
    view = ended(bench.board, task.ask())
    assert (view.error, view.title) == (None, "mine")
    assert task.result() == bench.evidence.fit_named("mine")
    with pytest.raises(SettingsError, match="There is a fit 'mine' already"):
        bench.evidence.new_name(" mine ")
    with pytest.raises(SettingsError, match="There is a fit 'pocket' already"):
        bench.evidence.new_name("pocket")
    with pytest.raises(SettingsError, match="cannot name a fit"):
        bench.evidence.new_name("Mine")
    assert bench.evidence.new_name("other") == "other"


def test_a_fit_that_was_stopped_goes_on(tiny_corpus_root, tmp_path):
    scorer = ColourScorer()
    bench = opened(tiny_corpus_root, tmp_path / "w", scorer=scorer)
    steps = bench.evidence.fitting("mine")
    while scorer.n_scored < 10:
        next(steps)
    steps.close()
    assert "mine" not in bench._session.fits.names()
    first = scorer.n_scored
    *_, (_, fit) = [step for step in bench.evidence.fitting("mine") if isinstance(step, tuple)]
    assert fit.name == "mine"
    assert scorer.n_scored == fit.fitted_on.n_pairs + fit.fitted_on.n_left_out + 2
    assert first < scorer.n_scored
    bench.close()
