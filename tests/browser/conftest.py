"""A browser for the whole session, and pages that fail on any error or foreign request."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from core.workbench import Workbench
from tests.benches import embedded_bench
from tests.browser.desk import pairs_of
from tests.browser.servers import served
from tests.drawn_bench import Evaluated

LEFT_EARLY = (
    "AbortError: signal is aborted without reason",
    "AbortError: BodyStreamBuffer was aborted",
    "Unexpected error Connection errored out",
)
"""What Gradio's client says of its own streams when a page is left while an answer is under way."""
OWN_NAMES = ("127.0.0.1", "bench.localhost")
"""Names that a page may ask: the server's own, and that of a proxy in front of it."""
DESKTOP, PHONE = (1440, 900), (390, 844)
COUNT_SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({ type: 'layout-shift', buffered: true });
"""
SLOWEST_MS = 60_000
"""How long a page may take on a machine that has other work; a failing test waits this long."""
MOST_SHIFT = 0.1
"""Sum of layout shifts without recent input that still counts as good (web.dev/articles/cls)."""


@pytest.fixture(scope="session")
def context(chromium) -> Iterator[object]:
    """One profile, so that Gradio's files are fetched once."""
    context = chromium.new_context()
    yield context
    context.close()


@pytest.fixture(scope="module")
def url(tmp_path_factory) -> Iterator[str]:
    """The embedded model over eight drawn images, evaluated."""
    bench = embedded_bench(tmp_path_factory.mktemp("evaluated"))
    list(bench.runs.evaluate(6))
    with served(bench) as address:
        yield address
    bench.close()


@pytest.fixture
def at_end() -> Iterator[ExitStack]:
    """Closes what is left to it after the pages and the servers."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def serve(at_end: ExitStack) -> Iterator[Callable[[Workbench], str]]:
    """A function that serves a bench of a test's own; pages close first, the bench last."""
    with ExitStack() as stack:

        def serving(bench: Workbench) -> str:
            at_end.callback(bench.close)
            return stack.enter_context(served(bench))

        yield serving


@pytest.fixture
def open_page(context, serve) -> Iterator[Callable[..., object]]:
    """A function that opens an address; afterwards nothing may have gone wrong in any page.

    What a page says while it is left for another address is not counted: its streams are cut, and
    Gradio's client and server then race for them (404 for a session that has just been dropped).
    `forgive` is a pattern of what the browser's console says of faults that the test provokes.
    """
    pages, faults, left = [], [], set()

    def note(message, forgive: str) -> None:
        if is_fault(message) and message.page not in left and not re.search(forgive, message.text):
            faults.append(f"console: {message.text} {message.location['url']}")

    def leaves(page, go):
        """Return `go`, until whose new document is there the old one may complain."""

        def leave(*args, **kwargs):
            left.add(page)
            return go(*args, **kwargs)

        return leave

    def open_one(url: str, size: tuple[int, int] = DESKTOP, forgive: str = "(?!)"):
        page = context.new_page()
        pages.append(page)
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.set_default_timeout(SLOWEST_MS)
        page.add_init_script(COUNT_SHIFTS)
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on("console", lambda m: note(m, forgive))
        page.on("request", lambda request: check_host(request.url, faults))
        page.on("framenavigated", lambda frame: left.discard(page))
        page.goto(url)
        page.goto, page.reload = leaves(page, page.goto), leaves(page, page.reload)
        return page

    yield open_one
    for page in pages:
        page.close()
    assert faults == []


def is_fault(message) -> bool:
    """Whether the browser's console tells of a fault, not of a stream that was left."""
    return message.type == "error" and not message.text.startswith(LEFT_EARLY)


def shifts(page) -> float:
    """Return the sum of layout shifts so far and begin again at 0; two frames are waited for."""
    return page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {"
        " const sum = window.shifts; window.shifts = 0; done(sum); })))"
    )


def scroll_to(page, selector: str) -> None:
    """Bring into view what is drawn when it is seen."""
    page.locator(selector).scroll_into_view_if_needed()


def check_host(url: str, faults: list[str]) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("data", "blob", "file") and parts.hostname not in OWN_NAMES:
        faults.append(f"foreign request: {url}")


@pytest.fixture(scope="session")
def drawn(evaluated: Evaluated, tmp_path_factory) -> Iterator[Workbench]:
    """A finished bench on drawn images that no test changes but for uploads."""
    bench = evaluated.copy(tmp_path_factory.mktemp("drawn"))
    yield bench
    bench.close()


@pytest.fixture(scope="session")
def drawn_url(drawn: Workbench) -> Iterator[str]:
    """The address of the page over `drawn`."""
    with served(drawn) as url:
        yield url


@pytest.fixture
def bench(evaluated: Evaluated, tmp_path, at_end: ExitStack) -> Workbench:
    """A finished bench on the same images, of the test's own."""
    bench = evaluated.copy(tmp_path / "own")
    at_end.callback(bench.close)
    return bench


@pytest.fixture
def desk(bench: Workbench) -> Workbench:
    """A bench with a selection of 200 pairs of `ada`."""
    bench.annotations.select("ada", pairs_of())
    return bench


def wait_for_pictures(page, within: str) -> None:
    """Wait until there are pictures and all are loaded, those out of sight too."""
    page.wait_for_function(
        "within => { const all = [...document.querySelectorAll(`${within} img`)];"
        " all.forEach(image => { image.loading = 'eager'; });"
        " return all.length > 0 && all.every(i => i.complete && i.naturalWidth > 0); }",
        arg=within,
    )
