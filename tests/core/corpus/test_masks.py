"""A mask is read by what it holds: the same square, by every maker's habits."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from core.corpus.images import decode_mask
from core.errors import ImageError

SIZE = (40, 30)
SQUARE = np.zeros((30, 40), np.bool_)
SQUARE[5:20, 10:30] = True


def png(image: Image.Image, **options: object) -> bytes:
    data = BytesIO()
    image.save(data, "PNG", **options)
    return data.getvalue()


def levels(high: int, low: int = 0, dtype: type = np.uint8) -> Image.Image:
    return Image.fromarray(np.where(SQUARE, high, low).astype(dtype))


def palette(colours: list[int], indices: np.ndarray = SQUARE) -> Image.Image:
    image = Image.fromarray(indices.astype(np.uint8), "P")
    image.putpalette(colours)
    return image


def cut_out() -> Image.Image:
    """A photograph whose object is in the alpha channel."""
    colours = np.random.default_rng(0).integers(0, 255, (30, 40, 3), np.uint8)
    return Image.fromarray(np.dstack([colours, np.where(SQUARE, 255, 0).astype(np.uint8)]))


def soft() -> Image.Image:
    """Dark, with a soft edge: half of its own range is the border."""
    values = np.where(SQUARE, 20, 0).astype(np.uint8)
    values[4, 10:30], values[20, 10:30] = 6, 6
    return Image.fromarray(values)


MASKS = {
    "0 and 255": lambda: png(levels(255)),
    "0 and 1": lambda: png(levels(1)),
    "100 and 200": lambda: png(levels(200, 100)),
    "16 bit": lambda: png(levels(65535, dtype=np.uint16)),
    "16 bit, 0 and 1": lambda: png(levels(1, dtype=np.uint16)),
    "1 bit": lambda: png(levels(255).convert("1")),
    "RGB": lambda: png(levels(255).convert("RGB")),
    "RGB 1": lambda: png(levels(1).convert("RGB")),
    "opaque RGBA": lambda: png(levels(255).convert("RGBA")),
    "dark palette": lambda: png(palette([0, 0, 0, 8, 0, 0])),
    "palette, object dark": lambda: png(palette([255, 255, 255, 0, 0, 0])),
    "palette with alpha": lambda: png(palette([9, 9, 9, 9, 9, 9]), transparency=0),
    "cut-out": lambda: png(cut_out()),
    "soft and dark": lambda: png(soft()),
}


@pytest.mark.parametrize("maker", MASKS)
def test_every_maker_s_mask_is_the_same(maker: str):
    assert np.array_equal(decode_mask(MASKS[maker](), "m.png", SIZE), SQUARE)


def test_a_jpeg_mask_is_parted_in_the_middle():
    data = BytesIO()
    levels(255).save(data, "JPEG", quality=80)
    assert (decode_mask(data.getvalue(), "m.jpg", SIZE) != SQUARE).mean() < 0.02


def test_a_mask_is_turned_as_its_exif_says():
    exif = Image.Exif()
    exif[0x0112] = 6
    mask = decode_mask(png(levels(255), exif=exif), "m.png", (30, 40))
    assert np.array_equal(mask, np.rot90(SQUARE, -1))


@pytest.mark.parametrize(("level", "covered"), [(0, "nothing"), (255, "everything"), (1, "every")])
def test_a_mask_of_nothing_or_everything_is_a_problem(level: int, covered: str):
    blank = Image.new("L", SIZE, level)
    with pytest.raises(ImageError, match=rf"^Image 'm\.png' is a mask that covers {covered}.*; "):
        decode_mask(png(blank), "m.png", SIZE)


def test_a_mask_of_another_size_is_a_problem():
    with pytest.raises(ImageError, match="is a mask of 40 x 30 pixels; make it the image's size"):
        decode_mask(png(levels(255)), "m.png", (30, 40))
