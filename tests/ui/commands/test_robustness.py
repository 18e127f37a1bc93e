"""`robustness` on the command line, over colours instead of weights."""

import csv
import json
import re

import pytest

from core.robustness.levels import SPECS
from core.types.robustness import PERTURBATION_NAMES
from tests.core.stand_ins import ColourTower
from tests.ui.commands.test_commands import Cli

NEUTRAL = {name: spec.neutral for name, spec in SPECS.items()}
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
        counts = ("n_crossed", "n_never", "n_below_at_neutral", "n_no_line", "n_not_scored")
        assert sum(int(row[name]) for name in counts) == int(row["n"]) == 2
    replay = ColourTower()
    again = robustness("--queries", 2, "--json", tower=replay, out="again")
    assert (again.exit_code, replay.n_encoded) == (0, 0), again.output
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_scorers_stand_side_by_side_in_figure_and_tables(robustness, tmp_path, tiny_corpus_root):
    where = ("--corpus", tiny_corpus_root, "--workspace", tmp_path / "w")
    scores = tmp_path / "mine.csv"
    assert Cli()("export", *where, scores, "--depth", 6).exit_code == 0
    assert Cli()("import", *where, scores).exit_code == 0
    names = "mllm,maxsim,geometric,int8,import:mine"
    result = robustness("--queries", 1, "--pair", "positive", "--scorers", names)
    assert result.exit_code == 0, result.output
    strengths = rows(tmp_path / "r" / "breaking.csv")
    scorers = list(dict.fromkeys(row["scorer"] for row in strengths))
    assert scorers == [
        "margin",
        "descriptor",
        "MaxSim",
        "geometric",
        "margin, int8",
        "import:mine",
    ]
    for row in strengths:
        counts = ("n_crossed", "n_never", "n_below_at_neutral", "n_no_line", "n_not_scored")
        assert sum(int(row[name]) for name in counts) == int(row["n"]) == 1
        if row["scorer"] == "import:mine":
            assert (row["n_crossed"], row["n_never"]) == ("0", "0")  # no damaged image has a score
    means = rows(tmp_path / "r" / "means.csv")
    imported = [row for row in means if row["scorer"] == "import:mine"]
    assert len(imported) == 10  # the neutral level of each perturbation alone
    curves = rows(tmp_path / "r" / "curves.csv")
    own = {
        (r["perturbation"], r["query"]): r["score"]
        for r in curves
        if r["score_name"] == "margin" and float(r["strength"]) == NEUTRAL[r["perturbation"]]
    }
    held = {
        (r["perturbation"], r["query"]): r["score"]
        for r in curves
        if r["score_name"] == "import:mine" and r["score"]
    }
    assert held.keys() == own.keys()
    for pair, score in held.items():  # the import holds what was exported: the same pair's score
        assert float(score) == pytest.approx(float(own[pair]), abs=1e-6)
    figure = (tmp_path / "r" / "figure.svg").read_text("utf-8")
    for scorer in scorers:
        assert f"<!-- {scorer} -->" in figure
    receipt = json.loads((tmp_path / "r" / "receipt.json").read_text("utf-8"))
    assert {"scorer maxsim", "scorer geometric", "scorer mllm/int8"} <= receipt.keys()


def test_recomputed_numbers_are_equal_within_a_ten_thousandth(
    robustness, tmp_path, tiny_corpus_root
):
    arguments = ("--queries", 1, "--side", "query", "--scorers", "maxsim,int8")
    assert robustness(*arguments).exit_code == 0
    where = ("--corpus", tiny_corpus_root, "--workspace", tmp_path / "fresh")
    fresh = Cli()("robustness", *where, "--out", tmp_path / "f", *arguments)
    assert fresh.exit_code == 0, fresh.output
    assert robustness(*arguments, out="replayed").exit_code == 0
    for name in (one for one in FILES if one.endswith(".csv")):
        first = rows(tmp_path / "r" / name)
        again = rows(tmp_path / "f" / name)
        assert len(first) == len(again) > 0
        for old, new in zip(first, again, strict=True):
            for column, text in old.items():
                if text in ("", new[column]):
                    assert text == new[column]
                    continue
                assert float(new[column]) == pytest.approx(float(text), abs=1e-4)
        replayed = (tmp_path / "replayed" / name).read_bytes()
        assert replayed == (tmp_path / "r" / name).read_bytes()


@pytest.mark.parametrize("arguments", [("--full-depth",), ("--retrieve-again",)])
def test_the_switches_change_who_is_ranked_and_are_told(robustness, tmp_path, arguments):
    result = robustness("--queries", 1, "--side", "query", *arguments)
    assert result.exit_code == 0, result.output
    receipt = json.loads((tmp_path / "r" / "receipt.json").read_text("utf-8"))
    told = receipt["ranked"]
    assert ("whole depth" in told, "new shortlist" in told) == (
        "--full-depth" in arguments,
        "--retrieve-again" in arguments,
    )


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
    assert not re.search(r"""(src|href)=(?!"#)|url\((?!#)|@import""", page)
    assert "images/disc_q.png" in page  # left out, with its reason
    figure = (tmp_path / "r" / "figure.svg").read_text("utf-8")
    assert figure in page
    names = re.findall(r"<!-- (.*?) -->", figure)
    assert [name for name in names if name in PERTURBATION_NAMES] == list(PERTURBATION_NAMES)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--queries", "0"), "0 queries cannot be swept"),
        (("--choose", "best"), "--choose 'best' is not known"),
        (("--pair", "both"), "--pair 'both' is not known"),
        (("--side", "left"), "--side 'left' is not known"),
        (("--slice", "colour=red"), "there are: light"),
        (("--scorer", "import:none"), "none"),
        (("--scorers", "bm25"), "Stage 'bm25' is not known"),
        (("--scorers", "import:none"), "none"),
        (("--retrieve-again",), "Only a damaged query is looked up again"),
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
