"""What the page's script is told about the selection."""

import json
import re
from pathlib import Path
from typing import get_args

from ui.components.address import PARTS, Signal
from ui.selection import FIELDS
from ui.server.head import fields_script
from ui.server.routes import ALL

ASSETS = Path(__file__).resolve().parents[2] / "assets"
TABLE = json.loads(fields_script(ALL))


def fields_of(part: str) -> list[str]:
    return TABLE["parts"][part]["fields"]


def test_a_part_is_told_of_the_fields_that_it_shows():
    listed = ["depth", "lam", "gamma", "sort", "order", "class", "text", "slice"]
    assert fields_of("queries/list") == listed
    mapped = ["query", "depth", "lam", "gamma", "slice", "projection", "colour"]
    assert fields_of("failures/map") == mapped
    assert fields_of("runs/list") == ["run", "against"]


def test_every_group_that_is_named_has_fields():
    named = {group for part in PARTS.values() for group in part.groups.split()}
    scripts = "".join(path.read_text("utf-8") for path in ASSETS.rglob("*.js"))
    named |= set(re.findall(r"SecondLookFields\.groups\.(\w+)", scripts))
    assert named >= {"ranking", "filter"}
    assert named <= TABLE["groups"].keys()


def test_every_signal_is_computed_by_the_script():
    script = (ASSETS / "app.js").read_text("utf-8")
    computed = script.partition("const SIGNALS = {")[2].partition("};")[0]
    assert set(get_args(Signal)) == set(re.findall(r"^    (\w+):", computed, re.MULTILINE))


def test_what_a_field_clears_is_a_field():
    names = {field.name for field in FIELDS}
    assert TABLE["voids"]["pert"] == ["strength", "detail", "recipe", "part"]
    assert {name for cleared in TABLE["voids"].values() for name in cleared} <= names


def test_the_table_cannot_end_its_script():
    assert "<" not in fields_script(ALL)
