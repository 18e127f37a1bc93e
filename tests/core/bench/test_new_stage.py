"""A stage that a test adds: one class and one row, and every part of the bench takes it."""

import csv

import numpy as np
import pytest
from PIL import Image

from core.fingerprint import digest
from core.interfaces import PairTokens
from core.mllm.compression.grammar import PairCompression
from core.reranking.built import BuiltStage
from core.reranking.stage_spec import StageSpec
from core.reranking.stages import STAGES
from core.types.orders import Fusion
from core.types.robustness import Damage
from core.types.scores import PlainScore, ScoreKind
from core.types.sweeps import SweepRequest
from tests.core.stand_ins import make_workbench
from tests.ui.pages import strip_html
from ui.screens.queries.figure import rank_flow

QUERY = "images/disc_q.png"
BRIGHTNESS = ScoreKind("brightness", "levels", "how alike two images are in brightness")
FUSION = Fusion(6, 0.0, 1.0)


class BrightnessScorer:
    """Minus the difference of mean brightness; counts its pairs."""

    fingerprint = digest({"scorer": "brightness"})
    receipt_fields = {"score": "difference of mean brightness"}  # noqa: RUF012 - a constant

    def __init__(self):
        self.n_scored = 0

    def score(self, query_tokens, candidates, mass_first=0):
        for one in candidates:
            self.n_scored += 1
            gap = abs(float(query_tokens.tokens.mean()) - float(one.tokens.mean()))
            yield [PlainScore(-gap, 0.001)]


@pytest.fixture
def scorer(monkeypatch):
    made = BrightnessScorer()

    def build(parts, _call):
        shown = parts.tokens(PairCompression())
        return BuiltStage(made, (made, PairTokens(shown.queries, shown.candidates)))

    row = StageSpec(
        "brightness", "brightness", "mean brightness", ("pixels",), lambda _: BRIGHTNESS, build
    )
    monkeypatch.setitem(STAGES, "brightness", row)
    return made


@pytest.fixture(params=["brightness", "maxsim@5 > brightness@3", "brightness@5 > mllm@2"])
def bench(request, scorer, tiny_corpus_root, tmp_path):
    depth = {} if "@" in request.param else {"ranking.depth": 6}
    settings = {"ranking.pipeline": request.param, **depth}
    opened = make_workbench(tiny_corpus_root, tmp_path / "w", **settings)
    list(opened.runs.build_index())
    list(opened.runs.evaluate(opened.info.first_depth))
    yield opened
    opened.close()


def test_it_is_scored_cached_and_in_the_receipt(bench, scorer):
    n = scorer.n_scored
    assert n
    list(bench.runs.evaluate(bench.info.first_depth))
    assert scorer.n_scored == n
    report = bench.runs.latest()
    assert "brightness" in report.receipt.fields["pipeline"]
    used = {stage.stage: stage for stage in report.summary.stages}
    assert used["brightness"].n_calls == 0
    assert used["brightness"].n_pairs * 4 == n
    assert used["brightness"].seconds >= 0.001 * n / 4  # and the time of reading tokens


def test_it_is_drawn(bench):
    view = bench.queries.inspect(QUERY, Fusion(bench.info.first_depth, 0.0, 1.0))
    assert view.n_pending == 0
    assert "brightness" in strip_html(view, "after")
    assert rank_flow(view).data


def test_it_is_exported_and_read_back(bench, tmp_path):
    file = tmp_path / "scores.csv"
    list(bench.exchange.export_scores(file, bench.info.first_depth))
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    assert rows
    list(bench.exchange.import_scores(file, "again", replace=False))


def test_it_is_a_scorer_to_compare_with(bench):
    names = [entry.name for entry in bench.scorers.entries()]
    assert len(names) == len(set(names)) >= 2


def test_it_is_swept(scorer, tiny_corpus_root, tmp_path):
    opened = make_workbench(
        tiny_corpus_root, tmp_path / "w", **{"ranking.scorer": "brightness", "ranking.depth": 6}
    )
    list(opened.runs.build_index())
    request = SweepRequest(QUERY, None, "brightness", Damage(side="query"))
    *_, curve = opened.robustness.sweep(request)
    assert curve.kind == BRIGHTNESS
    margins = [point.margin for point in curve.points]
    assert all(np.isfinite(margins))
    assert max(margins) == curve.points[len(margins) // 2].margin == 0.0
    n = scorer.n_scored
    list(opened.robustness.sweep(request))
    assert scorer.n_scored == n
    opened.close()


def test_it_is_offered_beside_the_benchs_own(scorer, tiny_corpus_root, tmp_path):
    opened = make_workbench(tiny_corpus_root, tmp_path / "w", **{"ranking.depth": 6})
    list(opened.runs.build_index())
    assert "brightness" in opened.robustness.rivals.offered()
    list(opened.robustness.rivals.prepare("brightness"))
    request = SweepRequest(QUERY, None, "blur", Damage(side="query"))
    *_, curve = opened.robustness.sweep(request, "brightness")
    assert curve.kind.name == "brightness"
    opened.close()


def test_a_picture_that_cannot_be_scored_keeps_its_place(scorer, tiny_corpus_root, tmp_path):
    broken = tiny_corpus_root / "images" / "disc_1.png"
    opened = make_workbench(
        tiny_corpus_root, tmp_path / "w", **{"ranking.scorer": "brightness", "ranking.depth": 6}
    )
    list(opened.runs.build_index())
    Image.new("RGB", (8, 8)).save(broken)
    list(opened.runs.evaluate(6))
    assert opened.runs.summary(FUSION).n_unscored == 0  # its tokens were stored
    opened.close()
