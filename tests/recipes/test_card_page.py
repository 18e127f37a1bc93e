"""The README says what was measured, and of the rest that it was not."""

import re

import pytest

from assets.recipes.pocket_vl.card.findings import known_failures
from assets.recipes.pocket_vl.card.markdown import fixed, interval, signed, table
from assets.recipes.pocket_vl.card.page import readme
from assets.recipes.pocket_vl.card.sections import SECTIONS


def method(ap, r1, gain, gain_ci):
    return {"map": ap, "map_ci": None, "r1": r1, "gain": gain, "gain_ci": gain_ci}


def comparison(gain_ci, **more):
    rows = {
        "descriptor": method(0.5, 0.75, 0.0, None),
        "margin": method(0.625, 0.75, 0.125, gain_ci),
    }
    return {"methods": rows | more}  # fmt: skip


def card(**sections):
    return {"name": "tiny", "measured_on": ["2026-01-02"], "sections": sections}


def test_a_card_without_sections_says_so_under_every_title():
    page = readme(card())
    assert page.count("Not measured.") == page.count("\n## ") + 1  # the introduction as well


def test_no_number_is_typed_into_the_page():
    page = readme(card()).replace("2026-01-02", "").replace("Apache-2.0", "")
    assert re.findall(r"\d+", page) == []


def test_a_section_that_was_left_out_says_why():
    page = readme(card(photos={"not_measured": "no folder of photos was given"}))
    title = "## Before and after re-ranking: photos\n"
    assert f"{title}Not measured: no folder of photos was given." in page


def test_every_section_is_on_the_page():
    sections = {one.name: {"not_measured": f"because of {one.name}!"} for one in SECTIONS}
    page = readme(card(**sections))
    assert [name for name in sections if f"because of {name}!" not in page] == []


def test_a_gain_whose_interval_holds_zero_is_a_known_failure():
    (sentence,) = known_failures({"demo": comparison([-0.001, 0.2])})
    assert sentence == ("On the demo no gain of re-ranking is shown: +0.125 [-0.001, +0.200] mAP.")


def test_a_clear_gain_is_no_failure():
    assert known_failures({"demo": comparison([0.01, 0.2])}) == []


def test_a_better_rival_is_named_with_its_number():
    rival = method(0.7, 0.9, 0.2, None)
    (sentence,) = known_failures({"demo": comparison([0.01, 0.2], rootsift=rival)})
    assert sentence == (
        "On the demo the margin (0.625 mAP) is beaten by RootSIFT + RANSAC inliers (0.700)."
    )


@pytest.mark.parametrize(
    ("n", "after", "named"), [(20, 0.75, True), (19, 0.1, False), (90, 0.76, False)]
)
def test_a_slice_is_named_when_it_is_large_and_clearly_worse(n, after, named):
    found = {
        "within": 10,
        "all": {"n": 100, "before": 0.5, "after": 0.8},
        "slices": {"another light": {"n": n, "before": 0.5, "after": after}},
    }
    assert bool(known_failures({"failures": found})) is named


@pytest.mark.parametrize(("cosine", "named"), [(0.755, True), (0.754, False)])
def test_a_kind_is_named_when_the_descriptor_tells_it_apart_clearly_better(cosine, named):
    kinds = {"other family": {"n": 9, "mean_margin": 0.0, "auc_margin": 0.75, "auc_cosine": cosine}}
    assert bool(known_failures({"kinds": {"kinds": kinds}})) is named


def test_numbers_are_rounded_signed_and_never_minus_zero():
    assert (signed(-0.0001), signed(0.25), fixed(None)) == ("+0.000", "+0.250", "-")
    assert interval([-0.0004, 1.0], sign=True) == " [+0.000, +1.000]"
    assert table(("a", "b"), [("x", "1")]) == "| a | b |\n| --- | ---: |\n| x | 1 |"
