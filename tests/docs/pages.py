"""The pages of the manual as tests read them: text, fenced blocks, links, headings."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "assets" / "docs"
README = ROOT / "README.md"
CONTRIBUTING = ROOT / ".github" / "CONTRIBUTING.md"
PAGES = (README, CONTRIBUTING, *sorted(DOCS.glob("*.md")))
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.S | re.M)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def fences(page: Path) -> list[tuple[str, str]]:
    """Language and text of the fenced blocks of a page."""
    return _FENCE.findall(page.read_text("utf-8"))


def links(page: Path) -> list[str]:
    """Targets of a page's links and pictures, those in fenced blocks left out."""
    return _LINK.findall(_FENCE.sub("", page.read_text("utf-8")))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", _FENCE.sub("", page.read_text("utf-8")), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def commands(page: Path) -> list[str]:
    """Every `python app.py` and `python -m` line of a page, fenced or in running text."""
    text = page.read_text("utf-8")
    fenced = [line.removeprefix("$ ") for _, body in fences(page) for line in body.splitlines()]
    inline = re.findall(r"`((?:python|app\.py)[^`\n]*)`", _FENCE.sub("", text))
    found = [line.partition("  #")[0].partition(" > report")[0] for line in [*fenced, *inline]]
    return [line.strip() for line in found if line.startswith(("python app.py", "python -m "))]
