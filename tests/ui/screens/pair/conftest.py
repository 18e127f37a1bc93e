"""A real bench for the Pair screen: the embedded model on eight drawn images."""

from collections.abc import Callable, Iterator

import pytest

from core.bench.pairs.lab import LabFacet
from core.types.jobs import JobView
from core.workbench import Workbench
from tests.benches import embedded_bench
from tests.core.bench.waiting import ended
from tests.ui.pages import drawn
from ui.screens.pair.screen import SCREEN
from ui.shared.screen import Asked, make_page, read_state

QUERY, POSITIVE = "images/disc_q.png", "images/disc_1.png"
AT = f"view=pair&query={QUERY}&candidate={POSITIVE}&depth=6"


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Iterator[Workbench]:
    bench = embedded_bench(tmp_path_factory.mktemp("pairs"))
    list(bench.queries.score(QUERY, 6))
    yield bench
    bench.close()


@pytest.fixture
def html(bench) -> Callable[..., str]:
    """A function that returns a part of the screen; empty where there is none."""
    return lambda part, address=AT: str(drawn(bench, "pair", part, address) or "")


@pytest.fixture
def ask(bench) -> Callable[..., str]:
    """A function that asks for work as the screen does, and returns its key."""
    page = make_page(bench, (SCREEN,))

    def asking(name: str, address: str = AT, **texts: str) -> str:
        (job,) = (one for one in SCREEN.jobs if one.name == name)
        return job.ask(page, read_state(bench, address), Asked("a tab", texts))

    return asking


@pytest.fixture
def do(bench, ask) -> Callable[..., JobView]:
    """A function that asks for work and returns how it ended."""
    return lambda name, address=AT, **texts: ended(bench.board, ask(name, address, **texts))


@pytest.fixture
def fresh_lab(bench) -> LabFacet:
    """What was tried on pairs is forgotten; the work's tasks find the same lab."""
    for kept in (bench.lab._tried, bench.lab._squeezed, bench.lab._matches):
        kept.clear()
    for view in bench.board.views():
        bench.board._jobs.pop(view.key)
    return bench.lab
