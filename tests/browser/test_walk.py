"""A walk: four questions, each answered from the page alone in at most four actions.

The corpus is a part of the embedded demo in which re-ranking lets an intruder in front. What the
answers should be comes from the bench itself, never from the page.
"""

import csv
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest

from core.assembly.bench import open_workbench
from core.settings import DEMO_CORPUS, POCKET_MODEL, load_settings
from core.types.orders import Fusion
from core.workbench import Workbench
from tests.browser.servers import served
from ui.screens.perturb.selection import requests_of
from ui.screens.perturb.words import breaking_text
from ui.shared.screen import read_state

DEPTH = 20
MOST_ACTIONS = 4
FAMILY = "images/pouch_"
QUERIES = ("pouch_28_q1", "pouch_31_q1", "pouch_31_q2")
SLOW_MS = 120_000


def part_of_the_demo(root: Path) -> Path:
    with (DEMO_CORPUS / "manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    kept = [
        row
        for row in rows
        if row["image"].startswith(FAMILY)
        and (row["role"] != "query" or Path(row["image"]).stem in QUERIES)
    ]
    for name in (row[column] for row in kept for column in ("image", "mask") if row[column]):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(DEMO_CORPUS / name, root / name)
    with (root / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(kept)
    return root


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Iterator[Workbench]:
    if not (DEMO_CORPUS / "manifest.csv").exists() or not POCKET_MODEL.exists():
        pytest.skip("assets/ holds no demo corpus or no embedded model")
    folder = tmp_path_factory.mktemp("walk")
    corpus = part_of_the_demo(folder / "part")
    bench = open_workbench(
        load_settings(
            None, {"corpus": corpus, "workspace": folder / "work", "ranking.depth": DEPTH}
        )
    )
    list(bench.runs.build_index())
    list(bench.runs.evaluate(DEPTH))
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def url(bench) -> Iterator[str]:
    with served(bench) as url:
        yield url


@pytest.fixture
def worst(bench):
    """The query that lost most AP."""
    return min(bench.runs.outcomes(Fusion(DEPTH, 0.0, 1.0)), key=lambda outcome: outcome.delta)


@pytest.fixture
def intruder(bench, worst) -> str:
    """The negative that the re-ranker puts first."""
    view = bench.queries.inspect(worst.query_id, Fusion(DEPTH, 0.0, 1.0))
    first = min(view.after, key=lambda card: card.rank_after)
    assert first.relation == "negative"
    return first.image_id


class Walker:
    """Someone at the Overview whose clicks and keys are counted."""

    def __init__(self, page) -> None:
        self.page = page
        self.actions = 0
        page.set_default_timeout(SLOW_MS)
        self.harm = page.locator('[aria-label="Worst harm"]')
        self.harm.wait_for()

    def click(self, target) -> None:
        self.actions += 1
        target.click()

    def reads(self, selector: str, pattern: str) -> str:
        node = self.page.locator(selector, has_text=re.compile(pattern)).first
        node.wait_for()
        return node.inner_text()


@pytest.fixture
def walker(open_page, url) -> Walker:
    return Walker(open_page(f"{url}/?view=overview"))


def test_which_query_lost_most(walker, worst):
    assert walker.harm.locator(".sl-lead-query b").inner_text() == Path(worst.query_id).name
    text = walker.harm.inner_text()
    assert f"{worst.ap_before:.3f} → {worst.ap_after:.3f}" in text
    assert walker.actions <= MOST_ACTIONS


def test_by_which_intruder(walker, intruder):
    assert walker.harm.locator(".sl-led-by b").inner_text() == Path(intruder).name
    walker.click(walker.harm.locator(".sl-lead-query"))
    first = walker.page.locator('[data-strip="after"] [data-card]').first
    first.wait_for()
    assert first.get_attribute("data-card") == intruder
    assert "intruder" in first.inner_text()
    assert walker.actions <= MOST_ACTIONS


def test_what_in_the_pair_carried_the_score(walker, bench, worst, intruder):
    walker.click(walker.harm.locator(f'[data-candidate="{intruder}"]').last)
    told = walker.reads("#sl-pair-attribution .sl-pair-sums div:has(dt:text('candidate'))", "most")
    map_ = bench.pairs.attribution(worst.query_id, intruder).candidate
    row, column = np.unravel_index(np.nanargmax(map_.nats), map_.nats.shape)
    across = (map_.column_edges[column] + map_.column_edges[column + 1]) / 2
    down = (map_.row_edges[row] + map_.row_edges[row + 1]) / 2
    assert f"{np.nanmax(map_.nats):+.2f} nats at {across:.0%} across, {down:.0%} down" in told
    drawn = walker.page.locator('[data-side="candidate"] .sl-pair-overlay [data-map]')
    assert drawn.is_visible()
    assert walker.actions <= MOST_ACTIONS


def test_at_what_blur_it_breaks(walker, bench, worst, intruder):
    walker.click(walker.harm.locator(f'[data-candidate="{intruder}"]').last)
    walker.click(walker.page.get_by_role("tab", name="Perturb"))
    walker.page.wait_for_selector("#sl-pt-bar .sl-pt-done")
    told = walker.reads(".sl-pt-kpis .sl-kpi >> nth=0", "hard negative")
    address = urlencode({"view": "perturb", "query": worst.query_id, "candidate": intruder})
    (request,) = requests_of(bench, read_state(bench, address))
    *_, curve = bench.robustness.sweep(request)
    assert breaking_text(curve) in told
    assert walker.actions <= MOST_ACTIONS
