"""The scorers of tried wordings: the last few, and always the bench's own."""

from dataclasses import replace

import pytest

from core.mllm import playground as module
from core.mllm.playground import Playground
from core.mllm.prompts import PRESETS

OWN = PRESETS["object"]


@pytest.fixture
def made():
    return []


@pytest.fixture
def playground(made):
    def make_scorer(prompt):
        made.append(prompt)
        return prompt

    return Playground(None, OWN, make_scorer, None, None, None)


def other(number):
    return replace(OWN, question=f"Same thing, {number}?")


def test_the_own_scorer_stays_however_many_wordings_are_tried(playground, made):
    playground.scorer(OWN)
    for number in range(module._KEPT + 2):
        playground.scorer(other(number))
    assert playground.scorer(replace(OWN, name="by another name")) == OWN
    assert made.count(OWN) == 1


def test_the_wording_tried_longest_ago_is_made_again(playground, made):
    playground.scorer(OWN)
    for number in range(module._KEPT):  # one more than fit beside the own one
        playground.scorer(other(number))
    playground.scorer(other(1))
    assert len(made) == 1 + module._KEPT
    playground.scorer(other(0))
    assert made[-1] == other(0)
    assert len(made) == 2 + module._KEPT
