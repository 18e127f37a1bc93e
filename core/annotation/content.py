"""What an annotation may hold: names, tags and notes checked once, at the border."""

import json
import unicodedata
from collections.abc import Mapping

from core.errors import AnnotationError
from core.types.annotation import CHANGE_OPS, VERDICTS, ChangeOp, Content, Verdict

_VERDICTS: Mapping[str, Verdict] = {verdict: verdict for verdict in VERDICTS}
_UNWRITABLE = ("Cc", "Cs")  # control characters and halves of characters
MAX_AUTHOR = 60
MAX_TAGS = 12
MAX_TAG = 40
MAX_NOTE = 2000


def checked_author(name: str) -> str:
    """Return an author's name with single spaces.

    Raises:
        AnnotationError: It is empty, too long, or holds what cannot be printed.
    """
    clean = " ".join(name.split())
    if not clean or len(clean) > MAX_AUTHOR or not clean.isprintable():
        raise AnnotationError(
            f"An author's name has 1 to {MAX_AUTHOR} printable characters; say who you are first."
        )
    return clean


def checked_verdict(value: object) -> Verdict | None:
    """Return a verdict, or None for none.

    Raises:
        AnnotationError: There is no such verdict.
    """
    if value is None:
        return None
    if not isinstance(value, str) or value not in _VERDICTS:
        raise AnnotationError(
            f"Verdict '{_short(value)}' is not known; use one of {', '.join(VERDICTS)}."
        )
    return _VERDICTS[value]


def checked_tags(values: tuple[str, ...]) -> tuple[str, ...]:
    """Return tags with single spaces, in their order, empty and repeated ones left out.

    Raises:
        AnnotationError: There are too many, or one is too long or holds what cannot be printed.
    """
    tags = tuple(dict.fromkeys(" ".join(tag.split()) for tag in values if tag.strip()))
    if len(tags) > MAX_TAGS:
        raise AnnotationError(f"A pair takes at most {MAX_TAGS} tags; leave some out.")
    for tag in tags:
        if len(tag) > MAX_TAG or not tag.isprintable() or "," in tag or ";" in tag:
            raise AnnotationError(
                f"Tag '{_short(tag)}' cannot be used: a tag has 1 to {MAX_TAG} printable "
                "characters without comma or semicolon."
            )
    return tags


def checked_note(text: str) -> str:
    """Return a note without the white space around it; line breaks inside are kept.

    Raises:
        AnnotationError: It is too long or holds control characters.
    """
    note = "\n".join(line.rstrip() for line in text.splitlines()).strip()
    if len(note) > MAX_NOTE:
        raise AnnotationError(f"A note has at most {MAX_NOTE} characters; shorten it.")
    if any(unicodedata.category(c) in _UNWRITABLE and c not in "\n\t" for c in note):
        raise AnnotationError("A note cannot hold control characters; type them in words.")
    return note


def checked_value(
    op: ChangeOp, value: str | tuple[str, ...] | None
) -> Verdict | tuple[str, ...] | str | None:
    """Return the new value of the part of an annotation that `op` names.

    Raises:
        AnnotationError: The value does not fit the part.
    """
    if op == "verdict" and (value is None or isinstance(value, str)):
        return checked_verdict(value)
    if op == "tags" and isinstance(value, tuple):
        return checked_tags(value)
    if op == "note" and isinstance(value, str):
        return checked_note(value)
    raise AnnotationError(f"An annotation's {op} cannot be set to that; see {CHANGE_OPS}.")


def content_text(content: Content) -> str:
    """Return a content as the JSON that the log keeps; equal contents give equal texts."""
    return json.dumps(
        {"verdict": content.verdict, "tags": list(content.tags), "note": content.note}
    )


def parse_content(text: str) -> Content:
    """Return what `content_text` wrote."""
    fields = json.loads(text)
    return Content(fields["verdict"], tuple(fields["tags"]), fields["note"])


def _short(value: object) -> str:
    return "".join(char for char in str(value) if char.isprintable())[:60]
