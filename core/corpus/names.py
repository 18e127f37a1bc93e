"""Ids and paths as other tools write them, brought to the spelling that the corpus uses."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

BACKSLASHES = r"\ between folders"
DOTS = "./ and // in paths"
BLANKS = "blanks around paths"
ABSOLUTE = "absolute paths into the corpus folder"
UNICODE = "names in another Unicode form"
OFFICIAL = "names as the benchmark's files have them"
_DRIVE = re.compile(r"[A-Za-z]:")


class Spelling:
    """Brings a path to its shortest form relative to the corpus folder.

    Args:
        root: The corpus folder: absolute paths into it are made relative.
    """

    def __init__(self, root: Path) -> None:
        self._head = f"{root.resolve().as_posix().rstrip('/')}/"

    def of(self, path: str) -> tuple[str, tuple[str, ...]]:
        """Return the path and what was assumed; what cannot be meant stays as it is."""
        said: list[str] = []
        found = path
        if found != found.strip() and found.strip():
            found = found.strip()
            said.append(BLANKS)
        if "\\" in found and not _DRIVE.match(found) and not found.startswith("\\\\"):
            found = found.replace("\\", "/")
            said.append(BACKSLASHES)
        if found.startswith(self._head):
            found = found[len(self._head) :]
            said.append(ABSOLUTE)
        if not found.startswith("/") and ("//" in found or "." in found.split("/")):
            short = "/".join(part for part in found.split("/") if part not in ("", "."))
            if short and not found.endswith("/"):
                found = short
                said.append(DOTS)
        return found, tuple(said)


class Ids:
    """Finds which of the corpus's ids is meant: as spelled, else in the only other reading.

    Args:
        ids: All ids that may be named.
        root: The corpus folder.
        others: Further names of ids, such as those that a benchmark's files use.
    """

    def __init__(
        self, ids: Iterable[str], root: Path, others: Mapping[str, str] | None = None
    ) -> None:
        self._ids = frozenset(ids)
        self._others = others or {}
        self._spelling = Spelling(root)
        self._composed: dict[str, str | None] = {}
        for one in self._ids:
            if not one.isascii():
                form = composed(one)
                # Two ids in one form: neither is meant by the other's spelling.
                self._composed[form] = None if form in self._composed else one

    def find(self, name: str) -> tuple[str, tuple[str, ...]]:
        """Return the id that is meant and what was assumed; an unknown name as it is."""
        if name in self._ids:
            return name, ()
        found, said = self._spelling.of(name)
        if found in self._ids:
            return found, said
        if name in self._others:
            return self._others[name], (OFFICIAL,)
        other = None if found.isascii() else self._composed.get(composed(found))
        return (name, ()) if other is None else (other, (*said, UNICODE))


def composed(text: str) -> str:
    """Return a text with its letters and accents joined (NFC)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)
