"""Stored reports of older versions, in the fields of this one."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import from_json

_SAME = 1e-12


def current_fields(data: bytes) -> object:
    """Return a stored report's fields; what older versions did not keep is None, never guessed.

    Raises:
        ValueError: It is no JSON, or holds no report.
    """
    report = from_json(data)
    try:
        summary = report["summary"]
        if "changes" in summary:
            return report
        return {**report, "summary": {**summary, "changes": _changes(summary, report["outcomes"])}}
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("these are not the fields of a report") from error


def _changes(summary: Mapping[str, Any], outcomes: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return mAP's and R@1's change: the first one was tested alone, the second one not at all."""
    of_map = {
        "name": f"mAP@{summary.get('k')}",
        "before": summary.get("map_before"),
        "after": summary.get("map_after"),
        "change": summary.get("delta_map"),
        "interval": summary.get("delta_ci"),
        "p": summary.get("p_value"),
        "p_corrected": summary.get("p_value"),
    }
    before, after = summary.get("r1_before"), summary.get("r1_after")
    of_r1 = {
        "name": "R@1",
        "before": before,
        "after": after,
        "change": None if before is None or after is None else after - before,
        "interval": None,
        "p": None,
        "p_corrected": None,
    }
    aps = [(one.get("ap_before"), one.get("ap_after")) for one in outcomes]
    firsts = [
        (one.get("first_positive_before") == 1, one.get("first_positive_after") == 1)
        for one in outcomes
    ]
    clusters = {one.get("instance_id") or one.get("query_id") for one in outcomes}
    sizes = {"n": len(outcomes), "n_instances": len(clusters)}
    return [{**of_map, **sizes, **_moved(of_map, aps)}, {**of_r1, **sizes, **_moved(of_r1, firsts)}]


def _moved(change: Mapping[str, Any], values: Sequence[tuple[Any, Any]]) -> dict[str, int | None]:
    if change["change"] is None:
        return {"n_better": None, "n_worse": None}
    return {
        "n_better": sum(after - before > _SAME for before, after in values),
        "n_worse": sum(before - after > _SAME for before, after in values),
    }
