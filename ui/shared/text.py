"""How numbers, names and classes are written."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup, escape

from core.types.corpus import ImageRecord, Relation
from core.types.number_text import MISSING, signed, with_minus
from core.types.rankings import FailureClass
from core.types.scores import ScoreKind


@dataclass(frozen=True, slots=True)
class ClassLook:
    """A failure class on screen: colour by `slug`, a glyph for those who see no colour."""

    slug: str
    glyph: str


CLASS_LOOKS: dict[FailureClass, ClassLook] = {
    "rescued": ClassLook("rescued", "▲"),
    "easy": ClassLook("easy", "✓"),
    "unmoved": ClassLook("unmoved", "="),
    "harmed, demoted": ClassLook("demoted", "▼"),
    "harmed by an intruder": ClassLook("intruder", "✕"),
    "missed": ClassLook("missed", "∅"),
}
RELATION_GLYPHS: dict[Relation, str] = {
    "positive": "✓",
    "negative": "✕",
    "junk": "–",
    "unlabelled": "?",
}


THUMBNAIL_PX = 160
"""Longest side of the pictures in strips and lists."""
QUERY_PX = 320
"""Longest side of the chosen query's picture."""
LARGE_PX = 640
"""Long side of a thumbnail that fills half a window."""
_NAMED = 60
_UPLOAD = "upload:"


@dataclass(frozen=True, slots=True)
class ThumbnailUrls:
    """Addresses of pictures; `version` changes with the corpus, so they may be kept for ever."""

    version: str

    def url(self, image_id: str, side_px: int) -> str:
        """Return the address of one thumbnail; nothing in it has a meaning in HTML."""
        return f"thumbnail/{side_px}/{quote(image_id, safe='/')}?v={quote(self.version)}"

    def whole(self, image_id: str) -> str:
        """Return the address of a picture at full size; nothing in it has a meaning in HTML."""
        return f"picture/{quote(image_id, safe='/')}?v={quote(self.version)}"


_CODE = re.compile(r"`([^`]+)`")


def with_code(sentence: str) -> Markup:
    """Return an escaped sentence whose `commands` are set as code and stay on one line."""
    return Markup(_CODE.sub(r'<code class="sl-command">\1</code>', str(escape(sentence))))


def file_name(image_id: str) -> str:
    """Return the last part of an id, which is what people know a picture by."""
    return image_id.rsplit("/", 1)[-1]


def shown_name(record: ImageRecord) -> str:
    """Return the name by which people know a picture; an upload's own, cut where it is long."""
    if record.tags.get("asked"):  # its parent's picture, or none
        return file_name(record.tags["parent"])
    if record.image_id.startswith(_UPLOAD):
        return record.tags.get("name", "pasted image")[:_NAMED]
    return file_name(record.image_id)


def asked_name(record: ImageRecord) -> str:
    """Return a query's name with what it says, if it is a composed one."""
    return f"{shown_name(record)} “{record.text}”" if record.text else shown_name(record)


def scored(value: float | None, kind: ScoreKind, more: int = 0) -> str:
    """Return a second-stage score: nats signed, cosines with three decimals, others as short.

    Args:
        value: The score, None where it is missing.
        kind: What it is.
        more: Further decimals.
    """
    if value is None:
        return MISSING
    if kind.unit == "nats":
        return signed(value, 2 + more)
    text = f"{value:.{3 + more}f}" if kind.unit == "cosine" else f"{value:#.{4 + more}g}"
    return with_minus(text)


def scored_in(value: float | None, kind: ScoreKind, more: int = 0) -> str:
    """Return a second-stage score with its unit, where the number does not tell it: `+1.2 nats`."""
    text = scored(value, kind, more)
    return f"{text} nats" if kind.unit == "nats" and value is not None else text


def scorer_word(kind: ScoreKind) -> str:
    """Return who gives these scores: `MLLM`, `MaxSim`, or an import's name."""
    return "MLLM" if kind.is_margin else kind.name


def probability_text(probability: float | None, kind: ScoreKind, decimals: int = 4) -> str:
    """Return a probability, or a dash with the reason where the scorer has none."""
    if probability is not None:
        return f"{probability:.{decimals}f}"
    return MISSING if kind.has_probability else f"{MISSING} ({no_probability(kind)})"


def no_probability(kind: ScoreKind) -> str:
    """Return why there is no probability."""
    return f"{kind.name} gives no probability"


def bytes_text(count: float) -> tuple[str, str]:
    """Return a size as (number, unit) in decimal units."""
    for factor, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= factor:
            return f"{count / factor:.3g}", unit
    return f"{count:.0f}", "B"


def seconds_text(seconds: float | None) -> tuple[str, str]:
    """Return a duration as (number, unit); milliseconds below a tenth of a second."""
    if seconds is None:
        return MISSING, ""
    if seconds < 0.1:
        return f"{seconds * 1000:.0f}", "ms"
    return f"{seconds:.3g}", "s"


def clock_text(seconds: float | None) -> str:
    """Return a rough time left: `12 s`, `3 min`, `2 h 5 min`."""
    if seconds is None:
        return ""
    whole = max(1, round(seconds))
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def movement_text(places: int) -> tuple[str, str]:
    """Return (badge, words) for a movement; positive is up."""
    if places == 0:
        return "=", "same place"
    return (f"▲{places}", f"up {places}") if places > 0 else (f"▼{-places}", f"down {-places}")


def change_kind(delta: float | None) -> str:
    """Return the colour of a change."""
    return "up" if delta and delta > 0 else "down" if delta and delta < 0 else "plain"


def counted(count: float) -> str:
    """Return a whole number with thousands apart: `1,234`."""
    return f"{count:,}"


def short(number: float) -> str:
    """Return a number as short as it can be written: `0.5`, `100`."""
    return f"{number:g}"


def cut(text: str, most: int = 60) -> str:
    """Return a text that fits a line."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def class_rules(easy: float, change: float) -> dict[FailureClass, str]:
    """Return each failure class's rule in words; the first one that holds decides."""
    return {
        "missed": "no positive within the depth",
        "easy": f"AP is at least {easy:g} before and after",
        "rescued": f"AP rises by {change:g} or more",
        "harmed by an intruder": f"AP falls by {change:g} or more and a new negative leads",
        "harmed, demoted": f"AP falls by {change:g} or more",
        "unmoved": f"AP changes by less than {change:g}",
    }
