"""Wait for what the job board tells, and give up when it stays silent."""

from collections.abc import Callable

from core.bench.jobs import JobBoard
from core.types.jobs import JobView

SECONDS = 30.0  # after which a test gives up


def until(board: JobBoard, is_so: Callable[[], bool]) -> None:
    """Return once something holds, looking at every change of the board."""
    revision = board.revision()
    while not is_so():
        seen, revision = revision, board.wait(revision, SECONDS)
        assert revision > seen, "nothing changed any more"


def state(board: JobBoard, key: str) -> str:
    """Return the state of a job; empty where the board does not hold it."""
    found = board.view(key)
    return "" if found is None else found.state


def ended(board: JobBoard, key: str) -> JobView:
    """Return how a job stands once it has ended."""
    until(board, lambda: state(board, key) in ("done", "stopped", "failed"))
    found = board.view(key)
    assert found is not None
    return found
