"""The strips: more cards on demand, a third strip, all of them side by side in one step."""

import pytest

from tests.browser.conftest import scroll_to
from tests.browser.test_screens import order, set_slider, wait_for_strips
from tests.drawn_bench import FUSION, N_DATABASE, other_scorer

pytestmark = pytest.mark.browser

QUERY = "queries/object_03.jpg"
AT_QUERY = f"/?view=queries&query={QUERY}"
ALL = N_DATABASE  # the shortlist


def wait_for_cards(page, n: int, strips: int) -> None:
    page.wait_for_function(
        "([n, strips]) => { const all = [...document.querySelectorAll('.sl-strips [data-strip]')];"
        " return all.length === strips"
        " && all.every(s => s.querySelectorAll('[data-card]').length === n); }",
        arg=[n, strips],
    )


def lefts(page) -> set[int]:
    return set(
        page.eval_on_selector_all(".sl-strips [data-strip]", "all => all.map(s => s.scrollLeft)")
    )


@pytest.mark.parametrize("way", ["key", "button", "scroll"])
def test_every_result_of_the_shortlist_can_be_reached(open_page, drawn_url, drawn, way):
    page = open_page(drawn_url + AT_QUERY)
    wait_for_strips(page)
    wait_for_cards(page, 24, 2)
    if way == "key":
        page.keyboard.press("m")
    elif way == "button":
        # Not `click`: it scrolls there first, and the strip's end brings the cards by itself.
        page.dispatch_event('[data-strip="before"] [data-more]', "click")
    else:
        page.eval_on_selector('[data-strip="after"]', "strip => { strip.scrollLeft = 1e6; }")
    wait_for_cards(page, ALL, 2)
    view = drawn.queries.inspect(QUERY, FUSION)
    assert order(page, "before") == [card.image_id for card in view.before]
    assert order(page, "after") == [card.image_id for card in view.after]
    assert page.locator("[data-more]").count() == 0


def test_strips_keep_their_cards_and_place_when_a_slider_moves(open_page, drawn_url):
    page = open_page(drawn_url + AT_QUERY)
    wait_for_strips(page)
    page.keyboard.press("m")
    wait_for_cards(page, ALL, 2)
    page.eval_on_selector('[data-strip="before"]', "strip => { strip.scrollLeft = 2400; }")
    page.wait_for_function("document.querySelector('[data-strip=after]').scrollLeft === 2400")
    set_slider(page, "depth", 3)
    page.wait_for_selector('[data-strip="after"] >> text=not re-ranked')
    wait_for_cards(page, ALL, 2)
    page.wait_for_function(
        "[...document.querySelectorAll('.sl-strips [data-strip]')]"
        ".every(strip => strip.scrollLeft === 2400)"
    )
    page.keyboard.press("j")  # another query starts at its first card
    page.wait_for_selector(f'[data-strip="before"]:not([data-of="{QUERY}"])')
    wait_for_cards(page, 24, 2)
    assert lefts(page) == {0}


def test_a_third_strip_is_chosen_in_the_page_and_lives_in_the_address(open_page, drawn_url, drawn):
    other = other_scorer(drawn)
    page = open_page(drawn_url + AT_QUERY)
    wait_for_strips(page)
    page.select_option("[data-choice=third]", other)
    page.wait_for_selector('[data-strip="third"] [data-card]')
    assert f"third={other}" in page.url
    wait_for_cards(page, 24, 3)
    shown = drawn.scorers.inspect(other, QUERY, FUSION)
    assert order(page, "third") == [card.image_id for card in shown.after[:24]]
    assert page.locator('[data-strip="third"] >> text=unscored').count() > 0
    tops = page.eval_on_selector_all(
        ".sl-strips [data-strip]",
        "all => all.map(s => [...s.querySelectorAll('[data-card]')].slice(0, 9)"
        ".map(c => Math.round(c.getBoundingClientRect().left)).join())",
    )
    assert len(set(tops)) == 1
    page.keyboard.press("m")
    wait_for_cards(page, ALL, 3)
    card = page.locator('[data-strip="third"] [data-card] >> nth=1')
    picked = card.get_attribute("data-card")
    card.click()
    assert page.locator(f'.sl-picked[data-card="{picked}"]').count() == 3
    page.reload()
    page.wait_for_selector('[data-strip="third"] [data-card]')
    assert page.input_value("[data-choice=third]") == other
    page.select_option("[data-choice=third]", "")
    page.wait_for_selector('[data-strip="third"]', state="detached")
    assert "third=" not in page.url


def test_the_query_of_a_rescue_opens(open_page, drawn_url):
    page = open_page(f"{drawn_url}/?view=overview")
    row = page.locator("#sl-changes .sl-change-row").first
    row.wait_for()
    query = row.locator("[data-query]").get_attribute("data-query")
    row.locator("[data-query]").click()
    page.wait_for_selector(f'#sl-panel h2[title="{query}"]')
    page.go_back()
    page.wait_for_selector("#sl-changes .sl-change-row >> visible=true")


def test_two_scorers_are_compared_positive_by_positive(open_page, drawn_url, drawn):
    other = other_scorer(drawn)
    page = open_page(f"{drawn_url}/?view=overview")
    scroll_to(page, "#sl-moves")
    page.wait_for_selector("#sl-moves .sl-moved")
    page.select_option("[data-choice=a]", other)
    page.wait_for_url(f"**a={other}**")
    found = drawn.moves.positives(other, None, FUSION, 8)
    numbers = [f"{pair.before_a} → {pair.before_b}" for pair in found.pairs]
    page.wait_for_function(
        "numbers => [...document.querySelectorAll('.sl-moved .sl-num')]"
        ".map(n => n.textContent).join() === numbers.join()",
        arg=numbers,
    )
    page.reload()
    scroll_to(page, "#sl-moves")
    page.wait_for_selector("#sl-moves .sl-moved")
    assert page.input_value("[data-choice=a]") == other
