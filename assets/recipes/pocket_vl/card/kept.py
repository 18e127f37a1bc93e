"""Measured numbers, kept in the work folder while what they rest on is the same."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from assets.recipes.pocket_vl.card.lab import Asked, Place
from assets.recipes.pocket_vl.card.training import FACTS
from core.errors import SecondLookError
from core.fingerprint import digest
from core.mllm.weights_hash import settings_hash, weights_hash
from core.storage.files import atomic_write_json, sha256_of

logger = logging.getLogger(__name__)
Source = Literal["demo", "photos", "rival", "log"]
ROOT = Path(__file__).parents[4]
_WRITERS = (
    "page.py",
    "tables.py",
    "findings.py",
    "markdown.py",
    "plot.py",
    "write.py",
    "__main__.py",
)
"""Files of the package that measure nothing."""


class Kept:
    """Sections' numbers by name and key; a key names weights, code, settings and sources' bytes."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._folders: dict[Place, Path | None] = {"demo": asked.demo, "photos": asked.photos}
        self._common = self._read_common()
        self._known: dict[Source, str] = {}

    def key(self, name: str, sources: Sequence[Source]) -> str:
        """Return what a section rests on, in one word; each source is read once."""
        for source in sources:
            if source not in self._known:
                self._known[source] = self._hash(source)
        return self._digest(name, self._common, {one: self._known[one] for one in sources})

    def get(self, name: str, key: str) -> dict[str, Any] | None:
        """Return a section's numbers with their day, None where none are kept under the key."""
        path = self._path(name)
        if not path.is_file():
            return None
        kept = json.loads(path.read_text("utf-8"))
        if kept["key"] != key:
            return None
        logger.info("%s: kept from before", name)
        return {"measured_on": kept["measured_on"], **kept["value"]}

    def put(
        self, name: str, sources: Sequence[Source], key: str, value: dict[str, Any]
    ) -> dict[str, Any]:
        """Keep a section's numbers and return them with their day.

        Raises:
            SecondLookError: What the section rests on is no longer what the key names.
        """
        now: dict[Source, str] = {source: self._hash(source) for source in sources}
        if self._digest(name, self._read_common(), now) != key:
            raise SecondLookError(
                f"The model, the code or a corpus of section '{name}' changed while it was "
                "measured; run the card again while nothing writes to them."
            )
        # through JSON, so that what is measured and what is kept are equal
        value = json.loads(json.dumps(value, allow_nan=False))
        today = datetime.now(UTC).date().isoformat()
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write_json(path, {"key": key, "measured_on": today, "value": value})
        return {"measured_on": today, **value}

    def _path(self, name: str) -> Path:
        return self._asked.work / "sections" / f"{name.replace(' ', '-')}.json"

    @staticmethod
    def _digest(name: str, common: dict[str, str], sources: dict[Source, str]) -> str:
        return digest({"section": name, **common} | dict(sources))

    def _read_common(self) -> dict[str, str]:
        asked = self._asked
        return {
            "weights": weights_hash(asked.model),
            "settings": settings_hash(asked.model),
            "code": _code(),
            "threads": str(asked.threads),
            "swept": str(asked.n_swept),
        }

    def _hash(self, source: Source) -> str:
        match source:
            case "demo" | "photos":
                return _files(self._folders[source])
            case "rival":
                rival = self._asked.rival
                return weights_hash(rival) + settings_hash(rival) if rival else "none"
            case "log":
                paths = [*self._asked.training_logs, self._asked.model / FACTS]
                return json.dumps([sha256_of(p) if p.is_file() else None for p in paths])


def _files(folder: Path | None) -> str:
    """Hash names and contents of a corpus folder."""
    if folder is None:
        return "none"
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return digest({path.relative_to(folder).as_posix(): sha256_of(path) for path in paths})


def _code() -> str:
    """Hash the code that measures: the product's core and this package without its writers."""
    own = [path for path in Path(__file__).parent.glob("*.py") if path.name not in _WRITERS]
    scoring = ROOT / "assets/recipes/pocket_vl/scoring.py"
    paths = sorted([*(ROOT / "core").rglob("*.py"), *own, scoring])
    return digest({path.relative_to(ROOT).as_posix(): sha256_of(path) for path in paths})
