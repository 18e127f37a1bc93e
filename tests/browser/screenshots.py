"""Take a picture of every screen and state of the real page.

Run as `python -m tests.browser.screenshots --out DIR [--workspace DIR] [--readme DIR]`. A fresh
workspace shows the first start too; a prepared one is faster. The embedded demo is used. With
`--readme` the README's pictures are written there as WebP.
"""

import argparse
import logging
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile
from typing import Any

from PIL import Image

from core.assembly.bench import open_workbench
from core.settings import load_settings
from core.types.orders import Fusion
from core.types.scorers import DESCRIPTOR_ID
from tests.browser.servers import served
from tests.browser.tour import take_tour
from tests.chromium import CHROMIUM, CHROMIUM_ARGS

SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
THEMES = ("light", "dark")
SLOWEST_MS = 300_000
"""A set is measured query by query."""
README = {
    "overview": "overview",
    "queries": "rescued",
    "pair": "pair",
    "perturb": "perturb-curve",
    "perturb-all": "perturb-all",
    "failures": "failures",
}
log = logging.getLogger(__name__)


def main() -> None:
    """Read the arguments and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--readme", type=Path, help="where the README's pictures go")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        workspace = arguments.workspace or Path(folder) / "workspace"
        bench = open_workbench(load_settings(None, {"workspace": workspace}))
        try:
            with served(bench) as url:
                take_all(bench, url, arguments.out)
        finally:
            bench.close()
    if arguments.readme is not None:
        convert(arguments.out, arguments.readme)


def convert(pictures: Path, folder: Path) -> None:
    """Write the README's pictures: desktop, light."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, screen in README.items():
        with Image.open(pictures / f"{screen}-desktop-light.png") as picture:
            picture.convert("RGB").save(folder / f"{name}.webp", quality=80, method=6)
    copyfile(pictures / "tour.webp", folder / "tour.webp")


def take_all(bench: Any, url: str, out: Path) -> None:
    """Take the pictures of the first start, then those of every finished screen."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        page = browser.new_page()
        bench.jobs.start_preparation()
        first = Screen("first-start", "view=overview", ".sl-tile, .sl-lead-one img")
        for screen in (first, Screen("streaming", "view=overview", ".sl-kpi")):
            shoot(page, f"{url}/?{screen.address}", out / f"{screen.name}.png", screen)
            wait(bench, "evaluate")
            time.sleep(3)
        bench.jobs.cancel(wait=True)
        stopped = Screen("stopped", "view=queries", "#sl-flow .lines")
        shoot(page, f"{url}/?{stopped.address}", out / "stopped.png", stopped)
        bench.jobs.start_preparation()
        wait(bench, "done")
        for screen in screens(bench):
            for size in SIZES:
                for theme in THEMES:
                    path = out / f"{screen.name}-{size}-{theme}.png"
                    address = f"{url}/?{screen.address}&__theme={theme}"
                    shoot(page, address, path, screen, size)
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(f"{url}/?__theme=light")
        page.click(".sl-protocol >> text=receipt")
        page.screenshot(path=out / "receipt.png")
        take_tour(page, url, out / "tour.webp")
        browser.close()


@dataclass(frozen=True, slots=True)
class Screen:
    """A state of the page to take a picture of.

    Attributes:
        name: of the file.
        address: the query string that opens it.
        drawn: selector of what appears when it is drawn; scrolled into view on a desktop.
        press: selector of what to click first.
        below: selector of what is drawn when it is seen, and so is scrolled to first.
    """

    name: str
    address: str
    drawn: str
    press: str | None = None
    below: str | None = None


def screens(bench: Any) -> list[Screen]:
    """Return every screen and state, in the order of the tabs."""
    outcomes = sorted(bench.runs.outcomes(Fusion(100, 0.0, 1.0)), key=lambda o: o.delta)
    others = [entry.run_id for entry in bench.saved.entries().entries[1:2]]
    rivals = [
        s.scorer_id
        for s in bench.scorers.entries()
        if not s.is_own and s.scorer_id != DESCRIPTOR_ID
    ][:1]
    flow, third = "#sl-flow .lines", '[data-strip="third"] [data-card]'
    steady, done = outcomes[len(outcomes) // 2].query_id, "#sl-pt-bar .sl-pt-done"
    return [
        Screen("overview", "view=overview", ".sl-lead-one img"),
        Screen(
            "overview-scatter", "view=overview", "#sl-scatter .points path", below="#sl-scatter"
        ),
        Screen("queries", "view=queries", "#sl-flow .lines"),
        Screen("harmed", f"view=queries&query={outcomes[0].query_id}", flow),
        Screen("rescued", f"view=queries&query={outcomes[-1].query_id}", flow),
        *[
            Screen("third", f"view=queries&query={outcomes[0].query_id}&third={name}", third)
            for name in rivals
        ],
        Screen("pair-empty", "view=pair", "#sl-pair-top .sl-empty"),
        Screen("pair", f"view=pair&query={outcomes[-1].query_id}", ".sl-pair-overlay [data-map]"),
        Screen("perturb-empty", "view=perturb", "#sl-pt-empty .sl-pt-begin"),
        Screen("perturb-curve", f"view=perturb&query={steady}&pert=blur", done),
        Screen("perturb-all", f"view=perturb&query={steady}&pert=all", done),
        Screen("perturb-set-before", "view=perturb&set=hardest:10", "#sl-pts-bar button"),
        Screen(
            "perturb-set",
            "view=perturb&set=hardest:10",
            "#sl-pts-bar .sl-pt-done",
            press="#sl-pts-bar button",
        ),
        Screen("perturb-surface", f"view=perturb&query={steady}&pert=blur&with=contrast", done),
        Screen(
            "perturb-candidate",
            f"view=perturb&query={steady}&pert=brightness&pair=positive&side=candidate",
            done,
        ),
        Screen(
            "perturb-detail",
            f"view=perturb&query={steady}&pert=scale&strength=0.25&detail=1",
            "#sl-pt-after .sl-card",
        ),
        Screen("failures", "view=failures", "#sl-fl-ledger .sl-fl-bar"),
        Screen("failures-suspects", "view=failures", "#sl-fl-suspects .sl-fl-suspect"),
        Screen("failures-slice", "view=queries&slice=tag:light%3Dwarm", "#sl-list .sl-slice-line"),
        *[
            Screen(name, f"view=failures&{of}", "#sl-fl-map .main-svg", below="#sl-fl-map-part")
            for name, of in (
                ("failures-map", "slice=tag:light%3Dwarm"),
                ("failures-map-instance", "colour=instance"),
            )
        ],
        Screen("annotate-empty", "view=annotate", ".sl-an-invitation"),
        Screen("annotate", "view=annotate&queue=hard", ".sl-an-pair"),
        Screen("annotate-suspect", "view=annotate&queue=suspect", ".sl-an-pair"),
        Screen("runs", "view=runs", "#sl-run-plot .points path"),
        *[
            Screen("runs-compared", f"view=runs&against={other}", "#sl-run-versus")
            for other in others
        ],
        Screen("fused", f"view=queries&query={outcomes[-1].query_id}&lam=0.5&depth=40", flow),
    ]


def shoot(page: Any, url: str, path: Path, screen: Screen, size: str = "desktop") -> None:
    """Open an address, press what is to be pressed, and take the picture of what is drawn then."""
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    started = time.monotonic()
    page.goto(url)
    if screen.press is not None:
        page.click(screen.press)
    if screen.below is not None:
        page.locator(screen.below).scroll_into_view_if_needed(timeout=SLOWEST_MS)
    drawn = f"{screen.drawn} >> visible=true"
    page.wait_for_selector(drawn, timeout=SLOWEST_MS)
    if size != "phone":  # of which the whole page is taken
        page.eval_on_selector(drawn, "node => node.scrollIntoView({ block: 'nearest' })")
    seconds = time.monotonic() - started
    time.sleep(0.8)
    page.screenshot(path=path, full_page=size == "phone")
    log.info("%s  %.1f s to the first drawing", path.name, seconds)


def wait(bench: Any, stage: str) -> None:
    """Wait until the preparation reaches a stage, or its end."""
    while bench.jobs.status().state == "running" and bench.jobs.status().stage != stage:
        time.sleep(0.2)


if __name__ == "__main__":
    main()
