"""Say whether a path that a manifest names is spelled well and stays inside the corpus folder."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from core.corpus.names import UNICODE, Spelling, composed

_MISSING = "does not exist"
_TWINS = "is the name of two files that differ only in how accents are written; rename one"
_CAUSES = (OSError, RuntimeError, ValueError)  # RuntimeError: a loop of links before Python 3.13


def spelling_fault(path: str) -> str | None:
    """Return what is wrong with a POSIX path relative to the corpus folder, or None."""
    if not path.strip():
        return "is empty"
    if "\\" in path:
        return "has a backslash; write / between folders"
    if "\0" in path or _has_surrogates(path):
        return "has bytes that no text can hold; rename the file"
    if path.startswith("upload:"):
        return "starts with 'upload:', which is kept for uploaded images; rename the file"
    parts = path.split("/")
    if path.startswith("/") or ".." in parts:
        return "leaves the corpus folder; name a file inside it"
    if "" in parts or "." in parts:
        return "is not in its shortest form; leave out './', '//' and a final '/'"
    return None


@dataclass(frozen=True, slots=True)
class Place:
    """The file that a path means.

    `name` is the path in its shortest form, `path` the file's own spelling, `fault` why there is
    none, or None; `said` is what was assumed.
    """

    name: str
    path: str
    fault: str | None = None
    said: tuple[str, ...] = ()


class CorpusFolder:
    """Looks files up under one folder; folders already seen are not resolved again.

    Meant for one pass over a manifest: 100,000 lookups take about a second.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._root_text = str(self._root)
        self._inside: dict[str, bool | None] = {}
        self._spelling = Spelling(root)
        self._forms: dict[str, dict[str, list[str]]] = {}

    def find(self, path: str) -> Place:
        """Return the file that `path` means: as it is spelled, else in the only other reading."""
        misspelled = spelling_fault(path)
        missing = None if misspelled else self.place_fault(path)
        if misspelled is None and (missing is None or missing != _MISSING):
            return self._with_twins(Place(path, path, missing))
        name, said = self._spelling.of(path)
        fault = spelling_fault(name)
        if fault is not None:
            return Place(path, path, misspelled or fault)
        return self._with_twins(Place(name, name, self.place_fault(name), said))

    def _with_twins(self, place: Place) -> Place:
        """Look for a file whose name differs only in how its accents are written."""
        if place.name.isascii() or place.fault not in (None, _MISSING):
            return place
        folder, parts = "", list[str]()
        for part in place.name.split("/"):
            found = self._names(folder).get(composed(part), [])
            if len(found) > 1:
                return Place(place.name, place.path, _TWINS)
            parts.append(found[0] if found else part)
            folder = "/".join(parts)
        if folder == place.path:
            return place
        return Place(place.name, folder, self.place_fault(folder), (*place.said, UNICODE))

    def _names(self, folder: str) -> dict[str, list[str]]:
        """Return the names in a folder by their composed form."""
        if folder not in self._forms:
            found: dict[str, list[str]] = {}
            try:
                for name in os.listdir(f"{self._root_text}/{folder}"):  # noqa: PTH208
                    found.setdefault(composed(name), []).append(name)
            except _CAUSES:
                found = {}
            self._forms[folder] = found
        return self._forms[folder]

    def place_fault(self, path: str) -> str | None:
        """Return why the well-spelled `path` names no file inside the folder, or None."""
        full = f"{self._root_text}/{path}"  # a Path per image would take longer than looking it up
        inside = self._parent_inside(full.rpartition("/")[0])
        if inside is None:
            return _MISSING
        if not inside:
            return "leaves the corpus folder through a link; copy the file into the folder"
        try:
            mode = os.lstat(full).st_mode
            if stat.S_ISLNK(mode):
                if not Path(full).resolve(strict=True).is_relative_to(self._root):
                    return "is a link that leaves the corpus folder; copy the file into the folder"
                mode = Path(full).stat().st_mode
        except _CAUSES:
            return _MISSING
        return "is a folder, not a file" if stat.S_ISDIR(mode) else None

    def _parent_inside(self, parent: str) -> bool | None:
        """Return whether the real folder is under the root; None where there is none."""
        if parent not in self._inside:
            try:
                folder = Path(parent).resolve(strict=True)
                self._inside[parent] = folder.is_relative_to(self._root)
            except _CAUSES:
                self._inside[parent] = None
        return self._inside[parent]


def _has_surrogates(path: str) -> bool:
    return not path.isascii() and any("\ud800" <= letter <= "\udfff" for letter in path)
