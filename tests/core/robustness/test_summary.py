"""Means, bands, shares and breaking strengths of hand-made curves."""

import math
from dataclasses import replace

import pytest

from core.robustness.breaking import with_breaking
from core.robustness.levels import SPECS
from core.robustness.summary import breaking_strengths, pair_breakings, set_response
from core.types.corpus import Box
from core.types.robustness import Breaking, Damage, ObjectBox, ResponseCurve, ResponsePoint
from core.types.runs import Interval
from core.types.scores import ScoreKind
from core.types.sets import Estimate, PairBreaking

CONTRAST = replace(SPECS["contrast"], levels=(1.0, 0.5, 0.1))
CROSSED, NEVER, BELOW = "crossed", "never", "below_at_neutral"


def curve(query, margins, line, breaking, *, spec=CONTRAST, moved=(None, None, None)):
    points = tuple(
        ResponsePoint(strength, margin, None, None if margin is None else margin / 10, 1, again)
        for strength, margin, again in zip(spec.levels, margins, moved, strict=True)
    )
    box = ObjectBox(Box(0, 0, 4, 4), "manifest")
    return ResponseCurve(
        query, query, spec, Damage("candidate"), box, points, line, None, 3, breaking, None
    )


THREE = [
    curve("a", (4.0, 2.0, 0.0), 1.0, Breaking(0.3, CROSSED)),
    curve("b", (6.0, 4.0, 3.0), 3.0, Breaking(None, NEVER)),
    curve("c", (2.0, 0.0, 0.0), 5.0, Breaking(None, BELOW)),
]


def test_means_and_shares_are_those_worked_by_hand():
    # Means: (4+6+2)/3, (2+4+0)/3, (0+3+0)/3. At least their own lines 1, 3, 5: a and b; a and b;
    # b alone, whose 3 is its line.
    margin, cosine = set_response(THREE, ["i", "j", "k"]).responses
    assert [level.score.mean for level in margin.levels] == [4.0, 2.0, 1.0]
    assert [level.above.mean for level in margin.levels] == pytest.approx([2 / 3, 2 / 3, 1 / 3])
    assert (margin.line.mean, margin.line.n) == (3.0, 3)
    assert [level.score.mean for level in cosine.levels] == pytest.approx([0.4, 0.2, 0.1])
    assert (cosine.line, [level.above for level in cosine.levels]) == (None, [None] * 3)


def test_the_band_is_the_bootstrap_over_instances():
    # Two instances of one pair each, 4 and 6: resampled means are 4, 5, 5, 6, a quarter each.
    (first, *_) = set_response(THREE[:2], ["i", "j"]).responses[0].levels
    assert first.score == Estimate(2, 5.0, Interval(4.0, 6.0, 0.95))


def test_pairs_of_one_instance_have_a_mean_and_no_band():
    (first, *_) = set_response(THREE[:2], ["i", "i"]).responses[0].levels
    assert first.score == Estimate(2, 5.0, None)


def test_only_pairs_with_a_line_are_counted_as_above_it():
    curves = [THREE[0], replace(THREE[1], hard_negative_margin=None, breaking_margin=None)]
    margin = set_response(curves, ["i", "j"]).responses[0]
    assert [level.above.mean for level in margin.levels] == [1.0, 1.0, 0.0]
    assert {level.above.n for level in margin.levels} == {1}
    assert margin.breaking[0].n_no_line == 1


def test_breaking_strengths_are_those_worked_by_hand():
    # Started above: 0.5, 0.3 and one never (counted at 0.1): mean 0.9 / 3; median 0.3.
    ends = [(CROSSED, 0.5), (NEVER, None), (CROSSED, 0.3), (BELOW, None), ("no line", None)]
    found = breaking_strengths(CONTRAST, "any", ends, list("abcde"))
    assert (found.n, found.n_crossed, found.n_never) == (5, 2, 1)
    assert (found.n_below_at_neutral, found.n_no_line) == (1, 1)
    assert (found.mean.n, found.mean.mean) == (3, pytest.approx(0.3))
    assert 0.1 <= found.mean.interval.low < 0.3 < found.mean.interval.high <= 0.5
    assert (found.median, found.median_never) == (0.3, False)


def test_a_median_among_those_that_never_break_is_said_to_be_never():
    ends = [(CROSSED, 0.5), (NEVER, None), (NEVER, None), (CROSSED, 0.3)]
    found = breaking_strengths(CONTRAST, "any", ends, list("abcd"))
    assert (found.median, found.median_never) == (None, True)


def test_without_a_pair_above_its_line_there_is_neither_mean_nor_median():
    found = breaking_strengths(CONTRAST, "any", [(BELOW, None)], ["a"])
    assert (found.mean, found.median, found.median_never) == (None, None, False)


def test_on_a_log_axis_the_mean_is_geometric():
    ends = [(CROSSED, 0.5), (CROSSED, 0.125)]
    found = breaking_strengths(SPECS["scale"], "any", ends, ["a", "b"])
    assert found.mean.mean == pytest.approx(math.sqrt(0.5 * 0.125))
    assert found.median == pytest.approx(0.25)


def test_brightness_breaks_in_two_directions():
    spec = replace(SPECS["brightness"], levels=(-0.8, 0.0, 0.8))
    both = Breaking(-0.2, CROSSED, (-0.2, None))
    one = curve("a", (0.0, 4.0, 3.0), 3.0, both, spec=spec)
    below, above = set_response([one], ["i"]).responses[0].breaking
    assert (below.direction, below.n_crossed, below.mean.mean) == ("below neutral", 1, -0.2)
    assert (above.direction, above.n_never, above.mean.mean) == ("above neutral", 1, 0.8)
    assert pair_breakings(one)[:2] == [
        PairBreaking("a", "a", "brightness", "margin", "below neutral", CROSSED, -0.2),
        PairBreaking("a", "a", "brightness", "margin", "above neutral", NEVER, None),
    ]


def test_the_rescored_negatives_are_averaged_where_there_are_any():
    asked = replace(THREE[0], points=curve("a", (4, 2, 0), 1.0, None, moved=(1.0, 2.0, 3.0)).points)
    margin = set_response([asked], ["i"]).responses[0]
    assert [level.moved_line.mean for level in margin.levels] == [1.0, 2.0, 3.0]
    plain = set_response(THREE, ["i", "j", "k"]).responses[0]
    assert [level.moved_line for level in plain.levels] == [None] * 3


def test_curves_that_do_not_belong_together_are_refused():
    with pytest.raises(ValueError, match="share perturbation"):
        set_response([THREE[0], replace(THREE[1], spec=SPECS["blur"])], ["i", "j"])


def test_a_scorer_that_holds_only_the_undamaged_pair_has_one_level_and_no_end():
    # An import: scores 4 and 6 at neutral against lines 1 and 7, none beyond. The first pair's end
    # is not known; the second lies below its line from the start.
    kind = ScoreKind("import:x", "as imported", "", False)
    known = [
        with_breaking(replace(curve("a", (4.0, None, None), 1.0, None), kind=kind)),
        with_breaking(replace(curve("b", (6.0, None, None), 7.0, None), kind=kind)),
    ]
    own, _, imported = set_response(THREE[:2], ["i", "j"], [known]).responses
    assert [level.strength for level in own.levels] == [1.0, 0.5, 0.1]
    (level,) = imported.levels
    assert (level.strength, level.score.mean, level.above.mean) == (1.0, 5.0, 0.5)
    (end,) = imported.breaking
    assert (end.n, end.n_not_scored, end.n_below_at_neutral) == (2, 1, 1)
    assert (end.n_crossed, end.n_never, end.mean, end.median) == (0, 0, None, None)
    (found,) = pair_breakings(known[0], with_descriptor=False)
    assert (found.scorer, found.reason, found.value) == ("import:x", "not scored", None)


def test_levels_that_some_pairs_lack_are_averaged_over_the_others():
    partly = replace(THREE[1], points=curve("b", (6.0, None, 3.0), 3.0, None).points)
    margin = set_response([THREE[0], partly], ["i", "j"]).responses[0]
    assert [(level.score.n, level.score.mean) for level in margin.levels] == [
        (2, 5.0),
        (1, 2.0),
        (2, 1.5),
    ]
