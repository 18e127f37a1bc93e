"""A real bench on drawn images and one query's view for the tests of the screen."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from core.types.rankings import Candidate, QueryView
from core.workbench import Workbench
from tests.core.bench.held import Held
from tests.drawn_bench import DEPTH, FUSION, Evaluated, score
from ui.shared.text import ThumbnailUrls

HOSTILE = "a/<b>\"'`${1+1}{{value}}\\&.jpg"


@pytest.fixture
def opens(tmp_path: Path) -> Iterator[Callable[..., Workbench]]:
    """A function that opens a bench in a folder of its own, which is closed after the test.

    It takes what opens one below a folder, such as `evaluated.copy`, and options for it.
    """
    with ExitStack() as stack:
        opened: list[Workbench] = []

        def opening(make: Callable[..., Workbench], **options: object) -> Workbench:
            folder = tmp_path / f"bench {len(opened)}"
            opened.append(make(folder, **options))
            stack.callback(opened[-1].close)
            return opened[-1]

        yield opening


@pytest.fixture
def bench(opens: Callable[..., Workbench], evaluated: Evaluated) -> Workbench:
    """Eight queries, all evaluated; the workspace is the test's own."""
    return opens(evaluated.copy)


@pytest.fixture
def fresh(opens: Callable[..., Workbench], evaluated: Evaluated) -> Workbench:
    """Indexed, and nothing is scored yet."""
    return opens(evaluated.fresh)


@pytest.fixture
def unlabelled(opens: Callable[..., Workbench], evaluated: Evaluated) -> Workbench:
    """The same pictures without ground truth, indexed; all 48 are queries too."""
    return opens(evaluated.unlabelled)


@pytest.fixture
def thinned(opens: Callable[..., Workbench], evaluated: Evaluated) -> Workbench:
    """Evaluated by two stages: MaxSim chooses five of twenty for the model."""
    return score(opens(evaluated.fresh, **{"ranking.pipeline": "maxsim@20 > mllm@5"}))


@pytest.fixture
def running(opens: Callable[..., Workbench], evaluated: Evaluated) -> Iterator[Workbench]:
    """Three of eight queries are evaluated, and the preparation is held within the fourth."""
    scorer = Held(free=3 * DEPTH // Held.batch)
    bench = opens(evaluated.fresh, scorer=scorer)
    bench.jobs.start_preparation()
    assert scorer.waits.wait(30)
    yield bench
    scorer.may_score.set()


@pytest.fixture
def urls() -> ThumbnailUrls:
    return ThumbnailUrls("v1")


@pytest.fixture
def view(bench) -> QueryView:
    """A view of one query at depth 20."""
    return bench.queries.inspect("queries/object_03.jpg", FUSION)


@pytest.fixture
def with_candidate(view):
    """A function that returns the view with one candidate, changed."""

    def change(**changes) -> QueryView:
        candidate: Candidate = replace(view.before[0], **changes)
        return replace(view, before=(candidate,), after=(candidate,), moved=(candidate,))

    return change
