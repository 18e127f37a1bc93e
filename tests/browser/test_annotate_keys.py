"""Answers by key in a real browser: at speed, on the right pair, undone, under a killed server."""

import time

import pytest

from core.types.annotation import VERDICTS, Content
from tests.browser.desk import SELECTION, N, all_saved, at_pair, pairs_of, sign, words
from tests.drawn_bench import open_drawn
from tests.faults.servers import servers

pytestmark = pytest.mark.browser

PERIOD_S = 0.2


def press_in_time(page, keys) -> None:
    """Press keys at five per second."""
    started = time.monotonic()
    for number, key in enumerate(keys):
        time.sleep(max(0.0, started + number * PERIOD_S - time.monotonic()))
        page.keyboard.press(key)


def all_ahead(page) -> None:
    """Wait until the next pairs and their pictures are there."""
    page.wait_for_timeout(500)


def test_200_answers_at_5_per_second_land_on_their_pairs_and_undo_returns_the_start(
    open_page, serve, desk
):
    page = open_page(serve(desk) + SELECTION)
    sign(page)
    press_in_time(page, [str(number % 5 + 1) for number in range(N)])
    all_saved(page)
    expected = {pair: Content(VERDICTS[n % 5]) for n, pair in enumerate(pairs_of())}
    assert words(desk) == expected
    assert len(desk.annotations._store.events()) == N
    page.wait_for_selector("[data-an-progress] >> text=200 judged · all judged")
    for number in range(N):
        page.keyboard.press("u")
        if number % 10 == 9:
            page.wait_for_selector('[data-an-saved][data-waiting="0"]')
    all_saved(page)
    at_pair(page, 1)
    assert words(desk) == {}
    assert len(desk.annotations._store.events()) == 2 * N
    page.wait_for_selector("[data-an-progress] >> text=0 judged")


def test_a_server_killed_under_the_keys_gets_every_answer_once_it_is_back(open_page, tmp_path):
    with servers(tmp_path, 40) as fleet:
        port = fleet.start()
        page = open_page(f"http://127.0.0.1:{port}{SELECTION}", forgive="ERR_|Connection errored")
        sign(page)
        all_ahead(page)
        for key in "1234512345":
            page.keyboard.press(key)
        fleet.kill()
        page.keyboard.press("1")
        page.wait_for_selector('[data-an-saved][data-state="failed"]')
        page.wait_for_selector("#sl-an-alert >> text=will be sent again")
        at = page.inner_text("[data-an-progress]")
        page.keyboard.press("2")
        page.wait_for_selector("#sl-toast.sl-shown >> text=Not taken")
        assert page.inner_text("[data-an-progress]") == at
        with page.expect_navigation():  # Gradio loads the page again when its server is another
            fleet.start(port)
        page.wait_for_selector("[data-an-verdict]:enabled")
        all_saved(page)
        assert page.is_hidden("#sl-an-alert")
        at_pair(page, 12)
        for key in "2345":
            page.keyboard.press(key)
        all_saved(page)
    bench = open_drawn(tmp_path / "drawn", tmp_path / "work")
    expected = {pair: Content(VERDICTS[n % 5]) for n, pair in enumerate(pairs_of(15))}
    assert words(bench) == expected
    assert len(bench.annotations._store.events()) == 15
    bench.close()
