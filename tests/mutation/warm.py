"""A process that has the libraries loaded and forks one pytest run per line that it reads.

Started with `python -P` inside the copy of the project that is tested, so that `core` and `tests`
are imported by each run anew. A line is JSON: the arguments of pytest and the seconds that it may
take; the answer is the exit code of pytest, or null where the time was up.
"""

import gc
import json
import os
import resource
import signal
import sys
import time
import traceback
from contextlib import suppress
from importlib import import_module
from typing import Any

LIBRARIES = (
    *("pytest", "xdist.plugin", "anyio.pytest_plugin", "_hypothesis_pytestplugin"),
    *("hypothesis.extra.numpy", "hypothesis.stateful", "hypothesis.internal.conjecture.providers"),
    *("numpy", "PIL.Image", "PIL.ImageDraw", "pydantic", "sklearn.metrics", "cv2"),
)
MOST_BYTES = 16 << 30


def main() -> None:
    """Answer every line of standard input."""
    for name in LIBRARIES:
        with suppress(ImportError):
            import_module(name)
    gc.collect()
    gc.freeze()  # pytest collects garbage several times; what stands here is none
    for line in sys.stdin:
        asked = json.loads(line)
        sys.stdout.write(json.dumps(_run(asked)) + "\n")
        sys.stdout.flush()


def _run(asked: dict[str, Any]) -> int | None:
    child = os.fork()
    if child == 0:
        _test(asked)
    end = time.monotonic() + asked["limit_s"]
    code = None
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            break
        time.sleep(0.005)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # also what a test has started and left
    if code is None:
        os.waitpid(child, 0)
    return code


def _test(asked: dict[str, Any]) -> None:
    code = 99
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        sys.dont_write_bytecode = not asked["writes_bytecode"]
        if sys.dont_write_bytecode:
            os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        _register_profile()
        import pytest

        code = int(pytest.main(asked["args"]))
    except BaseException:  # noqa: BLE001 - a forked process ends here whatever happens
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _register_profile() -> None:
    """Register hypothesis settings under which a run tries the same few examples every time."""
    from hypothesis import Phase, settings

    settings.register_profile(
        "mutation",
        max_examples=40,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
    )


if __name__ == "__main__":
    main()
