"""The embedded model goes through the same engine as any other."""

import numpy as np
import pytest

from core.mllm.engine import MllmEncoder, MllmScorer
from core.mllm.loading import load_mllm
from core.mllm.model import Mllm
from core.mllm.prompts import PRESETS, Prompt
from core.settings import POCKET_MODEL
from tests.core.mllm.conftest import mosaic
from tests.oracle import score_plain


@pytest.fixture(scope="module")
def pocket() -> Mllm:
    if not (POCKET_MODEL / "model.safetensors").is_file():
        pytest.skip("assets/pocket-vl is not in this checkout")
    return load_mllm(str(POCKET_MODEL), device="cpu")


@pytest.mark.parametrize("prompt", PRESETS.values(), ids=lambda one: one.name)
def test_pocket_margins_equal_the_processor_path_for_every_preset(pocket, prompt):
    images = [mosaic(seed, *size) for seed, size in enumerate([(112, 112), (140, 84), (98, 280)])]
    for layout in ("images_then_question", "question_first"):
        asked = Prompt(prompt.name, prompt.asked("").question, layout)
        scorer = MllmScorer(pocket, asked)
        yes, no = scorer.answers.yes.token_id, scorer.answers.no.token_id
        query, *stored = MllmEncoder(pocket).encode(images)
        (batch,) = scorer.score(query, stored)
        plain = [score_plain(pocket, asked, images[0], one) for one in images[1:]]
        assert [pair.margin for pair in batch] == pytest.approx(
            [float(one[yes] - one[no]) for one in plain], abs=1e-4
        )


@pytest.mark.parametrize("prompt", PRESETS.values(), ids=lambda one: one.name)
def test_pocket_keeps_the_answer_tokens_under_which_its_scores_are_stored(pocket, prompt):
    fields = MllmScorer(pocket, prompt).receipt_fields
    # As written by version 055dc76, which chose each side by its own mean logit.
    assert fields["answer tokens"] == "yes 'yes' (276), no 'no' (273)"


def test_pocket_tells_a_large_image_by_few_tokens(pocket):
    (tokens,) = MllmEncoder(pocket).encode([np.full((3000, 2000, 3), 90, np.uint8)])
    assert len(tokens.positions) <= pocket.max_pixels // 28**2
