"""What a first visit of the page costs: time to five pictures, blocked main thread, bytes.

Run `python -m tests.benchmarks.first_visit URL [URL ...] [--rounds 3] [--open VIEW ...]` on servers
that are up; several are visited in turn, so that they can be compared within one run. Every round
has a browser profile of its own. A task over 50 ms blocks by what it takes above 50 ms; tasks are
summed until three seconds after the fifth picture. `--open` then opens screens one after the other
and tells what each first opening blocks.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from typing import Any

from tests.chromium import CHROMIUM, CHROMIUM_ARGS

PICTURES = 5
AFTER_MS = 3000
WATCH = """
window.tasks = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) window.tasks.push([one.startTime, one.duration]);
}).observe({ type: 'longtask', buffered: true });
window.seen = () => [...document.images].filter((image) => image.complete && image.naturalWidth > 8
  && image.checkVisibility() && image.getBoundingClientRect().top < innerHeight).length;
"""
BLOCKED = """([from, to]) => window.tasks.filter(([at]) => at >= from && at < to)
  .reduce((sum, [, ms]) => sum + ms - 50, 0)"""
LONGEST = (
    """([from]) => Math.max(0, ...window.tasks.filter(([at]) => at >= from).map(([, ms]) => ms))"""
)


def visit(browser: Any, url: str, views: Sequence[str]) -> dict[str, float]:
    """Return one visit's figures: seconds, bytes on the wire, and counts."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH)
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    found = {"bytes": 0.0, "requests": 0.0}
    client.on("Network.loadingFinished", lambda one: _add(found, one["encodedDataLength"]))
    page.goto(url, wait_until="commit")
    page.wait_for_function(f"window.seen() >= {PICTURES}", timeout=120_000, polling=20)
    found["pictures_s"] = page.evaluate("performance.now()") / 1000
    page.wait_for_timeout(AFTER_MS)
    until = page.evaluate("performance.now()")
    found["blocked_s"] = page.evaluate(BLOCKED, [0, until]) / 1000
    found["longest_after_ms"] = page.evaluate(LONGEST, [found["pictures_s"] * 1000])
    for view in views:
        begin = page.evaluate("performance.now()")
        page.get_by_role("tab", name=view.capitalize()).click()
        page.wait_for_timeout(AFTER_MS)
        end = page.evaluate("performance.now()")
        found[f"{view}_blocked_s"] = page.evaluate(BLOCKED, [begin, end]) / 1000
    context.close()
    return found


def _add(found: dict[str, float], size: float) -> None:
    found["bytes"] += size
    found["requests"] += 1


def main(arguments: Sequence[str]) -> int:
    """Print the median of every figure, by address."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--open", nargs="*", default=[], dest="views")
    asked = parser.parse_args(arguments)
    rounds: dict[str, list[dict[str, float]]] = {url: [] for url in asked.url}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        for _ in range(asked.rounds):
            for url, found in rounds.items():
                found.append(visit(browser, url, asked.views))
        browser.close()
    medians = {
        url: {name: round(statistics.median(one[name] for one in found), 3) for name in found[0]}
        for url, found in rounds.items()
    }
    sys.stdout.write(json.dumps(medians, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
