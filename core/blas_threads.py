"""One BLAS thread while our own threads share the processor's cores.

NumPy's BLAS starts a thread per core for every product, and its threads spin while they wait.
Beside threads of our own, or on a busy machine, a product then takes several times as long.
"""

import threading
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

_lock = threading.Lock()
_n_inside = 0
_limit: AbstractContextManager[object] | None = None


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()  # looks through all loaded libraries


@contextmanager
def one_blas_thread() -> Generator[None]:
    """Let products of the whole process use one thread until the last one inside has left."""
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _n_inside, _limit  # noqa: PLW0603 - the setting is the process's own
    with _lock:
        _n_inside += 1
        if _n_inside == 1:
            _limit = _controller().limit(limits=1, user_api="blas")
            _limit.__enter__()


def _leave() -> None:
    global _n_inside, _limit  # noqa: PLW0603 - the setting is the process's own
    with _lock:
        _n_inside -= 1
        if _n_inside == 0 and _limit is not None:
            _limit.__exit__(None, None, None)
            _limit = None
