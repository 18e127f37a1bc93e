"""Two processes never share a workspace, and whoever comes second is told who holds it."""

import os
import re
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import WorkspaceError
from core.storage.files import WorkspaceLock

REPOSITORY = Path(__file__).parents[3]
HOLD = (
    "import sys, time\n"
    "from pathlib import Path\n"
    "from core.storage.files import WorkspaceLock\n"
    "lock = WorkspaceLock(Path(sys.argv[1]))\n"
    "lock.acquire()\n"
    "print('held', flush=True)\n"
    "time.sleep(60)\n"
)


def test_a_second_process_is_told_who_holds_the_workspace_until_that_one_dies(tmp_path: Path):
    workspace = tmp_path / "space"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(workspace)], cwd=REPOSITORY, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(WorkspaceError) as caught:
            WorkspaceLock(workspace).acquire()
        holder.kill()
    told = re.fullmatch(
        rf"The workspace 'space' is in use by process {holder.pid} since (\S+); close that one or "
        r"choose another folder with --workspace\.",
        str(caught.value),
    )
    assert told is not None
    assert abs(datetime.now(UTC) - datetime.fromisoformat(told[1])) < timedelta(minutes=5)
    lock = WorkspaceLock(workspace)
    lock.acquire()
    assert (workspace / "lock").read_text().split()[0] == str(os.getpid())
    lock.release()


def test_a_released_workspace_can_be_locked_again(tmp_path: Path):
    lock = WorkspaceLock(tmp_path)
    lock.acquire()
    lock.release()
    lock.release()
    again = WorkspaceLock(tmp_path)
    again.acquire()
    with pytest.raises(WorkspaceError, match="in use by process"):
        lock.acquire()
    again.release()


def test_a_new_workspace_is_made_with_the_folders_above_it_and_all_may_read_its_holder(
    tmp_path: Path,
):
    lock = WorkspaceLock(tmp_path / "new" / "space")
    before = os.umask(0)
    try:
        lock.acquire()
    finally:
        os.umask(before)
    mode = (tmp_path / "new" / "space" / "lock").stat().st_mode
    assert stat.S_IMODE(mode) == 0o644
    lock.release()


def test_a_workspace_on_a_full_disk_is_one_sentence_and_is_not_held(small_disk: Path):
    disk, filler = os.statvfs(small_disk), small_disk / "filler"
    filler.write_bytes(bytes(disk.f_bavail * disk.f_frsize))
    lock = WorkspaceLock(small_disk)
    with pytest.raises(WorkspaceError, match="no space left to write 'lock'"):
        lock.acquire()
    filler.unlink()
    again = WorkspaceLock(small_disk)
    again.acquire()
    again.release()


def test_a_workspace_below_a_file_cannot_be_locked(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(WorkspaceError, match=r"'lock' cannot be written"):
        WorkspaceLock(tmp_path / "file").acquire()
