"""Every screen is drawn in Firefox too, and its console stays silent."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.browser.drawn import DRAWN, QUERY

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = ROOT / "build/puppeteer/node_modules/puppeteer-core"
LIMIT_S = 300


@pytest.fixture
def needs() -> dict[str, str]:
    """Firefox and the driver that speaks to it; without them a skip, or a failure in CI."""
    firefox, node = shutil.which("firefox-esr"), shutil.which("node")
    if firefox is None or node is None or not INSTALLED.exists():
        reason = "needs firefox-esr, node and puppeteer-core (.github/CONTRIBUTING.md)"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return {"firefox": firefox, "node": node, "puppeteer": str(driver())}


def driver() -> Path:
    """Return the module that puppeteer-core is imported from."""
    about = json.loads((INSTALLED / "package.json").read_text("utf-8"))
    return INSTALLED / about["exports"]["."]["import"]


def test_all_screens_are_drawn_in_firefox_without_a_word_in_its_console(needs, url):
    asked = {"url": url, "query": QUERY, "drawn": DRAWN, **needs}
    script = str(Path(__file__).with_name("firefox_walk.mjs"))
    done = subprocess.run(
        [needs["node"], script],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen == {"screens": list(DRAWN), "faults": []}
