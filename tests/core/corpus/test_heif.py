"""HEIC is opened where pillow-heif is installed, and named with its remedy where it is not."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.corpus import heif
from core.corpus.images import decode_image, measure_image
from core.corpus.probing import Prober
from core.corpus.sources.folder import FolderSource
from core.corpus.walk import suffix_kind
from core.errors import ImageError

HEADER = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64)


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heif, "is_installed", lambda: False)
    monkeypatch.setattr(heif, "can_open", lambda: False)


@pytest.mark.usefixtures("without")
def test_without_the_package_one_sentence_names_the_command():
    with pytest.raises(ImageError) as caught:
        decode_image(HEADER, "a.heic")
    assert str(caught.value) == (
        "Image 'a.heic' is HEIC, which pillow-heif opens; run `python -m pip install pillow-heif` "
        "and start again, or convert it to JPEG."
    )
    assert suffix_kind("a.HEIC") == "HEIC"


@pytest.mark.usefixtures("without")
def test_that_the_package_is_missing_is_not_remembered(tmp_path: Path):
    (tmp_path / "a.heic").write_bytes(HEADER)
    prober = Prober(FolderSource(tmp_path), tmp_path / "cache.json")
    assert "pillow-heif" in prober.probe("a.heic").problem
    prober.save()
    assert not (tmp_path / "cache.json").exists()


def test_other_formats_in_the_same_container_are_not_taken_for_it():
    data = BytesIO()
    Image.new("RGB", (20, 20)).save(data, "AVIF")
    assert not heif.is_heif(data.getvalue())
    assert heif.is_heif(HEADER)


def test_a_photograph_of_a_phone_is_opened_upright():
    pillow_heif = pytest.importorskip("pillow_heif", reason="the extra `heic` is not installed")
    colours = np.random.default_rng(0).integers(0, 255, (6, 8, 3))
    pixels = np.kron(colours, np.ones((16, 16, 1))).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    data = BytesIO()
    made = pillow_heif.from_pillow(Image.fromarray(pixels))
    made.save(data, quality=95, exif=exif.tobytes())
    assert measure_image(data.getvalue(), "a.heic") == (96, 128)
    found = decode_image(data.getvalue(), "a.heic")
    assert np.abs(np.rot90(pixels, -1).astype(int) - found).mean() < 12
    assert suffix_kind("a.heic") == "image"
    with pytest.raises(ImageError, match=r"is damaged or cut short|is not a JPEG"):
        decode_image(data.getvalue()[:300], "a.heic")
