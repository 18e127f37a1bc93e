"""The figures of the manual are small, light, need no font, and carry their captions."""

import re
from html import unescape

import pytest

from tests.docs.pages import DOCS

FIGURES = sorted((DOCS / "figures").glob("*.svg"))
MOST_BYTES = 150_000


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.name)
def test_a_figure_is_small_and_says_what_its_caption_says(path):
    text = path.read_text("utf-8")
    assert path.stat().st_size <= MOST_BYTES
    assert "<text" not in text
    assert "font-family" not in text
    assert 'style="fill: #ffffff"' in text
    described = re.search(r"<dc:description>(.*?)</dc:description>", text, re.DOTALL)
    assert described is not None
    caption = path.with_suffix(".txt").read_text("utf-8").strip()
    assert " ".join(unescape(described[1]).split()) == caption


def test_there_are_five_with_the_rank_flow_and_the_response():
    names = {path.stem for path in FIGURES}
    assert len(names) == 5
    assert {"rank-flow", "response"} <= names


def test_the_command_of_the_page_names_them():
    page = (DOCS / "papers.md").read_text("utf-8")
    (command,) = re.findall(r"app\.py figures ((?:[a-z-]+ )+)--out assets/docs/figures", page)
    assert set(command.split()) == {path.stem for path in FIGURES}
