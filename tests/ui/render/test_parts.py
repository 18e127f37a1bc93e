"""The parts of screens: what they escape, and how attributes are written."""

import pytest
from markupsafe import Markup

from ui.render import parts

HOSTILE = '<b a="1">&\'x'
ESCAPED = "&lt;b a=&#34;1&#34;&gt;&amp;&#39;x"


@pytest.mark.parametrize(
    "made",
    [
        parts.tag("p", HOSTILE),
        parts.tag("p", title=HOSTILE),
        parts.join([HOSTILE]),
        parts.note(HOSTILE),
        parts.chip("?", HOSTILE, "k"),
        parts.names("n", HOSTILE),
        parts.picture(HOSTILE, 1, 1),
        parts.heading("h", HOSTILE),
        parts.panel(HOSTILE),
        parts.download("d", HOSTILE),
        parts.pair_button(kind="k", query=HOSTILE, candidate="c", label="l"),
        parts.choices("data_x", [(HOSTILE, "text")], None),
        parts.options([("v", "text", HOSTILE)]),
        parts.table((HOSTILE,), []),
        parts.table(("c",), [(HOSTILE,)]),
        parts.table(("c",), [("n", parts.Cell(HOSTILE))]),
        parts.definitions([("t", HOSTILE)]),
        parts.kpi("l", HOSTILE, "n"),
        parts.progress(HOSTILE, "", "", 0.0, "Stop"),
    ],
)
def test_what_is_given_is_escaped_once(made):
    assert HOSTILE not in made
    assert ESCAPED in made


def test_markup_is_taken_as_it_is():
    inner = Markup("<i>1 &lt; 2</i>")
    assert parts.tag("p", inner, title=inner) == '<p title="<i>1 &lt; 2</i>"><i>1 &lt; 2</i></p>'


def test_attributes_are_left_out_named_or_written():
    made = parts.tag("i", data_a=None, data_b=False, data_c=True, data_d="", class_="k", x=0)
    assert made == '<i data-c data-d="" class="k" x="0"></i>'


def test_states_for_readers_aloud_say_true_or_false():
    assert parts.pressed("on", on=True) == ('<button type="button" aria-pressed="true">on</button>')
    assert 'aria-pressed="false"' in parts.pressed("off", on=False)


def test_one_choice_is_pressed():
    made = parts.choices("data_x", [("a", "A"), ("b", "B", "tip")], "b")
    assert made == (
        '<button type="button" data-x="a" aria-pressed="false">A</button>'
        '<button type="button" data-x="b" title="tip" aria-pressed="true">B</button>'
    )


def test_the_selected_option_is_never_disabled():
    made = parts.options([("a", "A"), ("b", "B")], "a", disabled=["a", "b"])
    assert made == ('<option value="a" selected>A</option><option value="b" disabled>B</option>')


def test_a_table_names_its_rows_and_columns():
    wide = parts.Cell("none", kind="k", span=2)
    made = parts.table(("", "one", "two"), [("first", 1, 2), ("second", wide)], "t", "box")
    assert made == (
        '<div class="box"><table class="t"><thead><tr><td></td><th scope="col">one</th>'
        '<th scope="col">two</th></tr></thead><tbody>'
        '<tr><th scope="row">first</th><td>1</td><td>2</td></tr>'
        '<tr><th scope="row">second</th><td colspan="2" class="k">none</td></tr>'
        "</tbody></table></div>"
    )


def test_a_bar_says_its_share_in_per_cent():
    made = parts.progress("Scoring", "1 of 3", "", 1 / 3, "Stop", "stop")
    assert 'aria-valuenow="33.3"' in made
    assert 'style="width:33.3%"' in made
    assert '<button type="button" class="sl-button" data-action="stop">Stop</button>' in made
