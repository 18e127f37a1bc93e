"""Every hostile file is one ImageError, undecoded, and no path leads out of the corpus."""

import os
import struct
import warnings
import zlib
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from core.corpus.images import ImageOpener, decode_image, measure_image
from core.corpus.limits import MAX_BYTES, printable
from core.errors import ImageError
from core.types.corpus import Corpus


def encode(kind: str, size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def png_of(width: int, height: int, *, bits: int = 8, more: bytes = b"") -> bytes:
    """A PNG whose header claims a grey picture of any size; its pixels are one empty stream."""
    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + more
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


EPS = (
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n"
    b"(touched) (w) file closefile\nshowpage\n%%EOF\n"
)
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64)
SVG = (
    b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><script>alert(1)</script></svg>"
)
JPEG = encode("JPEG")
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "100,000 x 100,000": (lambda: png_of(100_000, 100_000), "million pixels|a side over 20,000"),
    "144 Mpx": (lambda: png_of(12_000, 12_000), "more than 50 million pixels"),
    "strip": (lambda: png_of(1_000_000, 1), "a side over 20,000"),
    "thin strip": (lambda: png_of(510, 10), "a strip beyond 50:1"),
    "zero width": (lambda: png_of(0, 10), "is not a JPEG|claims to have"),
    "zero byte": (lambda: b"", r"is empty \(0 bytes\)"),
    "text": (lambda: b"hello, I am a picture", "is not a JPEG"),
    "svg": (lambda: SVG, "is not a JPEG"),
    "heic": (lambda: HEIC, "is HEIC, which pillow-heif opens|is damaged"),
    "eps": (lambda: EPS, "is not a JPEG"),
    "gif": (lambda: encode("GIF"), "is not a JPEG"),
    "tiff": (lambda: encode("TIFF"), "is not a JPEG"),
    "ppm bomb": (lambda: b"P6 4000000000 4000000000 255\n", "is not a JPEG"),
    "header only": (lambda: JPEG[:20], "is not a JPEG|is damaged"),
    "truncated jpeg": (lambda: JPEG[: len(JPEG) // 2], "is damaged or cut short"),
    "truncated png": (lambda: encode("PNG")[:2000], "is damaged or cut short"),
    "truncated webp": (lambda: encode("WEBP")[:500], "is damaged or cut short"),
    "truncated avif": (lambda: encode("AVIF")[:-200], "is damaged or cut short"),
    "truncated bmp": (lambda: encode("BMP")[:500], "is damaged or cut short"),
    "empty pixels": (lambda: png_of(10, 10), "is damaged or cut short"),
    "too many bytes": (lambda: bytes(MAX_BYTES + 1), "is larger than 64 MiB"),
    "text bomb": (
        lambda: png_of(
            9, 9, more=chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100_000_000), 1)) * 2
        ),
        "is damaged or cut short",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_an_image_error_with_a_remedy(name: str):
    make, reason = HOSTILE[name]
    with pytest.raises(ImageError, match=rf"^Image 'bad\.jpg' .*({reason}).*; .+\.$"):
        decode_image(make(), "bad.jpg")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(12_000, 12_000), (1_000_000, 1), (510, 10)])
def test_a_giant_is_refused_before_any_pixel_is_decoded(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
):
    decoded: list[tuple[int, int]] = []
    load = ImageFile.ImageFile.load

    def counted(image: ImageFile.ImageFile):
        decoded.append(image.size)
        return load(image)

    monkeypatch.setattr(ImageFile.ImageFile, "load", counted)
    decode_image(encode("BMP"), "good.bmp")
    assert decoded.pop() == (40, 30)  # so a decoded picture is counted
    decoded.clear()
    with pytest.raises(ImageError):
        decode_image(png_of(*size), "bad.png")
    assert decoded == []


def test_a_giant_is_refused_when_python_only_warns():
    # Pillow's own limits, which this project leaves alone, merely warn about 144 million pixels.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ImageError, match="more than 50 million pixels"):
            measure_image(png_of(12_000, 12_000), "bad.png")


def test_pillow_s_globals_are_as_pillow_ships_them():
    assert Image.MAX_IMAGE_PIXELS == 89478485
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


def test_the_largest_allowed_picture_is_measured():
    assert measure_image(png_of(10_000, 5_000), "a.png") == (10_000, 5_000)


def test_postscript_never_reaches_ghostscript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    program = tmp_path / "gs"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImageError):
        decode_image(EPS, "a.png")
    assert not (tmp_path / "started").exists()


@settings(max_examples=150)
@given(st.sampled_from(["JPEG", "PNG", "WEBP", "AVIF", "BMP"]), st.data())
def test_damaged_files_are_pixels_or_an_image_error(kind: str, data: st.DataObject):
    content = bytearray(encode(kind, (20, 16)))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, min(len(content), 400) - 1))
        content[place] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(len(content) // 2, len(content)))
    try:
        pixels = decode_image(bytes(content[:end]), "a")
    except ImageError:
        return
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3


@settings(max_examples=40)
@given(st.integers(1, 60), st.integers(1, 60))
def test_the_measured_size_is_that_of_the_pixels(width: int, height: int):
    data = encode("PNG", (width, height))
    if max(width, height) > 50 * min(width, height):
        return
    assert decode_image(data, "a").shape == (height, width, 3)
    assert measure_image(data, "a") == (width, height)


def test_a_record_is_loaded_pixel_for_pixel(tiny_corpus: Corpus):
    record = tiny_corpus.queries[0]
    with Image.open(tiny_corpus.root / record.image_id) as picture:
        expected = np.asarray(picture)
    np.testing.assert_array_equal(ImageOpener(tiny_corpus.root).load(record), expected)


def size_of(opener: ImageOpener, path: Path, name: str | None = None) -> tuple[int, int]:
    name = name or path.name
    return measure_image(opener.read(path, name), name)


def test_a_file_is_measured_by_its_header(tiny_corpus: Corpus):
    assert size_of(ImageOpener(tiny_corpus.root), Path("images/disc_q.png")) == (96, 72)


def test_a_file_that_changed_since_it_was_recorded_is_refused(tiny_corpus: Corpus):
    record = tiny_corpus.queries[0]
    Image.new("RGB", (96, 72)).save(tiny_corpus.root / record.path)
    with pytest.raises(ImageError, match="has changed since the corpus was opened"):
        ImageOpener(tiny_corpus.root).load(record)


def test_a_row_with_a_problem_repeats_its_reason(tiny_corpus: Corpus):
    record = replace(tiny_corpus.queries[0], problem="Image 'a' is damaged; replace it.")
    with pytest.raises(ImageError, match=r"^Image 'a' is damaged; replace it\.$"):
        ImageOpener(tiny_corpus.root).load(record)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "real.jpg").write_bytes(JPEG)
    (tmp_path / "secret.jpg").write_bytes(JPEG)
    return folder


def link_out(root: Path) -> str:
    (root / "a.jpg").symlink_to(root.parent / "secret.jpg")
    return "a.jpg"


def folder_link_out(root: Path) -> str:
    (root / "sub").symlink_to(root.parent)
    return "sub/secret.jpg"


def link_loop(root: Path) -> str:
    (root / "a.jpg").symlink_to("b.jpg")
    (root / "b.jpg").symlink_to("a.jpg")
    return "a.jpg"


def pipe(root: Path) -> str:
    os.mkfifo(root / "a.jpg")
    return "a.jpg"


def subfolder(root: Path) -> str:
    (root / "a.jpg").mkdir()
    return "a.jpg"


OUTSIDE = "lies outside the corpus folder"
NOT_A_FILE = r"cannot be read \(it is not a regular file\)"
ESCAPES: dict[str, tuple[Callable[[Path], str], str]] = {
    "link out": (link_out, OUTSIDE),
    "folder link out": (folder_link_out, OUTSIDE),
    "dots": (lambda root: "../secret.jpg", OUTSIDE),
    "absolute": (lambda root: str(root.parent / "secret.jpg"), OUTSIDE),
    "device": (lambda root: "/dev/zero", OUTSIDE),
    "link loop": (link_loop, "leads nowhere|cannot be read"),
    "pipe": (pipe, NOT_A_FILE),
    "folder": (subfolder, NOT_A_FILE),
    "missing": (lambda root: "missing.jpg", "is missing"),
    "nul": (lambda root: "a\0b.jpg", "leads nowhere"),
    "long name": (lambda root: "x" * 300 + ".jpg", "cannot be read"),
}


@pytest.mark.parametrize("name", ESCAPES)
def test_a_path_that_is_no_file_of_the_corpus_is_refused(root: Path, name: str):
    make, reason = ESCAPES[name]
    path = make(root)
    with pytest.raises(ImageError, match=reason) as caught:
        size_of(ImageOpener(root), Path(path), "the id")
    assert str(root.parent) not in str(caught.value)
    assert str(caught.value).startswith("Image 'the id' ")


def test_a_link_inside_the_corpus_is_followed(root: Path):
    (root / "link.jpg").symlink_to("real.jpg")
    assert size_of(ImageOpener(root), Path("link.jpg")) == (40, 30)


def test_an_absolute_path_below_a_further_root_is_opened(root: Path, tmp_path: Path):
    assert size_of(ImageOpener(root, tmp_path), tmp_path / "secret.jpg") == (40, 30)


def test_a_huge_file_is_refused_without_reading_it(root: Path):
    with (root / "huge.jpg").open("wb") as file:
        file.truncate(200 * 2**30)
    with pytest.raises(ImageError, match=r"'huge\.jpg' is larger than 64 MiB"):
        size_of(ImageOpener(root), Path("huge.jpg"))


@given(st.text())
def test_a_shown_name_is_short_and_printable(name: str):
    shown = printable(name)
    assert shown.isprintable()
    assert len(shown) <= 120


def test_every_real_photograph_opens_in_its_measured_size(photos: Path):
    for path in sorted((photos / "images").iterdir()):
        data = path.read_bytes()
        width, height = measure_image(data, path.name)
        assert decode_image(data, path.name).shape == (height, width, 3)
