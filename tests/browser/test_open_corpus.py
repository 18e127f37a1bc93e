"""Another corpus below a root is looked at and opened from the page."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import draw_object

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def address(tiny_corpus_root: Path, tmp_path: Path):
    """A real server on drawn images, with a root that holds another corpus."""
    other = tmp_path / "root/other"
    other.mkdir(parents=True)
    for kind in ("disc", "cross", "bars"):
        draw_object(kind, 10, 10).save(other / f"{kind}.png")
    (other / "notes.pdf").write_bytes(b"x")
    data = tmp_path / "data"
    arguments = ["--corpus", tiny_corpus_root, "--workspace", tmp_path / "w", "--port", "0"]
    with subprocess.Popen(
        [sys.executable, "app.py", *map(str, arguments), "--root", str(tmp_path / "root")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "XDG_DATA_HOME": str(data), "PYTHONUNBUFFERED": "1"},
    ) as server:
        assert server.stdout is not None
        yield next(word for word in server.stdout.readline().split() if word.startswith("http"))
        server.terminate()
    shutil.rmtree(data, ignore_errors=True)


def test_the_page_comes_back_with_the_chosen_corpus(context, address: str):
    from playwright.sync_api import expect

    page = context.new_page()
    page.goto(address)
    page.get_by_role("tab", name="Setup").click()
    page.get_by_label("Open another corpus").select_option("root/other")
    page.get_by_role("button", name="Open …").click()
    found = page.locator("[data-preview]")
    expect(found).to_contain_text("3: 3 queries, 3 database images")
    expect(found).to_contain_text("1 PDF")
    page.get_by_role("button", name="Open this corpus").click()
    expect(page.locator("#sl-header")).to_contain_text("other", timeout=60_000)
    expect(page.locator("#sl-header")).to_contain_text("3 database images")
    page.close()
