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
NOT_RUN = (4, 5, 99)  # pytest's usage error and "no tests", and an error before pytest
CONFTEST_FAILED = "ImportError while loading conftest"  # a mutant that cannot even be imported
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
        self._n_runs = 0
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
        self._n_runs += 1
        scratch = Path(self._temporary.name) / str(self._n_runs)
        asked = {
            "args": [*PYTEST, f"--basetemp={scratch}", *tests],
            "limit_s": limit_s,
            "log": str(self.folder / "pytest.log"),
            "writes_bytecode": writes_bytecode,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        code = json.loads(self._process.stdout.readline())
        _remove(scratch)
        if code in NOT_RUN and CONFTEST_FAILED not in self.log():
            raise SystemExit(f"pytest did not run (exit code {code}).\n{self.log()[-3000:]}")
        return code

    def log(self) -> str:
        """Return what the last run of pytest printed."""
        return (self.folder / "pytest.log").read_text("utf-8", "replace")

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


def _remove(scratch: Path) -> None:
    """Remove what a run wrote; a test that was killed may have left a small disk mounted there."""
    mounts = Path("/proc/mounts")
    for line in mounts.read_text("utf-8").splitlines() if mounts.exists() else ():
        place = line.split(" ")[1]
        if place.startswith(f"{scratch}/"):
            subprocess.run(["umount", "--lazy", place], check=False)
    shutil.rmtree(scratch, ignore_errors=True)
