"""`metadata.csv`, `.jsonl` and `.parquet` of an imagefolder describe its images as a manifest."""

import csv
import json
import sys
from pathlib import Path

import pytest

from core.corpus.manifest import open_corpus
from core.errors import ManifestError
from tests.core.corpus.sources.packing import PACKED, rows_of, three_tars

ENDINGS = ["csv", "jsonl", "parquet"]


def write(root: Path, ending: str, rows: list[dict[str, str]]) -> None:
    path = root / f"metadata.{ending}"
    if ending == "csv":
        with path.open("w", newline="") as file:
            table = csv.DictWriter(file, list(rows[0]))
            table.writeheader()
            table.writerows(rows)
    elif ending == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        pa = pytest.importorskip("pyarrow", reason="the extra `export` is not installed")
        pq = pytest.importorskip("pyarrow.parquet", reason="the extra `export` is not installed")
        pq.write_table(pa.Table.from_pylist(rows), path)


@pytest.fixture
def rows(tiny_corpus_root: Path) -> list[dict[str, str]]:
    """The manifest's rows with `file_name` for `image`; the manifest itself is gone."""
    found = [{"file_name": row.pop("image")} | row for row in rows_of(tiny_corpus_root)]
    (tiny_corpus_root / "manifest.csv").unlink()
    return found


@pytest.mark.parametrize("ending", ENDINGS)
def test_metadata_with_roles_are_a_manifest(tiny_corpus, tiny_corpus_root, rows, ending):
    write(tiny_corpus_root, ending, rows)
    corpus = open_corpus(tiny_corpus_root)
    assert corpus.fingerprint == tiny_corpus.fingerprint
    assert corpus.database == tiny_corpus.database
    assert corpus.labels_from.text == f"metadata.{ending}"


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_image_without_a_role_is_both_and_one_that_is_not_named_is_left_out(
    tiny_corpus_root, rows, ending
):
    some = [{"file_name": row["file_name"], "instance": row["instance"]} for row in rows[:5]]
    write(tiny_corpus_root, ending, some)
    corpus = open_corpus(tiny_corpus_root)
    assert len(corpus.database) == len(corpus.queries) == 5
    assert {record.role for record in corpus.database} == {"both"}
    assert corpus.relevance is not None


@pytest.mark.parametrize("ending", ENDINGS)
def test_metadata_without_roles_are_attributes_of_the_folders_images(
    tiny_corpus_root, rows, ending
):
    said = [{"file_name": row["file_name"], "caption": f"no {n}"} for n, row in enumerate(rows)]
    write(tiny_corpus_root, ending, said[:-1])
    corpus = open_corpus(tiny_corpus_root)
    assert len(corpus.database) == 8
    assert corpus.relevance is None
    tags = {record.image_id: record.tags for record in corpus.database}
    assert tags[said[3]["file_name"]] == {"caption": "no 3"}
    assert tags[said[-1]["file_name"]] == {}


@pytest.mark.parametrize("columns", [{"role": "both"}, {}])
@pytest.mark.parametrize(("ending", "line"), [("csv", 3), ("jsonl", 2), ("parquet", 2)])
def test_a_row_whose_image_is_missing_is_a_fault_with_its_row(
    tiny_corpus_root, rows, ending, line, columns
):
    some = [{"file_name": rows[0]["file_name"]} | columns, {"file_name": "none.png"} | columns]
    write(tiny_corpus_root, ending, some)
    with pytest.raises(ManifestError) as caught:
        open_corpus(tiny_corpus_root)
    (fault,) = caught.value.faults
    assert fault.startswith(f"metadata.{ending}:{line}: ")
    assert fault.endswith("'none.png' does not exist")


def test_a_table_of_another_tool_and_a_manifest_beside_it_change_nothing(
    tiny_corpus, tiny_corpus_root
):
    (tiny_corpus_root / "metadata.csv").write_text("a,b\n1,2\n")
    assert open_corpus(tiny_corpus_root).fingerprint == tiny_corpus.fingerprint
    (tiny_corpus_root / "metadata.csv").write_text("file_name,role\nnone.png,both\n")
    assert open_corpus(tiny_corpus_root).fingerprint == tiny_corpus.fingerprint
    (tiny_corpus_root / "manifest.csv").unlink()
    (tiny_corpus_root / "metadata.csv").write_text("a,b\n1,2\n")
    assert open_corpus(tiny_corpus_root).relevance is None


def test_two_descriptions_are_not_chosen_between(tiny_corpus_root, rows):
    write(tiny_corpus_root, "csv", rows)
    write(tiny_corpus_root, "jsonl", rows)
    with pytest.raises(ManifestError, match=r"holds metadata\.csv and metadata\.jsonl; keep"):
        open_corpus(tiny_corpus_root)


def test_a_broken_line_is_a_fault_and_a_broken_file_is_another_tools(tiny_corpus_root, rows):
    text = json.dumps({"file_name": rows[0]["file_name"], "role": "both"})
    (tiny_corpus_root / "metadata.jsonl").write_text(f"{text}\n[1]\n{text[:-2]}\n")
    with pytest.raises(ManifestError) as caught:
        open_corpus(tiny_corpus_root)
    assert caught.value.faults == (
        "metadata.jsonl:2: the line is no JSON object",
        "metadata.jsonl:3: the line is no JSON object",
    )
    (tiny_corpus_root / "metadata.jsonl").unlink()
    (tiny_corpus_root / "metadata.parquet").write_bytes(b"PAR1")
    assert len(open_corpus(tiny_corpus_root).database) == 8


def test_semicolons_capitals_and_backslashes_are_read_and_said(tiny_corpus_root, rows):
    first = rows[0]["file_name"].replace("/", "\\")
    (tiny_corpus_root / "metadata.csv").write_text(f"File_Name;Role\n{first};Both\n")
    said = open_corpus(tiny_corpus_root).assumed[0]
    assert said.startswith("metadata.csv was read with ';' between columns; column names in anoth")
    assert "\\ between folders (1)" in said


def test_metadata_beside_archives_describe_their_images(
    tiny_corpus, tiny_corpus_root, rows, tmp_path
):
    packed = three_tars(tiny_corpus_root, tmp_path / "packed")
    write(packed, "csv", rows)
    assert open_corpus(packed).fingerprint == tiny_corpus.fingerprint


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("kind", ["zip", "one tar", "three tars"])
def test_metadata_within_archives_describe_their_images(
    tiny_corpus, tiny_corpus_root, rows, tmp_path, kind, ending
):
    write(tiny_corpus_root, ending, rows)
    packed = PACKED[kind](tiny_corpus_root, tmp_path / "packed")
    for _ in range(2):  # listed, then remembered
        corpus = open_corpus(packed, tmp_path / "w/images.json")
        assert corpus.fingerprint == tiny_corpus.fingerprint
        assert corpus.labels_from.text == f"metadata.{ending}"


def test_archives_that_an_older_version_listed_are_listed_again(
    tiny_corpus, tiny_corpus_root, rows, tmp_path
):
    write(tiny_corpus_root, "csv", rows)
    packed = PACKED["zip"](tiny_corpus_root, tmp_path / "packed")
    cache = tmp_path / "w/images.json"
    open_corpus(packed, cache)
    index = cache.with_name("archives.json")
    old = json.loads(index.read_text()) | {"format": "second-look archives 1"}
    for _, members in old["shards"].values():
        members["tables"] = {}
    index.write_text(json.dumps(old))
    assert open_corpus(packed, cache).fingerprint == tiny_corpus.fingerprint


def test_a_text_in_parquet_that_is_no_text_is_told_in_one_sentence(tiny_corpus_root, rows):
    write(tiny_corpus_root, "parquet", [{"file_name": row["file_name"]} for row in rows])
    path = tiny_corpus_root / "metadata.parquet"
    path.write_bytes(path.read_bytes().replace(b"images/", b"\x80mages/"))
    corpus = open_corpus(tiny_corpus_root)
    assert len(corpus.database) == 8
    (said,) = corpus.assumed
    assert said.startswith("metadata.parquet describes nothing, since it cannot be read: ")


def test_without_pyarrow_metadata_in_parquet_name_the_command(
    tiny_corpus_root, monkeypatch: pytest.MonkeyPatch
):
    (tiny_corpus_root / "manifest.csv").unlink()
    (tiny_corpus_root / "metadata.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "`python -m pip install pyarrow`" in open_corpus(tiny_corpus_root).assumed[0]
