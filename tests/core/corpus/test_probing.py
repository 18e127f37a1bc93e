"""Checksums and sizes are remembered while files stay the same."""

import hashlib
import json
import logging
import os
from pathlib import Path

import pytest
from PIL import Image

from core.corpus.probing import Prober, replaced_files
from core.corpus.sources.folder import FolderSource
from core.errors import StaleIndexError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    Image.new("RGB", (30, 20)).save(folder / "a.png")
    return folder


def overwrite_keeping_time_and_size(path: Path) -> None:
    status = path.stat()
    path.write_bytes(bytes(status.st_size))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_a_probe_holds_checksum_and_size(root: Path):
    probe = Prober(FolderSource(root), None).probe("a.png")
    assert probe.sha256 == hashlib.sha256((root / "a.png").read_bytes()).hexdigest()
    assert (probe.width, probe.height, probe.problem) == (30, 20, "")


def test_an_unchanged_file_is_not_read_again(root: Path, tmp_path: Path):
    cache = tmp_path / "space" / "probes.json"
    prober = Prober(FolderSource(root), cache)
    first = prober.probe("a.png")
    prober.save()
    reads: list[str] = []
    again = Prober(FolderSource(root), cache)
    again._source.read = lambda path, name: reads.append(name)  # type: ignore[method-assign]
    assert again.probe("a.png") == first
    assert reads == []


def test_a_file_replaced_under_the_same_size_and_time_is_read_again(root: Path, tmp_path: Path):
    cache = tmp_path / "probes.json"
    prober = Prober(FolderSource(root), cache)
    first = prober.probe("a.png")
    prober.save()
    overwrite_keeping_time_and_size(root / "a.png")
    again = Prober(FolderSource(root), cache)
    assert again.probe("a.png").sha256 != first.sha256
    again.save()
    assert replaced_files(cache) == {"a.png": first.sha256}


def test_what_an_older_version_remembered_is_looked_at_again(root: Path, tmp_path: Path):
    cache = tmp_path / "probes.json"
    status = (root / "a.png").stat()
    old = [status.st_size, status.st_mtime_ns, "0" * 64, 9, 9, ""]
    cache.write_text(
        json.dumps({"format": "second-look image probes 1", "entries": {"a.png": old}})
    )
    assert Prober(FolderSource(root), cache).probe("a.png").width == 30
    assert replaced_files(cache) == {}


def test_a_mask_is_decoded_once(root: Path, tmp_path: Path):
    cache = tmp_path / "probes.json"
    Image.new("L", (30, 20)).save(root / "m.png")
    prober = Prober(FolderSource(root), cache)
    first = prober.probe_mask("m.png", (30, 20))
    assert "is a mask that covers nothing" in first.problem
    assert prober.probe_mask("m.png", (20, 30)).problem != first.problem
    prober.probe_mask("m.png", (30, 20))
    prober.save()
    again = Prober(FolderSource(root), cache)
    again._source.read = None  # type: ignore[method-assign,assignment]
    assert again.probe_mask("m.png", (30, 20)) == first


def test_a_changed_file_is_read_again(root: Path, tmp_path: Path):
    cache = tmp_path / "probes.json"
    prober = Prober(FolderSource(root), cache)
    prober.probe("a.png")
    prober.save()
    Image.new("RGB", (50, 60)).save(root / "a.png")
    probe = Prober(FolderSource(root), cache).probe("a.png")
    assert (probe.width, probe.height) == (50, 60)


def test_an_undecodable_file_is_a_probe_with_its_problem(root: Path):
    (root / "bad.png").write_bytes(b"no picture")
    probe = Prober(FolderSource(root), None).probe("bad.png")
    assert (probe.width, probe.height) == (0, 0)
    assert probe.sha256 == hashlib.sha256(b"no picture").hexdigest()
    assert probe.problem.startswith("Image 'bad.png' is not a JPEG")


def test_a_refusal_that_may_pass_is_not_remembered(root: Path, tmp_path: Path):
    cache = tmp_path / "probes.json"
    (root / "b.png").symlink_to(tmp_path / "missing.png")
    prober = Prober(FolderSource(root), cache)
    assert "is a link that leads nowhere" in prober.probe("b.png").problem
    prober.save()
    assert not cache.exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"format": "second-look image probes 0", "entries": {}}',
        '{"format": "second-look image probes 1", "entries": []}',
        '{"format": "second-look image probes 2", "entries": {}}',
        '{"format": "second-look image probes 1", "entries": {"a.png": [1, 2]}}',
        '{"format": "second-look image probes 1", "entries": {"a.png": [1, 2, 3, 4, 5, 6]}}',
        '{"format": "second-look image probes 1", "entries": {"a.png": "text"}}',
    ],
)
def test_a_damaged_cache_is_named_with_its_remedy(root: Path, tmp_path: Path, text: str):
    cache = tmp_path / "probes.json"
    cache.write_text(text)
    with pytest.raises(StaleIndexError, match=r"'probes\.json' are damaged.*delete that file"):
        Prober(FolderSource(root), cache)


def test_a_cache_that_is_not_text_is_damaged(root: Path, tmp_path: Path):
    (tmp_path / "probes.json").write_bytes(b"\xff\xfe")
    with pytest.raises(StaleIndexError):
        Prober(FolderSource(root), tmp_path / "probes.json")


def test_a_cache_that_cannot_be_written_costs_time_only(
    root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (tmp_path / "file").touch()
    prober = Prober(FolderSource(root), tmp_path / "other.json")
    prober.probe("a.png")
    (tmp_path / "other.json").mkdir()
    with caplog.at_level(logging.WARNING):
        prober.save()
    assert "image checksums are not kept" in caplog.text


def test_the_cache_is_written_only_when_something_was_learnt(root: Path, tmp_path: Path):
    cache = tmp_path / "probes.json"
    prober = Prober(FolderSource(root), cache)
    prober.probe("a.png")
    prober.save()
    before = cache.stat().st_ino
    again = Prober(FolderSource(root), cache)
    again.probe("a.png")
    again.save()
    assert cache.stat().st_ino == before
    assert list(json.loads(cache.read_text())["entries"]) == ["a.png"]


def test_what_was_read_is_kept_from_time_to_time(tiny_corpus_root, tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("core.corpus.probing.time.monotonic", lambda: now[0])
    prober = Prober(FolderSource(tiny_corpus_root), tmp_path / "images.json")
    prober.probe("images/disc_1.png")
    for second, is_kept in ((14.0, False), (15.0, True)):
        now[0] = second
        prober.keep()
        assert (tmp_path / "images.json").exists() is is_kept
