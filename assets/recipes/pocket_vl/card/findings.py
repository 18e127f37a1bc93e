"""Known failures: sentences that follow from the measured numbers by fixed rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from assets.recipes.pocket_vl.card.markdown import fixed, interval, signed
from assets.recipes.pocket_vl.card.tables import METHOD_NAMES

Sections = Mapping[str, Mapping[str, Any]]
Rule = Callable[[Mapping[str, Any]], Iterator[str]]
LEAST_PAIRS = 20
"""A slice of fewer positives is not named."""
LEAST_DROP = 0.05
"""A slice is named when its recall is this much below that of all positives."""
LEAST_GAP = 0.005
"""A kind of pair is named when the margin's AUC is this much below the descriptor's."""
LEAST_LOSS = 0.02
"""A compression is named when it costs this much mAP."""
LEAST_ERROR = 0.05
"""Probabilities are named when their expected calibration error is this large."""
_RIVALS = ("maxsim", "rootsift", "hsv hog", "rival")


def known_failures(sections: Sections) -> list[str]:
    """Return the sentences in a fixed order; sections that were not measured say nothing."""
    rules: dict[str, Rule] = {
        "demo": _corpus("the demo"),
        "photos": _photos,
        "kinds": _kinds,
        "failures": _slices,
        "strengths": _strengths,
        "compression": _compression,
        "calibration": _calibration,
    }
    return [
        sentence
        for name, rule in rules.items()
        if name in sections and "not_measured" not in sections[name]
        for sentence in rule(sections[name])
    ]


def _corpus(where: str) -> Rule:
    def rule(found: Mapping[str, Any]) -> Iterator[str]:
        margin, before = found["methods"]["margin"], found["methods"]["descriptor"]
        bounds = margin["gain_ci"]
        if margin["gain"] <= 0 or (bounds is not None and bounds[0] <= 0):
            span = interval(bounds, sign=True)
            yield f"On {where} no gain of re-ranking is shown: {signed(margin['gain'])}{span} mAP."
        if margin["r1"] < before["r1"]:
            change = f"from {fixed(before['r1'])} to {fixed(margin['r1'])}"
            yield f"On {where} re-ranking lowers R@1 {change}."
        rivals = {name: found["methods"][name] for name in _RIVALS if name in found["methods"]}
        better = [
            f"{METHOD_NAMES[name]} ({fixed(one['map'])})"
            for name, one in rivals.items()
            if one["map"] > margin["map"]
        ]
        if better:
            shown = fixed(margin["map"])
            yield f"On {where} the margin ({shown} mAP) is beaten by {'; '.join(better)}."

    return rule


def _photos(found: Mapping[str, Any]) -> Iterator[str]:
    yield from _corpus("the photos")(found)
    for name, one in found["slices"].items():
        margin = one["methods"]["margin"]
        if name.startswith("source") and margin["gain_ci"] is not None and margin["gain"] < 0:
            span = interval(margin["gain_ci"], sign=True)
            yield f"Photos, {name}: re-ranking changes mAP by {signed(margin['gain'])}{span}."


def _kinds(found: Mapping[str, Any]) -> Iterator[str]:
    siblings = {n: one for n, one in found["kinds"].items() if n.startswith("sibling: ")}
    if siblings:
        name = min(siblings, key=lambda n: siblings[n]["auc_margin"])
        one = siblings[name]
        yield (
            f"Hardest look-alikes: {name.removeprefix('sibling: ')}, AUC "
            f"{fixed(one['auc_margin'])} over {one['n']} pairs."
        )
    for name, one in found["kinds"].items():
        if one.get("auc_margin", 1.0) <= one.get("auc_cosine", 0.0) - LEAST_GAP:
            yield (
                f"Against pairs of kind '{name}' the margin's AUC ({fixed(one['auc_margin'])}) is "
                f"below the descriptor's own ({fixed(one['auc_cosine'])})."
            )


def _slices(found: Mapping[str, Any]) -> Iterator[str]:
    every, within = found["all"]["after"], found["within"]
    worst = sorted(found["slices"].items(), key=lambda item: (item[1]["after"], item[0]))
    for name, one in worst:
        if one["n"] >= LEAST_PAIRS and one["after"] <= every - LEAST_DROP:
            yield (
                f"{name[0].upper()}{name[1:]}: {fixed(one['after'])} of these {one['n']} positives "
                f"are among the first {within} after re-ranking (all positives: {fixed(every)})."
            )


def _strengths(found: Mapping[str, Any]) -> Iterator[str]:
    below = max(one["margin"]["counts"]["below_at_neutral"] for one in found["rows"].values())
    if below:
        yield (
            f"{below} of {found['n_queries']} undamaged queries score lower against themselves "
            "than their hard negatives do."
        )


def _compression(found: Mapping[str, Any]) -> Iterator[str]:
    for name, one in found["methods"].items():
        if one["gain"] <= -LEAST_LOSS:
            yield f"Compression '{name}' costs {fixed(-one['gain'])} mAP on the demo."


def _calibration(found: Mapping[str, Any]) -> Iterator[str]:
    error = found["expected_calibration_error"]
    if error >= LEAST_ERROR:
        yield (
            f"P(yes) is not a frequency: its expected calibration error is {fixed(error)} on "
            f"{found['n_positives']} positives and {found['n_negatives']} near negatives."
        )
