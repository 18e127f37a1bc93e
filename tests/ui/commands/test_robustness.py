"""`robustness` on the command line, over colours instead of weights."""

import csv
import json
import re
from xml.etree import ElementTree

import pytest

from core.types import PERTURBATION_NAMES
from tests.core.stand_ins import ColourTower
from tests.ui.commands.test_commands import Cli

FILES = [
    "report.html",
    "figure.svg",
    "curves.csv",
    "means.csv",
    "breaking.csv",
    "breaking_by_query.csv",
    "receipt.json",
]


@pytest.fixture
def robustness(tiny_corpus_root, tmp_path):
    where = ("--corpus", tiny_corpus_root, "--workspace", tmp_path / "w")

    def run(*arguments: object, tower: ColourTower | None = None, out="r"):
        return Cli(tower)("robustness", *where, "--out", tmp_path / out, *arguments)

    return run


def rows(path):
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def test_a_report_holds_every_point_and_replays_byte_for_byte(robustness, tmp_path):
    tower = ColourTower()
    result = robustness("--queries", 2, "--json", tower=tower)
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["files"] == FILES
    folder = tmp_path / "r"
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    curves = rows(folder / "curves.csv")
    assert {row["perturbation"] for row in curves} == set(PERTURBATION_NAMES)
    assert len({row["query"] for row in curves}) == report["n_queries"] == 2
    means = rows(folder / "means.csv")
    for name in PERTURBATION_NAMES:
        own = [row for row in curves if row["perturbation"] == name]
        levels = [r for r in means if (r["perturbation"], r["scorer"]) == (name, "margin")]
        assert len(own) == 2 * len(levels)
        for level in levels:
            scores = [float(r["score"]) for r in own if r["strength"] == level["strength"]]
            assert float(level["mean"]) == pytest.approx(sum(scores) / 2)
            assert float(level["low"]) <= float(level["mean"]) <= float(level["high"])
    strengths = rows(folder / "breaking.csv")
    assert len(strengths) == 2 * 11  # two scorers; brightness breaks in two directions
    for row in strengths:
        counts = ("n_crossed", "n_never", "n_below_at_neutral", "n_no_line")
        assert sum(int(row[name]) for name in counts) == int(row["n"]) == 2
    replay = ColourTower()
    again = robustness("--queries", 2, "--json", tower=replay, out="again")
    assert (again.exit_code, replay.n_encoded) == (0, 0), again.output
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_an_interrupted_report_goes_on_and_ends_with_the_same_bytes(
    robustness, tmp_path, tiny_corpus_root
):
    class Interrupted(ColourTower):
        def encode(self, images):
            if self.n_encoded > 60:
                raise KeyboardInterrupt
            return super().encode(images)

    arguments = ("--queries", 2, "--pair", "positive", "--side", "query")
    stopped = robustness(*arguments, tower=Interrupted())
    assert (stopped.exit_code, "again to go on" in stopped.stderr) == (130, True)
    assert not (tmp_path / "r").exists()
    assert robustness(*arguments).exit_code == 0
    where = ("--corpus", tiny_corpus_root, "--workspace", tmp_path / "fresh")
    fresh = Cli()("robustness", *where, "--out", tmp_path / "fresh_report", *arguments)
    assert fresh.exit_code == 0, fresh.output
    for name in FILES:
        assert (tmp_path / "fresh_report" / name).read_bytes() == (
            tmp_path / "r" / name
        ).read_bytes()
    assert "the same against the damaged query" in (tmp_path / "r" / "figure.svg").read_text()


def test_the_hardest_of_a_slice_are_taken(robustness, tmp_path):
    result = robustness("--queries", 1, "--choose", "hardest", "--slice", "light=dim")
    assert result.exit_code == 0, result.output
    (query,) = {row["query"] for row in rows(tmp_path / "r" / "curves.csv")}
    assert query in ("images/bars_1.png", "images/cross_q.png")
    assert "broke" in result.stdout


def test_a_page_holds_the_figure_and_neither_script_nor_request(
    robustness, tmp_path, tiny_corpus_root
):
    hostile = "<img src=x onerror=alert(1)>&"
    manifest = tiny_corpus_root / "manifest.csv"
    text = (
        manifest.read_text("utf-8")
        .replace("disc", hostile)
        .replace(f"images/{hostile}", "images/disc")
    )
    manifest.write_text(text.replace("light", "<b>light"), "utf-8")
    (tiny_corpus_root / "images" / "disc_q.png").write_bytes(b"no picture")
    result = robustness("--slice", "<b>light=bright")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "r" / "report.html").read_text("utf-8")
    assert "<script" not in page
    assert "<img" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;light=bright" in page
    assert not re.search(r"(src|href)=|url\(|@import", page)
    assert "images/disc_q.png" in page  # left out, with its reason
    figure = (tmp_path / "r" / "figure.svg").read_text("utf-8")
    assert figure in page
    root = ElementTree.fromstring(figure)
    titles = [e.text for e in root.iter() if e.get("class") == "title"]
    assert titles == list(PERTURBATION_NAMES)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--queries", "0"), "0 queries cannot be swept"),
        (("--choose", "best"), "--choose 'best' is not known"),
        (("--pair", "both"), "--pair 'both' is not known"),
        (("--side", "left"), "--side 'left' is not known"),
        (("--slice", "colour=red"), "there are: light"),
        (("--scorer", "import:none"), "none"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(robustness, arguments, said):
    result = robustness(*arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert said in result.stderr.strip().splitlines()[-1]


def test_a_place_that_cannot_be_written_is_refused_before_any_work(robustness, tmp_path):
    (tmp_path / "file").write_text("x")
    tower = ColourTower()
    for out, said in (("file", "is a file"), ("no/folder", "There is no folder")):
        result = robustness("--queries", 1, tower=tower, out=out)
        assert (result.exit_code, said in result.stderr) == (2, True), result.output
    assert tower.n_encoded == 0
