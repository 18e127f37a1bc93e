"""How numbers are written."""

import pytest

from core.types.runs import Interval
from ui.render import text

MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.25, "+0.250"), (-0.25, f"{MINUS}0.250"), (-0.0, "+0.000"), (None, DASH)],
)
def test_a_signed_number_always_has_a_sign(value, expected):
    assert text.signed(value) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, ("0", "B")), (999, ("999", "B")), (12386.56, ("12.4", "kB")), (3.2e6, ("3.2", "MB"))],
)
def test_sizes_are_decimal(count, expected):
    assert text.bytes_text(count) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(None, (DASH, "")), (0.0123, ("12", "ms")), (0.311, ("0.311", "s")), (12.34, ("12.3", "s"))],
)
def test_durations_have_their_unit(seconds, expected):
    assert text.seconds_text(seconds) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(None, ""), (0.2, "1 s"), (89, "89 s"), (180, "3 min"), (7500, "2 h 5 min")],
)
def test_time_left_is_rough(seconds, expected):
    assert text.clock_text(seconds) == expected


@pytest.mark.parametrize(
    ("p", "expected"), [(None, ""), (0.0002, "p < 0.001"), (0.0123, "p = 0.012")]
)
def test_small_p_values_are_bounds(p, expected):
    assert text.p_text(p) == expected


def test_an_interval_has_both_ends():
    assert text.interval_text(Interval(0.1, 0.25)) == "[0.100, 0.250]"
    assert text.interval_text(None) == ""


def test_text_is_escaped_once_and_markup_is_not_escaped_again():
    assert text.esc("<b>") == "&lt;b&gt;"
    assert text.esc(text.esc("<b>")) == "&lt;b&gt;"
    assert text.esc(None) == "None"


def test_commands_of_a_sentence_are_code_and_the_rest_is_escaped():
    found = text.with_code("<b> is counted by `python app.py evaluate`; `a < b` is not.")
    code = '<code class="sl-command">{}</code>'
    assert found == (
        f"&lt;b&gt; is counted by {code.format('python app.py evaluate')}; "
        f"{code.format('a &lt; b')} is not."
    )
