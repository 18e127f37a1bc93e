"""How numbers are written."""

import pytest

from ui.shared import text

DASH = "\N{EN DASH}"


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


def test_commands_of_a_sentence_are_code_and_the_rest_is_escaped():
    found = text.with_code("<b> is counted by `python app.py evaluate`; `a < b` is not.")
    code = '<code class="sl-command">{}</code>'
    assert found == (
        f"&lt;b&gt; is counted by {code.format('python app.py evaluate')}; "
        f"{code.format('a &lt; b')} is not."
    )
