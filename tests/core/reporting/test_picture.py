"""The plot as PNG: with the extra only."""

import importlib.util
import io

import pytest
from PIL import Image

from core.errors import ExchangeError
from core.reporting.picture import scatter_png
from tests.runs import make_report

HAS_PNG = importlib.util.find_spec("matplotlib") is not None
REPORT = make_report(afters=(0.9, 0.2), befores=(0.4, 0.8))


@pytest.mark.skipif(HAS_PNG, reason="the extra `export` is installed")
def test_without_the_extra_a_png_is_one_sentence():
    with pytest.raises(ExchangeError, match=r"extra `export`.*HTML report"):
        scatter_png(REPORT)


@pytest.mark.skipif(not HAS_PNG, reason="the extra `export` is not installed")
def test_the_picture_has_its_size_and_is_not_blank():
    with Image.open(io.BytesIO(scatter_png(REPORT))) as picture:
        assert picture.size == (1120, 1120)
        assert len(set(picture.convert("L").tobytes())) > 2
