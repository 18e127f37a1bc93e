"""Read ground truth that is shipped as a pickle or a MATLAB file, without running anything in it.

The file is read by another process that lets through plain values only and has limits of memory
and time (`contained_child.py`); what comes back is JSON.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

MOST_BYTES = 512 << 20
_SECONDS = 180
_CHILD = Path(__file__).with_name("contained_child.py")
_QUIET = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class ContainedError(ValueError):
    """Why a file cannot be read: half a sentence that goes on from the file's name."""


def read_contained(path: Path) -> object:
    """Return the plain values that a pickle or a `.mat` file holds: dicts, lists, text, numbers.

    Costs about 0.2 s, of which most is the start of the process.

    Args:
        path: A file of at most 512 MiB; one whose name ends in `.mat` is MATLAB's, version 5.

    Raises:
        ContainedError: It is too large, damaged, holds other than plain values, or needs more than
            4 GiB or 3 minutes.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ContainedError(f"is larger than {MOST_BYTES >> 20} MiB")
        done = subprocess.run(
            [sys.executable, "-I", str(_CHILD), str(path.resolve())],
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env={**os.environ, **_QUIET},
        )
    except subprocess.TimeoutExpired as error:
        raise ContainedError(f"takes longer than {_SECONDS} s to read") from error
    except OSError as error:
        raise ContainedError(f"cannot be read ({error.strerror})") from error
    if done.returncode < 0:
        raise ContainedError("needs more memory or time than ground truth may")
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines()
        raise ContainedError(
            f"is refused or damaged ({reason[-1][:160] if reason else 'no reason'})"
        )
    return json.loads(done.stdout)
