"""Start and kill the servers of `annotation_server`."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Servers:
    """Forks servers on demand and ends them as a power cut would."""

    def __init__(self, folder: Path, n_pairs: int) -> None:
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.annotation_server", str(folder), str(n_pairs)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"},
        )
        self._pid = 0

    def start(self, port: int = 0) -> int:
        """Start a server and return its port."""
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.write(f"{port}\n")
        self._nursery.stdin.flush()
        self._pid, port = map(int, self._nursery.stdout.readline().split())
        return port

    def kill(self) -> None:
        """Kill the server that runs."""
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self._pid = 0

    def close(self) -> None:
        """End everything."""
        self.kill()
        self._nursery.kill()
        self._nursery.communicate()


@contextmanager
def servers(folder: Path, n_pairs: int) -> Iterator[Servers]:
    """Yield servers over one folder of annotations."""
    opened = Servers(folder, n_pairs)
    try:
        yield opened
    finally:
        opened.close()
