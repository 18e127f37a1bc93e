"""Cards: frames, glyphs, movement, scores and escaping."""

import re

import pytest

from tests.ui.conftest import HOSTILE
from tests.ui.pages import strip_html
from ui.shared.text import movement_text


@pytest.mark.parametrize(
    ("relation", "glyph"),
    [("positive", "✓"), ("negative", "✕"), ("junk", "\N{EN DASH}"), ("unlabelled", "?")],
)
def test_a_relation_has_a_frame_and_a_glyph(with_candidate, urls, relation, glyph):
    text = strip_html(with_candidate(relation=relation, intruder=False), "after")
    assert f"sl-card sl-{relation}" in text
    assert f'class="sl-glyph" aria-hidden="true">{glyph}<' in text


@pytest.mark.parametrize(("before", "after", "badge"), [(7, 3, "▲4"), (3, 5, "▼2"), (4, 4, "=")])
def test_movement_is_places_gained(with_candidate, urls, before, after, badge):
    view = with_candidate(rank_before=before, rank_after=after)
    assert f">{badge}</span>" in strip_html(view, "before")
    assert movement_text(before - after)[0] == badge


def test_hostile_names_are_escaped(with_candidate, urls):
    text = strip_html(with_candidate(image_id=HOSTILE), "after")
    assert "<b>\"'" not in text
    assert "&lt;b&gt;&#34;&#39;`${1+1}{{value}}\\&amp;.jpg" in text
    assert len(re.findall(r"<button[^>]* data-card=", text)) == 1


def test_thumbnail_addresses_are_quoted(with_candidate, urls):
    text = strip_html(with_candidate(image_id=HOSTILE), "after")
    address = re.search(r'src="([^"]*)"', text)
    assert address is not None
    assert re.fullmatch(r"thumbnail/160/[\w%/.~-]+\?v=v1", address[1])


def test_before_shows_the_cosine(with_candidate, urls):
    assert 'sl-score">0.875' in strip_html(with_candidate(cosine=0.8749), "before")


def test_after_shows_the_margin(with_candidate, urls):
    assert 'sl-score">+1.25' in strip_html(with_candidate(margin=1.25), "after")


def test_a_failed_pair_says_why(with_candidate, urls):
    view = with_candidate(margin=None, probability=None, problem="decoding <failed>")
    text = strip_html(view, "after")
    assert 'sl-score">failed' in text
    assert "failed: decoding &lt;failed&gt;" in text
    assert "sl-unscored" in text


def test_a_pending_pair_is_not_a_zero(with_candidate, urls):
    text = strip_html(with_candidate(margin=None, probability=None), "after")
    assert 'sl-score">pending' in text
    assert "0.00" not in text


def test_a_candidate_beyond_the_depth_says_so(with_candidate, urls):
    view = with_candidate(margin=None, probability=None, rank_before=21)
    assert 'sl-score">not re-ranked' in strip_html(view, "after")


def test_a_tie_group_is_counted(with_candidate, urls):
    assert "tie ×3" in strip_html(with_candidate(tie_size=3), "after")  # noqa: RUF001
    assert "tie" not in strip_html(with_candidate(tie_size=1), "after")


def test_an_intruder_is_called_out(with_candidate, urls):
    assert ">intruder<" in strip_html(with_candidate(intruder=True), "after")


def test_cards_are_in_rank_order(view, urls):
    ranks = re.findall(r"Rank </span>(\d+)<", strip_html(view, "after"))
    assert ranks == [str(n) for n in range(1, len(view.after) + 1)]
