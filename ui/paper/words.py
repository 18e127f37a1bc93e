"""Texts of a plot as lines of plain text that fit a width."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html import unescape

from matplotlib.font_manager import FontProperties, findfont, get_font

_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_BOLD = re.compile(r"<b\b[^>]*>", re.IGNORECASE)
_TAGS = re.compile(r"</?(?:b|i|u|s|em|strong|sub|sup|span|a)(?:\s[^<>]*)?>", re.IGNORECASE)
_IMAGE_NAME = re.compile(r"\.(?:jpe?g|png|webp|tiff?|gif|bmp|heic)$", re.IGNORECASE)
_SIGNS = "/:@_-+=,;."
Measure = Callable[[str], float]
"""Width of a line in points."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text without marks; its lines are separated by line feeds."""

    text: str
    bold: bool = False


def words(text: str) -> Words:
    """Return what a text of Plotly says: its few HTML tags are taken off, its entities read.

    A character that the font does not have is written as its code, `U+5199`, and never as a box.
    """
    is_bold = _BOLD.search(text) is not None
    lines = unescape(_TAGS.sub("", _BREAK.sub("\n", text))).split("\n")
    return Words("\n".join(_drawable(" ".join(line.split())) for line in lines).strip(), is_bold)


def wrapped(text: str, width_pt: float, measure: Measure) -> str:
    """Return the text in lines of at most this width; words longer than a line are broken.

    The name of an image file is shortened in its middle instead. Nothing else is left out.
    """
    return "\n".join(
        line for one in text.split("\n") for line in _lines(one.split(" "), width_pt, measure)
    )


def _lines(parts: list[str], width_pt: float, measure: Measure) -> list[str]:
    lines: list[str] = []
    current = ""
    for part in parts:
        joined = f"{current} {part}" if current else part
        if measure(joined) <= width_pt:
            current = joined
            continue
        if current:
            lines.append(current)
        *full, current = _pieces(part, width_pt, measure)
        lines += full
    return [*lines, current]


def _pieces(word: str, width_pt: float, measure: Measure) -> list[str]:
    """Return a word in pieces that fit; always at least one."""
    if measure(word) <= width_pt:
        return [word]
    if _IMAGE_NAME.search(word):
        return [_shortened(word, width_pt, measure)]
    pieces: list[str] = []
    start = 0
    while start < len(word):
        stop = start + 1
        while stop < len(word) and measure(word[start : stop + 1]) <= width_pt:
            stop += 1
        if stop < len(word):
            stop = _after_sign(word, start, stop)
        pieces.append(word[start:stop])
        start = stop
    return pieces


def _after_sign(word: str, start: int, stop: int) -> int:
    """Return where to break before `stop`: after a sign in the second half of the piece."""
    half = (start + stop) // 2
    return next((at for at in range(stop, half, -1) if word[at - 1] in _SIGNS), stop)


def _shortened(name: str, width_pt: float, measure: Measure) -> str:
    """Return a file's name with an ellipsis in its middle; its end tells views apart."""
    for kept in range(len(name) - 1, 1, -1):
        tail = kept - kept // 2
        short = f"{name[: kept // 2]}…{name[-tail:]}"
        if measure(short) <= width_pt:
            return short
    return "…"


def _drawable(text: str) -> str:
    known = _characters()
    return "".join(c if ord(c) in known else f"[U+{ord(c):04X}]" for c in text if c.isprintable())


@cache
def _characters() -> frozenset[int]:
    """Return the characters that both weights of the font have."""
    faces = (FontProperties(family="DejaVu Sans", weight=weight) for weight in ("normal", "bold"))
    return frozenset.intersection(*(frozenset(get_font(findfont(f)).get_charmap()) for f in faces))
