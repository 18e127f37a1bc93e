"""The cost of a setting on screen: counts times their measured pace."""

from dataclasses import replace

from core.types.setting import JobPlan
from ui.render.plan import render_plan

X = "\u00d7"
PLAN = JobPlan(
    n_images=10,
    n_to_encode=8,
    seconds_per_image=0.25,
    n_pairs=2000,
    n_to_score=1000,
    is_exact=True,
    seconds_per_pair=0.0123,
    n_bytes=2_000_000,
    free_bytes=3_000_000_000,
    depth=100,
    n_images_timed=4,
    n_pairs_timed=100,
)


def test_the_plan_is_counts_times_pace():
    shown = render_plan(PLAN)  # 8 x 0.25 s + 1000 x 0.0123 s = 14.3 s
    assert f"8 of 10 images {X} 250 ms + 1,000 of 2,000 pairs (depth 100) {X} 12.3 ms" in shown
    assert "= <b>about 14 s</b>" in shown
    assert "About 2 MB to be written, 3 GB free." in shown
    assert "on 4 images and 100 pairs" in shown
    assert "Start" in shown


def test_a_plan_without_images_names_none():
    shown = render_plan(replace(PLAN, n_to_encode=0, seconds_per_image=None, n_bytes=0))
    assert f"images {X}" not in shown
    assert "written" not in shown


def test_a_pace_that_is_not_known_gives_no_time():
    shown = render_plan(replace(PLAN, seconds_per_pair=None))
    assert f"pairs (depth 100) {X} ?" in shown
    assert "a time that cannot be told" in shown


def test_the_most_that_it_can_be_is_called_so():
    assert "at most 1,000 of" in render_plan(replace(PLAN, is_exact=False))


def test_a_disk_too_small_is_told():
    assert "free some space first" in render_plan(replace(PLAN, free_bytes=10))


def test_a_long_time_is_in_minutes():
    assert "about 21 min" in render_plan(replace(PLAN, n_to_score=100_000))
