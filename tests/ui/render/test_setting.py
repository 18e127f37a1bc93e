"""The present setting, what another one needs, and what stands there where none can be had."""

from dataclasses import replace

import pytest

from core.types.setting import MemoryNeed, SettingCheck, SettingFacts, StoredSize
from ui.render.setting import headline, render_check, render_moved, render_setting

FACTS = SettingFacts("id", "a<b>", "Same <i>thing</i>?", "question_first", "int8", None)


def test_the_present_setting_is_shown_with_the_reason_why_it_stays():
    shown = render_setting(replace(FACTS, refusal="Start with --root FOLDER."))
    assert "Start with --root FOLDER." in shown
    assert "a&lt;b&gt;" in shown
    assert "question first" in shown
    assert "Change" not in shown


def test_names_are_escaped_in_the_header():
    assert headline(FACTS) == "“Same &lt;i&gt;thing&lt;/i&gt;?” · compression int8"
    assert headline(replace(FACTS, question="not used")) == "compression int8"


def test_the_line_of_a_left_page_names_the_setting():
    assert render_moved(FACTS).endswith("a<b>, “Same <i>thing</i>?”, compression int8.")


@pytest.mark.parametrize("free", [5_000_000_000, None])
def test_memory_is_told_before_loading(free):
    need = MemoryNeed(2_000_000_000, free, "float32", "cpu")
    shown = render_check(SettingCheck((), False, True, need, None))
    assert "The weights take 2 GB in float32" in shown
    assert ("5 GB are free" in shown) == (free is not None)
    assert "data-ready" in shown


def test_bytes_that_are_not_known_yet_are_not_made_up():
    shown = render_check(SettingCheck((), False, False, None, StoredSize("int8", None, 0)))
    assert "known once the model is loaded" in shown
