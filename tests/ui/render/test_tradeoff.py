"""The sentences of the trade-offs."""

from dataclasses import replace

from core.types.number_text import signed
from tests.fakes.tradeoff import choice, row, table
from ui import messages
from ui.render.tradeoff import render_choice, render_no_table


def test_without_a_table_the_command_is_given_and_escaped():
    text = render_no_table("python app.py tradeoff --corpus 'my <photos>'")
    assert messages.NO_TRADEOFFS in text
    assert "my &lt;photos&gt;" in text


def test_the_smallest_setting_is_named_with_its_bytes():
    text = render_choice(choice())
    assert "within 1 mAP point of uncompressed (27.8 kB, mAP 0.437, mllm, depth 50)" in text
    change = f"{signed(-0.001)} [{signed(-0.02)}, +0.010]"
    assert f"int8, 7.24 kB per image, mAP 0.436, change {change}" in text


def test_the_best_within_the_budget_is_named():
    text = render_choice(choice(2_000))
    assert "pq:48, mllm, depth 50: mAP 0.420 [0.370, 0.470], 0.5 s per query" in text
    assert '<option value="2000" selected>2 kB</option>' in text
    assert messages.NO_BUDGET_FITS in render_choice(choice(10))


def test_what_is_not_measured_is_counted():
    shown = replace(table(), n_settings=20)
    text = render_choice(choice(None, shown))
    assert "12 settings, n = 8 of 8 queries, 1 settings not possible, 7 still to be" in text


def test_another_models_table_says_so():
    assert messages.OTHER_TRADEOFFS not in render_choice(choice())
    assert messages.OTHER_TRADEOFFS.split("'")[0] in render_choice(
        replace(choice(), is_current=False)
    )


def test_without_an_uncompressed_map_nothing_is_compared():
    text = render_choice(choice(None, table((row(map_after=None, map_after_ci=None),))))
    assert "nothing can be compared" in text
