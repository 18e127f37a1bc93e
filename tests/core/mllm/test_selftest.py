import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from core.errors import ModelError
from core.mllm.engine import MllmEncoder, MllmScorer
from core.mllm.loading import load_mllm
from core.mllm.prompts import PRESETS
from core.mllm.selftest import drawn_images, judge, run_self_test
from core.types.scores import PairLogits, Unscored, VisualTokens


class OneTokenEncoder:
    """Each image's only token is its mean colour."""

    def encode(self, images) -> list[VisualTokens]:
        place = np.zeros((1, 2), np.int16)
        means = [image.mean(axis=(0, 1), dtype=np.float32)[None] for image in images]
        return [VisualTokens(mean, "float32", place, (1, 1), 1) for mean in means]


@dataclass(frozen=True)
class DistanceScorer:
    """Likes equal colours; `sign` -1 likes different ones."""

    mass: float | None
    sign: float = 1.0

    def score(
        self, query_tokens: VisualTokens, candidates: Sequence[VisualTokens]
    ) -> Iterator[list[PairLogits]]:
        for one in candidates:
            apart = float(np.abs(query_tokens.tokens - one.tokens).sum())
            yield [PairLogits(self.sign * (3.0 - apart), 0.0, self.mass, 0.0)]


def test_a_scorer_that_likes_equal_images_passes_and_says_by_how_much():
    result = run_self_test(OneTokenEncoder(), DistanceScorer(mass=0.9))
    result.require()
    assert result.verdict == "passed"
    assert result.identical == (3.0,) * 4
    assert result.random == pytest.approx(result.swapped)
    assert result.answer_mass == pytest.approx(0.9)
    assert json.loads(json.dumps(result.as_json()))["verdict"] == "passed"


def test_a_scorer_that_prefers_different_images_is_refused():
    result = run_self_test(OneTokenEncoder(), DistanceScorer(mass=0.9, sign=-1.0))
    with pytest.raises(ModelError, match="finds an image less like itself"):
        result.require()


def test_a_scorer_that_seldom_answers_yes_or_no_is_refused():
    result = run_self_test(OneTokenEncoder(), DistanceScorer(mass=0.49))
    with pytest.raises(ModelError, match=r"probability of only 0\.49"):
        result.require()


def test_a_mass_of_exactly_one_half_passes():
    assert run_self_test(OneTokenEncoder(), DistanceScorer(mass=0.5)).verdict == "passed"


def test_a_model_that_is_blind_is_refused(tiny_folder):
    blind = load_mllm(str(tiny_folder), device="cpu")
    with torch.no_grad():
        blind.base.visual.merger.mlp[2].weight.zero_()
    result = run_self_test(MllmEncoder(blind), MllmScorer(blind, PRESETS["object"]))
    with pytest.raises(ModelError, match="does not look at the images"):
        result.require()


def test_a_random_model_is_refused(tiny):
    result = run_self_test(MllmEncoder(tiny), MllmScorer(tiny, PRESETS["object"]))
    assert result.verdict == "refused"
    assert "\n" not in result.reason


def test_swapped_pairs_are_the_random_ones_the_other_way_round(tiny, images):
    encoder, scorer = MllmEncoder(tiny), MllmScorer(tiny, PRESETS["object"])
    result = run_self_test(encoder, scorer, images[:3])
    a, b, _ = encoder.encode(images[:3])
    (there,), (back,) = next(scorer.score(a, [b])), next(scorer.score(b, [a]))
    assert result.random[0] == pytest.approx(there.margin, abs=1e-4)
    assert result.swapped[0] == pytest.approx(back.margin, abs=1e-4)


def test_constant_margins_are_refused_before_anything_else():
    verdict, reason = judge([0.5, 0.5], [0.5, 0.5], 0.0)
    assert verdict == "refused"
    assert "same margin (0.500)" in reason


def test_drawn_images_differ_from_each_other_and_never_change():
    first, second = drawn_images(3), drawn_images(3)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert not np.array_equal(first[0], first[1])
    assert first[0].shape == (224, 224, 3)


def test_a_result_without_verdict_passed_never_passes_require():
    result = run_self_test(OneTokenEncoder(), DistanceScorer(mass=0.9))
    with pytest.raises(ModelError, match="because"):
        replace(result, verdict="refused", reason="because").require()


def test_a_scorer_that_tells_no_answer_mass_is_judged_by_its_margins():
    result = run_self_test(OneTokenEncoder(), DistanceScorer(mass=None))
    assert (result.verdict, result.answer_mass) == ("passed", None)
    assert "answer mass not known" in result.reason


def test_a_pair_that_cannot_be_scored_ends_the_self_test_with_its_reason():
    class Silent:
        def score(self, query_tokens, candidates):
            yield [Unscored("The server was silent.")]

    with pytest.raises(ModelError, match=r"could not score a pair\. The server was silent\."):
        run_self_test(OneTokenEncoder(), Silent())
