"""The card's sections in order, each kept in the work folder while what it rests on is the same."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from assets.recipes.pocket_vl.card.answers import measure_answers, measure_prompts
from assets.recipes.pocket_vl.card.calibration import measure_calibration
from assets.recipes.pocket_vl.card.compression import measure_compression
from assets.recipes.pocket_vl.card.failures import measure_failures
from assets.recipes.pocket_vl.card.lab import Asked, Lab, Place
from assets.recipes.pocket_vl.card.model import measure_model
from assets.recipes.pocket_vl.card.pairs import measure_kinds
from assets.recipes.pocket_vl.card.rankings import measure_demo, measure_photos
from assets.recipes.pocket_vl.card.strengths import measure_strengths
from assets.recipes.pocket_vl.card.training import FACTS, recorded_training
from core.fingerprint import digest
from core.mllm.weights import settings_hash, weights_hash
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


@dataclass(frozen=True, slots=True)
class Section:
    """One measurement, and what it rests on beside the model and the code."""

    name: str
    measure: Callable[[Lab], dict[str, Any]]
    sources: tuple[Source, ...] = ("demo",)


def _training(lab: Lab) -> dict[str, Any]:
    return recorded_training(lab.asked.model, lab.asked.training_logs)


def _demo_kinds(lab: Lab) -> dict[str, Any]:
    return measure_kinds(lab, "demo")


def _photo_kinds(lab: Lab) -> dict[str, Any]:
    return measure_kinds(lab, "photos")


SECTIONS = (
    Section("model", measure_model),
    Section("training", _training, ("log",)),
    Section("demo", measure_demo, ("demo", "rival")),
    Section("photos", measure_photos, ("demo", "photos", "rival")),
    Section("kinds", _demo_kinds),
    Section("photo kinds", _photo_kinds, ("photos",)),
    Section("answers", measure_answers),
    Section("prompts", measure_prompts),
    Section("compression", measure_compression),
    Section("strengths", measure_strengths),
    Section("calibration", measure_calibration),
    Section("failures", measure_failures),
)


def measure_sections(lab: Lab, only: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
    """Return every section's numbers, or `{"not_measured": reason}`; what is kept is not redone.

    Args:
        lab: The model and the corpora.
        only: Names of the sections to measure; none means all.
    """
    keys = _Keys(lab.asked)
    found: dict[str, dict[str, Any]] = {}
    for section in SECTIONS:
        if only and section.name not in only:
            found[section.name] = {"not_measured": "this section was not asked for"}
        elif "photos" in section.sources and lab.asked.photos is None:
            found[section.name] = {"not_measured": "no folder of photos was given"}
        else:
            found[section.name] = _kept(lab, section, keys.of(section))
    return found


def _kept(lab: Lab, section: Section, key: str) -> dict[str, Any]:
    path = lab.asked.work / "sections" / f"{section.name.replace(' ', '-')}.json"
    if path.is_file():
        kept = json.loads(path.read_text("utf-8"))
        if kept["key"] == key:
            logger.info("%s: kept from before", section.name)
            return {"measured_on": kept["measured_on"], **kept["value"]}
    started = time.perf_counter()
    # through JSON, so that what is measured and what is kept are equal
    value = json.loads(json.dumps(section.measure(lab), allow_nan=False))
    logger.info("%s: measured in %.1f s", section.name, time.perf_counter() - started)
    path.parent.mkdir(parents=True, exist_ok=True)
    today = datetime.now(UTC).date().isoformat()
    atomic_write_json(path, {"key": key, "measured_on": today, "value": value})
    return {"measured_on": today, **value}


class _Keys:
    """Names what a section rests on: weights, code, settings, and the bytes of its sources."""

    def __init__(self, asked: Asked) -> None:
        self._common = {
            "weights": weights_hash(asked.model),
            "settings": settings_hash(asked.model),
            "code": _code(),
            "threads": str(asked.threads),
            "swept": str(asked.n_swept),
        }
        self._folders: dict[Place, Path | None] = {"demo": asked.demo, "photos": asked.photos}
        self._asked = asked
        self._known: dict[Source, str] = {}

    def of(self, section: Section) -> str:
        for source in section.sources:
            if source not in self._known:
                self._known[source] = self._hash(source)
        return digest(
            {"section": section.name, **self._common}
            | {source: self._known[source] for source in section.sources}
        )

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
