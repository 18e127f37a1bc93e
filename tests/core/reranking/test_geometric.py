"""Geometric verification as a scorer: the same counts as the matches of two pictures."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from PIL import Image

from core.errors import ModelError
from core.mllm.token_source import TokenSource
from core.reranking.geometric import GeometricScorer, KeypointPacker
from core.reranking.keypoints import find_keypoints, match
from core.storage.tokens import TokenStore
from core.types.corpus import ImageRecord
from core.types.scores import VisualTokens

RNG = np.random.default_rng(3)
NOISE = np.asarray(
    Image.fromarray(RNG.integers(0, 256, (12, 16, 3), np.uint8)).resize((320, 240)), np.uint8
)
TURNED = np.ascontiguousarray(np.rot90(NOISE))
EMPTY = np.full((240, 320, 3), 128, np.uint8)


@dataclass
class Pictures:
    """Holds three pictures by id and counts how often one is opened."""

    opened: list[str] = field(default_factory=list)

    def load(self, record):
        self.opened.append(record.image_id)
        return {"a": NOISE, "b": TURNED, "c": EMPTY}[record.image_id]


def record(name):
    return ImageRecord(name, name, "database", None, 320, 240, sha256=name * 64)


def scores(query, *candidates):
    packer = KeypointPacker()
    shown = [packer.unpack(one) for one in packer.pack([query, *candidates])]
    return [one.score for batch in GeometricScorer().score(shown[0], shown[1:]) for one in batch]


def test_a_score_is_the_number_of_matches_that_agree():
    found = scores(NOISE, NOISE, TURNED, EMPTY)
    assert found == [float(len(match(NOISE, one).query_xy)) for one in (NOISE, TURNED, EMPTY)]
    assert found[0] > found[2] == 0.0
    assert found[1] > 10


def test_an_image_without_keypoints_scores_nothing_against_all():
    assert scores(EMPTY, NOISE, EMPTY) == [0.0, 0.0]


def test_keypoints_are_found_once_and_come_back_from_disk_as_they_were(tmp_path):
    pictures, packer = Pictures(), KeypointPacker()
    for _ in range(2):  # the second time from the files of the first
        store = TokenStore(tmp_path / "keypoints" / "one", packer.fingerprint)
        source = TokenSource(pictures, packer, store)
        shown = source.tokens(record("a")).tokens
        assert len(source.tokens(record("c")).tokens) == 0
    assert pictures.opened == ["a", "c"]
    found = find_keypoints(NOISE)
    assert (shown == np.concatenate([found.xy, found.vectors], axis=1)).all()
    assert packer.n_bytes(packer.pack([NOISE])[0]) < 140 * len(found.xy) + 100


def test_visual_tokens_of_a_model_are_refused():
    tokens = VisualTokens(
        np.zeros((4, 3), np.float32), "float32", np.zeros((4, 2), np.int16), (2, 2), 4
    )
    with pytest.raises(ModelError, match="compares keypoints"):
        list(GeometricScorer().score(tokens, []))


def test_fewer_keypoints_are_the_strongest_and_another_scorer():
    all_of, few_of = KeypointPacker(), KeypointPacker(40)
    (full,), (few,) = all_of.pack([NOISE]), few_of.pack([NOISE])
    assert len(few.tokens) == 40 < len(full.tokens)
    assert {row.tobytes() for row in few.tokens} <= {row.tobytes() for row in full.tokens}
    assert all_of.n_bytes(full) - few_of.n_bytes(few) == 136 * (len(full.tokens) - 40)
    assert GeometricScorer(few_of).fingerprint != GeometricScorer().fingerprint
