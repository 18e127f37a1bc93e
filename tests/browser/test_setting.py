"""The prompt and the compression are changed in the page: cost, start, stop, resume, and back."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import COLOURS, draw_object

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
AWAY = "ERR_CONNECTION|ERR_EMPTY|ERR_INCOMPLETE|Unexpected error (Cancelled|network error)"
"""What the browser and Gradio's client say while the server starts again."""
N_VIEWS = 16


def draw_corpus(root: Path) -> Path:
    """Draw enough views of nine instances that scoring all pairs takes some seconds."""
    rows = ["image,role,instance"]
    root.mkdir(parents=True)
    for kind in [kind for kind in COLOURS if kind != "empty"]:
        for number in range(N_VIEWS):
            name = f"{kind}_{number:02d}.png"
            draw_object(kind, 2 * number, number).save(root / name)
            rows.append(f"{name},both,{kind} {number % 3}")  # alike, so that scores decide
    (root / "manifest.csv").write_text("\n".join(rows) + "\n")
    return root


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A real server on drawn images, with a root that holds a folder of pickle weights."""
    corpus = draw_corpus(tmp_path / "drawn")
    pickled = tmp_path / "root/models/<b>pickled"
    pickled.mkdir(parents=True)
    (pickled / "config.json").write_text('{"model_type": "qwen2_5_vl"}')
    (pickled / "pytorch_model.bin").write_bytes(b"never opened")
    arguments = ["--corpus", corpus, "--workspace", tmp_path / "w", "--port", "0"]
    with subprocess.Popen(
        [sys.executable, "app.py", *map(str, arguments), "--root", str(tmp_path / "root")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as server:
        assert server.stdout is not None
        yield next(word for word in server.stdout.readline().split() if word.startswith("http"))
        server.terminate()


def open_form(page) -> None:
    from playwright.sync_api import expect

    page.get_by_role("tab", name="Setup").click()
    page.locator('[data-part="setup/evidence"] > *').wait_for()  # the form is below it
    page.locator('[data-part="setup/form"]').evaluate("place => place.scrollIntoView()")
    expect(page.locator("[data-setting-form]")).to_be_visible()
    expect(page.locator("[data-setting-verdict]")).to_contain_text("present setting")


def use(page) -> None:
    """Press the button and wait until the page has come back."""
    from playwright.sync_api import expect

    before = page.locator("[data-setting]").get_attribute("data-setting")
    page.locator("[data-setting-switch]").click()
    changed = page.locator(f"[data-setting]:not([data-setting='{before}'])")
    expect(changed).to_be_attached(timeout=120_000)
    page.get_by_role("tab", name="Overview").click()


def numbers(page) -> list[str]:
    """The mAP and what stands beside it, once everything is scored."""
    from playwright.sync_api import expect

    page.get_by_role("tab", name="Overview").click()
    expect(page.locator("#sl-kpis")).to_contain_text(
        re.compile(f"n = {3 * N_VIEWS}|{3 * N_VIEWS} of {3 * N_VIEWS}"), timeout=120_000
    )
    expect(page.locator("#sl-preparation .sl-progress")).to_have_count(0, timeout=120_000)
    return page.locator("#sl-kpis .sl-tile-value").all_inner_texts()[:3]


def try_faults(page) -> None:
    """A fault of every kind is one sentence, before anything is loaded."""
    from playwright.sync_api import expect

    faults = page.locator(".sl-setting-problems li")
    expect(faults).to_contain_text("Model root/models/<b>pickled has only pickle weights")
    page.get_by_role("textbox", name="Compression").fill("divprune")
    expect(page.locator("[data-setting-verdict]")).to_contain_text("needs a number of tokens")
    expect(page.locator("[data-setting-switch]")).to_be_disabled()


def check_cost(page, first: list[str]) -> None:
    """The selection is kept, the old numbers are not, and the cost is stated."""
    from playwright.sync_api import expect

    assert "depth=40" in page.url
    expect(page.locator("#sl-header")).to_contain_text("compression divprune:8+int8")
    expect(page.locator("#sl-header")).to_contain_text("the same product")
    bar = page.locator("#sl-preparation")
    expect(bar).to_contain_text("Not scored yet", timeout=120_000)
    pace = r"\S [\d.]+ ms"
    images = rf"48 of 48 images {pace}"
    pairs = rf"2,304 of 2,304 pairs \(depth 48\) {pace}"
    expect(bar).to_contain_text(re.compile(rf"{images} \+ {pairs} = about [\d.]+ s"))
    expect(bar).to_contain_text(re.compile(r"About [\d.]+ kB to be written, [\d.]+ GB free"))
    assert not any(one in page.locator("#sl-kpis").inner_text() for one in first)


def check_left_behind(other) -> None:
    """A page that was open before says so in one line and shows no number."""
    from playwright.sync_api import expect

    line = other.locator("#sl-moved")
    expect(line).to_contain_text("The setting was changed in another window: pocket-vl")
    expect(line).to_contain_text("compression divprune:8+int8")
    expect(other.locator("#sl-body")).to_be_hidden()


def start_stop_resume(page) -> None:
    from playwright.sync_api import expect

    bar = page.locator("#sl-preparation")
    bar.get_by_role("button", name="Start").click()
    expect(bar).to_contain_text("Scoring queries", timeout=120_000)
    bar.get_by_role("button", name="Stop").click()
    expect(bar).to_contain_text("stopped; what is done is kept", timeout=30_000)
    bar.get_by_role("button", name="Resume").click()


def test_prompt_and_compression_are_changed_and_changed_back(open_page, address: str):
    from playwright.sync_api import expect

    page = open_page(f"{address}/?view=overview&depth=40", forgive=AWAY)
    other = open_page(f"{address}/?view=overview", forgive=AWAY)
    first = numbers(page)
    open_form(page)
    try_faults(page)
    verdict = page.locator("[data-setting-verdict]")
    page.get_by_role("textbox", name="Compression").fill("divprune:8 + int8")
    page.get_by_label("Saved prompt or preset").select_option("product")
    expect(verdict).to_contain_text("divprune:8+int8: 1,636 bytes per image")
    use(page)
    check_cost(page, first)
    check_left_behind(other)
    start_stop_resume(page)
    assert numbers(page) != first

    # back: everything is stored, so nothing is asked and the same numbers stand there at once
    open_form(page)
    page.get_by_label("Compression to start from").select_option("none")
    page.get_by_label("Saved prompt or preset").select_option("object")
    expect(verdict).to_contain_text("none: 27,056 bytes per image")
    use(page)
    assert numbers(page) == first
    expect(page.locator("#sl-header")).to_contain_text("compression none")
    other.get_by_role("button", name="Show it").click()
    assert numbers(other)[0] == first[0]
