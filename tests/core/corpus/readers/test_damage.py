"""Official files that are missing, damaged or of another version: one sentence each."""

import os
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.corpus.readers.contained import ContainedError, read_contained
from core.corpus.readers.recognise import read_benchmark, reader_named, recognised
from core.errors import ManifestError, SettingsError
from tests.core.corpus.readers.test_formats import FOLDERS, FORMATS

# What a reader can do without: other splits, and what only adds to the benchmark.
_SPARE = (
    "expected.json",
    "test1",
    ".test.json",
    "test.json",
    "captions_ext",
    "dev_ossurl",
    "Ebay_train",
    "no_header",
    "recognition",
    "image_to_landmark",
    "gldv2/test.csv",
    "taxonomy",
    "distractor",
    "text_query",
    "_bbox",
    "query/T0",
    "trec/run.txt",
    "disc21",  # its two files stand for each other
)


def _required() -> Iterator[tuple[str, str]]:
    for folder in FOLDERS:
        for path in sorted((FORMATS / folder).rglob("*")):
            relative = path.relative_to(FORMATS / folder).as_posix()
            if path.is_file() and not any(one in f"{folder}/{relative}" for one in _SPARE):
                yield folder, relative


_NEEDED = list(_required())


def _copied(folder: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(FORMATS / folder, tmp_path / "copy"))


def _read(folder: str, place: Path) -> None:
    row, split = reader_named(FOLDERS[folder])
    read_benchmark(row, place, split)


@pytest.mark.parametrize(("folder", "path"), _NEEDED)
def test_a_missing_file_is_named(folder: str, path: str, tmp_path: Path) -> None:
    place = _copied(folder, tmp_path)
    (place / path).unlink()
    with pytest.raises(ManifestError) as refused:
        _read(folder, place)
    assert str(refused.value).count(". ") == 0
    assert "get " in str(refused.value)


@pytest.mark.parametrize(("folder", "path"), _NEEDED)
@pytest.mark.parametrize("content", [b"\xff\xfe\x00nothing", b"[1, 2", b"{}", b"a,b\nc,d\n"])
def test_a_file_of_another_kind_is_named(
    folder: str, path: str, content: bytes, tmp_path: Path
) -> None:
    place = _copied(folder, tmp_path)
    (place / path).write_bytes(content)
    with pytest.raises(ManifestError) as refused:
        _read(folder, place)
    assert refused.value.args[0].startswith(reader_named(FOLDERS[folder])[0].title)


@pytest.mark.parametrize(
    ("folder", "path", "old", "new", "said"),
    [
        ("gldv2", "index.csv", "00c76efdd44dbf77", "0000000000000000", "'00c76efdd44dbf77'"),
        ("cirr", "captions/cap.rc2.val.json", '"dev-3-0-img0"', '"dev-9-0-img0"', "'dev-9-0-img0'"),
        ("circo", "annotations/val.json", "310823", "999", "999"),
        ("fashioniq", "captions/cap.dress.val.json", "B37962088D", "B000", "'B000'"),
        ("ilias", "image_ids/positive_ids.txt", "0.277947690902", "wide", "no number"),
        ("inshop", "Eval/list_eval_partition.txt", "item_id", "item", "item_id"),
        ("sop", "Ebay_test.txt", "class_id", "class", "class_id"),
        ("product1m", "product1m_gallery_ossurl_v2.txt", "#####", "####", "fields"),
        ("inquire", "inquire_queries_val.csv", "query_text", "text", "'query_text'"),
        ("trec", "qrels.txt", "c.jpg 2", "c.jpg two", "line 3"),
        ("icir", "query_files.csv", ",toy_0", "", "cells"),
        ("genecis", "change_object.json", "val_image_id", "number", "val_image_id"),
        ("gldv2", "retrieval_solution_v2.1.csv", "a4e139997cf465f6", "b454690b28e42d46", "twice"),
    ],
)
def test_an_id_that_is_not_there_or_another_version_is_named(
    folder: str, path: str, old: str, new: str, said: str, tmp_path: Path
) -> None:
    place = _copied(folder, tmp_path)
    text = (place / path).read_text()
    assert old in text
    (place / path).write_text(text.replace(old, new))
    with pytest.raises(ManifestError, match=said) as refused:
        _read(folder, place)
    assert path.rpartition("/")[2] in str(refused.value)


def test_a_pickle_that_calls_a_function_is_refused_and_calls_nothing(tmp_path: Path) -> None:
    row, _ = reader_named("revisited")
    with pytest.raises(ManifestError, match="getpid"):
        read_benchmark(row, FORMATS / "revisitop/hostile")
    marker = tmp_path / "called"
    place = tmp_path / "folder"
    place.mkdir()

    class _Calls:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(marker),)

    (place / "gnd_x.pkl").write_bytes(pickle.dumps({"imlist": _Calls()}))
    with pytest.raises(ManifestError, match="no plain value"):
        read_benchmark(row, place)
    assert not marker.exists()


@pytest.mark.parametrize(
    "opcodes",
    [
        b"cnumpy\nload\n.",  # an attribute of an allowed module
        b"c__builtin__\neval\n.",
        b"cbuiltins\ngetattr\n.",
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I9999999999999\ntc_codecs\nencode\n.",
        b"\x80\x04\x8c\x05posix\x8c\x06system\x93.",  # protocol 4 names modules on its stack
        b"\x80\x02]q\x00",  # cut short
        b"",
    ],
)
def test_hostile_and_damaged_pickles_are_half_a_sentence(opcodes: bytes, tmp_path: Path) -> None:
    path = tmp_path / "gnd_x.pkl"
    path.write_bytes(opcodes)
    with pytest.raises(ContainedError, match="refused or damaged"):
        read_contained(path)


def test_a_pickle_that_asks_for_all_memory_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "gnd_x.pkl"
    # bytes(64 GiB): an allowed name with an argument beyond the limit
    path.write_bytes(b"c__builtin__\nbytes\n(L68719476736L\ntR.")
    with pytest.raises(ContainedError, match=r"memory|MemoryError"):
        read_contained(path)


def test_two_benchmarks_in_one_folder_ask_for_the_name(tmp_path: Path) -> None:
    for folder in ("gldv2", "sop"):
        shutil.copytree(FORMATS / folder, tmp_path, dirs_exist_ok=True)
    with pytest.raises(SettingsError, match="--format"):
        recognised(tmp_path)


def test_someone_elses_ground_truth_is_no_benchmark(tmp_path: Path) -> None:
    (tmp_path / "my_ground_truth.csv").write_text("image,label\na.jpg,1\n")
    assert recognised(tmp_path) is None


@pytest.mark.parametrize(
    ("name", "said"), [("oxford", "known are"), ("sop:val", "has test"), ("instre:x", "no splits")]
)
def test_an_unknown_name_is_told_what_there_is(name: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        reader_named(name)


@pytest.mark.parametrize("content", ["a,b\nc,d\n", "query_id,reference_id\nQ1\n", ""])
def test_a_ground_truth_of_another_kind_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / "ground_truth.csv").write_text(content)
    row, _ = reader_named("disc21")
    with pytest.raises(ManifestError, match=r"ground_truth\.csv"):
        read_benchmark(row, tmp_path)
