"""A screen is added by one folder and one line: done to a copy of `ui`, and served."""

import difflib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ui

REPOSITORY = Path(ui.__file__).resolve().parents[1]
SCREEN = '''"""Toy: a sentence with a number."""

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from ui.screens.toy import words
from ui.selection import ViewState
from ui.shared.screen import Page, Part, Screen


@dataclass(frozen=True, slots=True)
class ToyContext:
    """How many queries there are."""

    template: ClassVar[str] = "toy/toy.html"
    n: int


def show(page: Page, _state: ViewState) -> Markup:
    """Return the sentence."""
    return page.html(ToyContext(page.workbench.info.n_queries))


SCREEN = Screen("toy", (Part("sentence", show),), words)
'''
WORDS = '"""The toy\'s words."""\n\n\ndef counted(n: int) -> str:\n    return f"{n} toys"\n'
SERVED = """
import json, sys
from pathlib import Path
from starlette.testclient import TestClient
import ui
from tests.drawn_bench import draw_corpus, open_drawn
from ui.server.head import style_html
from ui.server.launch import create_server

root = Path(sys.argv[1])
bench = open_drawn(draw_corpus(root / "drawn"), root / "work")
client = TestClient(create_server(bench), base_url="http://127.0.0.1")
screen = client.get("/screen/toy?view=toy")
print(json.dumps({
    "ui": ui.__file__,
    "screen": screen.text,
    "selection": screen.headers["X-Selection"],
    "part": client.get("/part/toy/sentence").text,
    "page": client.get("/").text,
    "style": "#sl-view-toy" in style_html(),
}))
bench.close()
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> dict[str, str]:
    """What a server answers whose `ui` has one folder and one line more."""
    root = tmp_path_factory.mktemp("copy")
    shutil.copytree(REPOSITORY / "ui", root / "ui", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("assets", "core", "tests"):
        (root / name).symlink_to(REPOSITORY / name)
    toy = root / "ui/screens/toy"
    toy.mkdir()
    files = {
        "__init__.py": '"""Toy."""\n',
        "screen.py": SCREEN,
        "words.py": WORDS,
        "screen.html": '<div>{{ part("sentence") }}</div>\n',
        "toy.html": "<p>{{ toy.counted(n) }}</p>\n",
    }
    for name, text in files.items():
        (toy / name).write_text(text)
    names = root / "ui/screen_names.py"
    old = names.read_text()
    names.write_text(old.replace('    "setup",\n', '    "setup",\n    "toy",\n'))
    changed = [
        line
        for line in difflib.unified_diff(old.splitlines(), names.read_text().splitlines(), n=0)
        if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))
    ]
    assert changed == ['+    "toy",']
    environment = os.environ | {"PYTHONPATH": str(root)}
    command = [sys.executable, "-c", SERVED, str(root / "bench")]
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=root, env=environment
    )
    assert ended.returncode == 0, ended.stderr
    answers = json.loads(ended.stdout.splitlines()[-1])
    assert answers["ui"] == str(root / "ui/__init__.py")
    return answers


def test_it_is_served_with_its_parts_and_its_words(served):
    assert "<p>8 toys</p>" in served["screen"]
    assert 'data-part="toy/sentence"' in served["screen"]
    assert "<p>8 toys</p>" in served["part"]


def test_the_address_may_name_it(served):
    assert served["selection"].startswith("view=toy")


def test_it_has_a_tab_a_place_and_a_line_of_style(served):
    assert 'data-tab=\\"toy\\"' in served["page"]
    assert "sl-view-toy" in served["page"]
    assert served["style"]


def test_the_script_knows_its_parts(served):
    assert '"toy/sentence": {' in served["page"]
