"""A page comes to rest: nothing is drawn when nothing has changed."""

import pytest

from tests.browser.drawn import DRAWN, QUERY

pytestmark = pytest.mark.browser

TRIES = 12
CHANGES = """async () => {
  const seen = [];
  const watcher = new MutationObserver((all) => seen.push(...all));
  const every = { subtree: true, childList: true, attributes: true, characterData: true };
  watcher.observe(document, every);
  await new Promise((done) => setTimeout(done, 600));
  watcher.disconnect();
  return seen.map(({ type, target, attributeName }) =>
    `${type} ${attributeName ?? ''} ${(target.outerHTML ?? target.data).slice(0, 80)}`);
}"""


@pytest.mark.parametrize("view", DRAWN)
def test_a_page_comes_to_rest(open_page, url, view):
    page = open_page(f"{url}/?view={view}&query={QUERY}")
    page.wait_for_selector(f"{DRAWN[view]} >> visible=true")
    found: list[str] = []
    for _ in range(TRIES):
        found = page.evaluate(CHANGES)
        if not found:
            return
    pytest.fail(f"still changing: {found[:5]}")
