"""Mined pairs: hand-worked disagreements, look-alikes, same backgrounds, merging."""

import pytest

from core.annotation.mining import (
    PER_QUERY,
    Listed,
    disagreements,
    look_alikes,
    merged,
    same_background,
)
from core.types.annotation import QueueItem
from core.types.corpus import ImageRecord, Relevance

NAMES = ("A", "B")


def record(image_id, instance=None, sha=None, **tags):
    return ImageRecord(
        image_id, image_id, "both", instance, 9, 9, sha or f"sha {image_id}", tags=tags
    )


def listed(ids, *, query=None, positives=(), junk=(), cosines=None, after=None, margins=None):
    ids = tuple(ids)
    return Listed(
        query or record("q", "own"),
        Relevance("q", frozenset(positives), frozenset(junk)),
        ids,
        cosines or {i: 1 - place / 100 for place, i in enumerate(ids)},
        tuple(after or ids),
        margins or {},
    )


def test_disagreement_is_the_difference_of_ranks_over_the_largest_possible():
    # A: a b c d e (ranks 1 to 5); B: e b c d a: a and e swap places, 4 of at most 4
    first = {"a": 5.0, "b": 4.0, "c": 3.0, "d": 2.0, "e": 1.0}
    second = {"a": 0.1, "b": 0.4, "c": 0.3, "d": 0.2, "e": 0.9}
    found = disagreements(listed("abcde", positives="a", margins=first), first, second, NAMES)
    assert [(share, item.image_id) for share, item in found] == [(1.0, "a"), (1.0, "e")]
    item = found[0][1]
    assert item.reason == "rank 1 by A, 5 by B of 5: 1.00"
    assert (item.relation, item.rank_before, item.margin) == ("positive", 1, 5.0)


def test_ranks_are_among_what_both_scored_without_the_query_and_its_junk():
    first = {i: -place for place, i in enumerate("qjabcdex")}
    second = {i: place for place, i in enumerate("qjabcde")}
    found = disagreements(listed("qjabcdex", junk="j"), first, second, NAMES)
    assert {item.image_id for _, item in found} == set("abde")
    assert found[0][1].reason.endswith("of 5: 1.00")


def test_the_scale_of_a_score_does_not_matter_and_ties_keep_the_shortlists_order():
    first = dict.fromkeys("abcdef", 0.5)
    second = {i: 100.0 - place for place, i in enumerate("abcdef")}
    assert disagreements(listed("abcdef"), first, second, NAMES) == []


def test_too_few_common_candidates_say_nothing():
    first, second = dict.fromkeys("abcd", 1.0), {"a": 1, "b": 2, "c": 3, "d": 4}
    assert disagreements(listed("abcd"), first, second, NAMES) == []


def test_a_query_gives_at_most_its_share_of_pairs():
    ids = [f"{place:02d}" for place in range(40)]
    first = {i: -place for place, i in enumerate(ids)}
    second = {i: place for place, i in enumerate(ids)}
    found = disagreements(listed(ids), first, second, NAMES)
    assert len(found) == PER_QUERY
    assert {item.image_id for _, item in found[:2]} == {"00", "39"}


def test_look_alikes_are_of_another_instance_and_at_least_as_alike_as_asked():
    database = {
        "twin": record("twin", "other"),
        "own": record("own", "own"),
        "nobody": record("nobody"),
        "labelled": record("labelled", "other"),
        "copy": record("copy", "other", sha="sha q"),
        "far": record("far", "other"),
    }
    one = listed(database, positives=("labelled",))
    found = look_alikes(one, database, least=one.cosines["copy"])
    assert [item.image_id for _, item in found] == ["twin", "copy"]
    assert "cosine 1.0000 to an image of 'other'" in found[0][1].reason
    assert found[1][1].reason.endswith("the very same file")


def test_a_query_without_an_instance_has_no_look_alikes():
    database = {"twin": record("twin", "other")}
    assert look_alikes(listed(database, query=record("q")), database, 0.0) == []


def test_the_same_background_counts_for_negatives_of_other_instances_in_the_depth():
    database = {
        "a": record("a", "x", ground="grass"),
        "b": record("b", "own", ground="grass"),
        "c": record("c", ground="grass"),
        "d": record("d", "x", ground="sand"),
        "e": record("e", "x", ground="grass"),
        "p": record("p", "x", ground="grass"),
    }
    query = record("q", "own", ground="grass")
    one = listed(database, query=query, positives="p", after="cbdpae")
    found = same_background(one, database, "ground", depth=5)
    assert [(item.image_id, item.rank_after) for _, item in found] == [("c", 1), ("a", 5)]
    assert found[0][1].reason == "ground 'grass' on both, rank 1 after re-ranking"
    bare = listed(database, query=record("q", "own"), positives="p")
    assert same_background(bare, database, "ground", 5) == []


@pytest.mark.parametrize("order", [1, -1])
def test_pairs_come_largest_first_and_each_two_way_pair_once(order):
    found = [
        (0.5, QueueItem("a", "b", "negative", "")),
        (0.9, QueueItem("c", "d", "negative", "")),
        (0.5, QueueItem("b", "a", "negative", "")),
        (0.5, QueueItem("a", "c", "negative", "")),
    ]
    pairs = [(item.query_id, item.image_id) for item in merged(found[::order])]
    assert pairs == [("c", "d"), ("a", "b"), ("a", "c")]
