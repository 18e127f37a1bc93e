"""What re-ranking did to every reported metric: change, paired interval and corrected p."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analysis.significance import Bootstrap, bootstrap, holm
from core.types.rankings import QueryOutcome
from core.types.runs import MetricChange

_SAME = 1e-12
"""A difference of two APs below this is rounding: 0.45 - 0.5 is not -0.05 to the last bit."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric that is the mean over queries of one number in [0, 1].

    `name` may hold `{k}`, the cut-off rank of AP@k.
    """

    name: str
    before: Callable[[QueryOutcome], float]
    after: Callable[[QueryOutcome], float]


METRICS = (
    Metric("mAP@{k}", lambda o: o.ap_before, lambda o: o.ap_after),
    Metric(
        "R@1",
        lambda o: float(o.first_positive_before == 1),
        lambda o: float(o.first_positive_after == 1),
    ),
)
"""Every metric that a summary reports before and after, mAP first."""


def metric_table(outcomes: Sequence[QueryOutcome]) -> NDArray[np.float64]:
    """Return (queries, 2 x metrics): of every metric in turn its values before and after."""
    return np.array([[f(o) for m in METRICS for f in (m.before, m.after)] for o in outcomes])


def resampled(outcomes: Sequence[QueryOutcome]) -> Bootstrap | None:
    """Return the means of `metric_table` under resampled instances; None with one instance."""
    return bootstrap(metric_table(outcomes), [o.cluster for o in outcomes])


def metric_changes(
    outcomes: Sequence[QueryOutcome], k: int, draws: Bootstrap | None, *, withheld: bool
) -> tuple[MetricChange, ...]:
    """Return the change of every metric, in the order of `METRICS`.

    All metrics are tested on the same draws, and their p-values are corrected for their number by
    Holm's rule, which holds however the metrics depend on one another. Intervals are of one metric
    each and not corrected.

    Args:
        outcomes: At least one query with a positive.
        k: Cut-off rank of AP@k.
        draws: From `resampled`; None leaves intervals and p out.
        withheld: Whether nothing after re-ranking is shown; see `is_withheld`.
    """
    table = metric_table(outcomes)
    n_instances = len({o.cluster for o in outcomes})
    tested = None if withheld else draws
    columns = range(0, 2 * len(METRICS), 2)
    p_values = [tested.p_value(at + 1, at) for at in columns] if tested else []
    corrected = holm(p_values) if tested else (None,) * len(METRICS)
    changes: list[MetricChange] = []
    for place, (metric, at) in enumerate(zip(METRICS, columns, strict=True)):
        before, after = table[:, at], table[:, at + 1]
        gaps = after - before
        changes.append(
            MetricChange(
                name=metric.name.format(k=k),
                before=float(before.mean()),
                after=None if withheld else float(after.mean()),
                change=None if withheld else float(after.mean()) - float(before.mean()),
                interval=tested.difference(at + 1, at) if tested else None,
                p=p_values[place] if tested else None,
                p_corrected=corrected[place],
                n=len(outcomes),
                n_instances=n_instances,
                n_better=None if withheld else int((gaps > _SAME).sum()),
                n_worse=None if withheld else int((gaps < -_SAME).sum()),
            )
        )
    return tuple(changes)
