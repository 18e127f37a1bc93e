"""The Pair screen in a browser: embedded model, eight drawn images, real scores."""

import re
import threading

import pytest

from tests.benches import embedded_bench
from tests.browser.conftest import DESKTOP, MOST_SHIFT, PHONE, shifts
from tests.browser.servers import served

pytestmark = pytest.mark.browser
QUERY, POSITIVE = "images/disc_q.png", "images/disc_1.png"
AT = f"view=pair&query={QUERY}&candidate={POSITIVE}"
MAP = '[data-side="candidate"] .sl-pair-overlay canvas[data-map]'
SLOW_MS = 60_000


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    bench = embedded_bench(tmp_path_factory.mktemp("pairs"))
    list(bench.queries.score(QUERY, 6))
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def url(bench):
    with served(bench) as url:
        yield url


@pytest.mark.parametrize(("size", "theme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_from_a_card_to_what_carried_its_score(open_page, url, size, theme):
    page = open_page(f"{url}/?view=queries&query={QUERY}&__theme={theme}", size)
    page.set_default_timeout(SLOW_MS)
    card = page.locator(f'[data-strip="after"] [data-card="{POSITIVE}"]')
    card.click()
    page.keyboard.press("p")
    page.wait_for_selector("#sl-pair-anatomy table")
    assert "view=pair" in page.url
    page.wait_for_selector(MAP)
    page.keyboard.press("e")
    page.wait_for_selector(MAP, state="hidden")
    page.click('[data-job-start="pair/compressions"]')
    page.click('[data-pair-kept="1"]')
    page.wait_for_selector(".sl-pair-overlay svg[data-kept]")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_map_is_a_smooth_field(open_page, url):
    """Beside each other no two points differ by more than a blend can; a cell's edge would."""
    page = open_page(f"{url}/?{AT}")
    page.wait_for_selector(MAP)
    steps = page.eval_on_selector(
        MAP,
        """canvas => {
          const { width, height } = canvas;
          const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
          const alpha = (x, y) => data[4 * (y * width + x) + 3];
          let most = 0;
          for (let y = 0; y < height; y += 1) {
            for (let x = 1; x < width; x += 1) {
              most = Math.max(most, Math.abs(alpha(x, y) - alpha(x - 1, y)));
            }
          }
          let top = 0;
          for (let i = 3; i < data.length; i += 4) top = Math.max(top, data[i]);
          return { most, top };
        }""",
    )
    assert steps["top"] > 0
    assert steps["most"] < 160  # the pale plus beside a clear one; never from nothing to all


def test_keys_walk_through_the_candidates_and_back(open_page, url):
    page = open_page(f"{url}/?view=pair&query={QUERY}&depth=6")
    page.set_default_timeout(SLOW_MS)
    first = page.get_attribute('.sl-pair-side[data-side="candidate"]', "data-image")
    page.wait_for_selector("#sl-pair-anatomy table")
    page.keyboard.press("j")
    page.wait_for_function(
        "first => document.querySelector('.sl-pair-side[data-side=\"candidate\"]').dataset.image"
        " !== first",
        arg=first,
    )
    page.wait_for_selector("#sl-pair-anatomy table")
    page.wait_for_selector(MAP)
    page.keyboard.press("k")
    page.wait_for_selector(f'.sl-pair-side[data-side="candidate"][data-image="{first}"]')
    page.wait_for_selector("#sl-pair-anatomy table")
    said = page.eval_on_selector_all(
        "#sl-pair [data-of]", "all => [...new Set(all.map(one => one.dataset.of))]"
    )
    assert said == [f"{QUERY}\n{first}"]


def test_pictures_are_zoomed_alone_or_together(open_page, url):
    page = open_page(f"{url}/?{AT}")
    shares = page.locator(".sl-pair-side .sl-zoom-share")
    page.locator(".sl-pair-side .sl-zoom").first.focus()
    page.keyboard.press("+")
    assert shares.all_inner_texts() == ["150 %", ""]
    page.get_by_label("zoom both").check()
    page.locator(".sl-pair-side .sl-zoom").first.focus()
    page.keyboard.press("+")
    assert shares.all_inner_texts() == ["225 %", "225 %"]
    page.keyboard.press("0")
    assert shares.all_inner_texts() == ["", ""]


def test_work_survives_a_reload_and_can_be_stopped(open_page, url, bench, monkeypatch):
    going, may_end = threading.Event(), threading.Event()
    real = bench.prompts.try_on_pair

    def slow(*args):
        going.set()
        assert may_end.wait(60)
        return real(*args)

    monkeypatch.setattr(bench.prompts, "try_on_pair", slow)
    page = open_page(f"{url}/?{AT}")
    page.set_default_timeout(SLOW_MS)
    page.wait_for_selector(MAP)
    page.fill('#sl-pair-form [name="question"]', "Is it the same thing? Answer yes or no.")
    page.click("#sl-pair-form .sl-pair-actions button >> nth=0")
    assert going.wait(60)
    page.reload()
    with page.expect_response(re.compile("/jobs/stop")):  # else the work may end before it
        page.click("#sl-pair-trials [data-job-stop]")
    may_end.set()
    page.click("#sl-pair-trials [data-job-resume]")
    page.wait_for_selector("#sl-pair-trials table small:has-text('Is it the same thing?')")


def test_a_wording_is_saved_and_what_is_written_stays(open_page, url):
    page = open_page(f"{url}/?{AT}")
    page.fill('#sl-pair-form [name="question"]', "One object? Answer yes or no.")
    page.fill('#sl-pair-form [name="name"]', "one object")
    page.click("[data-pair-save]")
    page.wait_for_selector('#sl-pair-form [role="status"]')
    assert page.input_value('#sl-pair-form [name="question"]') == "One object? Answer yes or no."
    assert page.input_value('#sl-pair-form [name="preset"]') == "one object"


def test_nothing_jumps_while_a_pair_comes(open_page, url):
    page = open_page(f"{url}/?view=pair&query={QUERY}&candidate=images/cross_1.png")
    page.wait_for_selector(MAP)
    page.wait_for_selector("#sl-pair-matches section")
    assert shifts(page) <= MOST_SHIFT


def test_a_crop_out_of_bounds_is_said_in_place_and_a_good_one_has_a_lineage(open_page, url):
    page = open_page(f"{url}/?{AT}", forgive="422")
    page.set_default_timeout(SLOW_MS)
    side = page.locator('.sl-pair-side[data-side="candidate"]')
    side.locator("input").fill("0, 0, 2, 2")
    side.locator("input").press("Enter")
    side.locator(".sl-pair-crop-error", has_text="at least 16").wait_for()
    side.locator("input").fill("4, 4, 60, 60")
    side.locator("input").press("Enter")
    page.wait_for_selector("#sl-pair-lineage .sl-pair-step[aria-current]")
    assert "candidate=upload" in page.url


def test_a_crop_is_drawn_on_the_picture(open_page, url):
    page = open_page(f"{url}/?{AT}")
    page.set_default_timeout(SLOW_MS)
    side = page.locator('.sl-pair-side[data-side="query"]')
    side.locator("[data-pair-draw]").click()
    frame = side.locator("[data-zoom-stage]").bounding_box()
    page.mouse.move(frame["x"] + 0.1 * frame["width"], frame["y"] + 0.1 * frame["height"])
    page.mouse.down()
    page.mouse.move(frame["x"] + 0.9 * frame["width"], frame["y"] + 0.9 * frame["height"])
    page.mouse.up()
    page.wait_for_url(re.compile("query=upload"))
    page.wait_for_selector("#sl-pair-lineage [data-pair-query]")


def test_an_unknown_candidate_is_one_sentence(open_page, url):
    page = open_page(f"{url}/?view=pair&query={QUERY}&candidate=no-such.png")
    page.wait_for_selector("#sl-pair-top [role=alert]")
    assert not page.locator("#sl-pair").is_visible()
