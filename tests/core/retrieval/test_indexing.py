"""Indexing under a compression: what is stored where, computed once, and lost by a kill."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from core.errors import ModelError, WorkspaceError
from core.mllm.compression.grammar import Compression, parse_compression
from core.mllm.compression.packing import PicturePacker, TokenPacker
from core.mllm.compression.product import ProductCoder
from core.mllm.token_source import TokenSource
from core.retrieval.indexing import SHARD, Indexer, IndexReport
from core.storage.codebook import CodebookFile
from core.storage.tokens import DescriptorStore, TokenStore
from core.types.corpus import ImageRecord
from core.types.runs import Progress
from tests.core.stand_ins import ColourTower

ROOT = Path(__file__).resolve().parents[3]


def record(name: str) -> ImageRecord:
    key = sha256(name.encode()).hexdigest()
    return ImageRecord(name, name, "database", None, 16, 16, key)


class Drawn:
    """Draws an image from its checksum."""

    def load(self, one: ImageRecord) -> np.ndarray:
        seed = int(one.sha256[:8], 16)
        return np.random.default_rng(seed).integers(0, 256, (16, 16, 3), np.uint8)


@dataclass
class Parts:
    """An indexer over stores in a folder, with the tower that counts what it encodes."""

    folder: Path
    text: str = "none"
    tower: ColourTower = field(default_factory=ColourTower)

    def __post_init__(self) -> None:
        chosen = parse_compression(self.text)
        self.plain = self._source(Compression())
        self.queries = self.plain if chosen.query == Compression() else self._source(chosen.query)
        is_plain = chosen.candidate == Compression()
        self.candidates = self.plain if is_plain else self._source(chosen.candidate)
        self.vectors = DescriptorStore(self.folder / "vectors", "v")
        sides = ((self.queries, self.candidates),)
        self.indexer = Indexer(Drawn(), self.plain, self.tower, sides, self.vectors)

    def _source(self, compression: Compression) -> TokenSource:
        folder = self.folder / str(compression)
        if compression.pixels is not None:
            packer = PicturePacker(self.tower, compression.pixels.n, compression.kept)
        else:
            coder = None
            if compression.coded is not None:
                coder = ProductCoder(compression.coded.n, 3, CodebookFile(folder))
            packer = TokenPacker(self.tower, compression, coder, ("float32", 3))
        return TokenSource(Drawn(), packer, TokenStore(folder, packer.fingerprint))

    def run(self, database: Sequence[ImageRecord], queries=()) -> list[Progress]:
        self.report = IndexReport()
        return list(self.indexer.run(database, queries, self.report))


DATABASE = [record(f"d{number}") for number in range(40)]
QUERIES = [record(f"q{number}") for number in range(3)]


def test_without_compression_both_sides_share_one_store(tmp_path):
    parts = Parts(tmp_path)
    parts.run(DATABASE, QUERIES)
    assert len(parts.plain.store) == 43
    assert parts.tower.n_encoded == 43
    assert parts.report.n_encoded == parts.report.n_images == 43


def test_compressed_candidates_and_plain_queries_are_stored_apart(tmp_path):
    parts = Parts(tmp_path, "divprune:5")
    parts.run(DATABASE, QUERIES)
    assert (len(parts.candidates.store), len(parts.plain.store)) == (40, 3)
    assert len(parts.candidates.store.get(DATABASE[0].sha256).tokens) == 5
    assert len(parts.plain.store.get(QUERIES[0].sha256).tokens) == 16
    assert parts.tower.n_encoded == 43


def test_an_image_of_both_roles_is_encoded_once_and_stored_on_both_sides(tmp_path):
    parts = Parts(tmp_path, "divprune:5,query:grid:7")
    parts.run(DATABASE, DATABASE[:4])
    assert (len(parts.candidates.store), len(parts.queries.store)) == (40, 4)
    assert parts.tower.n_encoded == 40


@pytest.mark.parametrize("text", ["divprune:5", "pool", "pq:3", "jpeg:8", "grid:4,query:pool"])
def test_descriptors_do_not_depend_on_the_compression(tmp_path, text):
    parts, plain = Parts(tmp_path / "a", text), Parts(tmp_path / "b")
    for one in (parts, plain):
        one.run(DATABASE, QUERIES)
    keys = [one.sha256 for one in (*DATABASE, *QUERIES)]
    assert np.array_equal(parts.vectors.get(keys), plain.vectors.get(keys))


def test_another_compression_starts_from_the_towers_stored_tokens(tmp_path):
    Parts(tmp_path).run(DATABASE, QUERIES)
    parts = Parts(tmp_path, "divprune:7+pq:3")
    parts.run(DATABASE, QUERIES)
    assert len(parts.candidates.store) == 40
    assert parts.tower.n_encoded == 0


def test_a_descriptor_that_needs_pixels_only_does_not_make_the_tower_run(tmp_path):
    parts = Parts(tmp_path, "jpeg:8", ColourTower(takes_tokens=False))
    parts.run(DATABASE)
    assert (len(parts.candidates.store), parts.tower.n_encoded) == (40, 0)


def test_codes_are_learned_from_the_database_before_the_first_is_stored(tmp_path):
    parts = Parts(tmp_path, "pq:3")
    steps = parts.run(DATABASE, QUERIES)
    assert [step.stage for step in steps][:2] == ["learn codes", "learn codes"]
    assert steps[1].unit == "tokens"
    for one in DATABASE:
        kept = parts.candidates.packer.select([Drawn().load(one)])[0]
        assert np.abs(parts.candidates.tokens(one).tokens - kept.tokens).max() < 0.1


def test_images_added_later_use_the_same_codebooks(tmp_path):
    Parts(tmp_path, "pq:3").run(DATABASE)
    book = (tmp_path / "pq:3" / "codebook.npy").read_bytes()
    parts = Parts(tmp_path, "pq:3")
    stages = {step.stage for step in parts.run([*DATABASE, record("new")])}
    assert stages == {"index"}
    assert parts.report.n_encoded == 1
    assert (tmp_path / "pq:3" / "codebook.npy").read_bytes() == book


def test_too_few_images_to_learn_from_store_nothing(tmp_path):
    parts = Parts(tmp_path, "pq:3")
    with pytest.raises(ModelError, match="pq:3 learns from at least 256 visual tokens"):
        parts.run(DATABASE[:15])
    assert len(parts.candidates.store) == 0


def test_a_full_disk_leaves_what_was_indexed_and_goes_on_later(small_disk):
    parts = Parts(small_disk)
    parts.run(DATABASE)
    many = [record(f"m{number}") for number in range(6000)]
    with pytest.raises(WorkspaceError, match="There is no space left to write"):
        parts.run(many)
    again = Parts(small_disk)
    assert all(one.sha256 in again.plain.store for one in DATABASE)
    assert len(again.vectors.get([one.sha256 for one in DATABASE])) == 40


BUILDER = """
import sys, time
from pathlib import Path
from tests.core.retrieval.test_indexing import Parts, record
from tests.core.stand_ins import ColourTower

class Slow(ColourTower):
    def encode(self, images):
        time.sleep(0.0004 * len(images))
        log.write("." * len(images))
        log.flush()
        return super().encode(images)

log = open(sys.argv[2], "a")
parts = Parts(Path(sys.argv[1]), sys.argv[3], Slow())
print("ready", flush=True)
parts.run([record(f"d{n}") for n in range(1500)])
"""


@pytest.mark.parametrize("text", ["none", "divprune:5"])
def test_a_build_killed_at_a_random_point_redoes_at_most_one_shard(tmp_path, text):
    moments = random.Random(text)
    log, folder = tmp_path / "log", tmp_path / "store"
    log.touch()
    for kills in (1, 2):
        with subprocess.Popen(
            [sys.executable, "-c", BUILDER, str(folder), str(log), text],
            stdout=subprocess.PIPE,
            cwd=ROOT,
        ) as builder:
            assert builder.stdout is not None
            builder.stdout.readline()
            time.sleep(moments.uniform(0.02, 0.5))
            builder.send_signal(signal.SIGKILL)
        stored = len(Parts(folder, text).candidates.store)
        assert log.stat().st_size - stored <= kills * SHARD
    parts = Parts(folder, text)
    parts.run([record(f"d{n}") for n in range(1500)])
    assert len(parts.candidates.store) == 1500
    assert log.stat().st_size + parts.tower.n_encoded <= 1500 + 2 * SHARD
    fresh = Parts(tmp_path / "fresh", text)
    for number in range(0, 1500, 50):
        one = record(f"d{number}")
        assert np.array_equal(
            parts.candidates.tokens(one).tokens, fresh.candidates.tokens(one).tokens
        )
