"""What is recorded of how the weights were made; nothing is filled in that was not recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

FACTS = "facts.json"
"""A JSON object next to the weights; keys beside `KNOWN` are shown as they are."""
KNOWN = ("steps", "images", "pairs", "seconds")
"""Gradient steps, images encoded, pairs answered, wall-clock seconds of the steps."""


def recorded_training(model: Path, logs: Sequence[Path]) -> dict[str, Any]:
    """Return the known facts, None where nothing says, the other facts, and held-out numbers.

    The facts next to the weights come first, since they are of the finished weights; the logs, one
    per stage of the training, are added up and fill in what those leave out.
    """
    path = model / FACTS
    facts: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    stages = [facts_of_log(read_log(log)) for log in logs]
    logged = {name: _added(stages, name) for name in KNOWN}
    held_out = [stage["held_out"] for stage in stages if "held_out" in stage]
    named = (*KNOWN, "held_out")
    return {
        **{name: facts.get(name, logged[name]) for name in KNOWN},
        "others": {name: value for name, value in facts.items() if name not in named},
        "held_out": facts.get("held_out", held_out[-1] if held_out else None),
    }


def read_log(log: Path) -> list[dict[str, Any]]:
    """Return the JSON objects of a log, line by line; other lines are passed over."""
    objects: list[dict[str, Any]] = []
    for line in log.read_text("utf-8").splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            objects.append(cast("dict[str, Any]", value))
    return objects


def facts_of_log(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the largest step, images, pairs and seconds that a log names, and what it held out.

    All four count from the first step of the stage, also after an interruption.
    """
    facts: dict[str, Any] = {}
    for name in KNOWN:
        key = "step" if name == "steps" else name
        values = [line[key] for line in lines if key in line]
        if values:
            facts[name] = max(values)
    held_out = [line["held_out"] for line in lines if "held_out" in line]
    if held_out:
        facts["held_out"] = held_out[-1]
    return facts


def _added(stages: Sequence[Mapping[str, Any]], name: str) -> float | None:
    """Return a fact's sum over the stages, None where a stage does not tell it."""
    if not stages or any(name not in stage for stage in stages):
        return None
    return sum(stage[name] for stage in stages)
