"""Pictures of every mode and orientation become the RGB pixels that a person would see."""

import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.corpus.images import decode_image, measure_image
from core.corpus.pixels import upright_size

# A 3 x 2 picture as it stands upright; letters name its corners and middle.
UPRIGHT = ["abc", "def"]
GREY = {letter: 40 * place for place, letter in enumerate("abcdef")}
# How each orientation stores UPRIGHT, from EXIF 2.32 table 6 ("row 0 is the visual ...").
STORED = {
    1: ["abc", "def"],  # row 0 = top, column 0 = left
    2: ["cba", "fed"],  # top, right
    3: ["fed", "cba"],  # bottom, right
    4: ["def", "abc"],  # bottom, left
    5: ["ad", "be", "cf"],  # left, top
    6: ["cf", "be", "ad"],  # right, top
    7: ["fc", "eb", "da"],  # right, bottom
    8: ["da", "eb", "fc"],  # left, bottom
}


def grid(rows: list[str]) -> np.ndarray:
    return np.array([[GREY[letter] for letter in row] for row in rows], np.uint8)


def encode(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def exif_with(orientation: object) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_exif_orientation_gives_the_upright_picture(orientation: int):
    stored = Image.fromarray(grid(STORED[orientation]))
    data = encode(stored, exif=exif_with(orientation))
    assert measure_image(data, "a.png") == (3, 2)
    np.testing.assert_array_equal(decode_image(data, "a.png")[:, :, 0], grid(UPRIGHT))


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_format_is_turned_by_its_exif(kind: str, orientation: int):
    # Blocks of 16 pixels, so that lossy codecs keep the order of the greys.
    stored = Image.fromarray(grid(STORED[orientation]).repeat(16, axis=0).repeat(16, axis=1))
    data = encode(stored.convert("RGB"), kind, exif=exif_with(orientation), quality=95)
    pixels = decode_image(data, "a")[8::16, 8::16, 0]
    assert measure_image(data, "a") == (48, 32)
    assert np.abs(pixels.astype(int) - grid(UPRIGHT)).max() <= 6  # measured 2


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_turns_nothing(orientation: int):
    data = encode(Image.fromarray(grid(UPRIGHT)), exif=exif_with(orientation))
    np.testing.assert_array_equal(decode_image(data, "a")[:, :, 0], grid(UPRIGHT))


def test_broken_exif_turns_nothing():
    data = encode(Image.fromarray(grid(UPRIGHT)), exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert measure_image(data, "a") == (3, 2)
    np.testing.assert_array_equal(decode_image(data, "a")[:, :, 0], grid(UPRIGHT))


def test_a_png_with_exif_after_its_pixels_is_turned():
    data = encode(Image.fromarray(grid(STORED[6])), exif=exif_with(6))
    start = data.index(b"eXIf") - 4
    end = start + 12 + int.from_bytes(data[start : start + 4])
    last = data.index(b"IEND") - 4
    late = data[:start] + data[end:last] + data[start:end] + data[last:]
    assert measure_image(late, "a") == (3, 2)
    np.testing.assert_array_equal(decode_image(late, "a")[:, :, 0], grid(UPRIGHT))


def test_upright_size_swaps_sides_for_quarter_turns_only():
    swapped = [number for number in range(1, 9) if upright_size((3, 2), number) == (2, 3)]
    assert swapped == [5, 6, 7, 8]


def test_sixteen_bit_grey_is_scaled_not_clipped():
    values = np.array([[0, 257, 40000, 65535]], np.uint16)
    pixels = decode_image(encode(Image.fromarray(values)), "a")
    # 40000 / 257 = 155.64; Pillow's own conversion gives 255.
    np.testing.assert_array_equal(pixels[0, :, 0], [0, 1, 156, 255])
    assert (pixels == pixels[:, :, :1]).all()


def test_a_transparent_value_of_sixteen_bit_grey_shows_the_background():
    values = np.array([[100, 40000]], np.uint16)
    data = encode(Image.fromarray(values), transparency=40000)
    np.testing.assert_array_equal(decode_image(data, "a")[0, :, 0], [0, 255])


def test_hidden_colour_under_full_transparency_becomes_the_background():
    rgba = np.array([[[255, 0, 0, 0], [255, 0, 0, 255], [255, 0, 0, 128]]], np.uint8)
    pixels = decode_image(encode(Image.fromarray(rgba)), "a")
    # Half over white: 255 * (1 - 128 / 255) = 127.
    np.testing.assert_array_equal(pixels[0], [[255, 255, 255], [255, 0, 0], [255, 127, 127]])


def test_grey_with_alpha_is_composited():
    la = Image.merge("LA", (Image.new("L", (1, 1), 10), Image.new("L", (1, 1), 0)))
    assert decode_image(encode(la), "a").tolist() == [[[255, 255, 255]]]


def test_a_palette_with_transparent_entries_is_composited():
    picture = Image.new("P", (2, 1))
    picture.putpalette([0, 0, 0, 10, 20, 30])
    picture.putpixel((1, 0), 1)
    data = encode(picture, transparency=bytes([0, 255]))
    assert decode_image(data, "a").tolist() == [[[255, 255, 255], [10, 20, 30]]]


def test_one_transparent_colour_of_an_opaque_picture_is_composited():
    rgb = np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8)
    data = encode(Image.fromarray(rgb), transparency=(1, 2, 3))
    assert decode_image(data, "a").tolist() == [[[255, 255, 255], [4, 5, 6]]]


def test_black_and_white_pictures_become_grey_pixels():
    data = encode(Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1"))
    assert decode_image(data, "a").tolist() == [[[0, 0, 0], [255, 255, 255]]]


def test_cmyk_without_a_profile_is_converted_plainly():
    cmyk = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    pixels = decode_image(encode(cmyk, "JPEG", quality=100), "a")
    # No cyan, all magenta and yellow: red. JPEG rounding measured 1.
    assert np.abs(pixels[8, 8].astype(int) - (255, 0, 0)).max() <= 2


def grey_cmyk_profile() -> bytes:
    """An ICC 2.4 profile that knows black ink only: L* is 128 / 2.55 without any, 0 with all."""
    identity = struct.pack(">9i", *(65536 * (n % 4 == 0) for n in range(9)))
    ramp = bytes(range(256))
    grid_of_lab = bytes([128, 128, 128, 0, 128, 128]) * 2**3  # the last ink, black, runs fastest
    lut = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + identity + ramp * 4 + grid_of_lab + ramp * 3
    tags = struct.pack(">I4sII", 1, b"A2B0", 144, len(lut))
    d50 = struct.pack(">3i", 63190, 65536, 54061)
    header = (
        struct.pack(">I4sI", 144 + len(lut), bytes(4), 0x02400000)
        + b"prtrCMYKLab "
        + struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
        + b"acsp"
        + bytes(28)
        + d50
        + bytes(48)
    )
    return header + tags + lut


def test_cmyk_with_a_profile_goes_through_it():
    cmyk = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    data = encode(cmyk, "JPEG", quality=100, icc_profile=grey_cmyk_profile())
    # L* = 50.2: Y = ((50.2 + 16) / 116)^3 = 0.186; sRGB = 1.055 * Y^(1 / 2.4) - 0.055 = 0.468
    # = 119.4 of 255. The plain conversion gives red.
    assert np.abs(decode_image(data, "a")[8, 8].astype(int) - 119).max() <= 2


def test_cmyk_with_an_unusable_profile_is_converted_plainly(caplog: pytest.LogCaptureFixture):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    cmyk = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    for profile in (srgb, b"no profile"):
        caplog.clear()
        pixels = decode_image(encode(cmyk, "JPEG", quality=100, icc_profile=profile), "a")
        assert np.abs(pixels[8, 8].astype(int) - (255, 0, 0)).max() <= 2
        assert "unusable ICC profile" in caplog.text


def test_only_the_first_frame_of_an_animation_is_seen():
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    for kind in ("WEBP", "PNG"):
        data = encode(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
        assert decode_image(data, "a")[0, 0].tolist() == [255, 0, 0]


def test_pixels_are_new_and_writable_for_the_caller():
    pixels = decode_image(encode(Image.new("RGB", (3, 2))), "a")
    assert pixels.flags.writeable
    assert pixels.flags.c_contiguous
    assert pixels.dtype == np.uint8
