"""Product quantisation: real sizes, real codes, codebooks that are checked."""

import numpy as np
import pytest

from core.errors import ModelError, StaleIndexError
from core.mllm.compression.grammar import Compression, Part
from core.mllm.compression.packing import TokenPacker
from core.mllm.compression.product import ProductCoder
from core.storage.codebook import CodebookFile
from core.storage.tokens import TokenStore
from core.types.scores import VisualTokens


def vectors(layers: int, n: int, dimension: int, seed: int = 0) -> np.ndarray:
    """Vectors around a few centres, as visual tokens are."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(layers, 20, dimension))
    chosen = centres[:, rng.integers(0, 20, n)]
    return (chosen + 0.1 * rng.normal(size=chosen.shape)).astype(np.float32)


def learned(folder, n_bytes: int, values: np.ndarray) -> ProductCoder:
    coder = ProductCoder(n_bytes, values.shape[2], CodebookFile(folder))
    coder.learn(values)
    return coder


def test_codes_take_their_bytes_and_come_near(tmp_path):
    seen, new = vectors(2, 600, 24), vectors(2, 50, 24, seed=1)
    coder = learned(tmp_path, 12, seen)
    codes = coder.code(new)
    assert (codes.dtype, codes.shape) == (np.uint8, (2, 50, 12))
    error = np.mean((coder.decode(codes, 24) - new) ** 2)
    assert error < 0.03 * np.mean(new**2)
    coarse = learned(tmp_path / "coarse", 2, seen)
    assert np.mean((coarse.decode(coarse.code(new), 24) - new) ** 2) > error


def test_each_code_is_the_nearest_entry_of_its_piece(tmp_path):
    values = vectors(1, 300, 8)
    coder = learned(tmp_path, 4, values)
    books = np.load(tmp_path / "codebook.npy")
    for piece in range(4):
        part = values[0, :40, 2 * piece : 2 * piece + 2].astype(np.float64)
        distances = ((part[:, None] - books[0, piece].astype(np.float64)[None]) ** 2).sum(-1)
        assert coder.code(values)[0, :40, piece].tolist() == distances.argmin(1).tolist()


def test_every_layer_has_codebooks_of_its_own(tmp_path):
    values = vectors(2, 300, 8)
    values[1] += 100
    coder = learned(tmp_path, 4, values)
    assert np.abs(coder.decode(coder.code(values), 8) - values).max() < 1


def test_a_length_that_bytes_do_not_divide_is_filled_up(tmp_path):
    values = vectors(1, 300, 10)
    coder = learned(tmp_path, 4, values)
    back = coder.decode(coder.code(values), 10)
    assert back.shape == values.shape
    assert np.mean((back - values) ** 2) < 0.1 * np.mean(values**2)


def test_codebooks_are_found_again_and_named_in_the_receipt(tmp_path):
    values = vectors(1, 300, 8)
    first = learned(tmp_path, 4, values)
    again = ProductCoder(4, 8, CodebookFile(tmp_path))
    assert again.n_to_learn == 0
    assert np.array_equal(again.code(values), first.code(values))
    assert again.fields == first.fields
    assert again.fields["codebook"].endswith("8192 bytes")


def test_nothing_is_coded_before_codebooks_are_learned(tmp_path):
    coder = ProductCoder(4, 8, CodebookFile(tmp_path))
    assert coder.n_to_learn > 0
    assert coder.fields == {"codebook": "not learned yet"}
    with pytest.raises(ModelError, match=r"pq:4 learns its codes .* run `python app.py index`"):
        coder.code(vectors(1, 3, 8))


def test_too_few_tokens_and_too_many_bytes_are_refused(tmp_path):
    with pytest.raises(ModelError, match="at least 256 visual tokens and the database has 255"):
        learned(tmp_path, 4, vectors(1, 255, 8))
    with pytest.raises(ModelError, match=r"pq:9 has more bytes .* \(8\)"):
        ProductCoder(9, 8, CodebookFile(tmp_path))


def test_a_flipped_bit_in_a_codebook_is_refused(tmp_path):
    learned(tmp_path, 4, vectors(1, 300, 8))
    file = tmp_path / "codebook.npy"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(StaleIndexError, match=r"codebook\.npy differs from its checksum"):
        ProductCoder(4, 8, CodebookFile(tmp_path))


def test_codes_without_their_codebooks_are_refused(tmp_path):
    learned(tmp_path, 4, vectors(1, 300, 8))
    place = np.zeros((1, 2), np.int16)
    stored = VisualTokens(np.zeros((1, 4), np.uint8), "pq:4", place, (1, 1), 1)
    TokenStore(tmp_path, "f").append(["a"], [stored])
    (tmp_path / "codebook.json").unlink()
    with pytest.raises(StaleIndexError, match=r"codebook\.npy is missing"):
        ProductCoder(4, 8, CodebookFile(tmp_path))


class Tower:
    """Gives images of 12 x 12 tokens as a real vision encoder of this length would."""

    def __init__(self, dimension: int, n_extra: int) -> None:
        self.tower_fingerprint = f"{dimension} {n_extra}"
        self._dimension, self._n_extra = dimension, n_extra

    def encode(self, images):
        made = []
        for image in images:
            layers = vectors(1 + self._n_extra, 144, self._dimension, seed=int(image[0, 0, 0]))
            bits = (layers.view(np.uint32) >> 16).astype(np.uint16)  # bfloat16
            places = np.stack(np.divmod(np.arange(144), 12), axis=1).astype(np.int16)
            extra = bits[1:] if self._n_extra else None
            made.append(VisualTokens(bits[0], "bfloat16", places, (12, 12), 144, extra))
        return made


@pytest.mark.parametrize(
    ("dimension", "n_extra", "codes"),
    [
        pytest.param(3584, 0, 64 * 96, id="Qwen2.5-VL-7B"),
        pytest.param(896, 0, 64 * 96, id="InternVL3-1B"),
        pytest.param(4096, 3, 4 * 64 * 96, id="Qwen3-VL-8B"),
    ],
)
def test_64_tokens_of_96_bytes_are_6_kb_built_and_read_back(tmp_path, dimension, n_extra, codes):
    tower = Tower(dimension, n_extra)
    coder = ProductCoder(96, dimension, CodebookFile(tmp_path))
    chosen = Compression(kept=Part("grid", 64), coded=Part("pq", 96))
    packer = TokenPacker(tower, chosen, coder, ("bfloat16", dimension))
    images = [np.full((1, 1, 3), number, np.uint8) for number in range(10)]
    packer.learn(packer.select(images[:5]))
    packed = packer.pack(images)
    store = TokenStore(tmp_path, packer.fingerprint)
    store.append([str(number) for number in range(10)], packed)
    held = packed[0].tokens.nbytes + (0 if packed[0].extra is None else packed[0].extra.nbytes)
    assert held == codes
    # positions 4 bytes a token, 36 bytes of sizes and dtype, and the file's header
    assert codes <= store.bytes_per_image() <= codes + 64 * 4 + 36 + 64
    kept = packer.select(images)
    for number, whole in enumerate(kept):
        back = packer.unpack(store.get(str(number)))
        assert (back.dtype, back.tokens.shape) == ("bfloat16", (64, dimension))
        assert np.array_equal(back.positions, whole.positions)
        assert (back.extra is None) == (n_extra == 0)
        lost = as_float(back.tokens) - as_float(whole.tokens)
        assert np.mean(lost**2) < 0.05 * np.mean(as_float(whole.tokens) ** 2)


def as_float(bits: np.ndarray) -> np.ndarray:
    return (bits.astype(np.uint32) << 16).view(np.float32)
