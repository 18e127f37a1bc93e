"""Scorers without a probability on the screens: their own words, and a dash for what is not."""

from dataclasses import replace

import pytest

from core.types.number_text import MISSING
from core.types.scores import MARGIN, MAXSIM, imported_kind
from core.types.states import State
from tests.drawn_bench import FUSION, score
from tests.ui.pages import drawn, query_html, strip_html
from ui.screens.queries.figure import rank_flow
from ui.shared.screen import read_state
from ui.shared.text import ThumbnailUrls, scored, scored_in

SCORED = State("scored", "")
AMES = imported_kind("ames <b>")
QUERY = "queries/object_03.jpg"
urls = ThumbnailUrls("v")


@pytest.fixture
def by_maxsim(opens, evaluated):
    """Scored by MaxSim at depth 20."""
    return score(opens(evaluated.fresh, **{"ranking.pipeline": "maxsim@20"}))


def test_scores_are_written_as_what_they_are():
    assert scored(-1.5, MARGIN) == "\N{MINUS SIGN}1.50"
    assert (scored(0.81234, MAXSIM), scored_in(-0.5, MAXSIM, 1)) == (
        "0.812",
        "\N{MINUS SIGN}0.5000",
    )
    assert (scored(12.5, AMES), scored(0.799, AMES)) == ("12.50", "0.7990")
    assert scored_in(1.0, MARGIN) == "+1.00 nats"
    assert {scored_in(None, kind) for kind in (MARGIN, MAXSIM, AMES)} == {MISSING}


@pytest.mark.parametrize("kind", [MAXSIM, AMES])
def test_the_strips_say_the_score_and_miss_the_probability(by_maxsim, kind):
    view = by_maxsim.queries.inspect(QUERY, FUSION)
    assert view.kind == MAXSIM
    view = replace(view, kind=kind)  # no import can have the name of AMES, which is hostile
    html = strip_html(view, "after")
    name = kind.name.replace("<b>", "&lt;b&gt;")
    assert f"{name} order" in html
    assert f"P(yes) {MISSING} ({name} gives no probability)" in html
    assert "nats" not in html
    assert "<b>" not in html.replace('<b class="', "")
    assert "nats" not in str(rank_flow(view).to_json())


def test_the_margins_own_words_are_as_they_were(view):
    html = strip_html(view, "after")
    assert "margin order" in html
    assert "margin, nats" in html
    assert "gives no probability" not in html


def test_a_candidate_that_was_thinned_away_says_so_and_is_not_pending(thinned):
    view = thinned.queries.inspect(QUERY, FUSION)
    left = next(card for card in view.after if card.is_thinned)
    html = strip_html(view, "after")
    assert f"left out by an earlier stage, MaxSim {left.middle:.4f}" in html
    assert "5 of the first 20 scored, the best by MaxSim" in html
    assert "pending" not in html
    assert "<dd>5 of 5</dd>" in query_html(view)


def test_the_sidebar_defines_the_score(by_maxsim, bench):
    maxsim, margin = (str(drawn(one, "frame", "facts", "")) for one in (by_maxsim, bench))
    assert "mean over the query&#39;s visual tokens of the best cosine" in maxsim
    assert "logit of yes minus logit of no" in margin


def test_a_thinned_shortlist_has_one_depth(thinned, bench):
    html = str(drawn(thinned, "frame", "sliders", ""))
    assert "fixed: 5 of them scored" in html
    assert html.count(" disabled") == 1
    assert read_state(thinned, "depth=3").depth == 20
    assert read_state(bench, "depth=3").depth == 3
