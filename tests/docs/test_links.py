"""Links between the pages lead somewhere, and every page is linked from the index."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, README, ROOT, anchors, links


def broken(page: Path) -> list[str]:
    """The targets of a page's links that are no file, or no heading of one."""
    found: list[str] = []
    for target in links(page):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        place = (page.parent / name).resolve() if name else page
        if not place.exists() or (anchor and anchor not in anchors(place)):
            found.append(target)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    assert broken(page) == []


def test_a_broken_link_is_found(tmp_path):
    page = tmp_path / "a.md"
    page.write_text("# One thing\n[x](b.md) [y](#one-thing) [z](#other) ![p](p.webp)\n")
    assert broken(page) == ["b.md", "#other", "p.webp"]


def test_every_page_is_in_the_index_and_in_the_readme():
    names = {page.name for page in DOCS.glob("*.md")} - {"index.md"}
    assert names <= set(links(DOCS / "index.md"))
    assert {f"assets/docs/{name}" for name in names} <= set(links(README))


def paths(page: Path) -> list[tuple[str, str]]:
    """Paths of the project in a page's running text, with the name that stands behind each."""
    text = page.read_text("utf-8")
    return re.findall(r"`((?:core|ui|tests|assets)/[\w/.\-]+)(?:: (\w+))?`", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_and_names_of_the_code_are_there(page):
    for path, name in paths(page):
        place = ROOT / path.replace("NAME.py", "")
        assert place.exists(), path
        assert not name or re.search(rf"\b{name}\b", place.read_text("utf-8")), f"{path}: {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_facets_and_classes_of_the_text_are_there(page):
    core = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "core").rglob("*.py")))
    named = re.findall(r"`([A-Z][a-z]+[A-Z][A-Za-z]+)`", page.read_text("utf-8"))
    assert [name for name in named if not re.search(rf"\bclass {name}\b", core)] == []
