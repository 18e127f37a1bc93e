"""The command line: JSON contract, exit codes, faults, interrupts - on drawn images."""

import json

import pytest
from typer.testing import CliRunner

from core.errors import ModelError
from core.types.runs import Progress
from tests.core.stand_ins import ColourTower, make_workbench
from ui.commands import build_cli
from ui.commands.progress import follow

EVALUATE_FIELDS = {
    "n_queries",
    "n_database",
    "n_skipped",
    "n_unscored",
    "cached_pairs",
    "shortlist",
    "depth",
    "k",
    "metric",
    "map_before",
    "map_after",
    "map_oracle",
    "r1_before",
    "r1_after",
    "delta_map",
    "delta_ci95",
    "changes",
    "seconds_per_query",
    "bytes_per_image",
    "by",
    "receipt",
}


class Cli:
    """The product's command line over colour models instead of weights."""

    def __init__(self, tower: ColourTower | None = None) -> None:
        self._tower = tower
        self._runner = CliRunner()

    def __call__(self, *arguments: object):
        return self._runner.invoke(build_cli(self._open), [str(a) for a in arguments])

    def _open(self, config, overrides):
        values = {k.replace(".", "__"): v for k, v in overrides.items() if v is not None}
        dotted = {k.replace("__", "."): v for k, v in values.items()}
        corpus, workspace = dotted.pop("corpus"), dotted.pop("workspace")
        bench = make_workbench(corpus, workspace, tower=self._tower, **dotted)
        return bench._session.settings, bench


@pytest.fixture
def cli() -> Cli:
    return Cli()


def test_evaluate_prints_one_json_object_with_every_field(cli, tiny_corpus_root, tmp_path):
    result = cli(
        "evaluate",
        "--corpus",
        tiny_corpus_root,
        "--workspace",
        tmp_path / "w",
        "--depth",
        4,
        "--json",
    )
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert set(report) >= EVALUATE_FIELDS
    assert (report["n_queries"], report["n_database"], report["depth"]) == (4, 6, 4)
    assert report["delta_map"] == pytest.approx(report["map_after"] - report["map_before"])
    assert report["delta_ci95"][0] <= report["delta_map"] <= report["delta_ci95"][1]
    assert [one["name"] for one in report["changes"]] == ["mAP@1000", "R@1"]
    for one in report["changes"]:
        assert one["interval"][0] <= one["change"] <= one["interval"][1]
        assert one["p"] <= one["p_corrected"] <= 1.0
    assert report["by"]["light"]["dim"]["n"] == 2
    assert report["receipt"]["depth"] == "4"
    assert report["headline"].startswith("Re-ranking helped 0 queries and hurt ")
    assert report["state"] == {"name": "scored", "text": "4 of 4 queries are scored."}


def test_a_second_evaluate_reads_the_cache_and_says_the_same(cli, tiny_corpus_root, tmp_path):
    arguments = ("evaluate", "--corpus", tiny_corpus_root, "--workspace", tmp_path / "w", "--json")
    first, second = json.loads(cli(*arguments).stdout), json.loads(cli(*arguments).stdout)
    assert (first.pop("cached_pairs"), second.pop("cached_pairs")) == (0, 24)
    assert first == second


def test_evaluate_speaks_to_people_too(cli, tiny_corpus_root, tmp_path):
    result = cli("evaluate", "--corpus", tiny_corpus_root, "--workspace", tmp_path / "w")
    assert result.stdout.startswith("Re-ranking helped 0 queries and hurt ")
    assert result.stdout.isascii()
    assert "mAP@1000 before" in result.stdout
    assert "change of R@1 -" in result.stdout
    assert "p corrected for 2 metrics" in result.stdout


def test_evaluate_says_why_queries_are_left_out(cli, tiny_corpus_root, tmp_path):
    manifest = tiny_corpus_root / "manifest.csv"
    manifest.write_text(
        manifest.read_text().replace("cross_1.png,database,cross", "cross_1.png,database,")
    )
    result = cli("evaluate", "--corpus", tiny_corpus_root, "--workspace", tmp_path / "w")
    assert "3 of 3 queries are scored. Left out: 1 without a positive." in result.stdout


def test_a_bad_manifest_lists_every_fault_and_exits_2(cli, tiny_corpus_root, tmp_path):
    manifest = tiny_corpus_root / "manifest.csv"
    text = manifest.read_text().replace("images/disc_1.png,database", "images/disc_1.png,datbase")
    manifest.write_text(text + "images/none.png,query,x,,,,,dim\n")
    result = cli("evaluate", "--corpus", tiny_corpus_root, "--workspace", tmp_path / "w", "--json")
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    lines = result.stderr.strip().splitlines()
    assert sum(line.startswith("manifest.csv:") for line in lines) == 2
    error = json.loads(result.stdout)
    assert error["error"] == lines[-1]
    assert len(error["faults"]) == 2


def test_a_corpus_without_ground_truth_cannot_be_evaluated(cli, tiny_corpus_root, tmp_path):
    result = cli("evaluate", "--corpus", tiny_corpus_root / "images", "--workspace", tmp_path / "w")
    assert result.exit_code == 2
    assert "no ground truth" in result.stderr


def test_index_counts_and_names_unreadable_files(cli, tiny_corpus_root, tmp_path):
    (tiny_corpus_root / "images/disc_2.png").write_bytes(b"")
    arguments = ("index", "--corpus", tiny_corpus_root, "--workspace", tmp_path / "w", "--json")
    report = json.loads(cli(*arguments).stdout)
    assert (report["n_images"], report["n_encoded"]) == (7, 7)
    assert list(report["unreadable"]) == ["images/disc_2.png"]
    assert report["bytes_per_image"] > 0
    assert json.loads(cli(*arguments).stdout)["n_encoded"] == 0


def test_index_says_what_was_found_in_the_folder(cli, tiny_corpus_root, tmp_path):
    folder = tiny_corpus_root / "images"
    (folder / "photo.heic").write_bytes(b"x")
    (folder / "more").mkdir()
    (folder / "more/empty.jpg").touch()
    arguments = ("index", "--corpus", folder, "--workspace", tmp_path / "w")
    text = cli(*arguments).stdout
    assert "8 images in the index" in text
    assert "8 of 9 database images can be searched; 9 images with the queries, 8 readable" in text
    assert "not readable: more/empty.jpg: Image 'more/empty.jpg' is empty" in text
    assert "left out: 1 (1 HEIC)" in text
    assert "left out, HEIC: photo.heic. The Python package pillow-heif" in text
    assert "labels: folder names, guessed: folders read as instances: 1; set folder_labels" in text
    corpus = json.loads(cli(*arguments, "--json").stdout)["corpus"]
    assert (corpus["n_searchable"], corpus["labels_from"]) == (8, "folder names, guessed")


def test_check_reports_the_self_test(cli, tiny_corpus_root, tmp_path):
    result = cli("check", "--corpus", tiny_corpus_root, "--workspace", tmp_path / "w", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["verdict"] == "passed"


def test_untested_is_said_on_every_command(cli, tiny_corpus_root, tmp_path):
    where = ("--corpus", tiny_corpus_root, "--workspace", tmp_path / "w")
    result = cli("evaluate", *where, "--untested")
    assert result.exit_code == 0
    assert "The scorer's self-test is left out, as --untested asks." in result.stderr
    assert "left out" not in cli("evaluate", *where).stderr


def test_an_interrupt_says_how_to_go_on(tiny_corpus_root, tmp_path):
    class Interrupted(ColourTower):
        def encode(self, images):
            raise KeyboardInterrupt

    result = Cli(Interrupted())(
        "index", "--corpus", tiny_corpus_root, "--workspace", tmp_path / "w"
    )
    assert result.exit_code == 130
    assert "again to go on" in result.stderr


def test_a_model_error_is_one_sentence(tiny_corpus_root, tmp_path):
    class Broken(ColourTower):
        def encode(self, images):
            raise ModelError("The model broke; take another.")

    result = Cli(Broken())("index", "--corpus", tiny_corpus_root, "--workspace", tmp_path / "w")
    assert result.exit_code == 2
    assert result.stderr.strip().splitlines()[-1] == "The model broke; take another."


def test_follow_closes_the_work_when_it_is_interrupted():
    closed: list[bool] = []

    def work():
        try:
            yield Progress("index", 1, 2, "images")
            raise KeyboardInterrupt
        finally:
            closed.append(True)

    with pytest.raises(KeyboardInterrupt):
        follow(work())
    assert closed == [True]
