"""`figures` on the command line, over colours instead of weights."""

import json

import pytest

from tests.ui.commands.test_commands import Cli

QUERY = "images/disc_q.png"


@pytest.fixture
def figures(tiny_corpus_root, tmp_path):
    where = ("--corpus", tiny_corpus_root, "--workspace", tmp_path / "w", "--out", tmp_path / "out")
    return lambda *arguments: Cli()("figures", *arguments, *where)


def test_all_that_can_be_drawn_is_written_and_the_rest_is_named_with_its_reason(figures, tmp_path):
    done = figures("--json", "--formats", "svg")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(told["files"])
    assert {"ap-scatter.svg", "ap-scatter.txt", "rank-flow.svg", "response.svg", "run.svg"} <= set(
        told["files"]
    )
    assert {"metrics.tex", "metrics.md"} <= set(told["files"])
    assert set(told["left_out"]) >= {"tradeoff-memory", "tradeoff-time", "comparison"}
    assert "app.py tradeoff" in told["left_out"]["tradeoffs"]


def test_the_selection_is_drawn_at_the_width_asked_for(figures, tmp_path):
    done = figures("rank-flow", "--width", "two", "--formats", "svg", "--select", f"query={QUERY}")
    assert done.exit_code == 0, done.output
    assert 'width="496.8pt"' in (tmp_path / "out" / "rank-flow.svg").read_text("utf-8")
    assert "disc_q.png" in (tmp_path / "out" / "rank-flow.txt").read_text("utf-8")
    assert done.stdout.endswith("rank-flow.svg, rank-flow.txt.\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("smile",), "no figure 'smile'"),
        (("--width", "three"), "Width 'three'"),
        (("--formats", "svg,gif"), "'gif'"),
        (("--select", "query=nobody.png"), "does not hold"),
        (("response-set",), "No set of queries"),
    ],
    ids=str,
)
def test_bad_input_is_one_sentence_and_exit_2(figures, arguments, said):
    done = figures(*arguments)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    assert said in done.stderr.strip().splitlines()[-1]


def test_a_folder_that_cannot_be_made_is_one_sentence(figures, tmp_path):
    (tmp_path / "out").write_text("a file")
    done = figures("ap-scatter")
    assert (done.exit_code, "give another folder" in done.stderr) == (2, True)
