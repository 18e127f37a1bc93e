"""The Perturb screen's templates: escaping, marks, words."""

from dataclasses import replace

import pytest

from core.types.corpus import Box
from core.types.jobs import JobView
from core.types.number_text import MISSING
from core.types.robustness import Breaking, Damage, ObjectBox, Rival
from core.types.runs import Progress
from core.types.scores import MARGIN, MAXSIM
from core.types.sweeps import Recipe, SweepRequest
from tests.ui.conftest import HOSTILE
from tests.ui.screens.perturb.drawn import page_of
from tests.ui.screens.perturb.test_figure import BLUR, BRIGHTNESS, SCALE, curve, point
from ui.screens.perturb import words
from ui.screens.perturb.choosers import damaged, perturbations
from ui.screens.perturb.figure import response_plot
from ui.screens.perturb.measured import CurveContext, LevelCard, MeasuredContext, PointContext
from ui.screens.perturb.one_pair import Paired, Picture, SetupContext, Strength, _place
from ui.screens.perturb.panels import GridContext, panel_of, scale
from ui.screens.perturb.recipes import Line, RecipesContext
from ui.screens.perturb.selection import level_at, level_url, patch_text, recipe_state
from ui.screens.perturb.start import StartContext, StartPair
from ui.screens.perturb.words import ranked_text, strength_text
from ui.selection import ViewState

ESCAPED = "&lt;b&gt;&#34;&#39;`${1+1}{{value}}\\&amp;.jpg"


@pytest.fixture
def page(bench):
    return page_of(bench)


def strip(page, spec, found, current, kind=MARGIN) -> str:
    """The strip of a curve so far with its summary."""
    points = {} if found is None else {p.strength: p for p in found.points}
    line = None if found is None else found.hard_negative_margin
    cards = tuple(
        LevelCard(
            level, f"{level:g}", "s", "l", points.get(level), words.fate(points.get(level), line)
        )
        for level in spec.levels
    )
    return str(page.html(CurveContext(spec, found, (), cards, current, kind, 480, 170)))


def looked_at(page, found, strength: float) -> str:
    known = next((p for p in found.points if p.strength == strength), None)
    return str(page.html(PointContext(found, known, strength, "level/640")))


def setup(page, **changes) -> str:
    state = ViewState(query=HOSTILE, perturbation="scale")
    usual = SetupContext(
        state=state,
        picture=None,
        strength=None,
        perturbed=perturbations("scale"),
        second=(("", "none"),),
        offered_queries=((HOSTILE, HOSTILE),),
        paired=None,
        damaged=damaged(state, ()),
    )
    return str(page.html(replace(usual, **changes)))


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


def test_the_strip_has_a_card_per_level_and_marks_the_current_one(page):
    html = strip(page, BLUR, None, 2.0)
    assert html.count('role="radio"') == 4
    assert html.count('aria-checked="true"') == 1
    assert 'data-pt-strength="2"' in html.split('aria-checked="true"')[0].rsplit("<button", 1)[1]
    assert html.count(">…<") == 4


def test_a_level_below_the_hard_negatives_has_a_glyph_not_only_a_colour(page):
    html = strip(page, BLUR, curve(), 0.0)
    assert html.count("✕ ") - html.count("✕ below the hard") == 2


def test_a_failed_level_says_why(page):
    failed = replace(point(1.0, None, None), problem=HOSTILE)
    html = strip(page, BLUR, curve(BLUR, failed), 0.0)
    assert f"not scored: a/{ESCAPED}" in html
    assert ">failed<" in html


def test_the_summary_tells_pair_box_and_count(page):
    html = strip(page, BLUR, curve(), 0.0)
    for text in ("1.5 %", "never falls below", "self", "box manifest", "over 20 images", "1 → 1"):
        assert text in html


@pytest.mark.parametrize(
    ("lost", "text"),
    [
        (Breaking(2.5, "crossed"), "2.5 %"),
        (Breaking(None, "never"), "never"),
        (Breaking(None, "below_at_neutral"), "from the start"),
        (None, "not known"),
    ],
)
def test_the_summary_tells_where_a_negative_takes_the_lead(page, lost, text):
    rival = Rival(f"x/{HOSTILE}", "negative")
    found = curve(rival=rival, relation="positive", lead_lost=lost, damage=Damage(pair="positive"))
    html = strip(page, BLUR, found, 0.0)
    assert f'a negative leads</span><span class="sl-kpi-value">{text}<' in html
    assert f"strongest negative, {ESCAPED}" in html
    assert 'pair</span><span class="sl-kpi-value">positive<' in html


def test_a_negative_candidate_is_called_so(page):
    found = curve(
        rival=Rival("p.jpg", "positive"), relation="negative", damage=Damage(pair="positive")
    )
    html = strip(page, BLUR, found, 0.0)
    assert "this negative leads" in html
    assert "Rank of the negative" in html


def test_the_rank_says_over_which_images_it_is_counted():
    assert "first 20 others of the undamaged shortlist" in ranked_text(curve())
    assert "keep theirs" in ranked_text(curve(damage=Damage("candidate"), n_ranked=99))


def test_a_point_is_told_in_words(page):
    told = looked_at(page, curve(), 2.0)
    assert "has rank 1: of 20 images, no other image stands above its margin of +1.00" in told
    assert "0.50 nats below" in told
    second = looked_at(page, curve(BLUR, point(2.0, 1.0, 2), damage=Damage("candidate")), 2.0)
    assert "1 image stands above" in second
    assert "no shortlist of its own" in second
    assert "not measured yet" in looked_at(page, curve(BLUR, point(0.0, 1.0)), 2.0)


def test_a_point_tells_how_far_the_rival_is(page):
    followed = replace(point(2.0, 1.0), rival_margin=1.25)
    told = looked_at(page, curve(BLUR, followed, rival=Rival("n.jpg", "negative")), 2.0)
    assert "It lies 0.25 nats below the strongest negative, n.jpg." in told
    assert "<dt>rival</dt><dd>+1.250 nats</dd>" in told


def test_the_picture_names_its_box_and_escapes_its_name(page):
    drawn = ObjectBox(Box(20, 10, 120, 60), "drawn")
    place = _place(200, 100, drawn)
    assert place == "left:10.000%;top:10.000%;width:50.000%;height:50.000%"
    name = HOSTILE.removeprefix("a/")
    picture = Picture(name, 200, 100, drawn, place, "a", "b", moves=False)
    html = setup(page, picture=picture)
    assert place in html
    assert "box drawn" in html
    assert f"<figcaption><span>{ESCAPED}</span>" in html
    assert 'data-pt-set="box="' in html
    assert "<b>" not in html
    assumed = setup(page, picture=replace(picture, box=replace(drawn, source="assumed")))
    assert "box assumed" in assumed
    assert 'data-pt-set="box="' not in assumed


def test_controls_escape_names_and_press_what_is_chosen(page):
    paired = Paired(HOSTILE, "positive 1 of 1", ((HOSTILE, "positive 1"),), (), is_known=True)
    html = setup(page, paired=paired, strength=Strength(SCALE, 0.5))
    assert "<b>" not in html
    assert "positive 1 of 1" in html
    assert html.count('aria-pressed="true"') == 3
    assert 'data-values="1|0.5|0.25"' in html


def test_pairs_to_begin_with_are_escaped(page):
    pair = StartPair(HOSTILE, HOSTILE, "query=a&candidate=b", HOSTILE, "AP 0.5 → 0.1")
    html = str(page.html(StartContext((pair,), (), (HOSTILE,), ((HOSTILE, HOSTILE),))))
    assert "<b>" not in html.replace(f"<b>a/{ESCAPED}</b>", "")
    assert 'data-pt-set="query=a&amp;candidate=b"' in html
    assert html.count("sl-tile") == 1


def test_panels_share_an_axis_and_title_the_breaking_strength(page):
    low = curve(BLUR, point(0.0, -7.5), point(4.0, -8.0))
    axis = scale([curve(), low], MARGIN)
    assert axis == (-9.0, 4.0)
    panels = (
        panel_of(BLUR, curve(), axis, "pert=blur", HOSTILE),
        panel_of(BLUR, low, axis, "pert=scale"),
        panel_of(SCALE, None, axis, "pert=noise"),
    )
    html = str(page.html(GridContext(panels, ("+4", "-9"), (("blur",) * 6,), MARGIN)))
    assert html.count(">+4</text>") == 3
    assert "✕ 1.5 %" in html
    assert f"<small>a/{ESCAPED}</small>" in html
    assert ">waiting<" in html
    assert html.count("<tr>") == 2


def test_a_panel_has_a_gap_where_a_score_is_missing():
    known = [point(0.0, 1.0), point(1.0, None, None), point(2.0, 1.0)]
    panel = panel_of(BLUR, curve(BLUR, *known), (-1.0, 3.0), "pert=blur")
    assert panel.path.count("M") == 2
    assert len(panel.dots) == 2


def test_recipes_are_escaped_and_replay_their_first_sweep(page):
    recipe = Recipe(HOSTILE, (SweepRequest("q.jpg", None, "noise", Damage("candidate", seed=7)),))
    line = Line(HOSTILE, "noise", patch_text(recipe_state(recipe)), "recipe?name=x")
    html = str(page.html(RecipesContext((line,), HOSTILE, "Saved <it>.", False, 80)))
    assert f"a/{ESCAPED}</b>" in html
    assert "Saved &lt;it&gt;." in html
    assert "pert=noise&amp;side=candidate&amp;pair=&amp;" in html
    assert 'aria-current="true"' in html


def bar(page, state: str, **changes) -> str:
    progress = Progress("Measuring blur", 4, 10, "levels")
    view = JobView("k", "sweep", "blur", "", state, progress, 1.2, None, None, 1)
    return str(page.html(MeasuredContext("sweep", "k", replace(view, **changes), "", "", "")))


def test_the_bar_says_how_far_the_work_is_and_what_can_be_done(page):
    assert "4 of 10 levels" in bar(page, "running")
    assert 'data-job-stop="k">Stop' in bar(page, "running")
    assert "4 of 10 levels" in bar(page, "stopped")
    assert 'data-job-resume="k">Run on' in bar(page, "stopped")
    failed = bar(page, "failed", error="<b> is broken")
    assert "&lt;b&gt; is broken" in failed
    assert 'data-job-resume="k">Try again' in failed
    done = bar(page, "done", progress=Progress("Measuring blur", 10, 10, "levels"))
    assert "10 levels measured in 1.2 s" in done


def test_work_is_asked_for_by_the_page_where_none_was_and_joined_where_it_runs(page):
    asks = 'data-starts="perturb/sweep" data-for="k"'
    context = MeasuredContext("sweep", "k", None, "", "", "")
    assert asks in page.html(context)
    assert asks in bar(page, "running")
    assert asks not in bar(page, "stopped") + bar(page, "done") + bar(page, "failed", error="x")
    assert asks not in page.html(replace(context, waiting="The index is being built."))


def test_a_level_address_names_the_whole_request(urls):
    url = level_url(
        SweepRequest("a&b.jpg", None, "noise", Damage(seed=3, box=Box(1, 2, 3, 4))), urls
    )
    assert "query=a%26b.jpg" in url(0.1, 160)
    assert "pert=noise" in url(0.1, 160)
    assert "box=1%2C2%2C3%2C4&level=0.1&v=v1" in url(0.1, 160)


def test_the_nearest_level_is_looked_at():
    assert [level_at(BLUR, s) for s in (None, -5.0, 1.4, 99.0)] == [2.0, 0.0, 1.0, 4.0]


def test_a_curve_of_cosines_has_no_nats_and_no_probability(page):
    points = [
        replace(point(level, score), probability=None)
        for level, score in zip(BLUR.levels, (0.9, 0.8, 0.7), strict=False)
    ]
    by_maxsim = replace(curve(BLUR, *points), kind=MAXSIM, hard_negative_margin=0.6)
    axis = scale([by_maxsim], MAXSIM)
    grid = GridContext((panel_of(BLUR, by_maxsim, axis, "pert=blur"),), ("1", "0"), (), MAXSIM)
    html = (
        strip(page, BLUR, by_maxsim, BLUR.levels[0], MAXSIM)
        + looked_at(page, by_maxsim, BLUR.levels[0])
        + str(page.html(grid))
    )
    assert "nats" not in html
    assert f'<dd title="MaxSim gives no probability">{MISSING}</dd>' in html
    assert "hard negatives&#39; mean 0.600" in html
    figure = response_plot(BLUR, by_maxsim, "k", MAXSIM)
    assert figure.layout.yaxis.title.text == "MaxSim, cosine"
    assert figure.data[0].name == "MaxSim"
    assert f"P(yes) {MISSING} (MaxSim gives no probability)" in figure.data[0].text[0]
