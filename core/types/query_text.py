"""What a composed query says beside its image."""

import hashlib
import re
from typing import Literal, get_args

Asked = Literal["other text", "image alone", "text alone"]
ASKED: tuple[Asked, ...] = get_args(Asked)
"""How a copy of a query is asked otherwise; such a copy says so in its tag `asked`."""
MAX_TEXT = 500
"""Most characters of a query's text."""
_MARK = "#"
_NUMBERED = re.compile(r"(.+)#([1-9][0-9]*)", re.DOTALL)


def read_text(written: str) -> str:
    """Return a text as it is asked with: one line, single blanks, no control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in written).split())


def composed_id(image_id: str, number: int) -> str:
    """Return the id of an image's composed query: `photos/bag.jpg#2` is the second one."""
    return f"{image_id}{_MARK}{number}"


def picture_of(query_id: str) -> str:
    """Return the image that a composed query's id names; any other id as it is."""
    match = _NUMBERED.fullmatch(query_id)
    return match.group(1) if match else query_id


def asked_key(content: str, text: str) -> str:
    """Return what addresses all that was computed for a query: its content, and its text if any.

    Args:
        content: Address of the pixels, SHA-256 hex.
        text: What is said beside them; empty leaves the address as it is.
    """
    if not text or not content:
        return content
    return hashlib.sha256(f"{content} asked with {text}".encode()).hexdigest()
