"""Every flipped bit and every missing file of a workspace is found and named."""

from pathlib import Path

import numpy as np
import pytest

from core.storage.codebook import CodebookFile
from core.storage.scorers import ScorerCards
from core.storage.verify import Checked, verify
from tests.core.stand_ins import make_workbench


@pytest.fixture
def workspace(tiny_corpus_root: Path, tmp_path: Path) -> Path:
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    list(bench.runs.build_index())
    list(bench.runs.evaluate(4))
    bench.queries.add_upload((tiny_corpus_root / "images/disc_1.png").read_bytes(), "a.png")
    bench.close()
    (store,) = (tmp_path / "w").glob("tokens/*")
    CodebookFile(store).save(np.ones((1, 2, 256, 3), np.float32))
    return tmp_path / "w"


def problems(folder: Path) -> dict[str, str]:
    return {one.file: one.problem for one in verify(folder) if one.problem is not None}


def test_a_whole_workspace_has_no_problem(workspace):
    checked = list(verify(workspace))
    assert {Path(one.file).parts[0] for one in checked} == {
        "annotations.sqlite",
        "descriptors",
        "index",
        "runs",
        "scores.sqlite",
        "tokens",
        "uploads",
    }
    assert problems(workspace) == {}


@pytest.mark.parametrize(
    "pattern", ["tokens/*/*.npy", "descriptors/*/*.npy", "index/*.faiss", "uploads/*.png"]
)
def test_a_flipped_bit_anywhere_is_found(workspace, pattern):
    for file in workspace.glob(pattern):
        whole = file.read_bytes()
        for place in range(0, len(whole), max(1, len(whole) // 25)):
            broken = bytearray(whole)
            broken[place] ^= 1 << (place % 8)
            file.write_bytes(broken)
            assert problems(workspace) == {
                file.relative_to(workspace).as_posix(): "differs from its checksum"
            }
        file.write_bytes(whole)
    assert problems(workspace) == {}


def test_a_missing_file_is_named(workspace):
    file = next(workspace.glob("tokens/*/*.npy"))
    file.unlink()
    assert problems(workspace) == {file.relative_to(workspace).as_posix(): "is missing"}


def test_a_flipped_bit_anywhere_in_a_shards_manifest_is_found(workspace):
    for file in workspace.glob("tokens/*/0*.json"):
        whole = file.read_bytes()
        for place in range(0, len(whole) - 1, 7):  # the last byte is the line's end
            broken = bytearray(whole)
            broken[place] ^= 1 << (place % 7)
            file.write_bytes(broken)
            assert problems(workspace) == {file.relative_to(workspace).as_posix(): "cannot be read"}
        file.write_bytes(whole)


@pytest.mark.parametrize(
    "pattern",
    ["tokens/*/0*.json", "tokens/*/codebook.json", "index/*.json", "uploads/*.json"],
)
def test_a_manifest_that_cannot_be_read_is_named(workspace, pattern):
    file = next(workspace.glob(pattern))
    file.write_text("{")
    assert problems(workspace) == {file.relative_to(workspace).as_posix(): "cannot be read"}


def test_a_damaged_import_is_named(workspace):
    (workspace / "imports").mkdir()
    (workspace / "imports/ames.json").write_text('{"name": "ames"}')
    assert problems(workspace) == {"imports/ames.json": "cannot be read as an import"}


def test_damaged_scores_and_reports_are_named(workspace):
    next(workspace.glob("runs/*.json")).write_text("{}")
    scores = workspace / "scores.sqlite"
    data = bytearray(scores.read_bytes())
    data[100:400] = b"\xff" * 300
    scores.write_bytes(data)
    found = problems(workspace)
    assert "is damaged" in found.pop("scores.sqlite")
    assert list(found.values()) == ["cannot be read as a report"]


def test_a_scorers_card_that_cannot_be_read_is_named(tmp_path):
    cards = ScorerCards(tmp_path / "scorers")
    cards.save("ab" * 32, {"model": "m"})
    assert list(verify(tmp_path)) == [Checked("scorers/abababababababab.json", None)]
    (tmp_path / "scorers" / "abababababababab.json").write_text("[]")
    (found,) = verify(tmp_path)
    assert "cannot be read" in found.problem
