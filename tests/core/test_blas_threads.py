"""One BLAS thread inside, and as many as before once the last one has left."""

import numpy as np
from threadpoolctl import threadpool_info

from core.blas_threads import one_blas_thread


def threads() -> dict[str, int]:
    assert float((np.ones((2, 2)) @ np.ones((2, 2))).sum()) == 8.0  # loads the library
    found = [one for one in threadpool_info() if one["user_api"] == "blas"]
    return {str(one["filepath"]): int(one["num_threads"]) for one in found}


def test_the_last_to_leave_gives_the_threads_back():
    before = threads()
    first, second = one_blas_thread(), one_blas_thread()
    first.__enter__()
    second.__enter__()
    assert set(threads().values()) == {1}
    first.__exit__(None, None, None)
    assert set(threads().values()) == {1}
    second.__exit__(None, None, None)
    assert threads() == before
