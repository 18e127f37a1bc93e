"""The breaking strength, worked by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.robustness.breaking import breaking_strength, with_breaking
from core.robustness.levels import SPECS
from core.types.corpus import Box
from core.types.robustness import (
    Breaking,
    Damage,
    ObjectBox,
    ResponseCurve,
    ResponsePoint,
    Rival,
)

BLUR, SCALE, BRIGHTNESS, CONTRAST = (
    SPECS["blur"],
    SPECS["scale"],
    SPECS["brightness"],
    SPECS["contrast"],
)


def test_the_crossing_is_interpolated_between_its_neighbours() -> None:
    # From 4 at strength 1 to 2 at strength 3; the line at 2.5 is three quarters down: 1 + 1.5.
    broken = breaking_strength(BLUR, [0, 1, 3, 8], [5, 4, 2, 0], 2.5)
    assert broken == Breaking(2.5, "crossed")


def test_a_curve_above_the_line_never_breaks() -> None:
    assert breaking_strength(BLUR, [0, 1, 3], [5, 4, 3], 2.5) == Breaking(None, "never")


def test_touching_the_line_is_not_falling_below_it() -> None:
    assert breaking_strength(BLUR, [0, 1, 3], [5, 2.5, 2.5], 2.5) == Breaking(None, "never")


def test_a_neutral_score_on_the_line_is_not_below_it() -> None:
    assert breaking_strength(BLUR, [0, 2], [1, 0], 1) == Breaking(0.0, "crossed")


def test_a_neutral_score_below_the_line_has_nothing_to_break() -> None:
    broken = breaking_strength(BLUR, [0, 1, 3], [2, 9, 1], 2.5)
    assert broken == Breaking(None, "below_at_neutral")


def test_only_the_first_of_several_crossings_counts() -> None:
    broken = breaking_strength(BLUR, [0, 1, 2, 3], [2, 0, 2, 0], 1)
    assert broken == Breaking(0.5, "crossed")


def test_on_a_log_axis_the_middle_is_the_geometric_mean() -> None:
    # Half-way down between 1 and 1/4 on a log2 axis is 1/2; on a plain one it would be 0.625.
    broken = breaking_strength(SCALE, [1, 1 / 4, 1 / 16], [4, 2, 1], 3)
    assert broken == Breaking(pytest.approx(0.5), "crossed")


def test_a_falling_axis_is_walked_away_from_neutral() -> None:
    # Contrast starts at 1: from 4 at 1.0 to 0 at 0.6, the line at 1 is three quarters down.
    broken = breaking_strength(CONTRAST, [1.0, 0.6, 0.2], [4, 0, 5], 1)
    assert broken == Breaking(pytest.approx(0.7), "crossed")


def test_brightness_breaks_where_it_is_nearest_to_neutral() -> None:
    # Darker: 3 to 1 between -0.4 and -0.8, the line at 2 is half-way: -0.6.
    # Brighter: 4 to 0 between 0 and 0.4, half-way: 0.2.
    broken = breaking_strength(BRIGHTNESS, [-0.8, -0.4, 0, 0.4, 0.8], [1, 3, 4, 0, 0], 2)
    assert broken is not None
    assert broken.value == broken.both[1] == pytest.approx(0.2)
    assert broken.both[0] == pytest.approx(-0.6)


def test_brightness_may_break_on_one_side_only() -> None:
    broken = breaking_strength(BRIGHTNESS, [-0.8, 0, 0.8], [0, 4, 3], 2)
    assert broken == Breaking(-0.4, "crossed", (-0.4, None))


def test_brightness_breaking_equally_on_both_sides_reports_the_darker() -> None:
    broken = breaking_strength(BRIGHTNESS, [-0.8, 0, 0.8], [0, 4, 0], 2)
    assert broken == Breaking(-0.4, "crossed", (-0.4, 0.4))


@pytest.mark.parametrize(("neutral", "reason"), [(4, "never"), (1, "below_at_neutral")])
def test_brightness_without_a_crossing_says_so_for_both_sides(neutral: float, reason: str) -> None:
    broken = breaking_strength(BRIGHTNESS, [-0.8, 0, 0.8], [3, neutral, 3], 2)
    assert broken is not None
    assert (broken.value, broken.reason, broken.both) == (None, reason, (None, None))


def test_a_missing_level_is_bridged_by_its_neighbours() -> None:
    # Strength 1 has no score: from 4 at 0 to 0 at 2, the line at 3 is a quarter down.
    broken = breaking_strength(BLUR, [0, 1, 2], [4, None, 0], 3)
    assert broken == Breaking(0.5, "crossed")


def test_a_missing_last_level_leaves_the_curve_unbroken() -> None:
    assert breaking_strength(BLUR, [0, 1, 2], [4, 3.5, None], 3) == Breaking(None, "never")


def test_without_a_neutral_score_nothing_is_said() -> None:
    assert breaking_strength(BLUR, [0, 1, 2], [None, 3, 0], 1) is None


def test_the_order_of_the_levels_does_not_matter() -> None:
    broken = breaking_strength(BLUR, [3, 0, 8, 1], [2, 5, 0, 4], 2.5)
    assert broken == Breaking(2.5, "crossed")


def test_a_score_that_is_no_number_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="finite"):
        breaking_strength(BLUR, [0, 1], [1, math.nan], 0)


@given(
    st.sampled_from(list(SPECS.values())),
    st.lists(st.floats(-20, 20) | st.none(), min_size=11, max_size=11),
    st.floats(-20, 20),
)
def test_a_breaking_strength_lies_inside_the_levels_beyond_a_neutral_not_below(
    spec, scores, line
) -> None:
    scores = scores[: len(spec.levels)]
    broken = breaking_strength(spec, spec.levels, scores, line)
    at_neutral = scores[spec.levels.index(spec.neutral)]
    if broken is None:
        assert at_neutral is None or sum(score is not None for score in scores) == 1
        return
    assert (broken.reason == "below_at_neutral") == (at_neutral < line)
    assert (broken.value is not None) == (broken.reason == "crossed")
    if broken.value is not None:
        slack = 1e-9
        assert min(spec.levels) - slack <= broken.value <= max(spec.levels) + slack


def followed(relation, rival, *points: tuple[float, float, float]) -> ResponseCurve:
    """A curve of blur from (strength, score of the candidate, score of the rival)."""
    return ResponseCurve(
        query_id="q",
        candidate_id="c",
        spec=BLUR,
        damage=Damage(pair="positive"),
        box=ObjectBox(Box(0, 0, 9, 9), "drawn"),
        points=tuple(
            ResponsePoint(strength, own, None, None, 1, None, rival_margin=other)
            for strength, own, other in points
        ),
        hard_negative_margin=None,
        hard_negative_cosine=None,
        n_ranked=9,
        breaking_margin=None,
        breaking_cosine=None,
        relation=relation,
        rival=rival,
    )


def test_the_lead_is_lost_where_the_two_curves_cross() -> None:
    # The positive leads by 3 at 0 and by -1 at 2: three quarters of the way.
    lost = with_breaking(followed("positive", Rival("n", "negative"), (0, 4, 1), (2, 1, 2)))
    assert lost.lead_lost == Breaking(1.5, "crossed")
    of_negative = followed("negative", Rival("p", "positive"), (0, 1, 4), (2, 2, 1))
    assert with_breaking(of_negative).lead_lost == Breaking(1.5, "crossed")


def test_a_negative_that_leads_undamaged_has_no_crossing() -> None:
    ahead = followed("negative", Rival("p", "positive"), (0, 4, 1), (2, 2, 1))
    assert with_breaking(ahead).lead_lost == Breaking(None, "below_at_neutral")
    assert with_breaking(followed(None, None, (0, 4, 1), (2, 2, 1))).lead_lost is None
