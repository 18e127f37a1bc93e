"""Reliability on Overview, and the preset that is offered where first places are lost."""

from dataclasses import replace

import pytest

from core.types.pipelines import PresetChoice, PresetOffer
from core.types.reliability import Reliability, ReliabilityBin
from tests.core.bench.test_evidence import DEPTH, fitted, opened
from tests.ui.pages import drawn
from ui.screens.overview import words
from ui.screens.overview.reliability import reliability_plot

PRESET = PresetChoice("best-first-results", "kreciprocal@100 > evidence@50", "What.", None, False)
OFFER = PresetOffer(PRESET, None, "demo", 0.742, 0.808, 0.502, 0.678)
BEFORE = Reliability("P(yes)", (ReliabilityBin(90, 0.9, 0.1),), 0.8, 90, 9, 4)
AFTER = Reliability(
    "calibrated probability (evidence:own)", (ReliabilityBin(90, 0.1, 0.1),), 0.0, 90, 9, 4, 0.02
)


@pytest.fixture
def joined(tiny_corpus_root, tmp_path):
    fitted(tiny_corpus_root, tmp_path / "w")
    made = opened(tiny_corpus_root, tmp_path / "w", f"evidence:own@{DEPTH}")
    list(made.runs.evaluate(DEPTH))
    yield made
    made.close()


def test_reliability_before_and_after_in_one_plot(joined):
    address = f"view=overview&depth={DEPTH}"
    shown = str(drawn(joined, "overview", "reliability", address))
    assert "Is the probability right?" in shown
    assert "for P(yes) and" in shown
    assert "the weights saw these labels: held out" in shown
    figure = drawn(joined, "overview", "reliability-plot", address)
    names = [trace.name for trace in figure.data if trace.type == "scatter" and trace.name]
    assert [name.partition(",")[0] for name in names] == [
        "P(yes)",
        "calibrated probability (evidence:own)",
    ]


def test_a_plot_has_a_mark_and_a_bar_per_bin():
    figure = reliability_plot((BEFORE, AFTER))
    lines = [one for one in figure.data if one.type == "scatter" and one.name]
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert [list(one.x) + list(one.y) for one in lines] == [[0.9, 0.1], [0.1, 0.1]]
    assert [list(one.y) for one in bars] == [[90], [90]]
    assert lines[0].marker.symbol != lines[1].marker.symbol


def test_the_sentence_says_both_errors_and_the_one_held_out():
    assert words.reliability_text((BEFORE, AFTER)) == (
        "Said and found differ by 0.800 for P(yes) and 0.000 for calibrated probability "
        "(evidence:own) in the mean over 90 pairs of 4 queries, 9 of them matches (calibration "
        "error); the weights saw these labels: held out, over the fit's pairs, it is 0.020."
    )
    assert "held out" not in words.reliability_text((BEFORE,))


def test_nothing_stands_where_no_probability_is_said(unlabelled):
    assert drawn(unlabelled, "overview", "reliability", "view=overview") is None
    assert drawn(unlabelled, "overview", "reliability-plot", "view=overview") is None


def test_the_offer_names_the_loss_and_where_the_preset_was_measured(bench):
    summary = bench.runs.summary(bench.runs.fusion_set())
    text = words.offer_text(OFFER, summary)
    assert text.startswith("Re-ranking loses first places: R@1 ")
    assert "reached 0.742 → 0.808 on held-out instances of demo, mAP 0.502 → 0.678." in text
    assert "→ 0.808 here, mAP" in words.offer_text(replace(OFFER, run_id="r"), summary)


def test_the_offer_stands_under_the_sentence_and_opens_setup(bench, monkeypatch):
    shown = str(drawn(bench, "overview", "main", "view=overview"))
    assert "sl-offer" not in shown  # nothing better is known here
    monkeypatch.setattr(bench.presets, "better", lambda _: OFFER)
    shown = str(drawn(bench, "overview", "main", "view=overview"))
    assert 'data-pipeline-set="kreciprocal@100 &gt; evidence@50"' in shown
