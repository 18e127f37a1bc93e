"""A copy of the project in which a file is changed, with a process that runs the copy's tests."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "mutation"
WARM = Path(__file__).with_name("warm.py")
COPIED = ("app.py", "assets", "core", "pyproject.toml", "tests", "ui")
PYTEST = (
    *("-n0", "-p", "no:cacheprovider", "-x", "-q", "--hypothesis-profile=mutation"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # warm.py imports plugins before pytest
)


class Checkout:
    """A copy of the project in which files are changed, with a process that runs its tests."""

    def __init__(self, folder: Path, commit: str | None) -> None:
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        if commit is None:
            _copy_working_tree(folder)
        else:
            archive = subprocess.run(
                ["git", "archive", commit, *COPIED], cwd=ROOT, check=True, capture_output=True
            )
            subprocess.run(["tar", "-x"], cwd=folder, check=True, input=archive.stdout)
        self._temporary = TemporaryDirectory(ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(WARM)],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def test(self, tests: Sequence[str], limit_s: float, *, writes_bytecode: bool) -> int | None:
        """Return the exit code of pytest, or None where it ran longer than the limit."""
        asked = {
            "args": [*PYTEST, f"--basetemp={self._temporary.name}/run", *tests],
            "limit_s": limit_s,
            "log": str(self.folder / "pytest.log"),
            "writes_bytecode": writes_bytecode,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End the process and remove what its tests wrote."""
        self._process.communicate()
        self._temporary.cleanup()


def _copy_working_tree(folder: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *COPIED],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
