"""The README is a first page, not a manual: short, with the two set-up commands as they are."""

import pytest

from tests.docs.pages import README, fences, links

MOST_BYTES, MOST_LINES = 9_000, 150
SET_UP = ("python -m pip install -e . && python app.py\n",)
TEST = ('python -m pip install -e ".[test]" && python -m pytest\n',)


def test_it_is_short():
    data = README.read_bytes()
    assert len(data) <= MOST_BYTES
    assert len(data.splitlines()) <= MOST_LINES


@pytest.mark.parametrize("command", SET_UP + TEST)
def test_the_set_up_commands_stand_alone_in_a_block(command):
    assert ("", command) in fences(README)


def test_it_opens_with_one_picture_and_links_every_part_of_the_manual():
    found = links(README)
    assert found[0] == "assets/screenshots/queries.webp"
    for topic in ("corpus", "metrics", "screens", "scorers-and-stages", "cli", "settings"):
        assert f"assets/docs/{topic}.md" in found
