"""What browsers show is shown, and what was passed over is said."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from core.corpus.images import decode_image, measure_image, tolerated_in
from core.corpus.repair import CHECKSUM, CUT_SHORT, LONG_TEXT, STRAY
from core.errors import ImageError

PICTURE = np.kron(
    np.random.default_rng(0).integers(0, 255, (12, 16, 3)), np.ones((20, 20, 1))
).astype(np.uint8)


def encoded(kind: str, **options: object) -> bytes:
    data = BytesIO()
    Image.fromarray(PICTURE).save(data, kind, **options)
    return data.getvalue()


PNG = encoded("PNG")
JPEGS = {"baseline": encoded("JPEG"), "progressive": encoded("JPEG", progressive=True)}


def chunk(kind: bytes, content: bytes, checksum: int | None = None) -> bytes:
    found = zlib.crc32(kind + content) if checksum is None else checksum
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", found)


def with_chunk(more: bytes) -> bytes:
    """The picture with a chunk behind its header."""
    return PNG[:33] + more + PNG[33:]


@pytest.mark.parametrize("kind", JPEGS)
@pytest.mark.parametrize("cut", [1, 2, 3, 10, 60])
def test_a_jpeg_short_of_its_last_bytes_is_shown(kind: str, cut: int):
    data = JPEGS[kind][:-cut]
    assert tolerated_in(data) == (CUT_SHORT,)
    assert measure_image(data, "a") == (320, 240)
    whole, found = decode_image(JPEGS[kind], "a"), decode_image(data, "a")
    rows = np.abs(whole.astype(int) - found).mean(axis=(1, 2))
    assert (rows[:200] < 4).all()


@pytest.mark.parametrize(
    ("kind", "share"),
    # The last third of a progressive JPEG only refines what is there.
    [("baseline", 0.2), ("baseline", 0.6), ("progressive", 0.6), ("progressive", 0.9)],
)
def test_a_jpeg_that_misses_much_of_its_picture_is_damaged(kind: str, share: float):
    data = JPEGS[kind]
    with pytest.raises(ImageError, match="is damaged or cut short"):
        decode_image(data[: int(len(data) * (1 - share))], "a")


def test_what_stands_behind_a_whole_jpeg_is_no_damage():
    data = JPEGS["baseline"] + b"trailing"
    assert tolerated_in(data) == ()
    assert np.array_equal(decode_image(data, "a"), decode_image(JPEGS["baseline"], "a"))


@pytest.mark.parametrize("stray", [b"\0", b"\x10", b"junk"])
def test_stray_bytes_before_a_marker_are_passed_over(stray: bytes):
    whole = JPEGS["baseline"]
    place = 4 + int.from_bytes(whole[4:6])  # behind the first segment
    data = whole[:place] + stray + whole[place:]
    assert tolerated_in(data) == (STRAY,)
    assert np.array_equal(decode_image(data, "a"), decode_image(whole, "a"))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (chunk(b"tEXt", b"a\0b", 1), (CHECKSUM,)),
        (chunk(b"gAMA", struct.pack(">I", 45455), 1), (CHECKSUM,)),
        (chunk(b"tEXt", b"a\0" + bytes(2 << 20)), (LONG_TEXT,)),
        (chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2 << 20))), (LONG_TEXT,)),
        (chunk(b"iTXt", b"a\0\1\0en\0b\0" + zlib.compress(bytes(2 << 20))), (LONG_TEXT,)),
        (chunk(b"iTXt", b"a\0\0\0en\0b\0" + bytes(2 << 20)), (LONG_TEXT,)),
        (chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 20))) * 80, (LONG_TEXT,)),
    ],
)
def test_a_png_chunk_without_pixels_that_is_broken_is_passed_over(
    more: bytes, said: tuple[str, ...]
):
    data = with_chunk(more)
    assert tolerated_in(data) == said
    assert np.array_equal(decode_image(data, "a"), PICTURE)


def test_a_png_that_is_as_it_should_be_is_left_as_it_is():
    info = PngImagePlugin.PngInfo()
    info.add_text("note", "short", zip=True)
    info.add_itxt("note", "short", "en", "n", zip=True)
    assert tolerated_in(encoded("PNG", pnginfo=info)) == ()
    assert np.array_equal(decode_image(encoded("PNG", pnginfo=info), "a"), PICTURE)


def test_a_wrong_checksum_of_pixels_stays_damage():
    data = bytearray(PNG)
    data[-20] ^= 1
    with pytest.raises(ImageError, match="is damaged or cut short"):
        decode_image(bytes(data), "a")
