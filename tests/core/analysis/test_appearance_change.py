"""Appearance change between a query and its positives."""

import pytest

from core.analysis.appearance_change import appearance_change, pair_groups
from core.analysis.groups import ranked_positives
from core.types.corpus import ImageRecord, Relevance


def record(name, **tags):
    texts = {tag: str(value) for tag, value in tags.items()}
    return ImageRecord(name, name, "both", "i", 9, 9, "", tags=texts)


def ranked(positives, found):
    relevance = Relevance("q", frozenset(positives))
    return [ranked_positives("q", found, found, relevance)]


def groups_of(query, *positives):
    records = {r.image_id: r for r in (query, *positives)}
    names = [r.image_id for r in positives]
    return {g.name: g for g in pair_groups(ranked(names, names), records)}


def test_view_angle_is_the_angle_between_two_directions():
    query = record("q", azimuth=350, elevation=0)
    others = [record(f"p{i}", azimuth=a, elevation=e) for i, (a, e) in
              enumerate([(350, 0), (10, 0), (80, 0), (0, 90), (170, 0)])]  # fmt: skip
    view = groups_of(query, *others)["view angle"]
    # angles 0, 20, 90, 90 and 180 degrees; quartiles 20, 90, 90
    assert [view.of("q", f"p{i}").partition(" ")[0] for i in range(5)] == [
        "Q1", "Q2", "Q4", "Q4", "Q4",
    ]  # fmt: skip
    assert view.labels[0] == "Q1 (0 to 20)"
    assert view.labels[3] == "Q4 (90 to 180)"
    assert view.unit == "degrees"


def test_light_is_the_same_or_another():
    light = groups_of(record("q", light="dim"), record("p0", light="dim"), record("p1", light="x"))
    assert light["light"].of("q", "p0") == "same"
    assert light["light"].of("q", "p1") == "other"


def test_a_light_in_numbers_is_a_difference():
    light = groups_of(
        record("q", light=100), *(record(f"p{i}", light=100 + 10 * i) for i in range(5))
    )["light"]
    assert light.labels == ("Q1 (0 to 10)", "Q2 (10 to 20)", "Q3 (20 to 30)", "Q4 (30 to 40)")


def test_a_missing_value_is_counted_and_in_no_group():
    query, p0, p1, p2 = (
        record("q", light="dim"), record("p0", light="dim"), record("p1"), record("p2", light="x"),
    )  # fmt: skip
    groups = groups_of(query, p0, p1, p2)["light"]
    change = appearance_change(
        ranked(["p0", "p1", "p2"], ["n", "p0", "p2"]), groups, 1000, withheld=False
    )
    assert (change.n_pairs, change.n_unknown) == (3, 1)
    # p0 alone: n p0 -> 1/2; p2 alone, p0 removed: n p2 -> 1/2
    assert [g.map_before for g in change.groups] == pytest.approx([1 / 2, 1 / 2])
    assert [g.n_positives for g in change.groups] == [1, 1]


def test_a_column_by_which_all_pairs_are_alike_is_left_out():
    groups = groups_of(
        record("q", family="cup", rotation=3), record("p0", family="cup", rotation=3)
    )
    assert groups == {}


def test_a_rotation_comes_round():
    turned = groups_of(
        record("q", rotation=-170),
        *(record(f"p{i}", rotation=r) for i, r in enumerate((-170, 170, 0, 10, 90))),
    )["rotation"]
    # 0, 20, 170, 180, 100 degrees
    assert turned.of("q", "p1") == "Q2 (20 to 100)"
    assert turned.labels[3].endswith("180)")
