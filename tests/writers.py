"""A process that writes and acknowledges until it is killed."""

import signal
import subprocess
import sys
import time
from pathlib import Path


def kill_writer(script: str, path: Path, seconds: float) -> int:
    """Kill `script`, run on `path`, some seconds after its first line; return its last number.

    Args:
        script: Python source that prints one number per line, once it has acknowledged it.
        path: its only argument.
        seconds: between the first line and SIGKILL.
    """
    command = [sys.executable, "-c", script, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(seconds)
        writer.send_signal(signal.SIGKILL)
        return int((first + writer.stdout.read()).split()[-1])
