"""Compare what two versions gave, value by value, to the last digit."""

import csv
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMES = frozenset({"seconds_per_query", "pairs_per_second", "updated_at", "created_at"})
NAMES = frozenset({"id", "receipt", "receipts", "receipt_id", "run_id", "second-look", "files"})
"""Hashes of a receipt follow from its fields, which are an item of their own."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a version printed or wrote.

    `value` is made of dicts, lists, texts and numbers; where `by_query` is true it is a dict of
    query ids. `failed` says why there is no value.
    """

    name: str
    value: Any = None
    by_query: bool = False
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What the comparison of one item came to: `equal`, `differs` or `left out`."""

    name: str
    state: str
    n_values: int
    first: str = ""


def compare(
    old: Item, new: Item, changed: Collection[str] = (), *, may_grow: bool = False
) -> Finding:
    """Return the first difference between two versions' items, or that there is none.

    Args:
        old: Of the one version.
        new: The same item of the other.
        changed: Queries to leave out, since their scores differ. An item that is not by query
            mixes all of them, so it is left out as a whole where there are any.
        may_grow: Whether fields that only the newer item has are no difference.
    """
    failed = [f"{side}: {i.failed}" for side, i in (("old", old), ("new", new)) if i.failed]
    if failed:
        return Finding(old.name, "differs", 0, "; ".join(failed))
    if changed and not old.by_query:
        return Finding(old.name, "left out", 0, f"scores of {len(changed)} queries differ")
    left, right = (dict(flat(_without(i, changed))) for i in (old, new))
    n_more = len(right.keys() - left.keys()) if may_grow else 0
    right = {path: one for path, one in right.items() if not may_grow or path in left}
    for path in left | right:
        if left.get(path) != right.get(path):
            values = f"{left.get(path, 'nothing')} != {right.get(path, 'nothing')}"
            n = sum(left.get(one) != right.get(one) for one in left | right)
            return Finding(old.name, "differs", len(left), f"{path}: {values} ({n} differ)")
    out = f"{len(changed)} queries left out" if changed else ""
    out = out or (f"and {n_more} values more" if n_more else "")
    return Finding(old.name, "equal", len(left), out)


def changed_queries(old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
    """Return the queries whose scores are not the same to the last digit."""
    return frozenset(q for q in old.keys() | new.keys() if old.get(q) != new.get(q))


def flat(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every value with the way to it; a float is written so that it is read back exactly."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from flat(inner, f"{path}/{key}")
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            yield from flat(inner, f"{path}/{place}")
    else:
        yield path, json.dumps(value)


def lasting(value: Any) -> Any:
    """Return the value without times and without the names that are made of them."""
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if k not in TIMES | NAMES}
        return {key: lasting(inner) for key, inner in kept.items()}
    return [lasting(one) for one in value] if isinstance(value, list) else value


def csv_rows(path: Path, key: str | None = None) -> Any:
    """Return a CSV file's rows as texts, without times; by the values of the column `key`."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = lasting(list(csv.DictReader(file)))
    return rows if key is None else _grouped([(row[key], row) for row in rows])


def trec_rows(text: str) -> dict[str, list[list[str]]]:
    """Return image and score of every line of a TREC run, by query."""
    lines = (line.split() for line in text.splitlines())
    return _grouped([(query, [image, score]) for query, _, image, _, score, _ in lines])


def _without(item: Item, changed: Collection[str]) -> Any:
    if not item.by_query:
        return item.value
    return {query: value for query, value in item.value.items() if query not in changed}


def _grouped(rows: Sequence[tuple[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for key, row in rows:
        found[key].append(row)
    return dict(found)
