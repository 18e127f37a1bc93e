"""Packed images on a small real model: what is stored, and what the scorer is shown of it."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from core.errors import ModelError
from core.mllm.compression.building import make_packer
from core.mllm.compression.grammar import parse_compression
from core.mllm.compression.packing import Packer
from core.mllm.engine import MllmEncoder, MllmScorer
from core.mllm.loading import load_mllm
from core.mllm.model import Mllm
from core.mllm.prompts import PRESETS
from core.storage.tokens import TokenStore, row_bytes
from core.types.scores import VisualTokens
from tests.core.mllm.conftest import mosaic
from tests.tiny_families import save_tiny
from tests.tiny_models import save_tiny_qwen

EMPTY = {"tokens": np.zeros((0, 1), np.uint8), "positions": np.zeros((0, 2), np.int16)}
SIZES = ((112, 112), (84, 140), (140, 84), (112, 84), (56, 196), (196, 112))


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny_qwen(tmp_path_factory.mktemp("tiny-qwen"))


@pytest.fixture(scope="module")
def tiny(folder) -> Mllm:
    return load_mllm(str(folder), device="cpu")


@pytest.fixture(scope="module")
def images():
    return [mosaic(seed, *size) for seed, size in enumerate(SIZES)]


@pytest.fixture
def packer_of(tiny, tmp_path):
    def make(text: str, loaded: Mllm = tiny) -> Packer:
        return make_packer(parse_compression(text).candidate, loaded, lambda _: tmp_path / text)

    return make


def shown(packer: Packer, images) -> list[VisualTokens]:
    return [packer.unpack(one) for one in packer.pack(images)]


def assert_same(some: list[VisualTokens], others: list[VisualTokens]) -> None:
    for one, other in zip(some, others, strict=True):
        assert np.array_equal(one.tokens, other.tokens)
        assert np.array_equal(one.positions, other.positions)
        assert (one.dtype, one.grid, one.full_count) == (other.dtype, other.grid, other.full_count)


def test_none_is_the_towers_own_tokens_bit_for_bit(packer_of, tiny, images):
    packer = packer_of("none")
    assert_same(packer.pack(images), MllmEncoder(tiny).encode(images))
    assert packer.fingerprint == tiny.tower_fingerprint
    tokens = MllmEncoder(tiny).encode(images)
    assert all(a is b for a, b in zip(packer.pack(images, tokens), tokens, strict=True))


def test_res_is_the_model_loaded_under_the_smaller_bound(packer_of, folder, images):
    small = load_mllm(str(folder), device="cpu", max_pixels=84 * 84)
    packer = packer_of("res:84")
    assert_same(packer.pack(images), MllmEncoder(small).encode(images))
    assert packer.fingerprint == small.tower_fingerprint
    assert max(one.full_count for one in packer.pack(images)) <= 9
    assert not packer.takes_tower_tokens


def test_a_code_follows_a_resolution(packer_of, images):
    assert_same(
        shown(packer_of("res:84+grid:4"), images),
        [*map(_kept_of(packer_of("grid:4")), packer_of("res:84").pack(images))],
    )


def _kept_of(packer: Packer):
    return lambda tokens: packer.pack([], [tokens])[0]


def test_jpeg_is_a_fresh_encoding_of_the_decoded_small_picture(packer_of, tiny, images):
    packer = packer_of("jpeg:70")
    stored = packer.pack(images)
    for one, whole in zip(stored, images, strict=True):
        with Image.open(BytesIO(one.tokens.tobytes())) as picture:
            assert picture.format == "JPEG"
            assert picture.width * picture.height <= 70 * 70
            assert picture.width / picture.height == pytest.approx(
                whole.shape[1] / whole.shape[0], rel=0.05
            )
            pixels = np.asarray(picture)
        (fresh,) = MllmEncoder(tiny).encode([pixels])
        assert_same([packer.unpack(one)], [fresh])


def test_a_picture_smaller_than_the_side_keeps_its_size(packer_of):
    (stored,) = packer_of("jpeg:200").pack([mosaic(0, 56, 84)])
    with Image.open(BytesIO(stored.tokens.tobytes())) as picture:
        assert picture.size == (84, 56)


def test_tokens_of_a_picture_may_be_chosen_too(packer_of, images):
    pruned, whole = packer_of("jpeg:112+divprune:3"), packer_of("jpeg:112")
    assert pruned.fingerprint == whole.fingerprint
    keep = packer_of("divprune:3")
    assert_same(shown(pruned, images), [keep.pack([], [t])[0] for t in shown(whole, images)])


@pytest.mark.parametrize(
    ("text", "most"),
    [("fp16", 2**-11), ("int8", 1.001 / 254), ("int4", 1.01 / 14), ("pq:64", 0.5)],
)
def test_coded_tokens_come_back_within_the_codes_error(packer_of, tiny, images, text, most):
    packer = packer_of(text)
    if packer.n_to_learn:
        many = [mosaic(seed, 112, 112) for seed in range(100, 120)]
        packer.learn(packer.select(many))
    whole = MllmEncoder(tiny).encode(images)
    for tokens, back in zip(whole, shown(packer, images), strict=True):
        largest = np.abs(tokens.tokens).max(axis=1, keepdims=True)
        assert (np.abs(back.tokens - tokens.tokens) <= most * largest).all()
        assert back.dtype == "float32"


def test_the_finer_code_moves_the_margins_less(packer_of, tiny, images):
    scorer = MllmScorer(tiny, PRESETS["object"])
    query = MllmEncoder(tiny).encode(images)[0]

    def moved(text: str) -> float:
        margins = [
            [pair.margin for batch in scorer.score(query, some) for pair in batch]
            for some in (shown(packer_of(text), images), shown(packer_of("none"), images))
        ]
        return float(np.abs(np.subtract(*margins)).max())

    fp16, int8, int4 = moved("fp16"), moved("int8"), moved("int4")
    assert 0 < fp16 < int8 < int4
    # margins of these images spread over nats (weights are 12 times larger than real ones)
    assert fp16 < 0.05
    assert int8 < 0.5


@pytest.mark.parametrize("text", ["divprune:5+int8", "pool", "int4"])
def test_bfloat16_tokens_are_compressed_and_come_back_as_bfloat16(folder, packer_of, text, images):
    half = load_mllm(str(folder), device="cpu", dtype="bfloat16")
    packer = packer_of(text, half)
    for back, whole in zip(shown(packer, images), MllmEncoder(half).encode(images), strict=True):
        assert (back.dtype, back.tokens.dtype) == ("bfloat16", np.uint16)
        assert back.full_count == whole.full_count
    scorer = MllmScorer(half, PRESETS["object"])
    assert list(scorer.score(whole, shown(packer, images)))


def test_every_layer_of_each_compression_addresses_rows_of_its_own(packer_of):
    texts = ["none", "res:84", "grid:4", "divprune:4", "int8", "int4", "res:84+int8", "grid:4+int8"]
    prints = {packer_of(text).fingerprint for text in texts}
    assert len(prints) == len(texts)
    assert packer_of("jpeg:80").fingerprint != packer_of("jpeg:81").fingerprint


def test_a_resolution_below_the_models_least_is_refused_with_the_least(packer_of):
    with pytest.raises(ModelError, match=r"enlarges images under 784 px .* use res:28 or more"):
        packer_of("res:27")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("internvl", "InternVL3 and InternVL3.5"),
        ("llava_onevision", "LLaVA-OneVision"),
        ("idefics3", "Idefics3 and SmolVLM"),
        ("smolvlm", "SmolVLM2"),
    ],
)
def test_a_family_of_one_tile_says_that_it_has_no_smaller_resolution(
    name, title, packer_of, tmp_path
):
    loaded = load_mllm(str(save_tiny(name, tmp_path / "model")), device="cpu")
    with pytest.raises(ModelError, match=f"{title} sees every image as one square tile .*res:84"):
        packer_of("res:84", loaded)


@pytest.mark.parametrize(
    "text", ["none", "fp16", "int8", "int4", "divprune:3+int4", "pool", "res:56", "jpeg:56"]
)
def test_the_bytes_told_before_coding_are_those_of_the_stored_row(
    packer_of, images, tmp_path, text
):
    packer = packer_of(text)
    selected, packed = packer.select(images), packer.pack(images)
    assert [packer.n_bytes(one) for one in selected] == [row_bytes(one) for one in packed]
    store = TokenStore(tmp_path / "store", "fingerprint")
    store.append(["a"], packed[:1])
    header = store.bytes_per_image() - packer.n_bytes(selected[0])
    assert 0 < header < 512  # of the shard's file


def test_a_product_codes_bytes_are_told_before_it_has_learned(packer_of, images):
    packer = packer_of("pq:16")
    assert packer.n_to_learn
    for one in packer.select(images):
        n = len(one.tokens)
        assert packer.n_bytes(one) == 16 * n + 2 * 2 * n + row_bytes(replace(one, **EMPTY))


def test_extra_layers_count(folder, images, tmp_path):
    loaded = load_mllm(str(save_tiny("qwen3_vl", tmp_path / "qwen3")), device="cpu")
    packer = make_packer(parse_compression("int8").candidate, loaded, lambda _: tmp_path / "c")
    (selected,), (packed,) = packer.select(images[:1]), packer.pack(images[:1])
    assert packed.extra is not None
    assert packer.n_bytes(selected) == row_bytes(packed)
