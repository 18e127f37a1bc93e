"""Compare two runs query by query: paired interval, disagreements, slices, what else differs."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.analysis.significance import bootstrap, slice_intervals
from core.analysis.slices import labels_by_attribute, natural
from core.types.corpus import ImageRecord
from core.types.rankings import QueryOutcome
from core.types.runs import RunReport
from core.types.saved import QueryDifference, RunComparison, SliceDifference

_CAUTIONS = {
    "corpus fingerprint": "the corpus or its ground truth",
    "k": "the cut-off k",
    "metric": "the metric",
    "shortlist": "the size of the shortlist",
    "descriptor fingerprint": "the descriptor, and with it the shortlists",
}
"""Fields that change an AP whatever the second stage does."""


def compare_runs(a: RunReport, b: RunReport, queries: Mapping[str, ImageRecord]) -> RunComparison:
    """Return the second run minus the first, over the queries that both evaluated.

    Args:
        a: The run compared with.
        b: The run looked at.
        queries: Records by query id, for the attributes to slice by; queries that are not in the
            corpus any more are compared but belong to no slice.
    """
    first = {o.query_id: o for o in a.outcomes}
    second = {o.query_id: o for o in b.outcomes}
    common = sorted(first.keys() & second.keys())
    withheld = _withheld(a, b, len(common))
    pairs = [] if withheld else [(first[q], second[q]) for q in common]
    table = np.array([(x.ap_after, y.ap_after) for x, y in pairs], dtype=np.float64)
    means = table.mean(axis=0).tolist() if pairs else (None, None)
    draws = bootstrap(table, [y.cluster for _, y in pairs]) if pairs else None
    fields = _differing(a.receipt.fields, b.receipt.fields)
    return RunComparison(
        a=a,
        b=b,
        n_common=len(common),
        n_only_a=len(first) - len(common),
        n_only_b=len(second) - len(common),
        map_a=means[0],
        map_b=means[1],
        delta=None if means[0] is None else means[1] - means[0],
        delta_ci=draws.difference(1, 0) if draws else None,
        p_value=draws.p_value(1, 0) if draws else None,
        differences=_differences(pairs),
        by=_by(pairs, queries),
        fields=fields,
        cautions=tuple(_CAUTIONS[name] for name, _, _ in fields if name in _CAUTIONS),
        withheld=withheld,
    )


_Pairs = Sequence[tuple[QueryOutcome, QueryOutcome]]


def _withheld(a: RunReport, b: RunReport, n_common: int) -> str | None:
    if not n_common:
        return "The two runs have no query in common."
    for report in (a, b):
        if report.summary.map_after is None:
            return (
                f"Run {report.run_id} left more than 1 % of its pairs without a score, so its mAP "
                "is withheld and there is nothing to compare."
            )
    return None


def _differences(pairs: _Pairs) -> tuple[QueryDifference, ...]:
    found = [QueryDifference(y.query_id, x.ap_after, y.ap_after) for x, y in pairs]
    changed = [one for one in found if one.delta != 0.0]
    return tuple(sorted(changed, key=lambda one: (-abs(one.delta), one.query_id)))


def _by(pairs: _Pairs, queries: Mapping[str, ImageRecord]) -> dict[str, dict[str, SliceDifference]]:
    known = [pair for pair in pairs if pair[1].query_id in queries]
    labels = labels_by_attribute([y for _, y in known], queries)
    names = [
        (attribute, value)
        for attribute, of in labels.items()
        for value in sorted(set(of.values()), key=natural)
    ]
    if not names:
        return {}
    table = np.array([(x.ap_after, y.ap_after) for x, y in known], dtype=np.float64)
    members = np.array(
        [[labels[name].get(y.query_id) == value for name, value in names] for _, y in known]
    )
    found = slice_intervals(table[:, 1] - table[:, 0], [y.cluster for _, y in known], members)
    by: dict[str, dict[str, SliceDifference]] = {name: {} for name in labels}
    for (name, value), inside, interval in zip(names, members.T, found, strict=True):
        first, second = table[inside].mean(axis=0).tolist()
        by[name][value] = SliceDifference(int(inside.sum()), first, second, interval)
    return by


def _differing(a: Mapping[str, str], b: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    names = list(dict.fromkeys([*b, *a]))
    return tuple(
        (name, a.get(name, "not told"), b.get(name, "not told"))
        for name in names
        if a.get(name) != b.get(name)
    )
