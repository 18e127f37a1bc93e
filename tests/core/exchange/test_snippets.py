"""Commands and scripts that evaluate the same again."""

import shlex
from pathlib import Path

import pytest

from core.assembly.bench import open_workbench
from core.exchange.snippets import CodeFacet, chosen_settings, evaluate_command, evaluate_python
from core.settings import Settings, load_settings
from core.types.corpus import Box
from core.types.orders import Fusion
from core.types.robustness import PERTURBATION_NAMES, Damage
from core.types.sets import SetRequest
from core.types.surfaces import SurfaceRequest
from core.types.sweeps import SweepRequest
from tests.conftest import draw_tiny_corpus

QUERY, OTHER = "images/disc_q.png", "images/disc_1.png"


def test_defaults_are_left_out():
    assert chosen_settings(load_settings(None, {})) == {}
    assert evaluate_command({}) == "python app.py evaluate"


def test_what_was_chosen_comes_back_through_the_settings():
    overrides = {
        "corpus": Path("my photos; rm -rf"),
        "ranking.depth": 7,
        "ranking.lam": 0.25,
        "model.max_side": 336,
        "serve.port": 9,
    }
    settings = load_settings(None, overrides)
    chosen = chosen_settings(settings)
    assert "serve.port" not in chosen
    assert chosen_settings(load_settings(None, dict(chosen))) == chosen


def test_a_shell_reads_every_value_as_one_word():
    command = evaluate_command({"corpus": "my $photos; rm", "ranking.depth": 7})
    words = ["python", "app.py", "evaluate", "--corpus", "my $photos; rm", "--depth", "7"]
    assert shlex.split(command) == words


def test_what_has_no_option_stands_as_settings():
    command = evaluate_command({"model.max_side": 336})
    assert command.splitlines() == [
        "# settings.toml: model.max_side = 336",
        "python app.py evaluate --config settings.toml",
    ]


def test_a_password_is_in_no_command():
    settings = load_settings(None, {"model.name": "http://me:secret@host:1/v1#M"})
    chosen = chosen_settings(settings)
    assert "secret" not in str(chosen)
    assert "http://host:1/v1#M" in evaluate_command(chosen)


def test_a_script_is_python_whatever_the_values():
    script = evaluate_python({"corpus": "a'b\"{}\n"}, 7)
    compile(script, "copied", "exec")
    assert "evaluate(7)" in script


@pytest.fixture
def run(capsys):
    """A function that runs a script and returns what it prints."""

    def run_one(script: str) -> str:
        exec(compile(script, "copied", "exec"), {})
        return capsys.readouterr().out

    return run_one


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("code")
    draw_tiny_corpus(root / "tiny")
    return root


def test_all_scripts_of_one_bench_run_one_after_the_other(folder, run, monkeypatch):
    settings = load_settings(None, {"corpus": folder / "tiny", "workspace": folder / "w"})
    code = CodeFacet(settings)
    assert "map_after" in run(code.evaluation(Fusion(4, 0.25, 1.0)).python)
    bench = open_workbench(settings)
    list(bench.runs.build_index())
    after = bench.queries.inspect(QUERY, Fusion(4, 0.25, 1.0)).after
    margin = bench.pairs.look(QUERY, OTHER).asked.margin
    bench.close()
    told = run(code.query(QUERY, Fusion(4, 0.25, 1.0)).python)
    assert [told.index(card.image_id) for card in after] == sorted(
        told.index(card.image_id) for card in after
    )
    assert str(margin) in run(code.pair(QUERY, OTHER).python)
    assert "FailureReport(" in run(code.failures(Fusion(4, 0.0, 1.0)).python)
    request = SweepRequest(QUERY, None, "blur", Damage(box=Box(1, 2, 30, 40)), (0.0, 1.0))
    assert "ResponseCurve(" in run(code.sweeps([request]).python)
    assert "'MaxSim'" in run(code.sweeps([request], ["maxsim"]).python)
    surface = SurfaceRequest(QUERY, None, "blur", "noise", Damage("candidate"), (0.0,), (0.0,))
    assert "ResponseSurface(" in run(code.surface(surface).python)
    monkeypatch.chdir(folder)
    asked = SetRequest(1, "spread", "light=bright", names=("contrast",))
    assert "'breaking.csv'" in run(code.robustness(asked).python)
    assert (folder / "robustness" / "report.html").is_file()
    assert run(code.annotations().python).startswith('"author","query","image","verdict"')


def test_a_command_opens_the_same_bench_at_the_ranking_on_screen():
    code = CodeFacet(load_settings(None, {"corpus": Path("my $photos"), "ranking.depth": 7}))
    shell = code.evaluation(Fusion(9, 0.5, 1.0)).shell
    assert shell is not None
    words = ["--corpus", "my $photos", "--depth", "9", "--lam", "0.5", "--gamma", "1.0"]
    assert shlex.split(shell) == ["python", "app.py", "evaluate", *words]
    assert code.query(QUERY, Fusion(9, 0.5, 1.0)).shell is None


def test_a_command_names_its_setting_also_at_the_default():
    shell = CodeFacet(load_settings(None, {})).evaluation(Fusion(100, 0.0, 1.0)).shell
    assert shell == "python app.py evaluate --depth 100 --lam 0.0 --gamma 1.0"


def test_a_pipeline_names_the_depth_itself():
    code = CodeFacet(load_settings(None, {"ranking.pipeline": "maxsim@50 > mllm@20"}))
    shell = code.evaluation(Fusion(40, 0.0, 1.0)).shell
    assert shell is not None
    words = ["--pipeline", "maxsim@40 > mllm@20", "--lam", "0.0", "--gamma", "1.0"]
    assert shlex.split(shell)[3:] == words


def test_all_ten_perturbations_are_one_command_and_others_one_each():
    code = CodeFacet(Settings())
    ten = [SweepRequest(QUERY, None, name, Damage(seed=3)) for name in PERTURBATION_NAMES]
    assert code.sweeps(ten).shell == (
        f"python app.py sweep --query {QUERY} --perturbation all --pair self --side query --seed 3"
    )
    two = code.sweeps(ten[:2]).shell
    assert two is not None
    assert [shlex.split(line)[6] for line in two.splitlines()] == list(PERTURBATION_NAMES[:2])


@pytest.mark.parametrize("name", ["a'b\"{}\n.png", "\\", "'''\u202e"])
def test_a_script_is_python_whatever_the_names(name):
    code = CodeFacet(load_settings(None, {"corpus": Path(f"/{name}")}))
    for one in (code.query(name, Fusion(3, 0.0, 1.0)), code.pair(name, name), code.annotations()):
        compile(one.python, "copied", "exec")


def test_the_command_of_a_set_holds_what_was_chosen():
    asked = SetRequest(
        5,
        "hardest",
        "light=dim",
        Damage("query", "positive", seed=2, full_depth=True, retrieve_again=True),
        scorers=("maxsim", "int8"),
    )
    shell = CodeFacet(Settings()).robustness(asked).shell
    assert shell == (
        "python app.py robustness --queries 5 --choose hardest --slice light=dim --pair positive "
        "--side query --scorers maxsim,int8 --full-depth --retrieve-again --seed 2 --out robustness"
    )
