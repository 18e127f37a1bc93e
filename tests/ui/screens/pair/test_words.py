"""Numbers and sentences of the Pair screen, worked by hand."""

import json
from dataclasses import replace

import numpy as np
import pytest

from core.types.corpus import Box
from core.types.number_text import MISSING
from core.types.pairs import (
    Anatomy,
    Answer,
    Attribution,
    Flips,
    KeptTokens,
    Matches,
    PairAttribution,
    PromptText,
    Trial,
)
from core.types.work import Tried
from ui.screens.pair import words
from ui.screens.pair.trials import Row, rows_of

NATS = np.array([[-0.2, 0.1], [1.5, np.nan]])
CLEAR = np.array([[0.3]])
OWN = PromptText("own", "Same?", "images_then_question")
OTHER = PromptText("edited", "Equal?", "question_first")


def attribution(nats):
    rows, columns = nats.shape
    return Attribution(nats, np.linspace(0, 1, rows + 1), np.linspace(0, 1, columns + 1))


FOUND = PairAttribution(2.0, attribution(NATS), attribution(CLEAR), 5, 0.1)


def answer(yes, no, mass=0.9):
    return Answer(yes, no, mass, (), 0.02)


def anatomy(asked, swapped):
    return Anatomy(asked, swapped, "Same?", "images_then_question", "yes, no", 48, 49)


def flips(**changes):
    return replace(Flips(OTHER, 6, 6, 1, 2, 0.5, 0.25), **changes)


def test_a_plus_within_the_noise_is_not_counted():
    assert words.attribution_sums(FOUND.query).startswith(
        "2 \N{MULTIPLICATION SIGN} 2 cells, for yes +1.60 nats, of them +1.50 above the noise of "
        "0.200, "
        "against \N{MINUS SIGN}0.20; most for yes: +1.50 nats at 25% across, 75% down"
    )
    assert "of them +0.30 above the noise of 0.000" in words.attribution_sums(FOUND.candidate)


def test_both_maps_have_one_scale_and_a_cell_without_tokens_is_no_number():
    assert words.full_colour(FOUND) == 1.5
    field = json.loads(words.field_text(FOUND.query, 1.5))
    assert field == {
        "nats": [[-0.2, 0.1], [1.5, None]],
        "rows": [0.0, 0.5, 1.0],
        "columns": [0.0, 0.5, 1.0],
        "scale": 1.5,
        "noise": 0.2,
    }


def test_maps_of_nothing_have_no_scale():
    nothing = attribution(np.array([[np.nan]]))
    assert words.full_colour(PairAttribution(0.0, nothing, nothing, 1, 0.1)) == 0.0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5000"),
        (1.0, "1.0000"),
        (0.99999, "> 0.9999"),
        (0.00001, "1.0e-05"),
        (0.0, "0.0000"),
    ],
)
def test_a_probability_is_never_rounded_to_certain(value, text):
    assert words.probability_text(value) == text


@pytest.mark.parametrize(("margin", "p"), [(0.0, 0.5), (1000.0, 1.0), (-1000.0, 0.0)])
def test_a_large_margin_has_a_probability(margin, p):
    assert words.probability(margin) == p


def test_the_answers_stand_side_by_side():
    rows = words.answer_rows(anatomy(answer(2.0, 0.5), answer(1.0, 1.0)))
    assert rows[2] == ("margin", "+1.500", "+0.000", "nats")
    assert rows[3] == ("P(yes)", "0.8176", "0.5000", "")


def test_white_space_of_a_token_is_visible():
    assert words.visible(" a\n\t") == "␣a⏎⇥"
    assert words.visible("") == "∅"


def test_a_crop_is_named_by_its_corners():
    assert (words.box_text(None), words.box_text(Box(1, 2, 3, 4))) == ("whole", "1, 2, 3, 4")


def test_more_matches_than_are_drawn_say_so():
    xy = np.zeros((201, 2), np.float32)
    assert words.matches_count(Matches(xy, xy, 300, 900, 900)) == "n = 201, 200 drawn"
    assert "201 of 300 tentative" in words.matches_about(Matches(xy, xy, 300, 900, 900))


@pytest.mark.parametrize(
    ("n_query", "n_candidate", "which"), [(0, 5, "query"), (5, 0, "candidate")]
)
def test_a_picture_without_features_is_named(n_query, n_candidate, which):
    none = np.zeros((0, 2), np.float32)
    told = words.matches_about(Matches(none, none, 0, n_query, n_candidate))
    assert told == f"No local features in the {which}: there is nothing to compare."


def test_dropped_tokens_are_columns_and_rows():
    kept = KeptTokens(np.array([[True, False], [True, True]]))
    assert words.dropped(kept) == [(1, 0)]


def test_drift_needs_both_margins():
    assert (words.drift(1.0, 1.5), words.drift(None, 1.5), words.drift(1.0, None)) == (
        "\N{MINUS SIGN}0.500",
        "",
        "",
    )


def test_a_change_of_sign_is_a_flip():
    own, tried = Trial(OWN, answer(1.0, 0.0)), Trial(OTHER, answer(0.0, 1.0))
    assert words.change_text(tried, own, is_own=False) == "\N{MINUS SIGN}2.00 flips"
    assert words.change_text(own, own, is_own=True) == MISSING
    assert words.change_text(tried, None, is_own=False) == MISSING


def test_a_flip_rate_says_its_n():
    assert words.flip_rate(flips()) == "50 %"
    assert words.flip_counts(flips()) == "of n = 6, 1 to yes, 2 to no"
    assert words.flip_counts(flips(n=3, total=6)) == "of n = 3 of 6, 1 to yes, 2 to no"
    assert words.flip_rate(flips(n=0)) == MISSING
    assert words.flip_aps(flips()) == "0.500 → 0.250"


def test_a_flip_rate_stands_beside_the_trial_of_its_wording():
    own, tried, alone = Trial(OWN, None), Trial(OTHER, None), replace(OTHER, question="Like?")
    rows = rows_of(Tried(own, (tried,), (flips(), flips(prompt=alone))))
    assert rows == [
        Row(own, None, is_own=True),
        Row(tried, flips()),
        Row(Trial(alone, None), flips(prompt=alone)),
    ]
