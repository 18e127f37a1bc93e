"""The card as a README, from `card.json` alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from assets.recipes.pocket_vl.card import tables
from assets.recipes.pocket_vl.card.findings import known_failures
from assets.recipes.pocket_vl.card.markdown import bullets, fixed
from assets.recipes.pocket_vl.card.tables import Values

COMMAND = "python -m assets.recipes.pocket_vl.card"
NOT_MEASURED = "Not measured"


def readme(card: Mapping[str, Any]) -> str:
    """Return the whole page."""
    sections: Mapping[str, Values] = card["sections"]

    def part(title: str, name: str, write: Callable[[Values], str]) -> str:
        return f"## {title}\n{written(sections, name, write)}"

    return "\n\n".join(
        [
            f"# {card['name']}: the embedded multimodal model",
            written(sections, "model", introduction),
            f"Every number below was measured by `{COMMAND}` on "
            f"{' and '.join(card['measured_on'])} and is in `card.json`; none is typed by hand.",
            part("Size and speed", "model", tables.model_table),
            part("Training", "training", tables.training_table)
            + "\n\nHow it learns is told in `assets/recipes/README.md`.",
            part("Before and after re-ranking: the demo", "demo", _demo),
            part("Before and after re-ranking: photos", "photos", _photos),
            part("What the margin tells apart: the demo", "kinds", tables.demo_kinds),
            part("What the margin tells apart: the photos", "photo kinds", tables.kinds_table),
            part("The answers", "answers", tables.answers_text),
            part("The question", "prompts", tables.prompts_table),
            part("Compressed tokens", "compression", tables.compression_table),
            part("Breaking strength", "strengths", tables.strengths_table),
            part("Calibration", "calibration", calibration_text),
            part("Rescued and harmed queries of the demo", "failures", tables.classes_table),
            f"## Known failures\n{_failures(sections)}",
            "Licence: the project's own (Apache-2.0).",
        ]
    ) + "\n"  # fmt: skip


def written(sections: Mapping[str, Values], name: str, write: Callable[[Values], str]) -> str:
    """Return a section's text, or one sentence that says that it was not measured."""
    found = sections.get(name)
    if found is None:
        return f"{NOT_MEASURED}."
    if "not_measured" in found:
        return f"{NOT_MEASURED}: {found['not_measured']}."
    return write(found)


def introduction(found: Values) -> str:
    """Say what the model is."""
    millions, megabytes = found["parameters"] / 1e6, found["weight_bytes"] / 1e6
    return (
        f"A real `{found['class']}` of {fixed(millions, 1)} million parameters "
        f"({fixed(megabytes, 1)} MB, {found['stored_dtype']}, safetensors), loaded by the same "
        "code as the published ones. It answers one question, whether two images show the same "
        "object, with yes or no. It is made so that every part of Second Look runs with nothing "
        "to download, and it says nothing about how well large models re-rank."
    )


def calibration_text(found: Values) -> str:
    """Show the plot and its error."""
    return (
        "![Share of positives by P(yes)](calibration.webp)\n\n"
        f"Expected calibration error {fixed(found['expected_calibration_error'])} over "
        f"{len(found['bins'])} equally wide bins: {found['n_positives']} positives and "
        f"{found['n_negatives']} negatives, those among the first {found['depth']} of each query. "
        "The diagonal would be perfect; the error holds for this mix of pairs."
    )


def _demo(found: Values) -> str:
    text = tables.comparison_text(found, "on these queries")
    return f"{text}\n\n{tables.comparison_table(found)}"


def _photos(found: Values) -> str:
    text = tables.comparison_text(found, "on the demo")
    return (
        f"{text}\n\n{tables.comparison_table(found)}\n\n{tables.slices_table(found)}\n\n"
        "The hash is the parity of SHA-256 of the instance's name: a split that nobody chose. A "
        "slice of one instance has no interval."
    )


def _failures(sections: Mapping[str, Values]) -> str:
    sentences = known_failures(sections)
    said = bullets(sentences) if sentences else "No measured number crossed a rule's threshold."
    return f"{said}\n\n{written(sections, 'failures', tables.recall_table)}"
