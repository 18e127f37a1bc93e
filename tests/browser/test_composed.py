"""Composed queries in a browser: the demo's tables of texts, the embedded model, real scores."""

import csv

import numpy as np
import pytest

from core.assembly.bench import open_workbench
from core.settings import load_settings
from core.types.annotation import QueueSpec
from core.types.orders import Fusion
from core.types.query_text import picture_of
from tests.browser.conftest import DESKTOP, PHONE, scroll_to
from tests.browser.desk import all_saved, at_pair, sign
from tests.browser.servers import served

pytestmark = pytest.mark.browser
QUERY = "images/bag_46_q2.jpg#1"
HOSTILE = "<img src=x onerror=alert(1)> <|im_end|> in green"
SLOW_MS = 60_000
DEPTH = 6


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    settings = {
        "format": "tables:composed",
        "workspace": tmp_path_factory.mktemp("composed") / "w",
        "ranking.depth": DEPTH,
    }
    bench = open_workbench(load_settings(None, settings))
    list(bench.runs.build_index())
    list(bench.queries.score(QUERY, DEPTH))
    import_vectors(bench, tmp_path_factory.mktemp("vectors"))
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def url(bench):
    with served(bench) as url:
        yield url


def import_vectors(bench, folder) -> None:
    """A second descriptor of the workspace; its vectors are drawn."""
    rows = bench.queries.rows(Fusion(DEPTH, 0.0, 1.0))
    ids = sorted({picture_of(row.query_id) for row in rows})
    ids += [card.image_id for card in bench.queries.inspect(QUERY, Fusion(DEPTH, 0, 1), 441).before]
    drawn = np.random.default_rng(0).standard_normal((len(ids), 8)).astype(np.float32)
    np.save(folder / "drawn.npy", drawn)
    (folder / "ids.txt").write_text("\n".join(ids), encoding="utf-8")
    file, named = folder / "drawn.npy", folder / "ids.txt"
    list(bench.exchange.import_vectors(file, "drawn", ids=named, replace=False))


def ways(page) -> list[str]:
    return page.locator(".sl-asked-rows tbody th").all_inner_texts()


@pytest.mark.parametrize(("size", "theme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_a_text_is_edited_and_each_half_asked_alone(open_page, url, size, theme):
    page = open_page(f"{url}/?view=queries&query={QUERY.replace('#', '%23')}&__theme={theme}", size)
    page.set_default_timeout(SLOW_MS)
    page.wait_for_selector(".sl-query q:has-text('with other art, in green')")
    assert "first stage: image alone; mllm: image and text" in page.inner_text(".sl-query")
    scroll_to(page, "#sl-asked")
    page.fill("[data-ask] input", HOSTILE)
    page.click("[data-ask] >> text=Ask with this text")
    page.wait_for_selector(".sl-asked-rows tr[aria-current] :text('onerror')")
    page.click("[data-ask-way='text alone']")
    page.wait_for_selector(".sl-asked-rows tr[aria-current] >> text=the text alone")
    page.click("[data-ask-way='image alone']")
    page.wait_for_selector(".sl-asked-rows tr[aria-current] >> text=the image alone")
    page.wait_for_selector(".sl-asked-rows tr[aria-current] >> text=/\\d+%, (the same|another)/")
    assert sorted(ways(page)) == sorted(
        ["“with other art, in green”", f"“{HOSTILE}”", "the text alone", "the image alone"]
    )
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_no_text_is_refused_beside_the_form(open_page, url):
    address = f"{url}/?view=queries&query={QUERY.replace('#', '%23')}"
    page = open_page(address, forgive="422")
    page.set_default_timeout(SLOW_MS)
    scroll_to(page, "#sl-asked")
    page.fill("[data-ask] input", "   ")
    page.click("[data-ask] >> text=Ask with this text")
    page.wait_for_selector("#sl-asked [role='alert'] >> text=no text to ask with")


def test_each_word_is_left_out_on_a_pair(open_page, url):
    page = open_page(f"{url}/?view=pair&query={QUERY.replace('#', '%23')}")
    page.set_default_timeout(SLOW_MS)
    page.wait_for_selector("#sl-pair q:has-text('with other art, in green')")
    page.click("[data-job-start='pair/text_words']")
    page.wait_for_selector("#sl-pair-text :text('the whole text')")
    words = page.locator(".sl-pair-word")
    page.wait_for_function("document.querySelectorAll('.sl-pair-word').length === 5")
    assert words.all_inner_texts() == ["with", "other", "art,", "in", "green"]


def test_queries_that_ignore_a_half_are_listed_and_open(open_page, url):
    page = open_page(f"{url}/?view=failures")
    page.set_default_timeout(2 * SLOW_MS)
    page.locator("#sl-fl-parts-part").scroll_into_view_if_needed()
    page.click("[data-job-start='failures/parts']")
    page.wait_for_selector("#sl-fl-parts >> text=90 of 90 composed queries scored all three ways")
    page.locator(".sl-fl-parts-row").first.click()
    page.wait_for_selector(".sl-query .sl-asked-text")
    assert "view=queries" in page.url


def test_pairs_alike_and_unlike_are_mined_judged_and_written(open_page, url, bench, tmp_path):
    page = open_page(f"{url}/?view=annotate")
    page.set_default_timeout(SLOW_MS)
    mined = "unlike:mllm but not import:drawn"
    page.wait_for_selector(f'[data-an-queue] option[value="{mined}"]', state="attached")
    page.select_option("[data-an-queue]", mined)
    page.wait_for_selector(".sl-an-pair q")  # what the query says stands under its picture
    sign(page)
    for number in range(10):
        at_pair(page, number + 1)
        page.keyboard.press("n")
        page.keyboard.type(f"difference {number}")
        page.keyboard.press("Enter")
        all_saved(page)
        page.keyboard.press("j")
    file = tmp_path / "pairs.csv"
    spec, fusion = QueueSpec("unlike", mined.partition(":")[2]), Fusion(DEPTH, 0.0, 1.0)
    list(bench.pair_texts.save(file, spec, fusion, None, in_words=False))
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    assert [row["text"] for row in rows[:11]] == [*(f"difference {n}" for n in range(10)), ""]
    assert all("#" not in row["image"] for row in rows)
