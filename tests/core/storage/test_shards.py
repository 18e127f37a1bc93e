"""Shards: rows come back bit for bit, damage is named, a killed writer loses only its shard."""

import gc
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.errors import StaleIndexError, WorkspaceError
from core.storage.shards import ShardStore


def filled(folder: Path, n_shards: int = 2) -> ShardStore:
    store = ShardStore(folder, "f")
    for shard in range(n_shards):
        keys = [f"k{shard}{row}" for row in range(3)]
        store.append(keys, {"v": np.arange(12, dtype=np.float32).reshape(3, 4) + shard})
    return store


def test_rows_are_found_again_after_reopening(tmp_path):
    filled(tmp_path)
    store = ShardStore(tmp_path, "f")
    assert len(store) == 6
    assert store.row("k12")["v"].tolist() == [9.0, 10.0, 11.0, 12.0]
    assert "k20" not in store


@given(
    st.sampled_from(["f2", "f4", "i2", "u1", "u2"]).flatmap(
        lambda kind: hnp.arrays(kind, st.tuples(st.integers(1, 4), st.integers(0, 3)))
    )
)
def test_every_value_round_trips_exactly(tmp_path_factory, array):
    store = ShardStore(tmp_path_factory.mktemp("s"), "f")
    keys = [str(row) for row in range(len(array))]
    store.append(keys, {"v": array})
    for row, key in enumerate(keys):
        got = store.row(key)["v"]
        assert got.dtype == array.dtype
        assert got.tobytes() == array[row].tobytes()


def test_a_store_of_today_is_read_by_every_later_version(tmp_path):
    # Written by hand as the module describes a store; a change of format needs a migration.
    folder = tmp_path / "s"
    folder.mkdir()
    np.save(folder / "00000.npy", np.array([(1.5,), (2.5,)], [("v", np.float32)]))
    digest = hashlib.sha256((folder / "00000.npy").read_bytes()).hexdigest()
    body = f'"keys":["é","b"],"sha256":{{"00000.npy":"{digest}"}}'
    checksum = hashlib.sha256(f"{{{body}}}".encode()).hexdigest()
    (folder / "00000.json").write_text(f'{{{body},"checksum":"{checksum}"}}', "utf-8")
    (folder / "store.json").write_text('{"format":2,"fingerprint":"f"}')
    store = ShardStore(folder, "f")
    assert [store.row(key)["v"] for key in ("é", "b")] == [1.5, 2.5]


def test_the_folders_above_a_new_store_are_made(tmp_path):
    assert len(filled(tmp_path / "new" / "store")) == 6
    assert len(ShardStore(tmp_path / "new" / "store", "f")) == 6


def test_rows_read_are_read_only(tmp_path):
    row = filled(tmp_path).row("k00")["v"]
    with pytest.raises(ValueError, match="read-only"):
        row[0] = 1.0


def test_another_fingerprint_is_refused(tmp_path):
    filled(tmp_path)
    with pytest.raises(StaleIndexError, match="another model or version"):
        ShardStore(tmp_path, "g")


def test_a_shard_without_its_manifest_does_not_exist(tmp_path):
    filled(tmp_path)
    (tmp_path / "00001.json").unlink()
    store = ShardStore(tmp_path, "f")
    assert len(store) == 3
    store.append(["again"], {"v": np.ones((1, 4), np.float32)})
    assert ShardStore(tmp_path, "f").row("again")["v"].tolist() == [1.0] * 4


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x93NUMPY"])
def test_a_file_that_is_no_array_is_named(tmp_path, content):
    filled(tmp_path)
    (tmp_path / "00000.npy").write_bytes(content)
    with pytest.raises(StaleIndexError, match=r"00000\.npy"):
        ShardStore(tmp_path, "f").row("k00")["v"]


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(3, np.float32),
        np.zeros((), [("v", np.float32)]),
        np.zeros((3, 1), [("v", np.float32)]),
    ],
    ids=["no names", "no rows", "two axes"],
)
def test_an_array_that_is_no_list_of_rows_is_named(tmp_path, array):
    filled(tmp_path)
    np.save(tmp_path / "00000.npy", array)
    with pytest.raises(StaleIndexError, match=r"00000\.npy cannot be used: it does not hold"):
        ShardStore(tmp_path, "f").row("k00")


def test_an_array_file_that_is_gone_is_named_and_nothing_else_is_closed(tmp_path):
    store = filled(tmp_path)
    (tmp_path / "00000.npy").unlink()
    before = [os.fstat(number) for number in (0, 1)]
    with pytest.raises(StaleIndexError, match=r"00000\.npy cannot be used: it cannot be read"):
        store.row("k00")
    gc.collect()
    assert [os.fstat(number) for number in (0, 1)] == before


def test_a_truncated_file_is_named(tmp_path):
    filled(tmp_path)
    file = tmp_path / "00000.npy"
    store = ShardStore(tmp_path, "f")
    store.row("k00")["v"]
    os.truncate(file, file.stat().st_size - 4)
    with pytest.raises(StaleIndexError, match="shorter"):
        store.row("k02")["v"]


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"keys": ["a"]}', '{"keys": [], "sha256": ["abc"], "checksum": ""}'],
)
def test_a_damaged_manifest_is_named(tmp_path, content):
    filled(tmp_path)
    (tmp_path / "00000.json").write_text(content)
    with pytest.raises(StaleIndexError, match=r"00000\.json"):
        ShardStore(tmp_path, "f")


def test_a_flipped_bit_in_a_manifest_is_named(tmp_path):
    filled(tmp_path)
    file = tmp_path / "00001.json"
    whole = file.read_bytes()
    for place in range(0, len(whole) - 1):  # the last byte is the line's end
        broken = bytearray(whole)
        broken[place] ^= 1 << (place % 7)
        file.write_bytes(broken)
        with pytest.raises(StaleIndexError, match=r"00001\.json"):
            ShardStore(tmp_path, "f")
    file.write_bytes(whole)
    assert len(ShardStore(tmp_path, "f")) == 6


def test_a_manifest_with_a_field_more_than_it_had_is_named(tmp_path):
    filled(tmp_path)
    file = tmp_path / "00001.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "more": 1}))
    with pytest.raises(StaleIndexError, match=r"00001\.json cannot be used: it differs"):
        ShardStore(tmp_path, "f")


def test_a_folder_in_the_place_of_the_header_is_named(tmp_path):
    filled(tmp_path)
    (tmp_path / "store.json").unlink()
    (tmp_path / "store.json").mkdir()
    with pytest.raises(StaleIndexError, match=r"store\.json cannot be used: it cannot be read"):
        ShardStore(tmp_path, "f")


def test_every_value_of_a_row_is_aligned_for_its_type(tmp_path):
    arrays = {"a": np.zeros((2, 3), np.uint8), "b": np.zeros(2, np.uint16), "c": np.zeros(2)}
    ShardStore(tmp_path, "f").append(["x", "y"], arrays)
    fields = ShardStore(tmp_path, "f").row("y").dtype.fields
    assert {name: (fields[name][1] % array.itemsize) for name, array in arrays.items()} == {
        "a": 0, "b": 0, "c": 0,
    }  # fmt: skip


def test_arrays_of_one_shard_come_back_whatever_their_types(tmp_path):
    arrays = {
        "bytes": np.arange(6, dtype=np.uint8).reshape(2, 3),
        "floats": np.arange(2, dtype=np.float32),
        "words": np.array([b"a", b"bcd"]),
    }
    ShardStore(tmp_path, "f").append(["x", "y"], arrays)
    row = ShardStore(tmp_path, "f").row("y")
    assert {name: row[name].tolist() for name in arrays} == {
        "bytes": [3, 4, 5],
        "floats": 1.0,
        "words": b"bcd",
    }


def test_shards_are_plain_npy_files(tmp_path):
    filled(tmp_path, 1)
    assert np.load(tmp_path / "00000.npy", allow_pickle=False)["v"].shape == (3, 4)


def test_more_shards_than_files_are_kept_open_can_be_read_by_threads(tmp_path):
    store = filled(tmp_path, 150)
    before = n_open_files()
    keys = [f"k{shard}{row}" for shard in range(150) for row in range(3)]
    expected = [float(4 * row + shard) for shard in range(150) for row in range(3)]

    def read(_: int) -> list[float]:
        return [float(store.row(key)["v"][0]) for key in keys]

    with ThreadPoolExecutor(4) as pool:
        assert all(got == expected for got in pool.map(read, range(8)))
    assert 0 < n_open_files() - before < 100


def n_open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def test_memory_does_not_grow_with_the_rows_that_are_written_and_read(tmp_path):
    def peak(n_shards: int) -> int:
        folder = tmp_path / str(n_shards)
        tracemalloc.start()
        store = ShardStore(folder, "f")
        for shard in range(n_shards):
            keys = [f"{shard}-{row}" for row in range(64)]
            store.append(keys, {"v": np.full((64, 4096), shard, np.uint8)})
        for shard in range(n_shards):
            assert store.row(f"{shard}-63")["v"][0] == shard
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    few, many = peak(4), peak(40)  # 1 MB and 10 MB of rows
    assert many - few < 36 * 64 * 400  # at most 400 bytes per key


FILLER = """
import resource, sys
import numpy as np
from pathlib import Path
from core.errors import WorkspaceError
from core.storage.shards import ShardStore
store = ShardStore(Path(sys.argv[1]), "f")
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    store.append(["new"], {"v": np.zeros((1, 100_000), np.uint8)})
except WorkspaceError as error:
    print(error)
"""


def test_a_shard_that_does_not_fit_is_one_sentence_and_an_intact_store(tmp_path):
    filled(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    done = subprocess.run(
        [sys.executable, "-c", FILLER, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("There is no space left to write '00002.npy'")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert ShardStore(tmp_path, "f").row("k12")["v"].tolist() == [9.0, 10.0, 11.0, 12.0]


def test_a_really_full_disk_is_one_sentence_and_an_intact_store(small_disk):
    """First the rows do not fit, then only the manifest does not: nothing of either is left."""
    store = filled(small_disk / "s")
    with pytest.raises(WorkspaceError, match=r"no space left to write '00002\.npy'"):
        store.append(["big"], {"v": np.zeros((1, 2_000_000), np.uint8)})
    (small_disk / "other").write_bytes(bytes(free_bytes(small_disk) - 3 * 4096))
    keys = [f"{row:032d}" for row in range(1000)]  # their manifest takes more than a page
    with pytest.raises(WorkspaceError, match=r"no space left to write '00002\.json'"):
        store.append(keys, {"v": np.zeros((1000, 1), np.uint8)})
    assert not list((small_disk / "s").glob("*00002*"))
    (small_disk / "other").unlink()
    store.append(["new"], {"v": np.ones((1, 4), np.float32)})
    assert ShardStore(small_disk / "s", "f").row("new")["v"].tolist() == [1.0] * 4
    assert ShardStore(small_disk / "s", "f").row("k12")["v"].tolist() == [9.0, 10.0, 11.0, 12.0]


def free_bytes(folder: Path) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


WRITER = """
import sys
import numpy as np
from pathlib import Path
from core.storage.shards import ShardStore
store = ShardStore(Path(sys.argv[1]), "f")
print(len(store), flush=True)
n = len(store)
while True:
    store.append([f"k{n}"], {"v": np.full((1, 2048), n, np.int32)})
    n += 1
    print(n, flush=True)
"""


def test_a_killed_writer_leaves_whole_shards_only(tmp_path):
    seen = 0
    for round_number in range(5):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "s")], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        writer.stdout.readline()  # one more is stored, however slow the disk is
        time.sleep(0.05 + 0.03 * round_number)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        store = ShardStore(tmp_path / "s", "f")
        assert len(store) > seen
        for number in range(len(store)):
            assert set(store.row(f"k{number}")["v"].tolist()) == {number}
        seen = len(store)
