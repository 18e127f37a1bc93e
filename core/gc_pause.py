"""Let many objects that all stay be made without looking for garbage among them."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def paused_collection() -> Generator[None]:
    """Pause Python's search for cyclic garbage; as decorator or in a `with`.

    A corpus of 110,000 images makes millions of objects and no cycles, and the page's libraries
    hundreds of thousands; searching them again and again took half of the time to open the one
    and a quarter of the time to import the others (tests/benchmarks/RESULTS.md). Memory that is
    released otherwise, by counting references, is released as ever.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
