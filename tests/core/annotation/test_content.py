"""What an annotation may hold: every limit at its last value, and what is cleaned."""

import pytest

from core.annotation.content import (
    checked_author,
    checked_note,
    checked_tags,
    checked_value,
    checked_verdict,
    content_text,
    parse_content,
)
from core.errors import AnnotationError
from core.types.annotation import VERDICTS, Content


def test_an_author_has_up_to_60_characters():
    assert checked_author("x" * 60) == "x" * 60
    assert checked_author("x") == "x"
    with pytest.raises(AnnotationError, match="1 to 60 printable"):
        checked_author("x" * 61)
    with pytest.raises(AnnotationError, match="1 to 60 printable"):
        checked_author("a\x00")


def test_spaces_around_and_between_the_words_of_a_name_are_single():
    assert checked_author("  Ada \t Lovelace ") == "Ada Lovelace"


def test_a_verdict_is_one_of_the_known_ones_or_none():
    assert [checked_verdict(verdict) for verdict in VERDICTS] == list(VERDICTS)
    assert checked_verdict(None) is None
    with pytest.raises(AnnotationError, match=r"^Verdict 'maybe' is not known; use one of match"):
        checked_verdict("maybe")


@pytest.mark.parametrize("value", [3, ["match"], {"match": 1}])
def test_what_is_no_text_is_no_verdict(value):
    with pytest.raises(AnnotationError, match="is not known"):
        checked_verdict(value)


def test_a_pair_takes_12_tags_of_up_to_40_characters():
    tags = tuple(f"{number:040d}" for number in range(12))
    assert checked_tags(tags) == tags
    with pytest.raises(AnnotationError, match="at most 12 tags"):
        checked_tags((*tags, "one more"))
    with pytest.raises(AnnotationError, match="1 to 40 printable"):
        checked_tags(("x" * 41,))


def test_empty_and_repeated_tags_do_not_count():
    assert checked_tags((" glare", "", "glare ", "  ", "low  light")) == ("glare", "low light")


@pytest.mark.parametrize("tag", ["a,b", "a;b", "a\x07"])
def test_a_tag_holds_no_separator_and_nothing_invisible(tag):
    with pytest.raises(AnnotationError, match="without comma or semicolon"):
        checked_tags(("good", tag))


def test_a_refused_text_is_shown_by_its_first_60_printable_characters():
    with pytest.raises(AnnotationError, match=f"^Tag '{'x' * 60}' cannot be used"):
        checked_tags(("x\x07" * 61,))


def test_a_note_has_up_to_2000_characters_and_keeps_its_lines():
    assert checked_note("n" * 2000) == "n" * 2000
    assert checked_note("\n first \t\r\n\tsecond  \n") == "first\n\tsecond"
    with pytest.raises(AnnotationError, match="at most 2000 characters"):
        checked_note("n" * 2001)


@pytest.mark.parametrize("text", ["bell\x07", "half \ud800"])
def test_a_note_holds_no_control_character_and_no_half_of_one(text):
    with pytest.raises(AnnotationError, match="cannot hold control characters"):
        checked_note(text)


@pytest.mark.parametrize(
    ("op", "value"),
    [("verdict", "match"), ("verdict", None), ("tags", ("glare",)), ("tags", ()), ("note", "n")],
)
def test_a_value_that_fits_its_part_is_kept(op, value):
    assert checked_value(op, value) == value


@pytest.mark.parametrize(
    ("op", "value"),
    [("verdict", ("match",)), ("tags", "glare"), ("tags", None), ("note", None), ("note", ("n",))],
)
def test_a_value_of_another_part_is_refused(op, value):
    with pytest.raises(AnnotationError, match=f"^An annotation's {op} cannot be set to that"):
        checked_value(op, value)


def test_the_log_keeps_a_content_as_the_text_that_it_always_was():
    content = Content("match", ("glare", "é"), "n")
    text = '{"verdict": "match", "tags": ["glare", "\\u00e9"], "note": "n"}'
    assert content_text(content) == text
    assert parse_content(text) == content
