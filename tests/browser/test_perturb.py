"""The Perturb view in a real browser, over real sweeps of drawn images."""

import time
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from tests.browser.conftest import DESKTOP, PHONE, SLOWEST_MS, is_fault
from tests.browser.servers import served
from tests.conftest import draw_tiny_corpus
from tests.core.stand_ins import ColourScorer, make_workbench
from tests.ui.screens.perturb.drawn import task_of
from ui.screens.perturb.selection import SELECTION_FIELDS

pytestmark = pytest.mark.browser

QUERY = "images/disc_q.png"
DONE = "#sl-pt-bar .sl-pt-done"
N_POINTS = "(document.querySelector('#sl-pt-response .sl-plot')?.data?.[0]?.x.length ?? 0)"
MARGINS = ".sl-pt-level .sl-num"


@dataclass
class SlowScorer(ColourScorer):
    """Takes `pace_s` for every batch."""

    pace_s: float = 0.0

    def score(self, query_tokens, candidates, mass_first=8):
        for batch in super().score(query_tokens, candidates, mass_first):
            time.sleep(self.pace_s)
            yield batch


@pytest.fixture(scope="module")
def scorer():
    return SlowScorer()


@pytest.fixture(scope="module")
def bench(tmp_path_factory, scorer):
    """Eight drawn images, indexed, in a real workbench without weights."""
    root = tmp_path_factory.mktemp("perturb")
    draw_tiny_corpus(root / "tiny")
    bench = make_workbench(root / "tiny", root / "work", scorer=scorer)
    list(bench.runs.build_index())
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def url(bench):
    with served(bench) as url:
        yield url


@pytest.fixture(scope="module")
def faults():
    return []


@pytest.fixture(scope="module")
def opened(context, url, faults):
    """One page for all tests of this file, for a page is seconds and a selection is not."""
    page = context.new_page()
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    page.set_default_timeout(SLOWEST_MS)
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on("console", lambda m: is_fault(m) and faults.append(f"console: {m.text} {m.location}"))
    local = ("http://127.0.0.1:", "data:", "blob:")
    page.on("request", lambda r: r.url.startswith(local) or faults.append(f"foreign: {r.url}"))
    page.goto(f"{url}/?view=perturb")
    page.wait_for_selector(".sl-pt-begin :is(.sl-tile, .sl-pt-start)")
    yield page
    page.close()


@pytest.fixture
def show(opened, bench, scorer, faults):
    """A function that selects in the page, without a reload; afterwards nothing is wrong."""
    scorer.pace_s = 0.0

    def select(done: bool = True, **fields: str):
        chosen = {"view": "perturb", "query": QUERY} | fields
        cleared = dict.fromkeys(SELECTION_FIELDS, "")
        opened.evaluate("(fields) => SecondLook.patch(fields)", cleared | chosen)
        if done:
            wait_until_done(opened, bench, chosen)
        return opened

    yield select
    assert faults == []


def wait_until_done(page, bench, fields: dict[str, str]) -> None:
    """Wait until the page shows that what the fields ask for is measured."""
    key = task_of(bench, urlencode(fields)).key
    page.wait_for_selector(f'#sl-pt-bar[data-of="{key}"] .sl-pt-done')


def measured(page) -> list[str]:
    return [text for text in page.locator(MARGINS).all_inner_texts() if text != "…"]


def n_points(page) -> int:
    return page.evaluate(f"() => {N_POINTS}")


def test_a_curve_streams_stops_within_one_level_and_runs_on(show, scorer):
    scorer.pace_s = 0.4
    page = show(done=False)
    page.wait_for_selector("#sl-pt-bar [role=progressbar]")
    page.wait_for_function(f"() => {N_POINTS} >= 2")
    at_stop = page.evaluate(
        f"() => {{ document.querySelector('#sl-pt-bar [data-job-stop]').click();"
        f" return {N_POINTS}; }}"
    )
    page.wait_for_selector("#sl-pt-bar >> text=Run on")
    time.sleep(1.5)
    assert at_stop <= n_points(page) <= at_stop + 2 < 10  # one may be on its way to the page
    page.click('[data-pt-strength="8"]')
    page.wait_for_selector(".sl-pt-point >> text=not measured yet")
    page.evaluate("""() => {
        window.drawn = new Set();
        document.addEventListener('sl-drawn', (event) => {
            const points = event.target.data?.[0]?.x.length ?? 0;
            if (event.target.closest('#sl-pt-response')) window.drawn.add(points);
        });
    }""")
    page.click("#sl-pt-bar >> text=Run on")
    page.wait_for_selector(DONE)
    page.wait_for_function("() => window.drawn.has(10)")
    assert page.evaluate("window.drawn.size") >= 4
    assert n_points(page) == len(measured(page)) == 10


def test_a_clicked_point_opens_its_image_with_two_strips(show):
    page = show()
    page.evaluate("document.querySelector('#sl-pt-response').scrollIntoView({block: 'center'})")
    point = page.locator("#sl-pt-response .points path").nth(5).bounding_box()
    x, y = point["x"] + point["width"] / 2, point["y"] + point["height"] / 2
    page.mouse.move(x - 2, y - 2)
    page.mouse.move(x, y)
    page.mouse.click(x, y)
    page.wait_for_selector(".sl-pt-point h2 >> text=blur 2 %")
    page.wait_for_selector("#sl-pt-after [data-card]")
    assert page.locator("#sl-pt-before [data-card]").count() == 6
    assert "strength=2&detail=1" in page.url
    assert page.get_attribute('[data-pt-strength="2"]', "aria-checked") == "true"
    page.wait_for_function("() => document.querySelector('.sl-pt-large').naturalWidth > 0")


def test_arrows_and_slider_move_the_level(show):
    page = show(strength="1")
    page.focus('[data-pt-strength="1"]')
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => location.search.includes('strength=1.5')")
    assert page.input_value("[data-pt-level]") == "4"
    page.locator("[data-pt-level]").fill("0")
    page.wait_for_function("() => location.search.includes('strength=0')")
    assert page.inner_text(".sl-pt-strength output") == "0 %"


def test_a_drawn_box_is_used_and_named(show):
    page = show(pert="occlusion")
    page.wait_for_selector(".sl-pt-corners >> text=box from the manifest")
    before = measured(page)
    page.locator("[data-pt-canvas]").scroll_into_view_if_needed()
    frame = page.locator("[data-pt-canvas]").bounding_box()
    page.mouse.move(frame["x"] + frame["width"] * 0.25, frame["y"] + frame["height"] * 0.25)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] * 0.75, frame["y"] + frame["height"] * 0.5)
    page.mouse.up()
    page.wait_for_selector(".sl-pt-corners >> text=box drawn")
    page.wait_for_selector("#sl-pt-summary >> text=box drawn")
    page.wait_for_selector(DONE)
    corners = [int(v) for v in page.input_value('[data-pt-field="box"]').split(",")]
    assert corners == pytest.approx([24, 18, 72, 36], abs=1)
    assert measured(page) != before
    page.click(".sl-pt-corners >> text=clear")
    page.wait_for_selector(".sl-pt-corners >> text=box from the manifest")


def test_all_ten_stream_into_one_grid_and_open(show):
    page = show(pert="all")
    assert page.locator(".sl-pt-panel").count() == 10
    assert page.locator(".sl-pt-panel.sl-pt-wait").count() == 0
    assert page.locator(".sl-pt-table tbody tr").count() == 10
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    page.click('.sl-pt-panel:has-text("tiling")')
    page.wait_for_selector("#sl-pt-strip >> text=copies per side")
    page.wait_for_selector(DONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    assert "pert=tiling" in page.url
    page.evaluate("document.querySelector('#sl-facts').append('')")  # new facts fold the sidebar
    assert page.locator("#sl-side-column .sl-side[open]").count() == 0
    assert page.locator(".sl-pt-recipes[open]").count() == 1
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})


def test_an_uploaded_image_is_swept_without_any_label(show):
    page = show(done=False)
    page.evaluate("""async () => {
        const canvas = new OffscreenCanvas(64, 48);
        const pen = canvas.getContext('2d');
        pen.fillStyle = 'teal'; pen.fillRect(8, 8, 30, 30);
        const blob = await canvas.convertToBlob({type: 'image/png'});
        const data = new DataTransfer();
        data.items.add(new File([blob], 'paste.png', {type: 'image/png'}));
        document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true}));
    }""")
    page.wait_for_selector("#sl-pt-summary >> text=uploads have no labels")
    page.wait_for_selector(DONE)
    assert len(measured(page)) == 10
    assert "box assumed" in page.inner_text("#sl-pt-picture")


def test_a_candidate_that_does_not_exist_leaves_a_usable_page(show):
    page = show(done=False, pair="positive", candidate="nobody.png")
    page.wait_for_selector("#sl-pt-bar [role=alert]")
    page.click('[data-pt-set="pair=&candidate="]')
    page.wait_for_selector(DONE)


def test_a_reload_and_another_page_show_the_same_sweep_and_either_stops_it(
    show, scorer, open_page, url
):
    scorer.pace_s = 0.5
    first = show(done=False, query="images/cross_q.png", pert="rotation", seed="5")

    first.wait_for_selector("#sl-pt-bar [role=progressbar]")
    first.wait_for_function(f"() => {N_POINTS} >= 1")
    second = open_page(first.url)
    second.wait_for_selector("#sl-pt-bar [role=progressbar]")
    second.wait_for_function(f"() => {N_POINTS} >= 2")
    first.reload()
    first.wait_for_selector("#sl-pt-bar [role=progressbar]")
    scorer.pace_s = 0.0
    for page in (first, second):
        page.wait_for_selector(DONE)
        page.wait_for_function(f"() => {N_POINTS} >= 9")
    assert measured(first) == measured(second)


def test_the_pair_in_the_address_is_swept_with_its_strongest_negative(show):
    page = show(candidate="images/disc_2.png")
    page.wait_for_selector("#sl-pt-summary >> text=disc_2.png")
    page.wait_for_selector("#sl-pt-response .legend >> text=strongest negative")
    page.click('#sl-pt-controls button:has-text("strongest negative")')
    page.wait_for_selector("#sl-pt-response .legend >> text=strongest positive")
    page.wait_for_selector("#sl-pt-summary >> text=this negative leads")


def test_a_recipe_replays_in_another_page_to_the_same_numbers(show, open_page, url):
    first = show(pert="noise", seed="7", pair="positive", side="candidate")
    numbers = measured(first)
    first.fill('.sl-pt-save [name="name"]', "<b>noise & co</b>")
    first.click(".sl-pt-save >> text=Save")
    first.wait_for_selector("#sl-pt-recipes >> text=Saved")
    with first.expect_download() as download:
        first.click('.sl-pt-saved a:has-text(".json")')
    text = download.value.path().read_text("utf-8")
    assert '"version": 1' in text
    assert first.locator(".sl-pt-saved b b").count() == 0
    second = open_page(f"{url}/?view=perturb&query=images/bars_1.png")
    second.click(".sl-pt-saved >> text=Replay")
    second.wait_for_selector("#sl-pt-summary >> text=seed 7")
    second.wait_for_selector(DONE)
    assert measured(second) == numbers
    other = text.replace("<b>noise & co</b>", "imported")
    file = {"name": "r.json", "mimeType": "application/json", "buffer": other.encode()}
    second.set_input_files("[data-pt-import]", file)
    second.wait_for_selector(".sl-pt-saved >> text=imported")
    second.set_input_files("[data-pt-import]", file | {"buffer": b"{}"})
    second.wait_for_selector(".sl-pt-recipes [role=alert] >> text=no recipe")


def test_a_surface_of_two_perturbations_is_drawn_saved_and_replayed(show):
    page = show(pert="contrast", side="candidate")
    page.select_option('[data-pt-field="with"]', "noise")
    page.wait_for_selector("#sl-pt-panels .sl-pt-surface")
    page.wait_for_selector("#sl-pt-bar >> text=25 combinations measured")
    assert page.locator(".sl-pt-score").count() == 25
    numbers = page.locator(".sl-pt-score").all_inner_texts()
    assert "with=noise" in page.url
    page.fill('.sl-pt-save [name="name"]', "two at once")
    page.click(".sl-pt-save >> text=Save")
    page.wait_for_selector("#sl-pt-recipes >> text=contrast and noise")
    page.select_option('[data-pt-field="with"]', "")
    page.wait_for_selector("#sl-pt-summary section")
    assert page.locator(".sl-pt-surface").count() == 0
    page.click('.sl-pt-saved li:has-text("two at once") >> text=Replay')
    page.wait_for_selector("#sl-pt-bar >> text=25 combinations measured")
    assert page.locator(".sl-pt-score").all_inner_texts() == numbers
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
