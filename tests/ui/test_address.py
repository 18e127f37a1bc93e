"""What the page's script is told about the selection."""

import json
import re
from pathlib import Path

from ui.selection import FIELDS
from ui.server.head import fields_table
from ui.server.routes import ALL

ASSETS = Path(__file__).resolve().parents[2] / "assets"
TABLE = json.loads(fields_table(ALL))


def fields_of(part: str) -> list[str]:
    return TABLE["parts"][part]["fields"]


def test_a_part_is_told_of_the_fields_that_it_shows():
    listed = ["depth", "lam", "gamma", "sort", "order", "class", "text", "slice"]
    assert fields_of("queries/list") == listed
    mapped = ["query", "depth", "lam", "gamma", "slice", "projection", "colour"]
    assert fields_of("failures/map") == mapped
    assert fields_of("runs/list") == ["run", "against"]


def test_every_group_that_is_named_has_fields():
    scripts = "".join(path.read_text("utf-8") for path in (ASSETS / "js").rglob("*.js"))
    named = set(re.findall(r"\bgroups\.(\w+)", scripts))
    assert named >= {"cards", "filter"}
    assert named <= TABLE["groups"].keys()


def test_what_a_field_clears_is_a_field():
    names = {field.name for field in FIELDS}
    assert TABLE["voids"]["pert"] == ["strength", "detail", "recipe", "part"]
    assert {name for cleared in TABLE["voids"].values() for name in cleared} <= names


def test_the_table_cannot_end_its_script():
    assert "<" not in fields_table(ALL)
