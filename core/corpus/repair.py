"""Mend what browsers pass over in a damaged picture, and say what it was; no pixel is decoded.

JPEG: a missing end, stray bytes before a marker. PNG: a wrong checksum of a chunk that holds no
pixels, a text chunk beyond Pillow's limit. Everything else is left to the decoder.
"""

import zlib
from collections.abc import Iterator
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

CUT_SHORT = "its last bytes are missing"
STRAY = "stray bytes before a marker are passed over"
CHECKSUM = "a chunk without pixels has a wrong checksum and is passed over"
LONG_TEXT = "a text of more than 1 MiB is passed over"
MOST_ROWS_MISSING = 0.1
"""Share of a cut JPEG's rows that may be missing; beyond that it is no picture to search by."""
_MAX_TEXT = 1 << 20
_MAX_TEXTS = 1 << 26
_PNG = b"\x89PNG\r\n\x1a\n"
_SOI, _EOI, _SOS = b"\xff\xd8", b"\xff\xd9", b"\xff\xda"
_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length."""
_NOISE = bytes(range(1, 254)) * 16
"""More data than any row needs, in which nothing is a marker."""
_ROW_DIFFERS = 8.0


def mended(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return the bytes that a decoder can read, and what was tolerated in words."""
    if data.startswith(_SOI):
        return _mended_jpeg(data)
    return _mended_png(data) if data.startswith(_PNG) else (data, ())


def is_mostly_there(data: bytes) -> bool:
    """Return whether most rows of a cut JPEG can be decoded.

    Args:
        data: As `mended` returned it: its end is the marker that was put there.
    """
    as_it_is = _grey(data)
    other = _grey(data[: -len(_EOI)] + _NOISE + _EOI)
    pairs = zip(as_it_is, other, strict=True)  # row by row: a difference of all would not fit
    n_missing = sum(
        float(np.abs(row.astype(np.int16) - noisy).mean()) > _ROW_DIFFERS for row, noisy in pairs
    )
    return n_missing <= MOST_ROWS_MISSING * len(as_it_is)


def _grey(data: bytes) -> NDArray[np.uint8]:
    """Return the (H, W) grey levels of a JPEG."""
    with Image.open(BytesIO(data), formats=("JPEG",)) as image:
        return np.asarray(image.convert("L"))


def _mended_jpeg(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    said: list[str] = []
    segments = _segments(data)
    if segments is not None and sum(map(len, segments)) < len(data):
        data = b"".join(segments)
        said.append(STRAY)
    scan = data.rfind(_SOS)
    # Within coded data a marker is always escaped: no end behind the last scan's start is none.
    if scan >= 0 and data.find(_EOI, scan) < 0:
        data = data.removesuffix(b"\xff") + _EOI
        said.append(CUT_SHORT)
    return data, tuple(said)


def _segments(data: bytes) -> list[bytes] | None:
    """Return the parts of a JPEG up to its first scan and all that follows; None if it has none."""
    parts, place = [_SOI], len(_SOI)
    while place + 4 <= len(data):
        if data[place] != 0xFF or data[place + 1] in (0x00, 0xFF):
            place += 1
            continue
        marker = data[place + 1]
        if marker == 0xDA:
            return [*parts, data[place:]]
        n = 2 if marker in _ALONE else 2 + int.from_bytes(data[place + 2 : place + 4])
        parts.append(data[place : place + n])
        place += n
    return None


def _mended_png(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    kept: list[bytes] = [_PNG]
    said: dict[str, None] = {}
    budget = _MAX_TEXTS
    for kind, chunk, end in _chunks(data):
        is_ancillary = bool(kind[0] & 0x20)
        if is_ancillary and zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:]):
            said[CHECKSUM] = None
            continue
        if kind in _TEXTS:
            size = _text_size(kind, chunk[8:-4]) if budget > 0 else _MAX_TEXT + 1
            budget -= size
            if size > _MAX_TEXT:
                said[LONG_TEXT] = None
                continue
        kept.append(chunk)
        if kind == b"IEND":
            kept.append(data[end:])
    return (b"".join(kept), tuple(said)) if said else (data, ())


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Yield each whole chunk's type, its bytes, and where it ends; then what is left as one."""
    place = len(_PNG)
    while place + 12 <= len(data):
        end = place + 12 + int.from_bytes(data[place : place + 4])
        kind = data[place + 4 : place + 8]
        if end > len(data) or not kind.isalpha():
            break
        yield kind, data[place:end], end
        if kind == b"IEND":
            return
        place = end
    if place < len(data):
        yield b"IDAT", data[place:], len(data)


def _text_size(kind: bytes, content: bytes) -> int:
    """Return how long a text is once unpacked, as far as that matters."""
    if kind == b"tEXt":
        return len(content)
    start = content.find(b"\0") + (2 if kind == b"zTXt" else 3)
    if kind == b"iTXt":
        if content[start - 2 : start - 1] != b"\x01":  # not compressed
            return len(content)
        for _ in range(2):  # language and translated keyword
            start = content.find(b"\0", start) + 1
    try:
        return len(zlib.decompressobj().decompress(content[start:], _MAX_TEXT + 1))
    except zlib.error:
        return len(content)
