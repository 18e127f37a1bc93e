"""What a first visit of the page costs, of one or more servers that are up, by turns.

Run `python -m tests.benchmarks.first_visit URL [URL ...] [--rounds 5] [--query ID] [--out FILE]`.
The addresses may be of different checkouts on the same corpus: every round visits each of them, so
that they are compared within one run; their preparation must be done. Every visit has a browser
profile of its own. Printed are medians over the rounds, and each address's figures divided by the
last one's.

- A task over 50 ms blocks by what it takes above 50 ms. `blocked_s` is the sum until three seconds
  after the fifth picture, `open_SCREEN_blocked_s` that of a screen's first opening,
  `first_longest_ms` the longest task in the three seconds after the fifth picture, `longest_ms`
  that of the whole visit, openings included. Those with `cpu` are in CPU time of the page's main
  thread, which other work on the machine does not lengthen.
- Bytes are those on the wire, headers included; `bytes` until three seconds after the fifth
  picture, `bytes_before_plot` until the drawing library was asked for.
- `slow_...` are seconds from the start of a visit on a line of 5 Mbit/s with 100 ms: until five
  pictures are there, and until the first plot, to which is scrolled when they are.
  `slow_perturb_s` are seconds from the click on Perturb to its first plot.
- `pick_ms` and `slider_ms` are as `tests.benchmarks.page` measures them: until the cards of another
  query, and of another λ, are painted.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.benchmarks import page_tasks
from tests.benchmarks.page import CARDS, MEASURE
from tests.chromium import CHROMIUM, CHROMIUM_ARGS

PICTURES = 5
AFTER_MS = 3000
SCREENS = ("queries", "pair", "perturb", "failures", "annotate", "runs")
"""Screens that both a new and an old page have, but for the one in front."""
LINE = {"latency": 100, "downloadThroughput": 625_000, "uploadThroughput": 625_000}
"""5 Mbit/s in bytes per second, and milliseconds."""
PICKS = 12
QUERY = "images/bag_46_q1.jpg"
"""Of the embedded demo; a query is chosen, so that Perturb has a plot."""
LIBRARY = "plotly"
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
    """(from) => Math.max(0, ...window.tasks.filter(([at]) => at >= from).map(([, ms]) => ms))"""
)
_SCATTER, _CURVE = "#sl-scatter .main-svg", "#sl-pt-response .main-svg"


@contextmanager
def opened(browser: Any, *scripts: str) -> Iterator[tuple[Any, Any]]:
    """Yield an empty page in a profile of its own, and its DevTools session."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(120_000)
    for script in (WATCH, *scripts):
        page.add_init_script(script)
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    try:
        yield page, client
    finally:
        context.close()


class Traffic:
    """Counts what comes, and what had come when the drawing library was asked for."""

    def __init__(self, client: Any) -> None:
        self.n_bytes, self.n_requests = 0.0, 0
        self.before_plot: float | None = None
        client.on("Network.requestWillBeSent", self._sent)
        client.on("Network.loadingFinished", self._came)

    def _sent(self, one: dict[str, Any]) -> None:
        if self.before_plot is None and LIBRARY in one["request"]["url"]:
            self.before_plot = self.n_bytes

    def _came(self, one: dict[str, Any]) -> None:
        self.n_bytes += one["encodedDataLength"]
        self.n_requests += 1


def visit(browser: Any, url: str) -> dict[str, float]:
    """Return the figures of a visit of all screens: seconds, milliseconds, bytes and counts."""
    with opened(browser) as (page, client):
        traffic = Traffic(client)
        page_tasks.start(browser, page)
        page.goto(url, wait_until="commit")
        found = {"pictures_s": _pictures(page)}
        page.evaluate("performance.mark('pictures')")
        page.wait_for_timeout(AFTER_MS)
        tasks = page_tasks.stop(browser, "pictures")
        found |= {"blocked_cpu_s": tasks.blocked_s, "first_longest_cpu_ms": tasks.longest_after_ms}
        found["blocked_s"] = page.evaluate(BLOCKED, [0, _now(page)]) / 1000
        found["first_longest_ms"] = page.evaluate(LONGEST, 1000 * found["pictures_s"])
        found |= {"bytes": traffic.n_bytes, "requests": traffic.n_requests}
        page.locator("#sl-scatter").scroll_into_view_if_needed()
        page.wait_for_selector(_SCATTER)
        assert traffic.before_plot is not None, f"{url}: a plot was drawn without its library"
        found["bytes_before_plot"] = traffic.before_plot
        for screen in SCREENS:
            begin = _now(page)
            page.get_by_role("tab", name=screen.capitalize()).click()
            page.wait_for_timeout(AFTER_MS)
            found[f"open_{screen}_blocked_s"] = page.evaluate(BLOCKED, [begin, _now(page)]) / 1000
        found["longest_ms"] = page.evaluate(LONGEST, 1000 * found["pictures_s"])
        return found


def slow_visit(browser: Any, url: str) -> dict[str, float]:
    """Return how long pictures and plots take on a slow line, in seconds."""
    with opened(browser) as (page, client):
        client.send("Network.emulateNetworkConditions", {"offline": False, **LINE})
        page.goto(url, wait_until="commit")
        found = {"slow_pictures_s": _pictures(page)}
        page.locator("#sl-scatter").scroll_into_view_if_needed()
        page.wait_for_selector(_SCATTER)
        found["slow_plot_s"] = _now(page) / 1000
    with opened(browser) as (page, client):
        client.send("Network.emulateNetworkConditions", {"offline": False, **LINE})
        page.goto(url, wait_until="commit")
        _pictures(page)
        begin = _now(page)
        page.get_by_role("tab", name="Perturb").click()
        page.wait_for_selector(f"{_CURVE} >> visible=true")
        found["slow_perturb_s"] = (_now(page) - begin) / 1000
    return found


def answers(browser: Any, url: str, turn: int) -> dict[str, float]:
    """Return the medians of choosing another query and of a step of a slider, in milliseconds."""
    with opened(browser, MEASURE) as (page, _):
        page.goto(url.replace("view=overview", "view=queries"))
        page.wait_for_selector('[data-strip="after"] [data-card] >> nth=19')
        page.wait_for_selector("#sl-flow .lines")
        rows = "nodes => [...new Set(nodes.map(one => one.dataset.query))]"
        queries = page.eval_on_selector_all(".sl-row[data-query]", rows)
        chosen = queries[1 + turn :: max(1, len(queries) // PICKS)][:PICKS]
        for query in chosen:  # their scores and pictures are at hand from now on
            page.evaluate("measurePick", [query, CARDS])
        picked: list[list[float]] = []
        for query in chosen:
            page.wait_for_timeout(150)  # a hand that rests
            picked.append(page.evaluate("measurePick", [query, CARDS]))
        moved: list[list[float]] = []
        for step in range(PICKS):
            page.wait_for_timeout(150)
            lam = round(0.02 + 0.03 * step + 0.01 * (turn % 3), 2)
            moved.append(page.evaluate("measureSlider", [lam, CARDS]))
    return {
        "pick_ms": statistics.median(one[0] for one in picked),
        "slider_ms": statistics.median(one[0] for one in moved),
    }


def _pictures(page: Any) -> float:
    """Wait for five pictures; return seconds since the visit began."""
    page.wait_for_function(f"window.seen() >= {PICTURES}", polling=20)
    return _now(page) / 1000


def _now(page: Any) -> float:
    return page.evaluate("performance.now()")


def medians(rounds: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the median of every figure, to four digits."""
    return {
        name: float(f"{statistics.median(one[name] for one in rounds):.4g}") for name in rounds[0]
    }


def ratios(found: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    """Return every figure divided by another page's, where that is not 0."""
    return {name: round(value / other[name], 3) for name, value in found.items() if other[name]}


def main(arguments: Sequence[str]) -> int:
    """Visit by turns; print and, if asked, write the medians by address, and the ratios."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="+", help="such as http://127.0.0.1:7860")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--query", default=QUERY, help="a query of the corpus")
    parser.add_argument("--out", type=Path, help="write the figures there too, as JSON")
    asked = parser.parse_args(arguments)
    at = f"?view=overview&pert=blur&query={quote(asked.query)}"
    rounds: dict[str, list[dict[str, float]]] = {url: [] for url in asked.url}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        for turn in range(asked.rounds):
            for url, found in rounds.items():
                page = f"{url.rstrip('/')}/{at}"
                one = visit(browser, page) | slow_visit(browser, page)
                found.append(one | answers(browser, page, turn))
                sys.stderr.write(f"{url}: round {turn + 1} of {asked.rounds}\n")
        browser.close()
    told = {url: medians(found) for url, found in rounds.items()}
    last = told[asked.url[-1]]
    result = {"rounds": asked.rounds, "medians": told}
    if len(told) > 1:
        result["divided by the last"] = {url: ratios(one, last) for url, one in told.items()}
    text = json.dumps(result, indent=1) + "\n"
    sys.stdout.write(text)
    if asked.out is not None:
        asked.out.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
