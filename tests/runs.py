"""Invented runs for the tests of reports, comparisons and the Runs screen."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.types.rankings import FAILURE_CLASSES, QueryOutcome
from core.types.runs import (
    Interval,
    MetricChange,
    Receipt,
    RunReport,
    SettingValue,
    SliceResult,
    Summary,
)


def make_outcome(query_id: str, before: float, after: float) -> QueryOutcome:
    delta = after - before
    name = "rescued" if delta >= 0.05 else "harmed, demoted" if delta <= -0.05 else "unmoved"
    return QueryOutcome(
        query_id, f"object {query_id}", 3, before, after, after, 1.0, 2, 1, name, (), (), 0
    )


def make_change(name: str, before: float, after: float | None, n: int = 8) -> MetricChange:
    """Return a change that was tested with one other; nothing after where `after` is None."""
    if after is None:
        return MetricChange(name, before, None, None, None, None, None, n, n, None, None)
    change = after - before
    interval = Interval(change - 0.1, change + 0.1)
    return MetricChange(name, before, after, change, interval, 0.2, 0.4, n, n, n // 2, 1)


def without_after(summary: Summary) -> Summary:
    """Return a summary of which all after re-ranking is withheld."""
    changes = tuple(make_change(one.name, one.before, None, one.n) for one in summary.changes)
    return replace(summary, map_after=None, map_after_ci=None, changes=changes)


def make_report(
    *,
    afters: Sequence[float],
    befores: Sequence[float],
    run_id: str = "20260102T030405000000Z-0123456789ab",
    depth: int = 20,
    fields: dict[str, str] | None = None,
    settings: dict[str, SettingValue] | None = None,
) -> RunReport:
    """Return a run of as many queries as there are APs, named q0.jpg, q1.jpg and so on."""
    outcomes = tuple(
        make_outcome(f"q{i}.jpg", before, after)
        for i, (before, after) in enumerate(zip(befores, afters, strict=True))
    )
    classes = Counter(o.failure_class for o in outcomes)
    before, after = float(np.mean(befores)), float(np.mean(afters))
    summary = Summary(
        n_queries=len(outcomes),
        n_evaluated=len(outcomes),
        n_database=40,
        n_skipped=0,
        n_unscored=0,
        n_pairs=len(outcomes) * depth,
        cached_pairs=0,
        shortlist=40,
        depth=depth,
        k=1000,
        lam=0.0,
        gamma=1.0,
        metric="AP@k",
        map_before=before,
        map_margin=after,
        map_after=after,
        map_oracle=1.0,
        map_before_ci=None,
        map_after_ci=None,
        changes=(
            make_change("mAP@1000", before, after, len(outcomes)),
            make_change("R@1", 0.5, 0.25, len(outcomes)),
        ),
        classes={name: classes.get(name, 0) for name in FAILURE_CLASSES},
        by={"light": {"dim": SliceResult(len(outcomes), before, after)}},
        seconds_per_query=0.2,
        bytes_per_image=27827.0,
    )
    receipt = Receipt(
        run_id.rpartition("-")[2],
        {"corpus": "tiny", "model": "fake-vl", "depth": str(depth), **(fields or {})},
    )
    return RunReport(run_id, "2026-01-02T03:04:05+00:00", receipt, summary, outcomes, settings)
