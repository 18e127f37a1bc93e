"""Shards: rows come back bit for bit, damage is named, a killed writer loses only its shard."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.errors import StaleIndexError
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


def test_a_truncated_file_is_named(tmp_path):
    filled(tmp_path)
    file = tmp_path / "00000.npy"
    store = ShardStore(tmp_path, "f")
    store.row("k00")["v"]
    os.truncate(file, file.stat().st_size - 4)
    with pytest.raises(StaleIndexError, match="shorter"):
        store.row("k02")["v"]


@pytest.mark.parametrize("content", ["", "[]", json.dumps({"keys": ["a"]})])
def test_a_damaged_manifest_is_named(tmp_path, content):
    filled(tmp_path)
    (tmp_path / "00000.json").write_text(content)
    with pytest.raises(StaleIndexError, match=r"00000\.json"):
        ShardStore(tmp_path, "f")


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
"""


def test_a_killed_writer_leaves_whole_shards_only(tmp_path):
    seen = 0
    for round_number in range(5):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "s")], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(0.05 + 0.03 * round_number)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        store = ShardStore(tmp_path / "s", "f")
        assert len(store) >= seen
        for number in range(len(store)):
            assert set(store.row(f"k{number}")["v"].tolist()) == {number}
        seen = len(store)
    assert seen > 0
