"""`tradeoff` on the command line, over colours instead of weights."""

import csv
import json

import pytest

from tests.core.stand_ins import ColourTower
from tests.ui.commands.test_commands import Cli

SMALL = ("--resolutions", "full", "--compressions", "int8", "--depths", "2,4")


@pytest.fixture
def tradeoff(tiny_corpus_root, tmp_path):
    where = ("--corpus", tiny_corpus_root, "--workspace", tmp_path / "w")

    def run(*arguments: object, tower: ColourTower | None = None):
        return Cli(tower)("tradeoff", *where, *arguments)

    return run


def test_json_holds_rows_the_smallest_setting_and_receipts(tradeoff):
    result = tradeoff(*SMALL, "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert len(report["rows"]) == report["n_settings"] == 8
    one = report["rows"][2]
    assert (one["scorer"], one["compression"], one["depth"]) == ("mllm", "int8", 2)
    fields = {"map_after", "map_after_ci95", "kendall_tau", "bytes_per_image", "pairs_per_second"}
    assert fields | {"seconds_per_query"} <= set(one)
    first = report["rows"][0]
    fingerprints = [report["receipts"][r["receipt"]]["score fingerprint"] for r in (first, one)]
    assert fingerprints[0] != fingerprints[1]
    assert report["uncompressed"]["compression"] == "none"
    assert report["smallest"]["bytes_per_image"] <= report["uncompressed"]["bytes_per_image"]


def test_people_are_told_the_smallest_setting_with_its_bytes(tradeoff):
    result = tradeoff(*SMALL, "--scorers", "mllm")
    assert result.stdout.count("\n") == 6
    last = result.stdout.strip().splitlines()[-1]
    assert last.startswith("Smallest within 1 mAP point of uncompressed")
    assert "bytes per image" in last


def test_the_csv_holds_the_same_rows(tradeoff, tmp_path):
    result = tradeoff(*SMALL, "--json", "--csv", tmp_path / "t.csv")
    report = json.loads(result.stdout)
    rows = list(csv.DictReader((tmp_path / "t.csv").read_text("utf-8").splitlines()))
    found = [(row["receipt"], float(row["map_after"])) for row in rows]
    assert found == [(row["receipt"], row["map_after"]) for row in report["rows"]]
    assert set(json.loads((tmp_path / "t.receipts.json").read_text())) == set(report["receipts"])


def test_a_query_compression_stays_with_its_database_compression(tradeoff):
    arguments = ("--compressions", "int8,query:grid:9,none", "--scorers", "mllm", "--depths", "2")
    report = json.loads(tradeoff("--resolutions", "full", *arguments, "--json").stdout)
    assert [row["compression"] for row in report["rows"]] == ["none", "int8,query:grid:9"]


def test_a_problem_is_told_once_for_all_depths(tradeoff):
    result = tradeoff("--resolutions", "112", "--compressions", "none", "--scorers", "mllm")
    assert result.stdout.count("not measured: res:112, mllm:") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--compressions", "zip"), "'zip' is not known"),
        (("--depths", "ten"), "depths"),
        (("--resolutions", ""), "tradeoff.resolutions"),
        (("--queries", "0"), "queries"),
        (("--csv", "table.txt"), "ends in .csv"),
        (("--scorer", "maxsim"), "--scorers"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(tradeoff, arguments, said):
    result = tradeoff(*arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert said in result.stderr.strip().splitlines()[-1]


def test_an_interrupt_says_how_to_go_on(tradeoff):
    class Interrupted(ColourTower):
        def encode(self, images):
            raise KeyboardInterrupt

    result = tradeoff(*SMALL, tower=Interrupted())
    assert (result.exit_code, "again to go on" in result.stderr) == (130, True)
