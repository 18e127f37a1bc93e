"""Say whether a path that a manifest names is spelled well and stays inside the corpus folder."""

import os
import stat
from pathlib import Path

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


class CorpusFolder:
    """Looks files up under one folder; folders already seen are not resolved again.

    Meant for one pass over a manifest: 100,000 lookups take about a second.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._root_text = str(self._root)
        self._inside: dict[str, bool | None] = {}

    def place_fault(self, path: str) -> str | None:
        """Return why the well-spelled `path` names no file inside the folder, or None."""
        full = f"{self._root_text}/{path}"  # a Path per image would take longer than looking it up
        inside = self._parent_inside(full.rpartition("/")[0])
        if inside is None:
            return "does not exist"
        if not inside:
            return "leaves the corpus folder through a link; copy the file into the folder"
        try:
            mode = os.lstat(full).st_mode
            if stat.S_ISLNK(mode):
                if not Path(full).resolve(strict=True).is_relative_to(self._root):
                    return "is a link that leaves the corpus folder; copy the file into the folder"
                mode = Path(full).stat().st_mode
        except _CAUSES:
            return "does not exist"
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
