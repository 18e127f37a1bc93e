"""Rescues, harms and moved positives: order, words, escaping, empty and partial states."""

from dataclasses import replace

import pytest

from core.types.orders import Fusion
from tests.ui.conftest import HOSTILE
from ui import messages
from ui.render.moves import N_CARDS, render_changes, render_moved

SETTING = Fusion(20, 0.0, 1.0)


@pytest.fixture
def changes(bench):
    return bench.moves.queries(SETTING, 5, N_CARDS)


@pytest.fixture
def moved(bench):
    return bench.moves.positives(None, None, SETTING, 8)


def test_a_change_opens_its_query_and_its_cards_their_pairs(changes, urls):
    rescues, _ = changes
    text = render_changes(rescues[:1], (), urls, 0.05)
    query = rescues[0].outcome.query_id
    assert text.count(f'data-query="{query}"') == 1
    assert text.count(f'data-open-pair="{query}"') == 2 * N_CARDS
    for card in rescues[0].view.after[:N_CARDS]:
        assert f'data-candidate="{card.image_id}"' in text


def test_the_biggest_change_comes_first(changes, urls):
    rescues, harms = changes
    text = render_changes(rescues, harms, urls, 0.05)
    places = [text.index(f'data-query="{one.outcome.query_id}"') for one in (*rescues, *harms)]
    assert places == sorted(places)


def test_the_intruder_in_front_is_named(changes, urls):
    one = changes[0][0]
    led = replace(one, outcome=replace(one.outcome, intruder_ids=("d/first.jpg", "d/second.jpg")))
    words = 'intruder in front: <b title="d/first.jpg">first.jpg</b> and 1 more'
    assert words in render_changes((), (led,), urls, 0.05)
    alone = replace(one, outcome=replace(one.outcome, intruder_ids=()))
    assert "intruder in front" not in render_changes((), (alone,), urls, 0.05)


def test_without_a_change_the_threshold_is_named(urls):
    text = render_changes((), (), urls, 0.05)
    assert messages.NO_RESCUE.format(change=0.05) in text
    assert messages.NO_HARM.format(change=0.05) in text


def test_a_moved_positive_reads_before_and_after(bench, moved, urls):
    pair = moved.pairs[0]
    text = render_moved(moved, bench.scorers.entries(), urls)
    assert f"{pair.before_a} → {pair.before_b}" in text
    assert f'data-open-pair="{pair.query_id}" data-candidate="{pair.image_id}"' in text
    assert "left out" not in text


def test_partial_counts_are_said(bench, moved, urls):
    part = replace(moved, n_queries=3, n_unscored=12, n_partial=2)
    text = render_moved(part, bench.scorers.entries(), urls)
    assert "of 3 queries of 8 so far" in text
    assert "12 pairs left out: not scored by both" in text
    assert "in 2 queries other candidates are unscored" in text


@pytest.mark.parametrize(
    ("n_pairs", "words"), [(9, messages.NOTHING_MOVED), (0, messages.NOTHING_SHARED)]
)
def test_an_empty_comparison_says_why(bench, moved, urls, n_pairs, words):
    text = render_moved(replace(moved, pairs=(), n_pairs=n_pairs), bench.scorers.entries(), urls)
    assert words in text


def test_hostile_names_are_escaped(bench, moved, changes, urls):
    bad = replace(moved.pairs[0], query_id=HOSTILE, image_id=HOSTILE)
    names = [replace(entry, name=HOSTILE, detail=HOSTILE) for entry in bench.scorers.entries()]
    text = render_moved(replace(moved, pairs=(bad,)), names, urls)
    one = changes[0][0]
    card = replace(one.view.after[0], image_id=HOSTILE)
    view = replace(one.view, query=replace(one.view.query, image_id=HOSTILE), after=(card,))
    outcome = replace(one.outcome, query_id=HOSTILE, intruder_ids=(HOSTILE,))
    text += render_changes((replace(one, view=view, outcome=outcome),), (), urls, 0.05)
    assert "<b>\"'" not in text
    assert "&lt;b&gt;" in text
