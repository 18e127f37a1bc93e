"""Appearance change: how an attribute differs between a query and its positives."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.analysis.attribute_values import MAX_VALUES
from core.analysis.groups import RankedPositives, group_means, quarter, quartile_bounds
from core.types.corpus import ImageRecord
from core.types.failures import AppearanceChange

VIEW_ANGLE = "view angle"
_ANGLES = frozenset({"azimuth", "elevation"})
_TURNS = frozenset({"rotation"})
"""Columns in degrees that come round after 360."""
SAME, OTHER = "same", "other"


@dataclass(frozen=True, slots=True)
class PairGroups:
    """The group of every (query, positive) pair by one attribute; labels in order."""

    name: str
    unit: str
    labels: tuple[str, ...]
    groups: Mapping[tuple[str, str], str]

    def of(self, query_id: str, image_id: str) -> str | None:
        """Return the pair's group, or None where an attribute is missing."""
        return self.groups.get((query_id, image_id))


def pair_groups(
    queries: Sequence[RankedPositives], records: Mapping[str, ImageRecord]
) -> tuple[PairGroups, ...]:
    """Return groups by view angle, by every other numeric column, and by every text column.

    View angle is the angle between the two directions (azimuth, elevation), in degrees. Numbers
    are grouped by the quarters of their absolute difference, texts into the same and another; a
    text column with more than 12 values, and one by which all pairs are alike, is left out.
    """
    pairs = [(query.query_id, image_id) for query in queries for image_id in query.positives]
    made: list[PairGroups] = []
    if view := _numeric(VIEW_ANGLE, "degrees", {p: _view_angle(p, records) for p in pairs}):
        made.append(view)
    names = {name for pair in pairs for i in pair if i in records for name in records[i].tags}
    columns = (_by_column(name, pairs, records) for name in sorted(names - _ANGLES))
    return (*made, *(found for found in columns if found is not None))


def appearance_change(
    queries: Sequence[RankedPositives], groups: PairGroups, k: int, *, withheld: bool
) -> AppearanceChange:
    """Return mAP per group of an attribute's change, the other groups' positives removed."""
    n = sum(len(query.positives) for query in queries)
    return AppearanceChange(
        name=groups.name,
        unit=groups.unit,
        groups=group_means(queries, groups.of, groups.labels, k, withheld=withheld),
        n_pairs=n,
        n_unknown=n - len(groups.groups),
    )


def _by_column(
    name: str, pairs: Sequence[tuple[str, str]], records: Mapping[str, ImageRecord]
) -> PairGroups | None:
    texts = {pair: (_tag(records, pair[0], name), _tag(records, pair[1], name)) for pair in pairs}
    known = {pair: two for pair, two in texts.items() if all(two)}
    numbers = {pair: (_number(one), _number(two)) for pair, (one, two) in known.items()}
    if known and all(one is not None and two is not None for one, two in numbers.values()):
        turns = name in _TURNS
        gaps = {pair: _gap(one, two, turns=turns) for pair, (one, two) in numbers.items()}
        return _numeric(name, "degrees" if turns else "difference", gaps)
    if len({text for two in known.values() for text in two}) > MAX_VALUES:
        return None
    labels = {pair: SAME if one == two else OTHER for pair, (one, two) in known.items()}
    if len(set(labels.values())) < 2:
        return None
    return PairGroups(name, "", (SAME, OTHER), labels)


def _numeric(
    name: str, unit: str, gaps: Mapping[tuple[str, str], float | None]
) -> PairGroups | None:
    known = {pair: gap for pair, gap in gaps.items() if gap is not None}
    bounds = quartile_bounds(list(known.values()))
    if bounds is None or bounds[0] == bounds[2]:
        return None
    limits = (min(known.values()), *bounds, max(known.values()))
    labels = tuple(f"Q{i} ({limits[i - 1]:.3g} to {limits[i]:.3g})" for i in range(1, 5))
    return PairGroups(
        name, unit, labels, {p: labels[quarter(gap, bounds) - 1] for p, gap in known.items()}
    )


def _view_angle(pair: tuple[str, str], records: Mapping[str, ImageRecord]) -> float | None:
    directions: list[tuple[float, float, float]] = []
    for image_id in pair:
        azimuth = _number(_tag(records, image_id, "azimuth"))
        elevation = _number(_tag(records, image_id, "elevation") or "0")
        if azimuth is None or elevation is None:
            return None
        a, e = math.radians(azimuth), math.radians(elevation)
        directions.append((math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)))
    chord = math.dist(*directions)  # the arc cosine of a dot product is rough at small angles
    return math.degrees(2 * math.asin(min(1.0, chord / 2)))


def _gap(one: float | None, two: float | None, *, turns: bool) -> float | None:
    if one is None or two is None:
        return None
    gap = abs(one - two)
    return min(gap % 360, 360 - gap % 360) if turns else gap


def _tag(records: Mapping[str, ImageRecord], image_id: str, name: str) -> str:
    record = records.get(image_id)
    return "" if record is None else record.tags.get(name, "").strip()


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
