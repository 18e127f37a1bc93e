"""A corpus in archives gives the numbers of its files, to the last digit."""

import json

import pytest

from tests.core.corpus.sources.packing import PACKED
from tests.ui.commands.test_commands import Cli

SAME = ("map_before", "map_after", "map_oracle", "r1_before", "r1_after", "delta_ci95", "by")


def result(verb, corpus, workspace, *more):
    found = Cli()(verb, "--corpus", corpus, "--workspace", workspace, *more)
    assert found.exit_code == 0, found.output
    return found


@pytest.mark.parametrize("kind", ["three tars", "zip", "webdataset", "parquet"])
def test_evaluate_export_and_verify_are_those_of_the_files(kind, tiny_corpus_root, tmp_path):
    packed = PACKED[kind](tiny_corpus_root, tmp_path / "packed")
    reports, scores = [], []
    for corpus in (tiny_corpus_root, packed):
        workspace = tmp_path / f"w {corpus.name}"
        reports.append(json.loads(result("evaluate", corpus, workspace, "--json").stdout))
        file = tmp_path / f"{corpus.name}.csv"
        result("export", corpus, workspace, file)
        scores.append(file.read_bytes())
        checked = json.loads(result("verify", corpus, workspace, "--json").stdout)
        assert (checked["n_images"], checked["images"]) == (8, {})
    assert scores[0] == scores[1]
    for key in SAME:
        assert reports[0][key] == reports[1][key]
    for key in ("corpus fingerprint", "score fingerprint", "labels"):
        assert reports[0]["receipt"][key] == reports[1]["receipt"][key]


def test_what_an_archive_holds_besides_is_counted(tiny_corpus_root, tmp_path):
    (tiny_corpus_root / "phone.heic").write_bytes(b"x")
    packed = PACKED["zip"](tiny_corpus_root, tmp_path / "packed")
    lines = result("index", packed, tmp_path / "w").stdout
    assert "left out: 1 (1 HEIC)" in lines
    assert "8 images with the queries, 8 readable" in lines
