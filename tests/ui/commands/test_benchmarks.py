"""`benchmarks`: the table, and what a folder holds, without computing anything."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.corpus.readers.table import READERS
from tests.core.corpus.readers.test_formats import FORMATS
from tests.core.corpus.readers.test_opening import drawn
from ui.commands import build_cli


def _never(config, overrides):
    raise AssertionError("no bench is opened")


def _run(*words):
    return CliRunner().invoke(build_cli(_never), ["benchmarks", *map(str, words)])


def test_without_a_name_every_benchmark_is_listed_with_files_home_and_licence():
    text = _run().output
    for row in READERS:
        assert row.title in text
        assert row.home in text
        assert row.licence in text
    rows = json.loads(_run("--json").stdout)
    assert [row["name"] for row in rows] == [row.name for row in READERS]
    assert all(row["measures"] for row in rows)


def test_one_name_lists_one():
    text = _run("ilias").output
    assert "ILIAS mAP@1k" in text
    assert "GLDv2" not in text


def test_a_folder_is_counted_and_nothing_is_written(tmp_path):
    root = drawn("revisitop/roxford5k", tmp_path)
    (root / "jpg/ox_000003.jpg").unlink()
    before = sorted(tmp_path.rglob("*"))
    result = _run("auto", root)
    assert result.exit_code == 0
    assert "queries   5 of 5 have their picture here" in result.output
    assert "database  13 of 14 images are here" in result.output
    assert "missing   jpg/ox_000003.jpg" in result.output
    assert "not the benchmark's numbers" in result.output
    assert "revisited mAP medium" in result.output
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_without_pictures_says_where_they_belong():
    found = json.loads(_run("sop", FORMATS / "sop", "--json").stdout)
    assert (found["n_queries"], found["n_queries_there"]) == (9, 0)
    assert len(found["missing"]) == 18
    assert "they belong into bicycle_final" in found["refused"]


def test_queries_with_a_text_are_counted_and_said(tmp_path):
    text = _run("auto", drawn("fashioniq", tmp_path)).output
    assert "6 have a text" in text
    assert "Its queries are image and text" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("oxford",), "known are revisited"),
        (("auto", FORMATS), "no benchmark that is known"),
        (("gldv2", FORMATS / "sop"), "needs the file"),
        (("revisited", FORMATS / "revisitop/hostile"), "no plain value"),
        (("auto", Path("/nowhere")), "no benchmark that is known"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_and_exit_2(words, said):
    result = _run(*words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output
