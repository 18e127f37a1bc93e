"""The numbers of the manual: measured by commands, of the model's card, and set in the code."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from core.corpus.csv_lines import MOST_FAULTS
from core.corpus.limits import MAX_ASPECT, MAX_BYTES, MAX_PIXELS, MAX_SIDE_PX
from core.settings import POCKET_MODEL

HERE = Path(__file__).resolve().parent
MEASURED_FILE = HERE / "results.json"
NOTED_FILE = HERE / "noted.json"
SECOND_STAGES_FILE = HERE / "second_stages.json"
PRESETS_FILE = HERE / "presets.json"


@cache
def measured() -> dict[str, Any]:
    """Return what `assets.docs.measure` measured: command, day, weights and values by name."""
    return _read(MEASURED_FILE)["measured"]


@cache
def noted() -> dict[str, Any]:
    """Return figures of a benchmark's log by name: where they stand there, and values."""
    return _read(NOTED_FILE)


@cache
def second_stages() -> dict[str, Any]:
    """Return what `tests.benchmarks.second_stages` measured, by corpus: command, day, rows."""
    return _read(SECOND_STAGES_FILE)


@cache
def presets() -> dict[str, Any]:
    """Return what `tests.benchmarks.presets` measured on photographs, by preset."""
    return _read(PRESETS_FILE)["presets"]


@cache
def card() -> dict[str, Any]:
    """Return the sections of the embedded model's card."""
    return _read(POCKET_MODEL / "card.json")["sections"]


def results() -> dict[str, Any]:
    """Return all numbers: `measured`, `noted`, `card`, `presets`, and `limits` of the code."""
    return {
        "measured": {name: one["values"] for name, one in measured().items()},
        "noted": {name: one["values"] for name, one in noted().items()},
        "card": card(),
        "presets": presets(),
        "limits": {
            "megapixels": MAX_PIXELS // 10**6,
            "mib": MAX_BYTES >> 20,
            "side_px": MAX_SIDE_PX,
            "aspect": MAX_ASPECT,
            "faults": MOST_FAULTS,
        },
    }


def number_at(known: Mapping[str, Any], path: str) -> int | float | str:
    """Return the value at a dotted path; a part that is a whole number counts in a list.

    Raises:
        KeyError: There is none.
    """
    found: Any = known
    for part in path.split("."):
        try:
            found = found[int(part)] if isinstance(found, list) else found[part]
        except (IndexError, KeyError, TypeError, ValueError) as error:
            raise KeyError(f"{path}: there is no '{part}'") from error
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        raise KeyError(f"{path}: not one number")
    return found


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))
