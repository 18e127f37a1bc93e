"""The card's sections in order; one of them is measured beside the others on a second core."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any

from assets.recipes.pocket_vl.card.answers import measure_answers, measure_prompts
from assets.recipes.pocket_vl.card.calibration import measure_calibration
from assets.recipes.pocket_vl.card.compression import measure_compression
from assets.recipes.pocket_vl.card.failures import measure_failures
from assets.recipes.pocket_vl.card.kept import Kept, Source
from assets.recipes.pocket_vl.card.lab import Asked, Lab, speak
from assets.recipes.pocket_vl.card.model import measure_model
from assets.recipes.pocket_vl.card.pairs import measure_kinds
from assets.recipes.pocket_vl.card.rankings import measure_demo, measure_photos
from assets.recipes.pocket_vl.card.strengths import measure_strengths
from assets.recipes.pocket_vl.card.training import recorded_training

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Section:
    """One measurement, and what it rests on beside the model and the code.

    One that is `apart` shares nothing with the others and runs in a process of its own.
    """

    name: str
    measure: Callable[[Lab], dict[str, Any]]
    sources: tuple[Source, ...] = ("demo",)
    apart: bool = False


def _training(lab: Lab) -> dict[str, Any]:
    return recorded_training(lab.asked.model, lab.asked.training_logs)


def _demo_kinds(lab: Lab) -> dict[str, Any]:
    return measure_kinds(lab, "demo")


def _photo_kinds(lab: Lab) -> dict[str, Any]:
    return measure_kinds(lab, "photos")


SECTIONS = (
    Section("model", measure_model),  # first: it is timed, and nothing runs beside it
    Section("training", _training, ("log",)),
    Section("demo", measure_demo, ("demo", "rival")),
    Section("photos", measure_photos, ("demo", "photos", "rival")),
    Section("kinds", _demo_kinds),
    Section("photo kinds", _photo_kinds, ("photos",)),
    Section("answers", measure_answers),
    Section("prompts", measure_prompts, apart=True),
    Section("compression", measure_compression),
    Section("strengths", measure_strengths),
    Section("calibration", measure_calibration),
    Section("failures", measure_failures),
)


def measure_sections(
    lab: Lab, only: Sequence[str] = (), sections: Sequence[Section] = SECTIONS
) -> dict[str, dict[str, Any]]:
    """Return every section's numbers, or `{"not_measured": reason}`; what is kept is not redone.

    Args:
        lab: The model and the corpora.
        only: Names of the sections to measure; none means all.
        sections: All that the card has; the first is measured alone.

    Raises:
        SecondLookError: The model or a corpus changed while it was measured.
    """
    kept, found = Kept(lab.asked), dict[str, dict[str, Any]]()
    missing: list[tuple[Section, str]] = []
    for section in sections:
        reason = _why_not(section, lab.asked, only)
        key = "" if reason else kept.key(section.name, section.sources)
        known = {"not_measured": reason} if reason else kept.get(section.name, key)
        if known is None:
            missing.append((section, key))
        else:
            found[section.name] = known
    for section, key, value in _measured(lab, missing, alone=sections[0].name):
        found[section.name] = kept.put(section.name, section.sources, key, value)
    return {section.name: found[section.name] for section in sections}


def _measured(
    lab: Lab, missing: Sequence[tuple[Section, str]], alone: str
) -> Iterator[tuple[Section, str, dict[str, Any]]]:
    """Yield section, key and numbers as they come, those measured apart last."""
    here = [(section, key) for section, key in missing if not section.apart]
    apart = [(section, key) for section, key in missing if section.apart]
    first = [one for one in here if one[0].name == alone]
    for section, key in first:
        yield section, key, _timed(section, lab)
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=speak) as pool:
        waiting = [(*one, pool.submit(_measure_apart, one[0], lab.asked)) for one in apart]
        for section, key in here:
            if section.name != alone:
                yield section, key, _timed(section, lab)
        for section, key, future in waiting:
            yield section, key, future.result()


def _measure_apart(section: Section, asked: Asked) -> dict[str, Any]:
    """Measure in another process, with workspaces of its own: each has one owner."""
    return _timed(section, Lab(replace(asked, work=asked.work / "apart")))


def _timed(section: Section, lab: Lab) -> dict[str, Any]:
    started = time.perf_counter()
    value = section.measure(lab)
    logger.info("%s: measured in %.1f s", section.name, time.perf_counter() - started)
    return value


def _why_not(section: Section, asked: Asked, only: Sequence[str]) -> str | None:
    """Return why a section is not to be measured, None where it is."""
    if only and section.name not in only:
        return "this section was not asked for"
    if "photos" in section.sources and asked.photos is None:
        return "no folder of photos was given"
    return None
