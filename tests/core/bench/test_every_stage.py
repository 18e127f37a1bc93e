"""What holds for every stage: it permutes its depth, repeats itself, goes on where it was stopped.

A stage that a row adds to the table is tested here once it is named in `PIPELINES`.
"""

import numpy as np
import pytest

from core.errors import SettingsError
from core.reranking.chosen import check_stages, pipeline_of
from core.reranking.expansion import expanded
from core.reranking.pipelines import parse_pipeline
from core.reranking.stages import STAGES
from core.settings import load_settings
from core.types.orders import Fusion
from core.types.robustness import Damage
from core.types.sweeps import SweepRequest
from tests.core.stand_ins import make_workbench

QUERY = "images/disc_q.png"
DESCRIBED = ("kreciprocal", "superglobal", "superglobal:3,1,0.5", "aqe", "dba", "diffusion:2,4,0.8")
PIPELINES = (
    "mllm@4",
    "maxsim@4",
    "geometric@4",
    "python:assets.examples.colour_reranker:Colours@4",
    *(f"{stage}@4" for stage in DESCRIBED),
    "set:3@5",
    "set:3,pagerank@5",
    "listwise:3@5",
    "setwise:3@5",
    "mllm@5 > listwise:2@4 > set:2@3",
    "mllm@3 > feedback:2",
    "kreciprocal@5 > mllm@3 > feedback:1 > mllm@4",
)
ELSEWHERE = {"evidence", "import"}
"""Stages that need a fit or a file: tests/core/bench/test_evidence.py, test_cascades.py."""


def opened(root, folder, pipeline, *, stop_after=None):
    """Return a bench that has evaluated its queries, or has been stopped after some steps."""
    bench = make_workbench(root, folder, **{"ranking.pipeline": pipeline})
    list(bench.runs.build_index())
    steps = bench.runs.evaluate(bench.info.first_depth)
    if stop_after is None:
        list(steps)
    else:
        for _ in range(stop_after):
            next(steps)
        steps.close()
    return bench


def orders(bench):
    return bench.runs._orders.orders(Fusion(bench.info.first_depth, 0.0, 1.0))


def listed(bench):
    return {
        query: [stage.image_ids for stage in order.stages] for query, order in orders(bench).items()
    }


@pytest.fixture(params=PIPELINES)
def bench(request, tiny_corpus_root, tmp_path):
    made = opened(tiny_corpus_root, tmp_path / "w", request.param)
    yield made
    made.close()


def test_every_stage_is_named_here_or_tested_elsewhere():
    named = {call.name for text in PIPELINES for call in parse_pipeline(text, 4).calls}
    assert named | ELSEWHERE == set(STAGES)


def test_a_stage_permutes_its_depth_and_leaves_the_tail(bench):
    found = orders(bench)
    assert len(found) == 4
    for order in found.values():
        given = order.before.image_ids
        for stage in order.stages:
            depth = min(stage.depth, len(given))
            assert set(stage.image_ids[:depth]) == set(given[:depth])
            assert stage.image_ids[depth:] == given[depth:]
            assert not stage.unscored
            assert all(np.isfinite(list(stage.scores.values())))
            given = stage.image_ids


def test_the_same_input_has_the_same_order(bench, tiny_corpus_root, tmp_path):
    again = opened(tiny_corpus_root, tmp_path / "again", str(bench.runs._session.pipeline))
    assert listed(again) == listed(bench)
    again.close()


@pytest.mark.parametrize("stop_after", [1, 4])
def test_a_stage_that_was_stopped_goes_on(bench, stop_after, tiny_corpus_root, tmp_path):
    pipeline = str(bench.runs._session.pipeline)
    opened(tiny_corpus_root, tmp_path / "half", pipeline, stop_after=stop_after).close()
    again = opened(tiny_corpus_root, tmp_path / "half", pipeline)
    assert listed(again) == listed(bench)
    again.close()


def test_its_ledger_adds_up_and_its_receipt_names_it(bench):
    fusion = Fusion(bench.info.first_depth, 0.0, 1.0)
    ledger = bench.failures.report(fusion).ledger
    parts = ledger.kept + ledger.retrieval + sum(ledger.stages) + ledger.fusion
    assert abs(parts - 1.0) < 1e-9
    fields = bench.runs.latest().receipt.fields
    assert all(call.name in fields["pipeline"] for call in bench.runs._session.pipeline.calls)


@pytest.mark.parametrize("stage", DESCRIBED)
@pytest.mark.parametrize("side", ["query", "candidate"])
def test_an_undamaged_image_has_its_own_score_on_either_side(
    stage, side, tiny_corpus_root, tmp_path
):
    bench = opened(tiny_corpus_root, tmp_path / "w", f"{stage}@6")
    request = SweepRequest(QUERY, "images/disc_1.png", "blur", Damage(side=side, pair="positive"))
    *_, curve = bench.robustness.sweep(request)
    neutral = next(p for p in curve.points if p.strength == curve.spec.neutral)
    order = bench.runs._orders.noted(QUERY, Fusion(6, 0.0, 1.0))
    assert abs(neutral.margin - order.last.scores["images/disc_1.png"]) < 1e-6
    assert all(np.isfinite(point.margin) for point in curve.points)
    bench.close()


def test_feedback_expands_the_query_by_the_first_of_the_order_before(tiny_corpus_root, tmp_path):
    bench = opened(tiny_corpus_root, tmp_path / "w", "mllm@3 > feedback:2")
    session = bench.runs._session
    vectors, index = session.models().vectors, session.index
    for query_id, order in orders(bench).items():
        first, last = order.stages
        rows = [index.rows[image_id] for image_id in first.image_ids]
        query = vectors.get([session.queries[query_id].sha256])[0]
        near = index.vectors(rows[:2])
        found = index.vectors(rows) @ expanded(query, near, 3.0)
        assert np.allclose([last.scores[i] for i in first.image_ids], found)
        assert last.depth == len(index.image_ids)
    bench.close()


def test_feedback_follows_the_order_when_the_depth_is_changed(tiny_corpus_root, tmp_path):
    bench = opened(tiny_corpus_root, tmp_path / "w", "mllm@6 > feedback:1")
    deep, one = bench.runs._orders, Fusion(1, 0.0, 1.0)
    order = deep.noted(QUERY, one)
    index, session = bench.runs._session.index, bench.runs._session
    query = session.models().vectors.get([session.queries[QUERY].sha256])[0]
    near = index.vectors([index.rows[order.before.image_ids[0]]])
    rows = index.vectors([index.rows[i] for i in order.last.scores])
    assert np.allclose(list(order.last.scores.values()), rows @ expanded(query, near, 3.0))
    bench.close()


def refusal(**named):
    given = {key.replace("__", "."): value for key, value in named.items()}
    with pytest.raises(SettingsError) as caught:
        check_stages(load_settings(None, given))
    return str(caught.value)


def test_feedback_alone_is_refused():
    said = refusal(ranking__pipeline="feedback:2")
    assert "needs the order of a stage before it; write mllm@20 > feedback:2" in said


def test_feedback_re_orders_the_whole_shortlist_and_later_stages_their_own_depth():
    chosen = load_settings(
        None, {"ranking.pipeline": "mllm@20 > feedback:2 > mllm", "retrieval.shortlist": 400}
    )
    assert [step.depth for step in pipeline_of(chosen).steps] == [20, 400, 20]


@pytest.mark.parametrize("stage", ["superglobal:0", "aqe:x", "dba:1,2,3,4", "diffusion:3,1"])
def test_constants_are_refused_before_anything_is_opened(stage):
    assert f"of {stage.partition(':')[0]} cannot be used; write" in refusal(ranking__scorer=stage)


def test_feedback_cannot_be_swept_or_be_a_term_or_be_shown_alone(tiny_corpus_root, tmp_path):
    bench = opened(tiny_corpus_root, tmp_path / "w", "mllm@3 > feedback:2")
    with pytest.raises(SettingsError, match="holds no score of a damaged image"):
        bench.robustness.require_sweeper()
    with pytest.raises(SettingsError, match="cannot be a term"):
        list(bench.evidence.fit("own", ("mllm", "feedback:2"), 3))
    with pytest.raises(SettingsError, match="by the order that it is given"):
        bench.robustness.rivals.known(["feedback:2"])
    bench.close()
