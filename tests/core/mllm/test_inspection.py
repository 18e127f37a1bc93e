"""The whole answer: next tokens, answer mass and logits agree with the scorer."""

import pytest

from core.mllm.engine import MllmEncoder, MllmScorer
from core.mllm.inspection import PairInspector
from core.mllm.prompts import PRESETS


@pytest.fixture(scope="module")
def case(tiny, images):
    scorer = MllmScorer(tiny, PRESETS["object"])
    query, candidate = MllmEncoder(tiny).encode([images[0], images[3]])
    looker = PairInspector(tiny, PRESETS["object"], scorer.answers)
    return scorer, looker, query, candidate


def test_logits_and_mass_are_the_scorers(case):
    scorer, looker, query, candidate = case
    answer = looker.look(query, candidate)
    ((scored,),) = scorer.score(query, [candidate])
    assert answer.margin == pytest.approx(scored.margin, abs=1e-4)
    assert answer.logit_yes == pytest.approx(scored.logit_yes, abs=1e-4)
    assert answer.answer_mass == pytest.approx(scored.answer_mass, abs=1e-5)


def test_all_tokens_together_have_probability_one(case, tiny):
    _, looker, query, candidate = case
    answer = looker.look(query, candidate, n_tokens=10**6)
    head = tiny.model.get_output_embeddings().weight
    assert len(answer.tokens) == len(head)
    assert sum(one.probability for one in answer.tokens) == pytest.approx(1.0, abs=1e-6)
    mass = sum(one.probability for one in answer.tokens if one.side is not None)
    assert mass == pytest.approx(answer.answer_mass, abs=1e-6)
    assert {one.side for one in answer.tokens if one.is_scored} == {"yes", "no"}


def test_tokens_come_by_probability_and_the_scored_ones_give_the_margin(case):
    import math

    _, looker, query, candidate = case
    answer = looker.look(query, candidate, n_tokens=10**6)
    chances = [one.probability for one in answer.tokens]
    assert chances == sorted(chances, reverse=True)
    yes, no = (
        next(one.probability for one in answer.tokens if one.is_scored and one.side == side)
        for side in ("yes", "no")
    )
    assert math.log(yes / no) == pytest.approx(answer.margin, abs=1e-4)


def test_the_two_orders_are_two_answers(case):
    _, looker, query, candidate = case
    there, back = looker.look(query, candidate), looker.look(candidate, query)
    assert abs(there.margin - back.margin) > 1e-2
