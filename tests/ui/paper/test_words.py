"""Texts of a plot as plain lines."""

import pytest

from ui.paper.words import Words, words, wrapped


def measure(text: str) -> float:
    return float(len(text))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<b>✕ breaks at 1 %</b>", Words("✕ breaks at 1 %", bold=True)),
        ("a<br>b", Words("a\nb")),
        ("x &lt;y&gt; &amp; z", Words("x <y> & z")),
        ("2 < 3 and 5 > 4", Words("2 < 3 and 5 > 4")),
        ("  much   white ", Words("much white")),
        ("写 and 🧿", Words("[U+5199] and [U+1F9FF]")),
        ("\N{MINUS SIGN}1.5 ▲7 ∅ é", Words("\N{MINUS SIGN}1.5 ▲7 ∅ é")),
        ("a\x07b", Words("ab")),
    ],
)
def test_tags_are_taken_off_and_no_character_becomes_a_box(text, plain):
    assert words(text) == plain


def test_lines_are_as_wide_as_allowed_and_nothing_is_lost():
    text = "one two three four five"
    lines = wrapped(text, 9, measure).split("\n")
    assert max(map(len, lines)) <= 9
    assert " ".join(lines) == text


def test_a_word_longer_than_a_line_is_broken_after_a_sign():
    lines = wrapped("mllm/divprune:16@20", 10, measure).split("\n")
    assert "".join(lines) == "mllm/divprune:16@20"
    assert max(map(len, lines)) <= 10
    assert wrapped("divprune:16", 10, measure) == "divprune:\n16"


def test_only_the_name_of_an_image_is_shortened():
    assert wrapped("bottle_of_green_glass_07.jpg", 12, measure) == "bottl…07.jpg"


def test_a_line_too_narrow_for_a_letter_holds_one():
    assert wrapped("ab", 0.5, measure) == "a\nb"
