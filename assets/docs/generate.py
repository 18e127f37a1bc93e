"""Fill the generated parts of README.md and of the manual: `python -m assets.docs.generate`.

Two marks are filled, everything else stays as it is written:

    <!-- number: measured.mllm.map_after .3f -->0.612<!-- -->
    <!-- block: stages -->
    ...
    <!-- end -->

A number names its place in the results (see `assets.docs.results`) and a Python format. A block
names a function of `assets.docs.blocks`, and what it is given. `--check` writes nothing and exits
with 1 where a page is not what it would be.
"""

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from assets.docs.blocks import BLOCKS
from assets.docs.results import number_at, results

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
_NUMBER = re.compile(r"<!-- number: (\S+)(?: (?!-->)(\S+))? -->(?:.*?)<!-- -->")
_BLOCK = re.compile(r"<!-- block: (\S+)(?: ([^\n]*?))? -->\n(?:.*?)<!-- end -->", re.S)

Blocks = Mapping[str, Callable[[str], str]]


def pages() -> list[Path]:
    """Return README.md and the pages of the manual, sorted by name."""
    return [ROOT / "README.md", *sorted(HERE.glob("*.md"))]


def filled(text: str, known: Mapping[str, Any], blocks: Blocks) -> str:
    """Return a page with its numbers and blocks made anew.

    Args:
        text: The page as it is.
        known: The results, by name.
        blocks: What makes a block, by name.

    Raises:
        KeyError: A number or a block of this name does not exist.
    """

    def number(mark: re.Match[str]) -> str:
        path, form = mark[1], mark[2] or ""
        shown = format(number_at(known, path), form)
        return f"<!-- number: {path}{' ' + form if form else ''} -->{shown}<!-- -->"

    def block(mark: re.Match[str]) -> str:
        name, given = mark[1], mark[2] or ""
        body = blocks[name](given).rstrip("\n")
        return f"<!-- block: {name}{' ' + given if given else ''} -->\n{body}\n<!-- end -->"

    return _NUMBER.sub(number, _BLOCK.sub(block, text))


def main() -> None:
    """Write the pages, or say which ones differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if one differs")
    is_check = parser.parse_args().check
    known, stale = results(), list[str]()
    for page in pages():
        old = page.read_text("utf-8")
        new = filled(old, known, BLOCKS)
        if new != old:
            stale.append(page.name)
            if not is_check:
                page.write_text(new, encoding="utf-8")
    if stale:
        sys.stderr.write(f"{'stale' if is_check else 'written'}: {', '.join(stale)}\n")
    if is_check and stale:
        sys.exit(1)


if __name__ == "__main__":
    main()
