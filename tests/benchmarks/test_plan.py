"""The plan's FLOPs and bytes are those that the engine is counted to need."""

import numpy as np
import pytest
import torch

from core.mllm.engine import _SCORING, MllmEncoder, MllmScorer
from core.mllm.loading import load_mllm
from core.mllm.prefix import run_suffixes
from core.mllm.prompt_layout import PairAssembler
from core.mllm.prompts import PRESETS
from tests.benchmarks.meters import count_flops
from tests.benchmarks.plan import CARDS, Sizes, plan, table
from tests.benchmarks.shapes import NAMED
from tests.tiny_models import save_tiny_qwen

CANDIDATES = 5


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory):
    torch.set_num_threads(1)
    wide = {"hidden_size": 64, "depth": 2, "num_heads": 2, "intermediate_size": 128}
    folder = save_tiny_qwen(tmp_path_factory.mktemp("wide"), hidden=256, layers=4, vision=wide)
    return load_mllm(str(folder), device="cpu")


@pytest.fixture(scope="module")
def stored(loaded):
    random = np.random.default_rng(0)
    images = [random.integers(0, 256, (112, 112, 3), np.uint8) for _ in range(CANDIDATES + 1)]
    return MllmEncoder(loaded).encode(images)


def test_the_engine_is_counted_to_do_what_is_planned(loaded, stored):
    scorer = MllmScorer(loaded, PRESETS["object"])
    query, *rest = stored
    assembler = PairAssembler(loaded, scorer._pair_prompt, query)
    lengths = [len(part.ids) for part in (assembler.prefix(), assembler.suffix(rest[0]))]
    planned = plan(Sizes.of(loaded.model), *lengths, len(rest[0].positions), CANDIDATES)

    def counted(n: int) -> int:
        return count_flops(lambda: list(scorer.score(query, rest[:n], mass_first=0)))

    suffix = (counted(CANDIDATES) - counted(1)) / (CANDIDATES - 1)
    assert planned.suffix_flops == pytest.approx(suffix, rel=0.01)
    assert planned.prefix_flops == pytest.approx(counted(1) - suffix, rel=0.01)
    masses = count_flops(lambda: list(scorer.score(query, rest))) - counted(CANDIDATES)
    assert planned.head_flops == pytest.approx(masses, rel=0.01)


def test_the_bytes_are_those_of_tokens_weights_and_prefix(loaded, stored):
    sizes = Sizes.of(loaded.model)
    kept = len(stored[0].positions)
    planned = plan(sizes, 60, kept + 20, kept, CANDIDATES, item=4)
    assert planned.token_bytes == sum(one.tokens.nbytes for one in stored[1:])
    layers = loaded.model.get_decoder().layers
    weights = [w for name, w in layers.named_parameters() if w.ndim == 2 and "norm" not in name]
    assert planned.weight_bytes == sum(w.nbytes for w in weights)
    head = sizes.hidden // sizes.heads
    assert planned.prefix_bytes == 2 * sizes.layers * sizes.kv_heads * head * 60 * 4


def test_batches_are_those_of_the_engine(loaded, stored, monkeypatch):
    sizes = Sizes.of(loaded.model)
    assert plan(sizes, 60, 300, 256, 100).batches == -(-100 // (_SCORING.tokens // 300))
    calls: list[int] = []

    def counting(*given, **named):
        calls.append(1)
        return run_suffixes(*given, **named)

    monkeypatch.setattr("core.mllm.prefix.run_suffixes", counting)
    list(MllmScorer(loaded, PRESETS["object"]).score(stored[0], stored[1:] * 8))
    suffix = len(stored[0].positions) + 20
    calibration = 2  # of the answers' form: two queries, a batch each
    assert len(calls) - calibration == plan(sizes, 60, suffix, 16, 8 * CANDIDATES).batches


@pytest.mark.parametrize("name", NAMED)
def test_a_named_shape_is_planned_without_its_weights(name):
    shape = NAMED[name]
    with torch.device("meta"):
        sizes = Sizes.of(shape.make(shape))
    assert (sizes.layers, sizes.hidden) == (shape.layers, shape.hidden)
    whole, quarter = (plan(sizes, 273, kept + 20, kept, 100) for kept in (256, 64))
    assert whole.flops > 3 * quarter.flops
    assert whole.token_bytes == 4 * quarter.token_bytes
    lines = table(whole)
    assert len(lines) == 3 + len(CARDS)
