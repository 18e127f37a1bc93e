"""The JPEGs that are sent: bounded, in proportion, and made from pixels only."""

import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from core.corpus.images import ImageOpener
from core.errors import ModelError
from core.mllm.remote.images import ServerImages, data_url
from core.types.scores import VisualTokens


def sent(tokens: VisualTokens) -> Image.Image:
    head, _, text = data_url(tokens).partition(",")
    assert head == "data:image/jpeg;base64"
    return Image.open(BytesIO(base64.b64decode(text, validate=True)))


def test_a_large_image_is_sent_in_proportion_and_within_the_bound(images):
    (tokens,) = images.encode([np.zeros((300, 1200, 3), np.uint8)])
    assert (sent(tokens).format, sent(tokens).size) == ("JPEG", (768, 192))


def test_a_small_image_is_sent_in_its_own_size_and_colours(images):
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:] = (200, 40, 90)
    (tokens,) = images.encode([pixels])
    assert sent(tokens).size == (60, 40)
    assert np.abs(np.asarray(sent(tokens), np.int16) - pixels).max() <= 3  # JPEG of quality 92


def test_a_record_is_sent_as_its_pixels(tiny_corpus, tiny_corpus_root):
    images = ServerImages(ImageOpener(tiny_corpus_root), 768)
    record = tiny_corpus.database[0]
    (same,) = images.encode([ImageOpener(tiny_corpus_root).load(record)])
    assert data_url(images.tokens(record)) == data_url(same)


def test_the_bound_is_part_of_the_fingerprint(images):
    assert ServerImages(None, 448).tower_fingerprint != images.tower_fingerprint


def test_a_local_models_tokens_are_refused():
    tokens = VisualTokens(np.zeros((1, 4), np.float32), "float32", np.zeros((1, 2)), (1, 1), 1)
    with pytest.raises(ModelError, match="give it the images themselves"):
        data_url(tokens)
