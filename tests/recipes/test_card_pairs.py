"""Which kind a pair of the demo is of."""

import pytest

from assets.recipes.pocket_vl.card.pairs import (
    OTHER_FAMILY,
    OTHER_INSTANCE,
    POSITIVE,
    kind_of,
    sibling_edit,
)
from core.types.corpus import ImageRecord, Relevance

ORIGINAL, ART, COLOUR, DETAIL = "original", "other art", "recoloured", "one detail changed"


def record(name, instance, **tags):
    return ImageRecord(name, name, "database", instance, 8, 8, "", tags=tags)


def query(**tags):
    return record("q.jpg", "a", **tags)


TRUTH = Relevance("q.jpg", frozenset({"a.jpg"}), frozenset({"junk.jpg"}))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (ORIGINAL, ART, ART),
        (ORIGINAL, COLOUR, COLOUR),
        (ORIGINAL, DETAIL, DETAIL),
        (ART, ART, ART),
        (ART, COLOUR, ART),
        (ART, DETAIL, ART),
        (COLOUR, COLOUR, COLOUR),
        (COLOUR, DETAIL, COLOUR),
        (DETAIL, DETAIL, DETAIL),
    ],
)
def test_how_siblings_differ(one, other, expected):
    assert sibling_edit(one, other) == expected
    assert sibling_edit(other, one) == expected


@pytest.mark.parametrize("kinships", [(ORIGINAL, ORIGINAL), (ART, "repainted"), ("", ART)])
def test_siblings_without_a_known_difference_are_refused(kinships):
    with pytest.raises(ValueError, match="no known difference"):
        sibling_edit(*kinships)


def test_positives_come_first_and_junk_is_of_no_kind():
    tags = {"group": "g", "kinship": ORIGINAL, "family": "can"}
    assert kind_of(query(**tags), record("a.jpg", "a", **tags), TRUTH) == POSITIVE
    assert kind_of(query(**tags), record("junk.jpg", "b", **tags), TRUTH) is None


def test_a_sibling_of_the_same_family_is_a_sibling():
    one = query(group="g", kinship=ORIGINAL, family="can")
    other = record("b.jpg", "b", group="g", kinship=DETAIL, family="can")
    assert kind_of(one, other, TRUTH) == f"sibling: {DETAIL}"


def test_empty_groups_are_no_group():
    one = query(group="", kinship="", family="can")
    assert kind_of(one, record("b.jpg", None, group="", kinship="", family="mug"), TRUTH) == (
        OTHER_FAMILY
    )


def test_a_stranger_of_the_same_family_is_of_no_kind():
    assert kind_of(query(family="can"), record("b.jpg", "b", family="can"), TRUTH) is None


def test_without_families_every_negative_is_another_instance():
    assert kind_of(query(), record("b.jpg", "b"), TRUTH) == OTHER_INSTANCE
