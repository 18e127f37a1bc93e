"""Long work that was asked for and is not finished: one JSON file each, gone at its end."""

from pathlib import Path

from pydantic import TypeAdapter

from core.fingerprint import digest
from core.storage.documents import Documents, json_kind
from core.types.work import Unfinished

_ADAPTER = TypeAdapter(Unfinished)
WORK = json_kind(
    _ADAPTER,
    "Unfinished work {file} cannot be read; delete it from the workspace's folder {folder} and ask "
    "for the work again.",
)


def unfinished_work(folder: Path) -> Documents[Unfinished]:
    """Return the unfinished work of a workspace's folder, named by what was asked of a bench."""
    return Documents(folder, WORK, name_of)


def name_of(work: Unfinished) -> str:
    """Return the name of a work's file, which does not depend on how far it is."""
    asked = {"request": repr(work.request), "bench": work.bench}
    return f"{work.kind}-{digest(asked)[:16]}"
