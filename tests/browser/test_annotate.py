"""The Annotate screen in a real browser: the walk, words, authors, files, hostile words."""

from urllib.parse import quote

import pytest

from core.types.annotation import Content, QueueSpec
from core.types.orders import Fusion
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.desk import SELECTION, all_saved, at_pair, open_panels, pairs_of, sign, words
from tests.drawn_bench import hostile

pytestmark = pytest.mark.browser


def test_the_walk_goes_on_where_it_stopped(open_page, serve, desk):
    url = serve(desk)
    page = open_page(url + SELECTION)
    sign(page)
    for key in "112":
        page.keyboard.press(key)
    all_saved(page)
    page.goto(url + SELECTION)
    at_pair(page, 4)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    at_pair(page, 5)
    page.wait_for_function("() => location.search.includes('candidate=database%2Fimage_004.jpg')")
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    at_pair(page, 5)
    page.keyboard.press("u")
    at_pair(page, 3)
    page.keyboard.press("Shift+U")
    at_pair(page, 3)
    all_saved(page)
    assert list(words(desk).values()) == [Content("match"), Content("match"), Content("no match")]


def test_tags_and_note_belong_to_their_pair_and_typing_moves_nothing(open_page, serve, desk):
    page = open_page(serve(desk) + SELECTION)
    sign(page)
    page.keyboard.press("t")
    page.keyboard.type("glare, 1 crop")
    page.keyboard.press("Enter")
    page.keyboard.press("n")
    page.keyboard.type("j k u 1: not this one")
    page.click('[data-an-move="next"]')
    at_pair(page, 2)
    assert page.input_value("[data-an-note]") == ""
    all_saved(page)
    first = pairs_of()[0]
    assert words(desk) == {first: Content(None, ("glare", "1 crop"), "j k u 1: not this one")}


def test_the_first_verdict_waits_for_its_author_s_name(open_page, serve, bench):
    page = open_page(serve(bench) + "/?view=annotate&queue=hard")
    page.evaluate("localStorage.clear()")
    page.reload()
    page.wait_for_selector("[data-an-who] input >> visible=true")
    assert not page.is_visible('[data-an-verdict="unsure"]')
    page.wait_for_selector(".sl-an-pair")
    page.keyboard.press("3")
    page.wait_for_selector("[data-an-who] >> text=“unsure” waits for your name")
    assert bench.annotations._store.events() == ()
    page.keyboard.type("ada")
    page.keyboard.press("Enter")
    at_pair(page, 2)
    all_saved(page)
    assert [content.verdict for content in words(bench).values()] == ["unsure"]


ZOOMS = "[...document.querySelectorAll('.sl-an-pair .sl-zoom-share')].map(one => one.textContent)"


def test_both_pictures_are_zoomed_together_and_the_next_pair_is_whole(open_page, serve, desk):
    page = open_page(serve(desk) + SELECTION)
    sign(page)
    page.keyboard.press("+")
    assert page.evaluate(ZOOMS) == ["150 %", "150 %"]
    page.wait_for_function("document.querySelectorAll('.sl-an-pair img[data-whole]').length === 0")
    page.uncheck("[data-an] [data-zoom-together]")
    page.keyboard.press("0")
    assert page.evaluate(ZOOMS) == ["", "150 %"]
    page.keyboard.press("j")
    at_pair(page, 2)
    assert page.evaluate(ZOOMS) == ["", ""]


def test_the_pair_takes_the_whole_screen_until_escape(open_page, serve, desk):
    page = open_page(serve(desk) + SELECTION)
    sign(page)
    page.keyboard.press("f")
    page.wait_for_selector(".sl-an-whole")
    height = "document.querySelector('.sl-an-pair .sl-zoom').clientHeight"
    assert page.evaluate(height) > 0.85 * DESKTOP[1]
    assert not page.is_visible("[data-an-author]")
    page.keyboard.press("1")
    at_pair_hidden = (
        "document.querySelector('[data-an-progress]').textContent.startsWith('pair 2 ')"
    )
    page.wait_for_function(at_pair_hidden)
    page.keyboard.press("Space")
    page.wait_for_selector('.sl-an-pair[data-look="blink"]')
    page.keyboard.press("Space")
    page.wait_for_selector('.sl-an-pair[data-look="overlay"]')
    page.keyboard.press("Space")
    page.wait_for_selector('.sl-an-pair[data-look="beside"]')
    page.keyboard.press("Escape")
    page.wait_for_selector("[data-an-author]")
    all_saved(page)
    assert list(words(desk).values()) == [Content("match")]


def test_two_windows_of_one_author_clash_in_one_sentence(open_page, serve, desk):
    url = serve(desk)
    first, second = open_page(url + SELECTION), open_page(url + SELECTION, forgive="409")
    sign(first)
    sign(second)
    first.keyboard.press("1")
    all_saved(first)
    second.keyboard.press("2")
    second.wait_for_selector("#sl-an-alert >> text=in another window meanwhile")
    assert words(desk) == {pairs_of()[0]: Content("match")}
    second.click("#sl-an-alert >> text=Show the pair")
    at_pair(second, 1)
    assert second.get_attribute('[data-an-verdict="match"]', "aria-pressed") == "true"
    second.keyboard.press("2")
    all_saved(second)
    assert words(desk) == {pairs_of()[0]: Content("no match")}


def test_a_queue_is_chosen_panels_follow_and_files_come_back(open_page, serve, bench):
    page = open_page(serve(bench) + "/?view=annotate", forgive="422")
    page.click('[data-an-choose="hard"]')
    page.wait_for_selector(".sl-an-pair")
    page.wait_for_function("() => document.querySelector('[data-an-queue]').value === 'hard'")
    sign(page)
    page.keyboard.press("1")
    page.keyboard.press("5")
    open_panels(page)
    page.wait_for_selector("#sl-an-labels >> text=2 changed")
    with page.expect_download() as download:
        page.click("#sl-an-labels >> text=Patch")
    patch = download.value.path().read_text()
    assert patch.count("positive") == 2
    page.set_input_files("[data-an-import]", {
        "name": "relevance.csv", "mimeType": "text/csv", "buffer": patch.encode(),
    })  # fmt: skip
    page.wait_for_selector("[data-an-imported] >> text=/0 added, 1 here already, 1 kept/")
    page.set_input_files("[data-an-import]", {
        "name": "x.csv", "mimeType": "text/csv", "buffer": b"query,image,label\nq,i,positive\n",
    })  # fmt: skip
    page.wait_for_selector("[data-an-imported] >> text=line 2: query 'q' is not in this corpus")
    sign(page, "bob")
    at_pair(page, 1)
    page.keyboard.press("1")
    page.wait_for_selector("#sl-an-agreement >> text=100 %")
    page.select_option("[data-an-queue]", "")
    page.wait_for_selector(".sl-an-invitation")


def test_a_card_of_the_queries_screen_joins_the_selection(open_page, serve, bench):
    url = serve(bench)
    page = open_page(f"{url}/?view=annotate")
    page.fill("[data-an-author]", "ada")
    page.press("[data-an-author]", "Enter")
    page.goto(f"{url}/?view=queries&query=queries/object_03.jpg")
    page.click('[data-strip="after"] [data-card] >> nth=0')
    page.keyboard.press("a")
    page.wait_for_selector("#sl-toast.sl-shown >> text=Added to your selection (1 in it)")
    queue = bench.annotations.queue(QueueSpec("selection"), Fusion(20, 0.0, 1.0), "ada")
    assert [item.query_id for item in queue.items] == ["queries/object_03.jpg"]


HOSTILE = [
    "<img src=x onerror=window.pwned=1>",
    "'\"><svg/onload=window.pwned=1>",
    "${window.pwned=1}{{pwned}}`",
    "</script><script>window.pwned=1</script>",
    "javascript:window.pwned=1",
    '"autofocus onfocus=window.pwned=1 x="',
]


def test_hostile_names_words_and_addresses_run_nothing(open_page, serve, tmp_path):
    suffix = " '\"><img src=x onerror=window.pwned=1>${window.pwned=1}"
    bench = hostile(tmp_path, suffix)
    *own, common = pairs_of(7, suffix)
    lines = ["author,query,image,verdict,tags,note"]
    for mine, text in zip(own, HOSTILE, strict=True):
        for query, image in (mine, common):
            cells = (text[:60], query, image, "match", text[:40], text)
            lines.append(",".join('"{}"'.format(cell.replace('"', '""')) for cell in cells))
    bench.labels.bring("\n".join(lines), "ada", "hostile file")
    url = serve(bench)
    page = open_page(f"{url}/?view=annotate&queue=query:{quote(own[0][0])}")
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    for name in ("ada", *HOSTILE):
        sign(page, name[:60])
        page.keyboard.press("t")
        page.keyboard.type(name[:38])
        page.keyboard.press("Enter")
        page.keyboard.press("n")
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        page.keyboard.press("1")
        all_saved(page)
    open_panels(page)
    page.wait_for_selector("#sl-an-agreement table")
    page.click("#sl-an-agreement summary")
    for text in HOSTILE:
        for address in (
            f"queue=slice:{text}",
            f"queue=query:{text}",
            f"candidate={text}&queue=hard",
        ):
            page.goto(url + "/?view=annotate&" + address.replace("#", "%23"))
            page.wait_for_selector("#sl-an-stage p")
    assert page.evaluate("window.pwned === undefined")
    assert page.locator("#sl-an-screen script, #sl-an-screen svg, [onerror], [onload]").count() == 0


OUTSIDE = """width => [...document.querySelectorAll('#sl-an-screen *, #sl-an-chooser *')]
    .filter(node => !node.closest('.sl-hidden') && node.getBoundingClientRect().right > width)
    .map(node => node.className || node.tagName)"""


@pytest.mark.parametrize("address", ["", "&queue=hard", "&queue=disputed"])
def test_nothing_is_wider_than_the_window(open_page, drawn_url, address):
    page = open_page(f"{drawn_url}/?view=annotate{address}&__theme=dark")
    first = page.locator("#sl-an-stage > *").filter(has_not_text="Loading")
    first.first.wait_for()
    if not page.is_visible("#sl-an-side"):
        page.click("[data-an-fold]")
    page.wait_for_selector("#sl-an-labels table")
    for size in (DESKTOP, PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        # The page clips what sticks out, so each element is asked.
        assert page.evaluate(OUTSIDE, size[0]) == []
