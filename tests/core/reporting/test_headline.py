"""The one sentence: every metric, how sure it is, and what must be known about the numbers."""

from dataclasses import replace

import pytest

from core.reporting.headline import headline
from core.types.runs import Interval, MetricChange, Summary
from core.types.states import State
from tests.runs import make_report, without_after

MINUS = "\N{MINUS SIGN}"
GAMMA = "\N{GREEK SMALL LETTER GAMMA}"


def change(name: str, by: float, p: float | None, better: int, worse: int) -> MetricChange:
    interval = None if p is None else Interval(by - 0.03, by + 0.03)
    return MetricChange(name, 0.5, 0.5 + by, by, interval, p, p, 120, 60, better, worse)


def summary(of_map: MetricChange, of_r1: MetricChange, helped: int = 38, hurt: int = 12) -> Summary:
    made = make_report(afters=(0.5,), befores=(0.5,)).summary
    harmed = {"harmed by an intruder": hurt - 2, "harmed, demoted": 2}
    classes = {**made.classes, "rescued": helped, **harmed}
    sizes = {"n_queries": 120, "n_evaluated": 120, "classes": classes}
    return replace(made, **sizes, changes=(of_map, of_r1))


GAIN = change("mAP@1000", 0.11, 0.0002, 80, 30)
FEWER = change("R@1", -0.0254, 0.25, 2, 5)


def test_a_gain_and_a_loss_stand_in_one_sentence():
    assert headline(summary(GAIN, FEWER)) == (
        "Re-ranking helped 38 queries and hurt 12 of 120; mAP rose by 0.110 (95 % interval +0.080 "
        "to +0.140, p < 0.001); the first place is right for 3 queries fewer "
        f"({MINUS}0.025, p = 0.250)."
    )


def test_one_query_is_singular_and_a_fall_of_map_is_a_fall():
    loss = change("mAP@1000", -0.2, 0.01, 1, 9)
    text = headline(summary(loss, change("R@1", 0.01, 0.5, 1, 0), helped=1))
    assert "helped 1 query and hurt 12" in text
    assert f"mAP fell by 0.200 (95 % interval {MINUS}0.230 to {MINUS}0.170, p = 0.010)" in text
    assert "right for 1 query more (+0.010, p = 0.500)" in text


def test_no_change_is_no_change():
    text = headline(summary(change("mAP@1000", 0.0, 1.0, 0, 0), change("R@1", 0.0, 1.0, 4, 4)))
    assert "mAP stayed the same" in text
    assert "the first place is right as often as before" in text


@pytest.mark.parametrize(("p", "said"), [(0.04, False), (0.05, True), (0.6, True)])
def test_where_nothing_is_significant_it_says_so(p, said):
    text = headline(summary(change("mAP@1000", 0.01, p, 30, 28), FEWER))
    assert text.endswith("; neither change is significant.") == said


def test_one_instance_has_no_interval_and_says_why():
    one = [
        replace(c, interval=None, p=None, p_corrected=None, n_instances=1) for c in (GAIN, FEWER)
    ]
    text = headline(summary(*one))
    assert text.count("no interval: all queries show one instance") == 2
    assert "p =" not in text
    assert "significant" not in text


def test_what_was_not_tested_is_not_called_insignificant():
    untested = replace(FEWER, interval=None, p=None, p_corrected=None)
    text = headline(summary(change("mAP@1000", 0.01, 0.6, 30, 28), untested))
    assert f"3 queries fewer ({MINUS}0.025, not tested)" in text
    assert "significant" not in text


def test_withheld_numbers_are_not_in_the_sentence():
    made = replace(without_after(summary(GAIN, FEWER)), n_unscored=50, n_pairs=2400)
    assert headline(made) == (
        f"mAP is {made.map_before:.3f} before re-ranking, and withheld after it: 50 of 2,400 pairs "
        "have no score, more than 1 %."
    )


@pytest.mark.parametrize(
    ("name", "begin"),
    [
        ("waiting", "So far, after 30 of 118 queries: re-ranking helped"),
        ("stopped", "Stopped after 30 of 118 queries: re-ranking helped"),
        ("not started", "After 30 of 118 queries: re-ranking helped"),
    ],
)
def test_numbers_of_some_queries_say_of_how_many(name, begin):
    partial = replace(summary(GAIN, FEWER), n_evaluated=30, n_skipped=2)
    assert headline(partial, State(name, "")).startswith(begin)


def test_a_setting_that_was_chosen_by_looking_is_named():
    made = replace(summary(GAIN, FEWER), depth=90, lam=0.1)
    assert headline(made, by_looking=True).endswith(
        f". The setting (depth 90, λ 0.1, {GAMMA} 1) was chosen by looking: p is not "
        "corrected for the choice."
    )
