"""The page as a whole."""

from collections import Counter

import pytest

from ui.layout import build_app
from ui.selection import VIEWS
from ui.server.api import NAMES
from ui.shared.screen import read_state


@pytest.fixture
def config(bench):
    return build_app(bench).get_config_file()


def test_the_page_builds_with_its_views(config):
    ids = [c["props"].get("elem_id") or "" for c in config["components"]]
    views = [one.removeprefix("sl-view-") for one in ids if one.startswith("sl-view-")]
    assert views == list(VIEWS)
    (nav,) = (
        c["props"]["value"] for c in config["components"] if c["props"].get("elem_id") == "sl-tabs"
    )
    assert [f'data-tab="{view}"' in nav for view in VIEWS] == [True] * len(VIEWS)


def test_only_the_typed_endpoints_are_public(config):
    public = [e["api_name"] for e in config["dependencies"] if e["api_visibility"] != "private"]
    assert sorted(public) == list(NAMES)


def test_the_address_is_checked_before_it_is_used(bench):
    address = read_state(bench, "view=queries&query=nobody&depth=9000").to_address()
    assert address == "view=queries&depth=20&lam=0&gamma=1&sort=delta&order=up"


def test_a_database_image_is_no_query(bench):
    assert read_state(bench, "query=database/image_001.jpg").query is None


def test_no_field_has_two_listeners_that_keep_each_other_going(config):
    names = {
        c["id"]: c["props"]["elem_id"]
        for c in config["components"]
        if c["type"] == "textbox" and c["props"]["visible"] == "hidden"
    }
    server, lasting = Counter(), Counter()
    for one in config["dependencies"]:
        heard = [names[target] for target, _event in one["targets"] if target in names]
        server.update(heard if one["backend_fn"] else [])
        lasting.update(heard if one["trigger_mode"] == "always_last" else [])
    assert "sl-watch" in lasting
    assert [name for name in lasting if lasting[name] > 1 or server[name] > 1] == []
