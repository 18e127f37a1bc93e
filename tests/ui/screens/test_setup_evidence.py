"""Presets and fits of evidence on the Setup screen."""

import re
from dataclasses import replace

import pytest

from core.storage.fits import FIT, sealed
from core.types.evidence import Estimate
from tests.core.bench.test_evidence import fitted
from tests.core.bench.waiting import ended
from tests.core.stand_ins import make_workbench
from tests.ui.pages import drawn, routes_of

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    opened = make_workbench(tiny_corpus_root, tmp_path / "w")
    list(opened.runs.build_index())
    yield opened
    opened.close()


def part(bench, name, pipeline=""):
    return str(drawn(bench, "setup", name, f"view=setup&pipeline={pipeline}") or "")


def preset_buttons(html):
    found = re.findall(r'<button[^>]*data-pipeline-set="([^"]*)"([^>]*)>([^<]*)<', html)
    return {name: (pipeline, attributes) for pipeline, attributes, name in found}


def test_presets_can_be_chosen_and_one_without_its_fit_says_what_to_run(bench):
    shown = part(bench, "pipeline")
    found = preset_buttons(shown)
    assert list(found) == ["Method alone", "Best first results", "Fast", "Small"]
    assert found["Fast"][0] == "maxsim@100 &gt; mllm@20"
    assert "disabled" in found["Best first results"][1]
    assert "fit again with `fit pocket`" in shown
    assert not any("disabled" in found[name][1] for name in ("Method alone", "Fast", "Small"))
    assert 'aria-pressed="true"' in found["Method alone"][1]


def test_the_chosen_preset_is_pressed(bench):
    found = preset_buttons(part(bench, "pipeline", "maxsim@100 > mllm@20"))
    assert 'aria-pressed="true"' in found["Fast"][1]
    assert 'aria-pressed="false"' in found["Method alone"][1]


def test_fits_are_listed_with_what_they_reach_and_why_they_cannot_be_used(bench):
    shown = part(bench, "evidence")
    fit = bench.evidence.fit_named("pocket")
    assert f"{fit.held_out.r1_before:.3f} → {fit.held_out.r1_after.value:.3f} [" in shown
    assert f"{fit.fitted_on.n_pairs:,} pairs of 120 queries and 60 instances of demo" in shown
    assert "fit again with `fit pocket`" in shown
    assert "Put it in the pipeline" not in shown


def test_a_fit_of_this_corpus_is_made_from_the_form_and_listed_with_its_warnings(bench):
    client = routes_of(bench)
    assert 'data-job-submit="setup/fit"' in part(bench, "evidence")
    answer = client.post("/job/setup/fit?view=setup", json={"texts": {"fit": "mine"}})
    assert answer.status_code == 200, answer.text
    assert ended(bench.board, answer.json()["key"]).error is None
    shown = part(bench, "evidence")
    assert "evidence:mine@50" in shown
    assert "Fitted on 3 instances, fewer than 10" in shown
    assert "disabled" not in preset_buttons(part(bench, "pipeline"))["Best first results"][1]
    again = client.post("/job/setup/fit?view=setup", json={"texts": {"fit": "mine"}})
    assert again.status_code == 422
    assert "There is a fit" in again.text


@pytest.mark.parametrize("name", ["", HOSTILE, "../up"])
def test_a_name_that_is_none_starts_nothing(bench, name):
    answer = routes_of(bench).post("/job/setup/fit?view=setup", json={"texts": {"fit": name}})
    assert answer.status_code == 422
    assert "cannot name a fit" in answer.text
    assert bench.work.of_kind("fit") == ()


def test_a_fit_that_is_stopped_can_go_on(bench, monkeypatch):
    task = bench.work.fit_evidence("mine")
    monkeypatch.setattr(
        "core.bench.evidence.facet.fit_weights", lambda _: (_ for _ in ()).throw(OSError("full"))
    )
    view = ended(bench.board, task.ask())
    assert view.state == "failed"
    shown = part(bench, "evidence")
    assert "Fitting evidence: mine" in shown
    assert f'data-job-resume="{view.key}"' in shown


def test_without_ground_truth_nothing_is_fitted(unlabelled):
    shown = part(unlabelled, "evidence")
    assert "data-job-submit" not in shown
    assert "no ground truth" in shown


def test_a_fit_that_was_changed_by_hand_is_told(tiny_corpus_root, tmp_path):
    fitted(tiny_corpus_root, tmp_path / "w")
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    path = tmp_path / "w" / "fits" / "own.json"
    path.write_text(path.read_text().replace('"name": "own"', '"name": "owm"'))
    shown = part(bench, "evidence")
    assert "was changed by hand" in shown
    bench.close()


def test_an_interval_that_is_not_known_is_left_out(bench):
    fit = bench.evidence.fit_named("pocket")
    held_out = replace(fit.held_out, map_after=Estimate(0.5))
    bench.evidence.bring(FIT.dump(sealed(replace(fit, name="bare", held_out=held_out))))
    assert f"{fit.held_out.map_before:.3f} → 0.500</td>" in part(bench, "evidence")
