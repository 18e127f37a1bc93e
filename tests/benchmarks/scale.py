"""What a large workspace costs: 100,000 database images and 10,000 queries by default.

Run `python -m tests.benchmarks.scale --folder DIR`. The folder is filled first (small drawn images,
ten to an instance; resumable) by colours instead of a model, so that what is measured is the
bench and not the MLLM. Then a fresh process opens it and prints seconds and MiB as JSON.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.gc_pause import paused_collection
from core.workbench import Workbench
from tests.core.stand_ins import ColourScorer, make_workbench
from ui.screens import SCREENS
from ui.screens.queries.screen import show_list
from ui.selection import ViewState
from ui.shared.screen import make_page

SIDE_PX = 32
VIEWS = 10
DEPTH = 10
SLIDER = ((DEPTH, 0.0, 1.0), (DEPTH, 0.5, 1.0))


def main() -> None:
    """Fill the folder, then measure in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--database", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=10_000)
    given = parser.parse_args()
    make_corpus(given.folder / "corpus", given.database, given.queries)
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(1) as pool:
        made = pool.apply(prepare, (given.folder,))
    with spawn.Pool(1) as pool:
        found = pool.apply(measure, (given.folder,))
    with spawn.Pool(1) as pool:
        found |= pool.apply(browse, (given.folder,))
    sys.stdout.write(json.dumps(made | found, indent=1) + "\n")


def make_corpus(folder: Path, n_database: int, n_queries: int) -> None:
    """Draw every image that is missing and write the manifest."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    lines = ["image,role,instance"]
    for role, n in (("database", n_database), ("query", n_queries)):
        for i in range(n):
            name = f"images/{role}_{i:06d}.png"
            lines.append(f"{name},{role},object_{i % (n_database // VIEWS):05d}")
            if not (folder / name).exists():
                draw(i % (n_database // VIEWS), (i, role == "query")).save(folder / name)
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def draw(instance: int, view: tuple[int, bool]) -> Image.Image:
    """Return a 4 x 4 field of the instance's colours with the view's noise."""
    field = np.random.default_rng(instance).integers(30, 226, (4, 4, 3))
    noise = np.random.default_rng([instance, *view]).integers(-25, 26, (4, 4, 3))
    pixels = np.clip(field + noise, 0, 255).astype(np.uint8)
    return Image.fromarray(pixels).resize((SIDE_PX, SIDE_PX), Image.Resampling.NEAREST)


def opened(folder: Path) -> Workbench:
    """Open the workbench of the folder."""
    return make_workbench(
        folder / "corpus",
        folder / "workspace",
        scorer=ColourScorer(batch=DEPTH),
        **{"ranking.depth": DEPTH, "retrieval.shortlist": 100},
    )


def prepare(folder: Path) -> dict[str, Any]:
    """Index and evaluate; what was done before is read from the workspace."""
    bench = opened(folder)
    try:
        index, _ = timed(lambda: consume(bench.runs.build_index()))
        evaluate, _ = timed(lambda: consume(bench.runs.evaluate(DEPTH)))
    finally:
        bench.close()
    return {"prepare_index_s": index, "prepare_evaluate_s": evaluate}


def measure(folder: Path) -> dict[str, Any]:
    """Open a prepared workspace and do what the screens do."""
    seconds: dict[str, Any] = {}
    seconds["open_s"], bench = timed(lambda: opened(folder))
    try:
        page = make_page(bench, SCREENS)
        rows = bench.queries.rows(*SLIDER[0])
        seconds["list_first_rows_s"], html = timed(lambda: show_list(page, ViewState()))
        seconds["list_kib"] = len(html) / 1024
        seconds["open_index_s"], _ = timed(lambda: consume(bench.runs.build_index()))
        seconds["one_query_s"], _ = timed(
            lambda: bench.queries.inspect(rows[-1].query_id, *SLIDER[0])
        )
        seconds["opened_mib"] = resident_mib()
        seconds["evaluate_cached_s"], _ = timed(lambda: consume(bench.runs.evaluate(DEPTH)))
        for name, setting in zip(("first", "moved"), SLIDER, strict=True):
            seconds[f"outcomes_{name}_s"], _ = timed(lambda s=setting: bench.runs.outcomes(*s))
        seconds["outcomes_again_s"], _ = timed(lambda: bench.runs.outcomes(*SLIDER[1]))
        seconds["summary_s"], _ = timed(lambda: bench.runs.summary(*SLIDER[1]))
        seconds["evaluated_mib"] = resident_mib()
    finally:
        bench.close()
    return seconds


def browse(folder: Path) -> dict[str, Any]:
    """Start the bench and its page, and wait as a user does; pictures are made on first sight."""
    from playwright.sync_api import sync_playwright

    seconds: dict[str, Any] = {}
    started = time.perf_counter()
    with paused_collection():  # as `serve` does
        from tests.browser.servers import served
        from tests.chromium import CHROMIUM, CHROMIUM_ARGS
        from ui.server.launch import HEAD_START_S
    bench = opened(folder)
    try:
        with served(bench) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(120_000)
            bench.jobs.start_preparation(HEAD_START_S)
            page.goto(f"{url}/?view=queries")
            page.wait_for_selector("#sl-list .sl-row")
            seconds["page_list_s"] = time.perf_counter() - started
            page.click("#sl-list .sl-row >> nth=0")
            page.wait_for_selector('[data-strip="before"] [data-card] >> nth=9')
            seconds["page_first_cards_s"] = time.perf_counter() - started
            seconds["page_mib_of_html"] = len(page.content()) / 2**20
            while bench.jobs.status().state == "running":
                time.sleep(0.5)
            reload, _ = timed(lambda: page.goto(f"{url}/?view=overview"))
            drawn, _ = timed(lambda: page.wait_for_selector("#sl-scatter .points path"))
            seconds["overview_of_all_queries_s"] = reload + drawn
            seconds["overview_mib_of_html"] = len(page.content()) / 2**20
            browser.close()
    finally:
        bench.close()
    return seconds | {"page_resident_mib": resident_mib()}


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return wall seconds and the result."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def consume(steps: Iterator[Any]) -> None:
    """Run to the end."""
    for _ in steps:
        pass


def resident_mib() -> float:
    """Return the most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
