"""Every view with real content: no serious finding of axe-core, and nothing jumps."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import DESKTOP, MOST_SHIFT, PHONE, shifts
from tests.browser.desk import open_panels
from tests.browser.drawn import DRAWN, QUERY

pytestmark = pytest.mark.browser

OTHER = "images/cross_q.png"


def jumps(page, view: str) -> dict[str, float]:
    """Return the sums of layout shifts above the limit: on opening, and on another query."""
    drawn = f"{DRAWN[view]} >> visible=true"
    page.wait_for_selector(drawn)
    page.wait_for_timeout(500)
    moved = {"cold": shifts(page)}
    if view in ("queries", "pair", "perturb"):
        page.evaluate("query => SecondLook.patch({query})", OTHER)
        page.wait_for_url(f"**{OTHER.rpartition('/')[2]}**")
        page.wait_for_timeout(2500)
        page.wait_for_selector(drawn)
        moved["another query"] = shifts(page)
    return {when: total for when, total in moved.items() if total > MOST_SHIFT}


def serious_findings(page) -> dict[str, tuple[str, list[str]]]:
    """Return what axe-core says of the page in both themes, by rule."""
    found = {}
    for theme in ("light", "dark"):
        page.wait_for_function("document.getAnimations().every(a => a.playState !== 'running')")
        for one in Axe().run(page).response["violations"]:
            if one["impact"] in ("serious", "critical"):
                nodes = [node["html"][:160] for node in one["nodes"]]
                found[f"{one['id']}, {theme}"] = (one["help"], nodes[:4])
        page.click("[data-theme-switch]")
    return found


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("view", DRAWN)
def test_nothing_jumps_and_axe_has_no_serious_finding(open_page, url, view, size):
    page = open_page(f"{url}/?view={view}&query={QUERY}&__theme=light", size)
    assert jumps(page, view) == {}
    assert serious_findings(page) == {}


FIRST = {"overview": "#sl-kpis", "failures": "#sl-fl-ledger section", "runs": "#sl-run-list li"}
"""By view: what is drawn with the screen, before its later parts."""


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("view", FIRST)
def test_nothing_jumps_when_what_is_drawn_later_comes_late(open_page, url, context, view, size):
    held, is_open = [], False
    asked = "**/part/**"
    context.route(asked, lambda route: route.continue_() if is_open else held.append(route))
    page = open_page(f"{url}/?view={view}&query={QUERY}", size)
    page.wait_for_selector(f"{FIRST[view]} >> visible=true")
    page.wait_for_timeout(1000)
    is_open = True
    for route in held:
        route.continue_()
    page.wait_for_timeout(1500)
    assert shifts(page) <= MOST_SHIFT
    context.unroute(asked)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_query_list_has_its_place_before_it_comes(open_page, url, size):
    page = open_page(f"{url}/?view=queries&query={QUERY}", size)
    page.wait_for_selector("#sl-list .sl-count")
    full, empty = page.evaluate(
        "() => { const list = document.querySelector('#sl-list');"
        " const height = () => list.getBoundingClientRect().height;"
        " const full = height(); list.replaceChildren(); return [full, height()]; }"
    )
    assert full > 280
    assert empty == pytest.approx(full, abs=1)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_nothing_of_annotate_is_pushed_by_what_comes_after_it(open_page, url, size):
    page = open_page(f"{url}/?view=annotate&queue=query:{QUERY}", size)
    page.wait_for_selector("#sl-an-chooser select")
    open_panels(page)
    full, empty = page.evaluate(
        "() => { const top = (one) => document.querySelector(one).getBoundingClientRect().top;"
        " const tops = () => ['#sl-an-screen', '.sl-an-files'].map(top);"
        " const full = tops();"
        " for (const late of ['#sl-an-chooser', '#sl-an-agreement', '#sl-an-labels'])"
        " document.querySelector(late).replaceChildren();"
        " return [full, tops()]; }"
    )
    assert empty == pytest.approx(full, abs=1)
