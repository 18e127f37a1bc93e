"""The Perturb view's panes: escaping, marks, words."""

from dataclasses import replace

import pytest

from core.types.corpus import Box, ImageRecord
from core.types.rankings import QueryRow
from core.types.robustness import Damage, ObjectBox
from core.types.runs import Progress
from core.types.states import State
from core.types.sweeps import Recipe, SweepRequest
from tests.ui.conftest import HOSTILE
from tests.ui.test_response import BLUR, BRIGHTNESS, SCALE, curve, point
from ui.perturb_requests import level_at
from ui.render.perturb_controls import render_choice, render_controls, render_picture
from ui.render.perturb_levels import render_levels, render_point, render_summary
from ui.render.perturb_panels import Panel, render_panels
from ui.render.perturb_recipes import render_recipes
from ui.render.perturb_text import ranked_text, strength_text
from ui.render.progress import render_done, render_stopped
from ui.selection import ViewState
from ui.server.images import level_url

ESCAPED = "&lt;b&gt;&#34;&#39;`${1+1}{{value}}\\&amp;.jpg"


def picture(strength: float, side_px: int) -> str:
    return f"level/{side_px}/{strength:g}"


@pytest.mark.parametrize(
    ("spec", "strength", "text"),
    [
        (BLUR, 0.25, "0.25 %"),
        (BLUR, 0.0, "0 %"),
        (SCALE, 2**-3.5, "0.0884"),
        (BRIGHTNESS, 0.45, "+0.45"),
        (BRIGHTNESS, -0.8, "\N{MINUS SIGN}0.8"),
    ],
)
def test_a_strength_is_short_and_has_its_unit(spec, strength, text):
    assert strength_text(spec, strength) == text


def test_the_strip_has_a_card_per_level_and_marks_the_current_one():
    html = render_levels(BLUR, None, 2.0, picture)
    assert html.count('role="radio"') == 4
    assert html.count('aria-checked="true"') == 1
    assert 'data-pt-strength="2"' in html.split('aria-checked="true"')[0].rsplit("<button", 1)[1]
    assert html.count(">…<") == 4


def test_a_level_below_the_hard_negatives_has_a_glyph_not_only_a_colour():
    html = render_levels(BLUR, curve(), 0.0, picture)
    assert html.count("✕ ") - html.count("✕ below the hard") == 2


def test_a_failed_level_says_why():
    failed = replace(point(1.0, None, None), problem=HOSTILE)
    html = render_levels(BLUR, curve(BLUR, failed), 0.0, picture)
    assert f"not scored: a/{ESCAPED}" in html
    assert ">failed<" in html


def test_the_summary_tells_pair_box_and_count():
    html = render_summary(curve())
    for text in ("1.5 %", "never falls below", "self", "box manifest", "over 20 images", "1 → 1"):
        assert text in html


def test_the_rank_says_over_which_images_it_is_counted():
    assert "first 20 others of the undamaged shortlist" in ranked_text(curve())
    assert "keep theirs" in ranked_text(curve(damage=Damage("candidate"), n_ranked=99))


def test_a_point_is_told_in_words():
    told = render_point(curve(), 2.0, picture)
    assert "has rank 1: of 20 images, no other image stands above its margin of +1.00" in told
    assert "0.50 nats below" in told
    second = render_point(curve(BLUR, point(2.0, 1.0, 2), damage=Damage("candidate")), 2.0, picture)
    assert "1 image stands above" in second
    assert "no shortlist of its own" in second
    assert "not measured yet" in render_point(curve(BLUR, point(0.0, 1.0)), 2.0, picture)


def test_the_picture_names_its_box_and_escapes_its_name():
    record = ImageRecord(HOSTILE, None, "query", None, 200, 100, "0f")  # type: ignore[arg-type]
    drawn = ObjectBox(Box(20, 10, 120, 60), "drawn")
    html = render_picture(record, drawn, BLUR, "a", "b")
    assert "left:10.000%;top:10.000%;width:50.000%;height:50.000%" in html
    assert "box drawn" in html
    assert f"<figcaption><span>{ESCAPED}</span>" in html
    assert 'data-pt-set="box="' in html
    assert "<b>" not in html
    assumed = render_picture(record, replace(drawn, source="assumed"), BLUR, "a", "b")
    assert "box assumed" in assumed
    assert 'data-pt-set="box="' not in assumed


def test_controls_escape_names_and_press_what_is_chosen(urls):
    state = ViewState(query=HOSTILE, damage=Damage(pair="positive"), perturbation="scale")
    rows = [QueryRow(HOSTILE, None, False, None, None, State("waiting", ""))]
    html = render_controls(state, rows, [HOSTILE], HOSTILE, SCALE, 0.5, urls)
    assert "<b>" not in html
    assert "positive 1 of 1" in html
    assert html.count('aria-pressed="true"') == 3
    assert 'data-values="1|0.5|0.25"' in html


def test_without_a_query_there_are_pictures_to_choose_from(urls):
    rows = [
        QueryRow(HOSTILE, None, False, None, None, State("waiting", "")),
        QueryRow("b", None, False, "cannot be decoded", None, State("unreadable", "")),
    ]
    html = render_choice(rows, urls, "Choose <one>")
    assert html.count("<button") == 1
    assert "Choose &lt;one&gt;" in html


def test_panels_share_an_axis_and_title_the_breaking_strength():
    request = SweepRequest("q.jpg", None, "blur")
    low = curve(BLUR, point(0.0, -7.5), point(4.0, -8.0))
    panels = [Panel(request, BLUR, curve(), "pert=blur"), Panel(request, BLUR, low, "pert=scale")]
    html = render_panels([*panels, Panel(request, SCALE, None, "pert=noise")])
    assert html.count(">+4</text>") == 3
    assert html.count(">\N{MINUS SIGN}9</text>") == 3
    assert "✕ 1.5 %" in html
    assert ">waiting<" in html
    assert html.count("<tr>") == 2


def test_a_panel_has_a_gap_where_a_score_is_missing():
    known = [point(0.0, 1.0), point(1.0, None, None), point(2.0, 1.0)]
    request = SweepRequest("q.jpg", None, "blur")
    html = render_panels([Panel(request, BLUR, curve(BLUR, *known), "pert=blur")])
    assert html.split('class="sl-pt-curve" d="')[1].split('"')[0].count("M") == 2


def test_recipes_are_escaped_and_replay_their_first_sweep():
    recipe = Recipe(HOSTILE, (SweepRequest("q.jpg", None, "noise", Damage("candidate", seed=7)),))
    html = render_recipes([recipe], HOSTILE, "Saved <it>.")
    assert f"a/{ESCAPED}</b>" in html
    assert "Saved &lt;it&gt;." in html
    assert "pert=noise&amp;side=candidate&amp;pair=&amp;" in html
    assert 'aria-current="true"' in html


def test_bars_count_levels():
    assert "4 of 10 levels" in render_stopped(4, 10)
    text = render_done(Progress("blur", 10, 10, "levels"), 0.05, 1.2)
    assert "the first after 50 ms, all after 1.2 s" in text


def test_a_level_address_names_the_whole_request(urls):
    url = level_url(
        SweepRequest("a&b.jpg", None, "noise", Damage(seed=3, box=Box(1, 2, 3, 4))), urls
    )
    assert "query=a%26b.jpg" in url(0.1, 160)
    assert "pert=noise" in url(0.1, 160)
    assert "box=1%2C2%2C3%2C4&amp;level=0.1&amp;v=v1" in url(0.1, 160)


def test_the_nearest_level_is_looked_at():
    assert [level_at(BLUR, s) for s in (None, -5.0, 1.4, 99.0)] == [2.0, 0.0, 1.0, 4.0]
