"""`export --what annotations`: files, endings, refusals."""

import json

import pytest

from core.types.annotation import Change
from tests.core.stand_ins import make_workbench
from tests.ui.commands.test_commands import Cli

PAIR = ("images/disc_q.png", "images/empty_1.png")


@pytest.fixture
def export(tiny_corpus_root, tmp_path):
    """The command over a workspace with one verdict."""
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    bench.annotations.act(Change("a", "ada", *PAIR, "verdict", "match", 0))
    bench.close()
    places = ("--corpus", tiny_corpus_root, "--workspace", tmp_path / "w")
    return lambda *arguments: Cli()("export", *places, *arguments)


def test_the_ending_chooses_the_format(export, tmp_path):
    for name, first in (("a.csv", '"author"'), ("a.jsonl", '{"format"')):
        done = export(tmp_path / name, "--what", "annotations")
        assert (done.exit_code, "1 rows of annotations" in done.stdout) == (0, True)
        assert (tmp_path / name).read_text().startswith(first)


def test_labels_are_exported_as_json_says(export, tmp_path):
    done = export(tmp_path / "p.csv", "--what", "patch", "--json")
    fields = {"file": str(tmp_path / "p.csv"), "what": "patch", "n_rows": 1}
    assert json.loads(done.stdout) == fields
    assert '"images/disc_q.png","images/empty_1.png","positive"' in (tmp_path / "p.csv").read_text()


def test_another_authors_export_is_empty(export, tmp_path):
    done = export(tmp_path / "b.csv", "--what", "annotations", "--author", "bob")
    assert "0 rows of annotations" in done.stdout


def test_the_corpus_folder_is_never_written(export, tiny_corpus_root):
    place = tiny_corpus_root / "relevance.csv"
    done = export(place, "--what", "relevance")
    assert (done.exit_code, place.exists()) == (2, False)
    assert "stays as it is" in done.stderr


def test_a_folder_that_does_not_exist_is_one_sentence(export, tmp_path):
    done = export(tmp_path / "none" / "a.csv", "--what", "annotations")
    assert done.exit_code == 2
    assert "cannot be written" in done.stderr
