"""Means per value of a query attribute; numeric attributes are binned by quartile."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.analysis.attribute_values import value_labels
from core.types.corpus import ImageRecord
from core.types.number_reading import read_number
from core.types.rankings import QueryOutcome
from core.types.runs import SliceResult


def attributes(record: ImageRecord) -> dict[str, str]:
    """Return the attributes of an image that can be sliced by, as text; missing ones are absent."""
    known = {
        "coverage": record.coverage,
        "occluded": record.occluded,
        "clutter": record.clutter,
    }
    numbers = {name: f"{value:g}" for name, value in known.items() if value is not None}
    return numbers | {name: value for name, value in record.tags.items() if value != ""}


def by_attribute(
    outcomes: Sequence[QueryOutcome],
    queries: Mapping[str, ImageRecord],
    *,
    withheld: bool,
) -> dict[str, dict[str, SliceResult]]:
    """Return {attribute: {value or quartile: means}}, attributes and values sorted.

    An attribute with one value for all queries says nothing and is left out; so is a text attribute
    with more values than `attribute_values.MAX_VALUES`.
    """
    return {
        name: {
            label: _result([o for o in outcomes if labels.get(o.query_id) == label], withheld)
            for label in sorted(set(labels.values()), key=natural)
        }
        for name, labels in labels_by_attribute(outcomes, queries).items()
    }


def labels_by_attribute(
    outcomes: Sequence[QueryOutcome], queries: Mapping[str, ImageRecord]
) -> dict[str, dict[str, str]]:
    """Return {attribute: {query id: value or quartile}}, attributes sorted; see `by_attribute`."""
    return attribute_labels([queries[o.query_id] for o in outcomes])


def attribute_labels(queries: Sequence[ImageRecord]) -> dict[str, dict[str, str]]:
    """Return {attribute: {query id: value or quartile}} of any queries, attributes sorted."""
    table = {query.image_id: attributes(query) for query in queries}
    names = sorted({name for row in table.values() for name in row})
    labels = {
        name: value_labels({q: row[name] for q, row in table.items() if name in row})
        for name in names
    }
    return {name: found for name, found in labels.items() if len(set(found.values())) > 1}


def natural(label: str) -> tuple[float, str]:
    """Return what sorts labels: numbers by value, then the other texts."""
    number = read_number(label)
    return (float("inf") if number is None else number, label)


def _result(outcomes: Sequence[QueryOutcome], withheld: bool) -> SliceResult:
    before = float(np.mean([o.ap_before for o in outcomes]))
    after = None if withheld else float(np.mean([o.ap_after for o in outcomes]))
    return SliceResult(len(outcomes), before, after)
