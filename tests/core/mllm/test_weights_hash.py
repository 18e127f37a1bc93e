import hashlib
import json
import logging
import os
from pathlib import Path

import pytest

from core.mllm.weights_hash import settings_hash, weights_hash


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "model"
    path.mkdir()
    (path / "model.safetensors").write_bytes(b"weights")
    (path / "config.json").write_text("{}")
    return path


def test_hash_of_one_file_is_its_sha256(folder):
    assert weights_hash(folder) == hashlib.sha256(b"weights").hexdigest()


def test_hash_of_shards_depends_on_each(folder):
    (folder / "model.safetensors").rename(folder / "model-1.safetensors")
    (folder / "model-2.safetensors").write_bytes(b"more")
    before = weights_hash(folder)
    (folder / "model-2.safetensors").write_bytes(b"Xore")
    assert before != weights_hash(folder)


def test_a_file_that_is_not_loaded_does_not_change_the_hash(folder):
    before = weights_hash(folder)
    (folder / "adapter_model.safetensors").write_bytes(b"beside")
    assert weights_hash(folder) == before


def test_hub_blob_is_named_by_its_hash_and_not_read(tmp_path):
    blob = tmp_path / "blobs" / ("0f" * 32)
    blob.parent.mkdir()
    blob.write_bytes(b"not what the name says")
    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    (snapshot / "model.safetensors").symlink_to(blob)
    assert weights_hash(snapshot) == "0f" * 32


def test_remembered_hash_is_used_while_the_file_is_unchanged(folder, tmp_path):
    cache = tmp_path / "cache" / "hashes.json"
    assert weights_hash(folder, cache) == hashlib.sha256(b"weights").hexdigest()
    known = json.loads(cache.read_text())
    cache.write_text(json.dumps(dict.fromkeys(known, "remembered")))
    assert weights_hash(folder, cache) == "remembered"


def test_changed_file_is_hashed_again(folder, tmp_path):
    cache = tmp_path / "hashes.json"
    weights_hash(folder, cache)
    (folder / "model.safetensors").write_bytes(b"WEIGHTS")  # same size
    os.utime(folder / "model.safetensors", ns=(1, 1))
    assert weights_hash(folder, cache) == hashlib.sha256(b"WEIGHTS").hexdigest()


@pytest.mark.parametrize("damage", ["{", "[]", '"text"'])
def test_damaged_cache_is_started_anew(folder, tmp_path, damage):
    cache = tmp_path / "hashes.json"
    cache.write_text(damage)
    assert weights_hash(folder, cache) == hashlib.sha256(b"weights").hexdigest()
    assert list(json.loads(cache.read_text()).values()) == [weights_hash(folder)]


def test_cache_that_cannot_be_written_is_logged_and_not_needed(folder, tmp_path, caplog):
    (tmp_path / "file").write_text("")
    with caplog.at_level(logging.WARNING):
        found = weights_hash(folder, tmp_path / "file" / "hashes.json")
    assert found == weights_hash(folder)
    assert "cannot be written" in caplog.text


def test_settings_hash_changes_with_the_processor_file(folder):
    before = settings_hash(folder)
    (folder / "preprocessor_config.json").write_text('{"image_mean": [0, 0, 0]}')
    assert settings_hash(folder) != before
