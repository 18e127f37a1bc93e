"""Suspect labels: the stated score by hand, and planted errors that have to be found."""

from dataclasses import replace

import numpy as np
import pytest

from core.annotation.likeness import Likeness
from core.annotation.suspects import ScoredQuery, margin_spread, rank_suspects
from core.types.corpus import Relevance
from tests.planted_labels import plant


def query(name, group, margins, positives, junk=(), head=None):
    relevance = Relevance(name, frozenset(positives), frozenset(junk))
    return ScoredQuery(name, group, relevance, tuple(head or margins), margins)


def shown(items):
    return [(i.suspect, i.query_id, i.image_id, pytest.approx(i.suspicion)) for i in items]


def test_the_three_suspicions_worked_by_hand():
    # median of x's margins is 0: claims are the margins; of y's it is 1: claims are margins - 1
    x = query("x1", "x", {"a": 2, "b": -3, "n": 5, "c": 1, "m": 0, "o": 0, "p": -1}, "ab")
    y = query("y1", "y", {"c": -1, "b": 5, "m": 1}, "c")
    assert shown(rank_suspects([x, y])) == [
        ("positive", "x1", "b", 7.0),  # y claims it by 4, x by -3
        # the mean of 2 and -3 is below 0, so 0 is what the unclaimed one is held to
        ("unclaimed", "x1", "n", 5.0),
        ("positive", "y1", "c", 3.0),  # x claims it by 1, y by -2
        ("swap", "y1", "b", 7.0),  # y claims it by 4, its own x by -3
        ("swap", "x1", "c", 3.0),
    ]


def test_an_unclaimed_image_is_held_against_half_the_mean_positive():
    one = query("x1", "x", {"a": 4.0, "b": 2.0, "n": 3.5, "m": -1.0, "o": -1.0}, "ab")
    # median 2: claims a 2, b 0, n 1.5; half the mean of 2 and 0 is 0.5
    assert shown(rank_suspects([one])) == [("unclaimed", "x1", "n", 1.0)]


def test_a_claim_is_the_mean_over_the_queries_of_an_instance():
    first = query("x1", "x", {"a": 4.0, "n": 0.0, "m": -4.0}, "a")
    second = query("x2", "x", {"a": -4.0, "n": 0.0, "m": 2.0}, "a")
    items = rank_suspects([first, second])
    # claims of x: a 0, n 0, m -1; a stands at 0, which is the claim of nobody
    assert shown(items) == []
    third = query("x3", "x", {"a": -7.0, "n": 0.0, "m": 2.0}, "a")
    found = rank_suspects([first, second, third])[0]
    assert (found.query_id, found.margin) == ("x3", -7.0)
    assert found.suspicion == pytest.approx(7 / 3)
    assert "below their median" in found.reason


def test_where_every_image_is_a_query_the_others_of_its_instance_claim_it():
    a = query("a", "x", {"a": 9.0, "b": 4.0, "n": 0.0, "m": -1.0, "o": -1.0}, "b")
    b = query("b", "x", {"a": -2.0, "n": 0.0, "m": 0.0, "o": 1.0}, "a")
    found = shown(rank_suspects([a, b, query("o", "y", {"a": 3.0, "n": 1.0, "m": 1.0}, "p")]))
    # b alone speaks for a: -2 over its median of 0; y claims a by 2; a itself says nothing of a
    assert ("positive", "b", "a", 4.0) in found


def test_a_negative_whose_owner_has_no_score_of_it_is_no_suspect():
    own = query("x1", "x", {"b": 1.0, "n": 0.0, "m": 0.0}, "ab", head=("a", "b", "n", "m"))
    other = query("y1", "y", {"c": 0.5, "a": 5.0, "n": 0.0, "m": 0.0}, "c")
    assert ("y1", "a") not in [(i.query_id, i.image_id) for i in rank_suspects([own, other])]


def test_a_positive_beyond_the_depth_counts_as_the_lowest_margin():
    found = rank_suspects([query("x1", "x", {"n": 3.0, "m": 1.0, "o": 0.0}, ["gone"])])
    gone = next(item for item in found if item.image_id == "gone")
    assert (gone.suspicion, gone.margin) == (pytest.approx(1.0), None)


def test_a_pair_that_could_not_be_scored_is_not_suspect():
    failed = query("x1", "x", {"n": 3.0, "m": 1.0, "o": 0.0}, "a", head=("a", "n", "m", "o"))
    assert "a" not in {item.image_id for item in rank_suspects([failed])}


def test_junk_and_the_query_itself_are_no_labels_to_doubt():
    own = query("q", "x", {"q": 9.0, "j": 8.0, "a": 1.0, "n": 0.0, "m": 0.0}, "a", junk=("j", "q"))
    assert {item.image_id for item in rank_suspects([own])} == set()


def test_without_a_positive_no_negative_is_suspect():
    assert rank_suspects([query("x1", "x", {"n": 9.0, "m": 1.0}, ())]) == ()
    assert rank_suspects([query("x1", "x", {}, "a")]) == ()


def test_positives_and_unclaimed_ones_take_turns():
    x = query("x1", "x", {"n": 9, "m": 8, "o": 7, "a": 0, "b": -5, "c": -1}, "abc")
    kinds = [item.suspect for item in rank_suspects([x])]
    assert kinds == ["positive", "unclaimed", "positive", "unclaimed", "positive", "unclaimed"]


def test_likeness_to_the_other_positives_adds_to_a_claim():
    x = query("x1", "x", {"a": 4.0, "b": 0.0, "m": 0.0, "n": 0.0}, "ab")
    ids = ("a", "b", "m", "n")
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8], [0.8, 0.6]], dtype=np.float32)
    likeness = Likeness(ids, lambda rows: vectors[list(rows)])
    # cosines: ab 0, am .6, an .8, bm .8, bn .6, mn .96
    mean = {"a": 1.4 / 3, "b": 1.4 / 3, "m": 2.36 / 3, "n": 2.36 / 3}
    rest = {"a": (0, 0.6, 0.8), "b": (0, 0.8, 0.6), "m": (0.6, 0.8, 0.96), "n": (0.8, 0.6, 0.96)}
    spread = {one: float(np.std(cosines)) for one, cosines in rest.items()}

    def standard(one, two, cosine):
        return sum((cosine - mean[i]) / spread[i] for i in (one, two)) / 2

    expected = (standard("n", "a", 0.8) + standard("n", "b", 0.6)) / 2
    assert likeness.of(["n"], ["a", "b"]) == pytest.approx([expected], abs=1e-5)
    assert likeness.of(["a"], ["a", "b"]) == pytest.approx([standard("a", "b", 0.0)], abs=1e-5)
    assert likeness.of(["a", "gone"], ["a"]).tolist() == [0.0, 0.0]
    plain, liked = rank_suspects([x]), rank_suspects([x], likeness)
    assert plain == ()  # b's claim is that of nobody
    # no other group claims b, so its suspicion is what its likeness to a takes away; the margins
    # lie 4, 0, 0, 0 from their median: a spread of 2 nats
    gone = -2 * standard("a", "b", 0)
    assert shown(liked)[0] == ("positive", "x1", "b", pytest.approx(gone, 1e-4))


def test_matching_keypoints_speak_for_an_image_where_all_were_counted():
    margins = {"a": 4.0, "b": -1.0, "n": 0.0} | dict.fromkeys("mopq", 0.0)
    counted = dict.fromkeys(margins, 0.0) | {"b": 19.0, "n": 6.0}
    x = query("x1", "x", margins, "ab")
    assert not x.is_verified
    assert shown(rank_suspects([x])) == [("positive", "x1", "b", 1.0)]
    verified = replace(x, matches=counted)
    spread = margin_spread([verified])
    assert spread == pytest.approx(np.sqrt(17 / 7))  # 4, -1 and five times 0, about 0
    assert verified.evidence(spread)["b"] == pytest.approx(-1 + spread * np.log(20))
    # claims: a 4, b spread log 20 - 1, n spread log 7 and a median of 0; typical (a + b) / 2
    half = (3 + spread * np.log(20)) / 4
    found = [("unclaimed", "x1", "n", spread * np.log(7) - half)]
    assert shown(rank_suspects([verified])) == found
    some = replace(x, matches={"b": 19.0})  # the others would look as if nothing matched
    assert rank_suspects([some]) == rank_suspects([x])


def test_a_scorer_s_temperature_does_not_change_the_order():
    rng = np.random.default_rng(3)
    ids = [f"i{n}" for n in range(30)]
    vectors = rng.normal(size=(30, 4)).astype(np.float32)
    likeness = Likeness(ids, lambda rows: vectors[list(rows)])
    queries = []
    for n in range(4):
        margins = dict(zip(ids, rng.normal(size=30), strict=True))
        matches = dict(zip(ids, map(float, rng.integers(0, 20, 30)), strict=True))
        asked = query(f"q{n}", f"g{n}", margins, ids[5 * n : 5 * n + 5])
        queries.append(replace(asked, matches=matches))
    hot = [replace(q, margins={i: 7 * m for i, m in q.margins.items()}) for q in queries]
    found, again = (rank_suspects(asked, likeness) for asked in (queries, hot))
    assert len(found) > 20
    assert [(i.query_id, i.image_id) for i in found] == [(i.query_id, i.image_id) for i in again]
    for one, other in zip(found, again, strict=True):
        assert other.suspicion == pytest.approx(7 * one.suspicion)


def synthetic(seed, *, swaps=False):
    """24 families of 2 instances (4 positives, 2 queries) and 100 distractors; 80 candidates each.

    A margin is 2 for the own instance, 1 for its sibling, -1 for the family's distractors, else -2,
    plus noise of 0.7 nats: d' between a positive and a negative of about 2 to 4.
    """
    rng = np.random.default_rng(seed)
    instances, families = {}, {}
    for i in range(48):
        families[f"i{i}"] = f"f{i // 2}"
        for n in range(4):
            instances[f"i{i}_{n}"], families[f"i{i}_{n}"] = f"i{i}", f"f{i // 2}"
    for n in range(100):
        instances[f"z{n}"], families[f"z{n}"] = None, f"f{n % 24}"
    planted = plant(instances, families, {f"i{i}" for i in range(48)}, seed, swaps=swaps)
    queries = []
    for i in range(48):
        name = f"i{i}"
        truth = {
            image: 2.0 if own == name else -2.0
            if families[image] != families[name] else -1.0 if own is None else 1.0
            for image, own in instances.items()
        }  # fmt: skip
        positives = [image for image, own in planted.instances.items() if own == name]
        for n in range(2):
            margins = {image: m + rng.normal(0, 0.7) for image, m in truth.items()}
            head = sorted(margins, key=lambda image: -margins[image])[:80]
            kept = {image: margins[image] for image in head}
            queries.append(query(f"{name}_q{n}", name, kept, positives, head=head))
    return queries, planted


def hits(items, pairs):
    return len({(i.query_id.partition("_")[0], i.image_id) for i in items} & pairs)


@pytest.mark.parametrize("seed", range(5))
def test_at_least_15_of_20_planted_errors_are_among_the_first_40(seed):
    queries, planted = synthetic(seed)
    assert len(planted.dropped | planted.added) == 20
    assert hits(rank_suspects(queries)[:40], planted.dropped | planted.added) >= 15


@pytest.mark.parametrize("seed", range(3))
def test_sibling_swaps_have_their_own_list(seed):
    queries, planted = synthetic(seed, swaps=True)
    swaps = [item for item in rank_suspects(queries) if item.suspect == "swap"]
    # the image is positive to a sibling now, and its own instance claims it: the pair to doubt
    doubted = {item.image_id for item in swaps[:40]}
    assert len(doubted & {image for _, image in planted.swapped}) >= 6


def test_the_order_of_the_queries_does_not_matter():
    queries, _ = synthetic(0)
    assert rank_suspects(queries) == rank_suspects(queries[::-1])
