"""How long the page takes to answer: another query from cache, another query cold, a slider step.

Run `python -m tests.benchmarks.page --workspace DIR [--picks 30]` on a copy of a prepared workspace
of the embedded demo. Times are the browser's own, from the choice to the frame after the last
picture in sight is decoded. Cold picks use a workspace of their own that is indexed but not scored.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.assembly.bench import open_workbench
from core.settings import load_settings
from core.types.orders import Fusion
from tests.browser.servers import served
from tests.chromium import CHROMIUM, CHROMIUM_ARGS

COLD_DEPTH, COLD_PICKS = 50, 8
CARDS = 20
AIMS_MS = {"cached_ms": 150, "cold_ms": 900, "slider_ms": 100}
MEASURE = """
const frame = () => new Promise((done) => requestAnimationFrame(done));
const seen = (image) => {
  const box = image.getBoundingClientRect();
  const strip = image.closest('[data-strip]').getBoundingClientRect();
  return box.right > strip.left && box.left < strip.right
    && box.bottom > 0 && box.top < innerHeight;
};
const strips = () => [...document.querySelectorAll('.sl-strips [data-strip]')];
window.painted = async (isThere, cards) => { // resolves in the frame after the last picture
  while (!isThere()) await frame();
  const inDom = performance.now();
  const first = strips().flatMap((s) => [...s.querySelectorAll('[data-card]')].slice(0, cards));
  await Promise.all(first.map((c) => c.querySelector('img')).filter(seen).map((i) => i.decode()));
  await frame();
  await new Promise((done) => { // a message is handled once that frame is on its way
    const { port1, port2 } = new MessageChannel();
    port2.onmessage = done;
    port1.postMessage(null);
  });
  return inDom;
};
window.measurePick = async ([query, cards]) => {
  const started = performance.now();
  SecondLook.patch({ query });
  const inDom = await painted(() => strips().length > 1
    && strips().every((s) => s.dataset.of === query
      && s.querySelectorAll('[data-card]').length >= cards)
    && document.querySelector('#sl-panel h2')?.title === query, cards);
  return [performance.now() - started, inDom - started];
};
window.measureSlider = async ([lam, cards]) => {
  const slider = document.querySelector('[data-slider=lam]');
  const started = performance.now();
  slider.value = lam;
  slider.dispatchEvent(new Event('input', { bubbles: true }));
  const inDom = await painted(() => document.querySelector('#sl-after header')?.textContent
    .includes(`λ = ${lam}`), cards);
  return [performance.now() - started, inDom - started];
};
"""


def main() -> None:
    """Measure and print JSON: medians, 90th percentiles, aims, and the machine's load."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--picks", type=int, default=30)
    given = parser.parse_args()
    found: dict[str, Any] = {"load_before": os.getloadavg()[0]}
    found |= cached(given.workspace, given.picks)
    found |= cold()
    found |= {"load_after": os.getloadavg()[0], "cpus": os.cpu_count(), "aims": AIMS_MS}
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


def cached(workspace: Path, picks: int) -> dict[str, Any]:
    """Choose queries whose scores and pictures are there, then move a slider."""
    bench = open_workbench(load_settings(None, {"workspace": workspace}))
    try:
        bench.jobs.start_preparation()
        while bench.jobs.status().state == "running":
            time.sleep(0.2)
        depth = bench.info.default_depth
        rows = bench.queries.rows(Fusion(depth, 0.0, 1.0))
        ids = [row.query_id for row in rows if row.outcome is not None][: picks + 1]
        with served(bench) as url, Browser() as browser:
            page = browser.open(f"{url}/?view=queries&sort=name&query={ids[-1]}")
            first = [page.evaluate(f"measurePick([{both(i)}])") for i in ids[:-1]]
            page.evaluate(f"measurePick([{both(ids[-1])}])")
            again = [page.evaluate(f"measurePick([{both(i)}])") for i in ids[:-1]]
            steps = [round(0.02 + 0.03 * i, 2) for i in range(picks)]
            moved: list[list[float]] = []
            for lam in steps:
                moved.append(page.evaluate(f"measureSlider([{lam}, {CARDS}])"))
                page.wait_for_timeout(150)  # a hand that rests, so that no step waits for another
    finally:
        bench.close()
    return {
        "first_sight_ms": told(first),
        "cached_ms": told(again),
        "slider_ms": told(moved),
    }


def cold() -> dict[str, Any]:
    """Choose queries of which no pair is scored and no picture made."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {"workspace": Path(folder) / "work", "ranking.depth": COLD_DEPTH}
        bench = open_workbench(load_settings(None, settings))
        try:
            for _ in bench.runs.build_index():
                pass
            rows = bench.queries.rows(Fusion(COLD_DEPTH, 0.0, 1.0))
            ids = [row.query_id for row in rows][:: max(1, len(rows) // (COLD_PICKS + 1))]
            times: list[list[float]] = []
            whole: list[list[float]] = []
            with served(bench) as url, Browser() as browser:
                page = browser.open(f"{url}/?view=queries&sort=name&query={ids[0]}")
                for query in ids[1 : COLD_PICKS + 1]:
                    page.wait_for_selector(f"#sl-panel >> text={COLD_DEPTH} of {COLD_DEPTH}")
                    started = time.perf_counter()
                    times.append(page.evaluate(f"measurePick([{both(query)}])"))
                    page.wait_for_selector(f"#sl-panel >> text={COLD_DEPTH} of {COLD_DEPTH}")
                    whole.append([1000 * (time.perf_counter() - started)] * 2)
        finally:
            bench.close()
    return {"cold_ms": told(times), "cold_all_scored_ms": told(whole)}


def both(query: str) -> str:
    """Return a query and the number of cards as JavaScript arguments."""
    return f"{json.dumps(query)}, {CARDS}"


def told(times: Sequence[Sequence[float]]) -> dict[str, float]:
    """Return the median until painted and until in the page, and the 90th percentile, in ms."""
    painted = sorted(one[0] for one in times)
    return {
        "median": round(statistics.median(painted), 1),
        "p90": round(painted[int(0.9 * (len(painted) - 1))], 1),
        "in_page_median": round(statistics.median(one[1] for one in times), 1),
        "n": len(painted),
    }


class Browser:
    """Chromium with one page at desktop size that has the measuring script."""

    def __enter__(self) -> "Browser":
        """Start it."""
        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_ARGS
        )
        return self

    def open(self, url: str) -> Any:
        """Open an address and wait for its cards."""
        page = self._browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(120_000)
        page.add_init_script(MEASURE)
        page.goto(url)
        page.wait_for_selector('[data-strip="after"] [data-card] >> nth=19')
        page.wait_for_selector("#sl-flow .lines")
        page.wait_for_timeout(1000)
        return page

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self._browser.close()
        self._playwright.stop()


if __name__ == "__main__":
    main()
