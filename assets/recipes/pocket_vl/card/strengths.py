"""How strong each perturbation of a query must be before its own picture stops matching."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from assets.recipes.pocket_vl.card.lab import DEPTHS, Lab
from core.types.robustness import (
    PERTURBATION_NAMES,
    Breaking,
    Damage,
    PerturbationSpec,
    ResponseCurve,
)
from core.types.sweeps import SweepRequest
from core.workbench import Workbench

logger = logging.getLogger(__name__)
REASONS = ("crossed", "never", "below_at_neutral")


def measure_strengths(lab: Lab) -> dict[str, Any]:
    """Return breaking strengths of the pair `self`, of margin and cosine, per perturbation."""
    ids = spread([query.image_id for query in lab.ranked("demo").queries], lab.asked.n_swept)
    with lab.bench("demo") as bench:
        specs = {spec.name: spec for spec in bench.robustness.specs()}
        rows: dict[str, Any] = {}
        for name in PERTURBATION_NAMES:
            logger.info("demo: perturb %d queries by %s", len(ids), name)
            # Ranks are not read here; without rivals to rank, only hard negatives are re-scored.
            requests = [SweepRequest(i, None, name, Damage(n_ranked=0)) for i in ids]
            curves = [_last(bench, request) for request in requests]
            rows[name] = {
                "unit": specs[name].unit,
                "neutral": specs[name].neutral,
                "strongest": _strongest(specs[name]),
                "two_sided": _is_two_sided(specs[name]),
                "margin": summary_of(specs[name], [curve.breaking_margin for curve in curves]),
                "cosine": summary_of(specs[name], [curve.breaking_cosine for curve in curves]),
            }
    return {"n_queries": len(ids), "depth": DEPTHS["demo"], "rows": rows}


def summary_of(spec: PerturbationSpec, found: Iterable[Breaking | None]) -> dict[str, Any]:
    """Return the mean strength of the crossings and how many curves crossed or did not.

    The mean is taken on the plotted axis (geometric on a log2 axis); of a two-sided perturbation
    it is that of the distance from neutral. None where no curve crossed.
    """
    known = [one for one in found if one is not None]
    values = [one.value for one in known if one.value is not None]
    counts = Counter(one.reason for one in known)
    return {
        "mean": _mean(spec, values) if values else None,
        "counts": {reason: counts.get(reason, 0) for reason in REASONS},
    }


def spread(ids: Sequence[str], n: int) -> list[str]:
    """Return n ids evenly spread over the list, all where there are fewer."""
    # Not `even_rows`: the published numbers are of these queries, the last one among them.
    rows = np.unique(np.linspace(0, len(ids) - 1, min(n, len(ids))).round().astype(int))
    return [ids[int(row)] for row in rows]


def _mean(spec: PerturbationSpec, values: Sequence[float]) -> float:
    if spec.log_axis:
        return float(2 ** np.mean([math.log2(value) for value in values]))
    if _is_two_sided(spec):
        return float(np.mean([abs(value - spec.neutral) for value in values]))
    return float(np.mean(values))


def _is_two_sided(spec: PerturbationSpec) -> bool:
    return min(spec.levels) < spec.neutral < max(spec.levels)


def _strongest(spec: PerturbationSpec) -> float:
    return max(spec.levels, key=lambda level: abs(level - spec.neutral))


def _last(bench: Workbench, request: SweepRequest) -> ResponseCurve:
    *_, last = bench.robustness.sweep(request)
    return last
