"""Every screen at 200 %: a window of 1440 x 900 then has 720 x 450 CSS pixels."""

import pytest

from tests.browser.drawn import DRAWN, QUERY

pytestmark = pytest.mark.browser

ZOOMED = (720, 450)
IN_SIGHT = DRAWN | {"queries": '[data-strip="after"] [data-card]', "runs": "#sl-run-list li"}
"""By view: what is drawn before a plot further down, which waits until it is seen."""
LOST = """() => {
  const width = document.documentElement.clientWidth;
  const told = (why, node) => `${why}: ${node.outerHTML.slice(0, 90)}`;
  const style = (node, name) => getComputedStyle(node)[name];
  const scrolls = (node) => /auto|scroll/.test(style(node, 'overflowX'));
  const inScroller = (node) => {
    while ((node = node.parentElement)) if (scrolls(node)) return true;
    return false;
  };
  const cuts = (node) => /hidden|clip/.test(style(node, 'overflowX'))
    && style(node, 'textOverflow') !== 'ellipsis' && node.clientWidth > 1;
  const lost = [];
  if (document.documentElement.scrollWidth > width) lost.push('the page scrolls sideways');
  for (const node of document.querySelectorAll('body *')) {
    const box = node.getBoundingClientRect();
    if (!box.width || !node.checkVisibility() || node.closest('svg, .sl-hidden, .sl-zoom')) {
      continue;
    }
    if ((box.left < -1 || box.right > width + 1) && !inScroller(node)) lost.push(told('off', node));
    if (cuts(node) && node.scrollWidth > node.clientWidth + 1) lost.push(told('cut', node));
    if (cuts(node) && node.clientHeight > 1 && node.scrollHeight > node.clientHeight + 2) {
      lost.push(told('cut below', node));
    }
    if (style(node, 'textOverflow') === 'ellipsis' && node.scrollWidth > node.clientWidth + 1
      && !node.closest('[title], [aria-label]')) lost.push(told('shortened without a title', node));
  }
  return lost;
}"""


@pytest.mark.parametrize("view", IN_SIGHT)
def test_nothing_is_cut_off_at_twice_the_size(open_page, url, view):
    page = open_page(f"{url}/?view={view}&query={QUERY}", ZOOMED)
    page.wait_for_selector(f"{IN_SIGHT[view]} >> visible=true")
    assert page.evaluate(LOST) == []


def test_all_screens_are_reached_at_twice_the_size(open_page, url):
    page = open_page(url, ZOOMED)
    tabs = page.get_by_role("tab")
    tabs.first.wait_for()
    for tab in tabs.all():
        box = tab.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= ZOOMED[0]
        assert box["y"] + box["height"] <= ZOOMED[1]
