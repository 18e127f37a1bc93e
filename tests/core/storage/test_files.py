"""Writes survive crashes and full disks, and only regular files are opened."""

import os
import resource
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import WorkspaceError
from core.storage.files import (
    atomic_file,
    atomic_write_bytes,
    atomic_write_json,
    atomic_write_text,
    named_below,
    open_regular,
    remove_temporaries,
    sha256_of,
    visible_entries,
)

REPOSITORY = Path(__file__).parents[3]


def run_python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
    )


@settings(max_examples=30)
@given(st.binary(max_size=5000))
def test_written_bytes_are_read_back(data: bytes):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.bin"
        atomic_write_bytes(path, b"old")
        atomic_write_bytes(path, data)
        assert path.read_bytes() == data
        assert [p.name for p in Path(folder).iterdir()] == ["a.bin"]


def test_a_write_that_does_not_wait_for_the_disk_is_whole_too(tmp_path: Path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    atomic_write_bytes(path, b"new", durable=False)
    assert path.read_bytes() == b"new"
    with pytest.raises(KeyError), atomic_file(path, durable=False) as file:  # noqa: PT012
        file.write(b"half of the newer")
        raise KeyError
    assert path.read_bytes() == b"new"


def test_a_write_waits_for_the_disk_unless_it_need_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    synced: list[bool] = []
    sync = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda d: synced.append(stat.S_ISDIR(os.fstat(d).st_mode)) or sync(d)
    )
    atomic_write_bytes(tmp_path / "a.bin", b"", durable=False)
    assert synced == []
    atomic_write_bytes(tmp_path / "a.bin", b"")
    with atomic_file(tmp_path / "b.bin"):
        pass
    assert synced == [False, True] * 2  # the file, then the folder with its new name


def test_text_is_written_as_utf8(tmp_path: Path):
    atomic_write_text(tmp_path / "a.txt", "naïve — ∑\r\n")
    assert (tmp_path / "a.txt").read_bytes() == "naïve — ∑\r\n".encode()


def test_json_is_written_compact_with_a_final_newline(tmp_path: Path):
    atomic_write_json(tmp_path / "a.json", {"é": [1, None]})
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == '{"é":[1,null]}\n'


def test_json_with_nan_is_refused_and_the_old_file_stays(tmp_path: Path):
    path = tmp_path / "a.json"
    atomic_write_json(path, 1)
    with pytest.raises(ValueError, match="Out of range"):
        atomic_write_json(path, float("nan"))
    assert path.read_text() == "1\n"


def test_an_exception_inside_the_block_keeps_the_old_content(tmp_path: Path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with pytest.raises(KeyError), atomic_file(path) as file:  # noqa: PT012
        file.write(b"half of the new")
        raise KeyError
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]


def test_a_process_killed_while_writing_keeps_the_old_content(tmp_path: Path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    result = run_python(
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from core.storage.files import atomic_file\n"
        "with atomic_file(Path(sys.argv[1])) as file:\n"
        "    file.write(b'new' * 100000)\n"
        "    file.flush()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n",
        path,
    )
    assert result.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"


def test_what_a_killed_writer_left_is_removed(tmp_path: Path):
    (tmp_path / ".a.bin.0123456789ab.tmp").write_bytes(b"half")
    (tmp_path / "kept.tmp").write_bytes(b"not ours")
    assert remove_temporaries(tmp_path) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["kept.tmp"]


@pytest.mark.parametrize("rounds", [5, pytest.param(100, marks=pytest.mark.faults)])
def test_a_reader_sees_old_or_new_at_any_moment_of_a_kill(tmp_path: Path, rounds: int):
    path = tmp_path / "a.bin"
    path.write_bytes(b"a" * 300_000)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from core.storage.files import atomic_write_bytes\n"
        "print(flush=True)\n"
        "while True:\n"
        "    for letter in b'ab':\n"
        "        atomic_write_bytes(Path(sys.argv[1]), bytes([letter]) * 300_000)\n"
    )
    for number in range(rounds):
        with subprocess.Popen(
            [sys.executable, "-c", code, str(path)], cwd=REPOSITORY, stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            with pytest.raises(subprocess.TimeoutExpired):
                writer.wait(0.02 + 0.0007 * number)
            writer.kill()
        data = path.read_bytes()
        assert data in (b"a" * 300_000, b"b" * 300_000)


def test_a_full_disk_is_one_sentence_and_keeps_the_old_content(tmp_path: Path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(WorkspaceError) as caught:
            atomic_write_bytes(path, b"new" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(caught.value) == (
        "There is no space left to write 'a.bin' and what it held is unchanged; "
        "free some space or choose another folder with --workspace, then start again."
    )
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]


def test_a_really_full_disk_keeps_the_old_content(small_disk: Path):
    path = small_disk / "a.bin"
    atomic_write_bytes(path, b"old" * 100)
    with pytest.raises(WorkspaceError, match="no space left"):
        atomic_write_bytes(path, bytes(2_000_000))
    assert path.read_bytes() == b"old" * 100
    assert [p.name for p in small_disk.iterdir()] == ["a.bin"]


def test_reserving_more_than_the_disk_has_is_a_workspace_error(small_disk: Path):
    path = small_disk / "a.bin"
    with (
        pytest.raises(WorkspaceError, match=r"no space left to write 'a\.bin'"),
        atomic_file(path, n_bytes=2_000_000),
    ):
        pytest.fail("the block is not entered")
    assert list(small_disk.iterdir()) == []


def test_reserved_space_is_the_size_of_the_file(tmp_path: Path):
    with atomic_file(tmp_path / "a.bin", n_bytes=12_345):
        pass
    assert (tmp_path / "a.bin").stat().st_size == 12_345


@pytest.mark.parametrize("n_bytes", [3, 12_345, 3 * 2**20 + 1])
def test_space_is_reserved_where_the_system_has_no_call_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_bytes: int
):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.delattr(os, "posix_fallocate", raising=False)
    with atomic_file(tmp_path / "a.bin", n_bytes=n_bytes) as file:
        file.write(b"abc")
    assert (tmp_path / "a.bin").read_bytes() == b"abc" + bytes(n_bytes - 3)


def test_a_folder_that_cannot_be_written_is_named_without_its_absolute_path(tmp_path: Path):
    with pytest.raises(
        WorkspaceError, match=r"^'a\.bin' cannot be written \(No such file"
    ) as caught:
        atomic_write_bytes(tmp_path / "missing" / "a.bin", b"")
    assert str(tmp_path) not in str(caught.value)


def test_checksum_of_a_large_file_is_the_published_one(tmp_path: Path):
    # FIPS 180-2 appendix B.3: SHA-256 of one million letters "a".
    (tmp_path / "a").write_bytes(b"a" * 1_000_000)
    assert sha256_of(tmp_path / "a") == (
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    )


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "link"])
def test_only_regular_files_are_opened(tmp_path: Path, kind: str):
    path = tmp_path / "a"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path = Path("/dev/zero")
    else:
        (tmp_path / "target").touch()
        path.symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match="not a regular file"):
        open_regular(path)


def test_a_regular_file_is_opened_for_reading(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"text")
    with open_regular(tmp_path / "a") as file:
        assert file.read() == b"text"
        assert stat.S_ISREG(os.fstat(file.fileno()).st_mode)


@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_a_file_that_is_exchanged_while_it_is_opened_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
):
    (tmp_path / "secret").write_text("not for you")
    path = tmp_path / "a"
    path.touch()
    look = Path.lstat

    def look_and_exchange(self: Path) -> os.stat_result:
        seen = look(self)
        path.unlink()
        if kind == "pipe":
            os.mkfifo(path)
        else:
            path.symlink_to(tmp_path / "secret")
        return seen

    n_open = n_open_files()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "lstat", look_and_exchange)
        with pytest.raises(OSError, match=r"not a regular file|symbolic links"):
            open_regular(path)
    assert n_open_files() == n_open


def n_open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def test_what_is_below_several_roots_is_named_by_root_and_sorted(tmp_path: Path):
    for name in ("b/z", "b/a/x", "a/y"):
        (tmp_path / name).mkdir(parents=True)
    roots = [tmp_path / "b", tmp_path / "a"]
    assert named_below(roots, lambda root: root.iterdir()) == ("a/y", "b/a", "b/z")


def test_entries_of_a_folder_are_sorted_and_hidden_ones_left_out(tmp_path: Path):
    for name in ("b", ".hidden", "a"):
        (tmp_path / name).touch()
    assert [entry.name for entry in visible_entries(tmp_path)] == ["a", "b"]


def test_a_folder_that_cannot_be_listed_has_no_entries(tmp_path: Path):
    assert visible_entries(tmp_path / "missing") == []
