"""Which level of a perturbation is meant, and the next one; what a choice makes void."""

import json

import pytest

LEVELS = ["-0.8", "-0.2", "0", "0.2", "0.8"]


@pytest.mark.parametrize(
    ("wanted", "place"),
    [("0", 2), ("-0.8", 0), ("0.29", 3), ("99", 4), ("-0.1", 1), (None, -1), ("", -1), ("x", -1)],
)
def test_the_level_that_is_wanted_or_the_nearest_is_meant(run_js, wanted, place):
    found = run_js("levels.js", f"m.placeOf({json.dumps(LEVELS)}, {json.dumps(wanted)})")
    assert found == place


@pytest.mark.parametrize(("place", "by", "next_"), [(0, 1, 1), (0, -1, 0), (4, 1, 4), (3, -1, 2)])
def test_a_step_stays_among_the_levels(run_js, place, by, next_):
    assert run_js("levels.js", f"m.stepped({json.dumps(LEVELS)}, {place}, {by})") == next_


def test_arrows_step_and_other_keys_do_not(run_js):
    keys = ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "Enter", "a"]
    assert run_js("levels.js", f"{json.dumps(keys)}.map(m.stepOf)") == [1, 1, -1, -1, 0, 0]


def test_a_choice_clears_what_it_makes_void_but_not_what_it_writes(run_js):
    voids = {"pert": ["strength", "recipe"], "side": ["box"]}
    changes = {"pert": "blur", "recipe": "mine"}
    found = run_js("levels.js", f"m.written({json.dumps(changes)}, {json.dumps(voids)})")
    assert found == {"pert": "blur", "recipe": "mine", "strength": ""}
