"""Sort the members of an archive into images, tables, what lies beside images, and the rest."""

import json
from typing import cast

from core.corpus.csv_lines import quoted
from core.corpus.sources.members import At, Members
from core.corpus.table_files import cell_text
from core.corpus.walk import IMAGE, member_kind
from core.errors import ManifestError

DESCRIBING = ("manifest.csv", "metadata.csv", "metadata.jsonl", "metadata.parquet")
"""Tables that name the images of the folder that they lie in."""
TABLES = (*DESCRIBING, "relevance.csv")
BESIDE = (".json", ".txt", ".cls")
"""Endings of what webdataset keeps beside an image of the same key."""
_MASK = ".mask."
MOST_BESIDE_BYTES = 1 << 20


class Sorter:
    """Takes members one by one.

    Args:
        name: The archive's, for errors.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._seen: set[str] = set()
        self._beside: dict[str, dict[str, str]] = {}
        self.members = Members()

    def take(self, raw: str, at: At) -> str:
        """Add a file and return its path; `wants` says of it whether its content matters.

        Raises:
            ManifestError: Its path was there already.
        """
        path = _relative(raw)
        if path in self._seen:
            raise ManifestError(f"{self._name} holds {quoted(path)} twice; pack it again.")
        self._seen.add(path)
        found = member_kind(path)
        if path.rpartition("/")[2] in TABLES and found.reason == "":
            self.members.tables[path] = at
        elif found.kind == IMAGE:
            self.members.images[path] = at
        elif not path.lower().endswith(BESIDE) or found.reason:
            self.members.left_out.append((path, found.kind, found.reason))
        return path

    def leave_out(self, raw: str, kind: str, reason: str) -> None:
        """Add what is never read, such as a link."""
        self.members.left_out.append((_relative(raw), kind, reason))

    def beside(self, path: str, content: bytes) -> None:
        """Add what lies beside the images of the same key."""
        row = self._beside.setdefault(_key(path), {})
        ending = path.lower().rpartition(".")[2]
        if ending != "json":
            row[ending] = content.decode("utf-8", "replace").strip()
            return
        try:
            value = json.loads(content)
        except (ValueError, RecursionError):
            return  # a caption file of another tool: nothing that an image could be sliced by
        if isinstance(value, dict):
            row |= {key: cell_text(one) for key, one in cast("dict[str, object]", value).items()}

    def _part_masks(self) -> None:
        """Take `KEY.mask.png` for the mask of the image of that key, where there is one."""
        images = self.members.images
        masks = {path for path in images if _MASK in path.rpartition("/")[2].lower()}
        keys = {_key(path) for path in images.keys() - masks} if masks else set[str]()
        for path in sorted(masks):
            if _key(path) in keys:
                self.members.masks[path] = images.pop(path)
                self._beside.setdefault(_key(path), {}).setdefault("mask", path)

    def done(self) -> Members:
        """Return everything, with the columns of each image; `img_path` is an image's own name."""
        self._part_masks()
        images = self.members.images
        rows = {path: self._beside[_key(path)] for path in images if _key(path) in self._beside}
        named = {path: row.get("img_path", "") for path, row in rows.items()}
        is_named = len(rows) == len(images) and len(set(named.values()) - {""}) == len(images)
        if is_named and all(member_kind(one).kind == IMAGE for one in named.values()):
            self.members.images = {named[path]: at for path, at in images.items()}
            rows = {named[path]: row for path, row in rows.items()}
        self.members.columns = {
            path: {key: cell for key, cell in row.items() if key != "img_path"}
            for path, row in rows.items()
        }
        return self.members


def wants(path: str, size: int) -> bool:
    """Return whether a member lies beside images and is small enough to be read at once."""
    return path.lower().endswith(BESIDE) and size <= MOST_BESIDE_BYTES


def _relative(raw: str) -> str:
    """Return a member's path as the corpus spells paths."""
    path = raw.replace("\\", "/") if "/" not in raw else raw
    while path.startswith("./"):
        path = path[2:]
    return path


def _key(path: str) -> str:
    """Return what the files of one sample share: all before the first dot of the base name."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/{name.partition('.')[0]}"
