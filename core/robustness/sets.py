"""Which queries a sweep over a set takes."""

from collections.abc import Sequence

from core.analysis.slices import attribute_labels
from core.errors import SettingsError
from core.types.corpus import ImageRecord
from core.types.rankings import QueryOutcome


def in_slice(queries: Sequence[ImageRecord], name: str | None) -> Sequence[ImageRecord]:
    """Return the queries of the slice `attribute=value`, in their order; None takes all.

    Raises:
        SettingsError: There is no such attribute or value; the sentence names what there is.
    """
    if name is None:
        return queries
    attribute, _, value = name.partition("=")
    labels = attribute_labels(queries)
    if attribute not in labels:
        known = ", ".join(labels) or "none"
        raise SettingsError(f"Slice '{name[:80]}' has no known attribute; there are: {known}.")
    found = labels[attribute]
    chosen = [query for query in queries if found.get(query.image_id) == value]
    if not chosen:
        known = ", ".join(sorted(set(found.values())))
        raise SettingsError(f"Slice '{name[:80]}' has no query; values of {attribute}: {known}.")
    return chosen


def hardest(
    queries: Sequence[ImageRecord], outcomes: Sequence[QueryOutcome], n: int | None
) -> Sequence[ImageRecord]:
    """Return the n queries with the lowest AP after re-ranking, the worst first.

    Equal APs are ordered by query id. Queries without an outcome (no positive) are left out.
    """
    records = {query.image_id: query for query in queries}
    ordered = sorted(outcomes, key=lambda one: (one.ap_after, one.query_id))
    return [records[one.query_id] for one in ordered if one.query_id in records][:n]
