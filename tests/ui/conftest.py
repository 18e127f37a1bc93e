"""A fake workbench and one query's view for the tests of the screen."""

from dataclasses import replace

import pytest

from core.types.orders import Fusion
from core.types.rankings import Candidate, QueryView
from tests.fakes import FakeWorkbench
from ui.shared.text import ThumbnailUrls

HOSTILE = "a/<b>\"'`${1+1}{{value}}\\&.jpg"


@pytest.fixture
def bench(tmp_path) -> FakeWorkbench:
    """Eight queries, all evaluated."""
    return FakeWorkbench(tmp_path)


@pytest.fixture
def urls() -> ThumbnailUrls:
    return ThumbnailUrls("v1")


@pytest.fixture
def view(bench) -> QueryView:
    """A view of one query at depth 20."""
    return bench.queries.inspect("queries/object_03.jpg", Fusion(20, 0.0, 1.0))


@pytest.fixture
def with_candidate(view):
    """A function that returns the view with one candidate, changed."""

    def change(**changes) -> QueryView:
        candidate: Candidate = replace(view.before[0], **changes)
        return replace(view, before=(candidate,), after=(candidate,), moved=(candidate,))

    return change
