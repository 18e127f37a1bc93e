"""`confidence` on the command line."""

import csv
import json

import pytest

from tests.ui.commands.test_commands import Cli


@pytest.fixture
def confidence(tiny_corpus_root, tmp_path):
    where = ("--corpus", tiny_corpus_root, "--workspace", tmp_path / "w", "--pipeline", "mllm@4")
    return lambda *arguments: Cli()("confidence", *where, *arguments)


def test_every_signal_has_its_area_and_threshold(confidence, tmp_path):
    table = tmp_path / "signals.csv"
    result = confidence("--json", "--csv", table)
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert (found["first_of"], found["n_queries"]) == ("after", 4)
    assert {"cosine", "cosine gap", "mllm", "geometric"} <= {s["name"] for s in found["signals"]}
    for signal in found["signals"]:
        assert {"auprc", "average_precision", "aurc", "curve", "trusted", "n"} <= set(signal)
    assert len(list(csv.DictReader(table.read_text("utf-8").splitlines()))) == 4


def test_a_person_reads_a_line_per_signal(confidence):
    result = confidence("--first-of", "before")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("First result before re-ranking: ")
    assert "cosine gap" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--first-of", "last"), "--first-of 'last' is not known"),
        (("--precision", "0"), "A precision of 0 cannot be reached"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(confidence, arguments, says):
    result = confidence(*arguments)
    assert result.exit_code == 2
    assert says in result.stderr.strip().splitlines()[-1]
