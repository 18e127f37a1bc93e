"""Generated parts equal their sources: numbers, tables, commands, settings, snippets."""

import copy
import json
import re
from dataclasses import replace

import pytest

from assets.docs.blocks import BLOCKS
from assets.docs.command_line import command_line
from assets.docs.generate import filled, pages
from assets.docs.reference import commands_text, setting_keys, settings_text
from assets.docs.results import PRESETS_FILE, card, measured, noted, number_at, results
from core.mllm.weights_hash import weights_hash
from core.reranking.presets import PRESETS
from core.settings import POCKET_MODEL
from tests.docs.pages import DOCS, README, ROOT


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_a_page_is_what_the_generator_makes_of_it(page):
    old = page.read_text("utf-8")
    assert filled(old, results(), BLOCKS) == old, "run python -m assets.docs.generate"


def test_every_mark_is_filled():
    for page in pages():
        text = page.read_text("utf-8")
        assert text.count("<!-- number:") == text.count("<!-- -->"), page.name
        assert text.count("<!-- block:") == text.count("<!-- end -->"), page.name
        assert "`<!--" not in text, f"{page.name}: a mark within code is shown"


def test_a_changed_number_changes_the_page():
    page = DOCS / "scorers-and-stages.md"
    old, known = page.read_text("utf-8"), copy.deepcopy(results())
    known["measured"]["mllm"]["map_oracle"] += 0.001
    assert filled(old, known, BLOCKS) != old


def test_an_unknown_number_or_block_is_an_error():
    with pytest.raises(KeyError, match="there is no 'mlm'"):
        filled("<!-- number: measured.mlm.k --><!-- -->", results(), BLOCKS)
    with pytest.raises(KeyError, match="not one number"):
        number_at(results(), "measured.mllm")
    with pytest.raises(KeyError):
        filled("<!-- block: stagess -->\n<!-- end -->", results(), BLOCKS)


def test_a_removed_option_changes_the_page():
    commands = command_line()
    evaluate = commands["evaluate"]
    fewer = replace(evaluate, options=tuple(o for o in evaluate.options if o.flag != "--lam"))
    page = (DOCS / "cli.md").read_text("utf-8")
    assert commands_text(commands) in page
    assert commands_text(commands | {"evaluate": fewer}) not in page


def test_every_setting_is_explained_with_its_option():
    text = settings_text()
    for key in setting_keys():
        (row,) = re.findall(rf"^\| `{re.escape(key)}` \| (.+) \|$", text, re.M)
        assert row.split(" | ")[-1].endswith(".")
    assert "| `ranking.pipeline` | none |  | `--pipeline` |" in text
    assert "| `tradeoff.depths` | `10`, `25`, `50`, `100` | 1 or more | `--depths` |" in text
    assert "| `serve.roots` | none |  | `--root` |" in text


def test_the_numbers_are_of_the_weights_that_are_there():
    weights = weights_hash(POCKET_MODEL)
    assert {name: one["weights"] for name, one in measured().items()} == dict.fromkeys(
        measured(), weights
    )
    assert card()["model"]["weights_hash"] == weights
    on_photographs = json.loads(PRESETS_FILE.read_text("utf-8"))
    assert weights.startswith(on_photographs["weights"])
    assert list(on_photographs["presets"]) == list(PRESETS)


@pytest.mark.parametrize(("name", "method"), [("mllm", "margin"), ("maxsim", "maxsim")])
def test_the_commands_and_the_card_agree(name, method):
    found, known = measured()[name]["values"], card()["demo"]["methods"]
    assert found["map_after"] == pytest.approx(known[method]["map"], abs=5e-5)
    assert found["map_before"] == pytest.approx(known["descriptor"]["map"], abs=5e-5)


@pytest.mark.parametrize("name", sorted(noted()))
def test_noted_numbers_stand_in_their_section_of_the_log(name):
    one = noted()[name]
    log = (ROOT / one["source"]).read_text("utf-8")
    _, _, rest = log.partition(f"## {one['heading']}\n")
    section = rest.partition("\n## ")[0]
    assert section
    missing = [
        v for v in one["values"].values() if not re.search(rf"(?<![\d.]){v}(?![\d])", section)
    ]
    assert missing == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_no_measured_number_is_typed_by_hand(page):
    text = re.sub(r"<!-- block: .*?<!-- end -->", "", page.read_text("utf-8"), flags=re.S)
    text = re.sub(r"<!-- number: .*?<!-- -->", "", text)
    assert re.findall(r"(?<![\d.])0\.\d{3,4}(?!\d)|\d[\d,.]* bytes per image", text) == []


def test_no_other_number_with_decimals_stands_in_the_readme():
    text = re.sub(r"<!-- block: .*?<!-- end -->", "", README.read_text("utf-8"), flags=re.S)
    text = re.sub(r"<!-- number: .*?<!-- -->", "", text)
    plain = re.sub(r"\]\([^)]*\)|`[^`]*`|^```.*?^```$", "", text, flags=re.S | re.M)
    allowed = {"2604.13268", "3.11", "2.5", "3.5", "2.0"}
    assert set(re.findall(r"\d+\.\d+", plain)) <= allowed


def test_results_are_written_as_the_measurement_writes_them():
    text = (DOCS / "results.json").read_text("utf-8")
    assert text == json.dumps(json.loads(text), indent=1) + "\n"
