"""Trials on one pair as they grow, with the embedded model on eight drawn images."""

import pytest

from core.bench.pairs import lab
from core.types.orders import Fusion
from core.types.pairs import PromptText
from core.types.runs import Progress
from core.types.work import PairWords, Tried
from tests.benches import embedded_bench

QUERY, POSITIVE, NEGATIVE = "images/disc_q.png", "images/disc_1.png", "images/cross_1.png"
PAIR = (QUERY, POSITIVE)
OTHER = PromptText("edited", "Same thing? Answer yes or no.", "question_first")


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    bench = embedded_bench(tmp_path_factory.mktemp("pairs"))
    yield bench
    bench.close()


@pytest.fixture
def bench(opened, monkeypatch):
    """The bench with a lab that has tried nothing yet."""
    monkeypatch.setattr(opened, "lab", lab.LabFacet(opened.pairs, opened.prompts))
    return opened


def values(steps):
    return [step[1] for step in steps if not isinstance(step, Progress)]


def test_a_look_yields_the_answers_then_the_lineage_then_the_attribution(bench):
    steps = list(bench.lab.look(PAIR))
    found = values(steps)
    known = [(one.lineage is not None, one.attribution is not None) for one in found]
    assert known == [(False, False), (True, False), (True, True)]
    assert steps[-1][0] == Progress("Leaving out one region at a time", 3, 3, "steps")
    assert found[-1].attribution.margin == pytest.approx(found[0].anatomy.asked.margin, abs=1e-4)


def test_attribution_that_takes_long_waits_until_it_is_asked_for(bench, monkeypatch):
    monkeypatch.setattr(lab, "ATTRIBUTION_UNASKED_S", 0.0)
    last = values(bench.lab.look(PAIR))[-1]
    assert last.attribution is None
    assert last.attribution_s > 0
    assert values(bench.lab.attribution(PAIR))[0].n_suffixes > 0


def test_the_embedded_model_says_that_it_cannot_write(bench):
    assert values(bench.lab.words(PAIR)) == [PairWords(None)]


def test_wordings_and_flips_of_a_pair_are_kept_together(bench):
    assert bench.lab.tried(PAIR) == Tried()
    list(bench.lab.wordings(PAIR, [OTHER]))
    steps = list(bench.lab.flips(PAIR, OTHER, Fusion(6, 0.0, 1.0)))
    assert steps[-1][0] == Progress("Scoring the shortlist", 6, 6, "pairs")
    known = bench.lab.tried(PAIR)
    assert steps[-1][1] == known
    assert known.own.prompt == bench.prompts.own()
    assert [one.prompt for one in known.trials] == [OTHER]
    assert [one.n for one in known.flips] == [6]
    assert bench.lab.tried((QUERY, NEGATIVE)) == Tried()


def test_a_wording_that_is_tried_again_takes_its_own_place(bench):
    list(bench.lab.wordings(PAIR, [OTHER, bench.prompts.all()[1]]))
    list(bench.lab.wordings(PAIR, [OTHER]))
    assert [one.prompt.question for one in bench.lab.tried(PAIR).trials] == [
        bench.prompts.all()[1].question,
        OTHER.question,
    ]


def test_every_wording_is_offered_in_both_layouts_but_the_own_as_it_is(bench):
    own = bench.prompts.own()
    offered = [(one.question, one.layout) for one in bench.prompts.variants()]
    assert (own.question, own.layout) not in offered
    assert len(offered) == len(set(offered)) == 2 * len(bench.prompts.all()) - 1


def test_compressions_start_with_none_and_are_not_tried_twice(bench):
    first = values(bench.lab.compressions(PAIR, ("int8",)))
    assert [[one.compression for one in rows] for rows in first] == [
        [],
        ["none"],
        ["none", "int8"],
    ]
    assert values(bench.lab.compressions(PAIR, ("int8",))) == [bench.lab.squeezed(PAIR)]


def test_matches_of_a_pair_are_found_once(bench, monkeypatch):
    found = bench.lab.matches(PAIR)
    monkeypatch.setattr(bench.pairs, "matches", None)
    assert bench.lab.matches(PAIR) is found
