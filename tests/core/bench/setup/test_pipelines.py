"""Another pipeline from the page: what is offered, refused, planned, evaluated and asked for."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from core.assembly.bench import open_workbench
from core.errors import SettingsError
from core.reranking.stages import STAGES
from core.settings import UNSET, load_settings
from core.types.pipelines import StepNeed, WrittenStage
from tests.core.stand_ins import ColourModels, ColourScorer, ColourTower, make_workbench


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    opened = make_workbench(
        tiny_corpus_root, tmp_path / "w", **{"ranking.depth": 6, "serve.roots": (tmp_path,)}
    )
    list(opened.runs.build_index())
    yield opened
    opened.close()


def ended(task):
    """Ask for work and wait for its end; return its view."""
    board = task._board
    key = task.ask("tab")
    while (view := board.view(key)).is_active:
        board.wait(board.revision(), 1.0)
    return view


def test_a_plan_while_the_bench_loads_waits_for_its_weights(tiny_corpus_root, tmp_path):
    chosen = {"corpus": tiny_corpus_root, "workspace": tmp_path / "w", "ranking.depth": 6}
    models, begun, go_on, loads = ColourModels(ColourTower(), ColourScorer()), Event(), Event(), []

    def load(settings, places):
        loads.append(settings)
        begun.set()
        assert go_on.wait(30)
        return models.load(settings, places)

    bench = open_workbench(load_settings(None, chosen), load)
    with ThreadPoolExecutor(2) as pool:
        index = pool.submit(lambda: list(bench.runs.build_index()))
        assert begun.wait(30)
        plan = pool.submit(lambda: list(bench.pipelines.cost("maxsim@4 > mllm@2")))
        time.sleep(0.2)  # long enough to come to the weights; without a lock it loads them too
        go_on.set()
        assert index.result(30) is not None
        assert plan.result(30)
    bench.close()
    assert len(loads) == 1


def test_every_stage_of_the_table_is_offered_with_what_it_needs(bench):
    found = {one.name: one for one in bench.pipelines.choices()}
    assert list(found) == [name for name in STAGES if name != "python"]  # code is never chosen
    assert found["mllm"].calls_model
    assert "int8" in found["mllm"].offers
    assert found["import"].offers == ()
    assert found["import"].needs_option


def test_the_present_pipeline_has_its_depths_and_changes_nothing(bench):
    assert bench.pipelines.present == "mllm@6"
    check = bench.pipelines.check("mllm")
    assert (check.text, check.is_present, check.faults) == ("mllm@6", True, ())
    with pytest.raises(SettingsError, match="present pipeline"):
        bench.pipelines.request("mllm@6")


def test_a_pipeline_says_what_it_asks_for_at_most(bench):
    check = bench.pipelines.check("maxsim > mllm/none@2 > mllm/int8@500")
    assert check.text == "maxsim@6 > mllm@2 > mllm/int8@500"
    assert not check.is_present
    n = len(bench._session.measurable)
    assert check.steps == (
        StepNeed("maxsim", 6, 6 * n, 0),
        StepNeed("mllm", 2, 2 * n, 2 * n),
        StepNeed("mllm/int8", 500, 6 * n, 6 * n),
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "cannot be read"),
        ("mllm@0", "cannot be read"),
        ("nobody@5", "Stage 'nobody' is not known"),
        ("mllm/nonsense", "nonsense"),
        ("import:ames@5", "no import 'ames'"),
        ("import@5", "write import:NAME"),
        (">".join(["mllm"] * 9), "at most 8"),
        ("m" * 700, "at most 600 characters"),
    ],
)
def test_what_speaks_against_a_pipeline_is_one_sentence(bench, text, fault):
    check = bench.pipelines.check(text)
    assert check.steps == ()
    assert fault in check.faults[0]
    with pytest.raises(SettingsError):
        bench.pipelines.request(text)
    assert not bench.reopening.switch.is_set()


def test_a_wrong_text_is_still_read_as_stages():
    from core.reranking.pipelines import split_stages

    assert [WrittenStage(*one) for one in split_stages("maxsim/x@4 > MLLM?")] == [
        WrittenStage("maxsim", "x", "4"),
        WrittenStage("MLLM?", "", ""),
    ]


def test_a_plan_counts_what_is_stored_of_another_pipeline_and_stores_nothing(bench):
    n = len(bench._session.measurable)
    list(bench.runs.evaluate(6))
    task = bench.work.pipeline_cost("maxsim@6 > mllm@2")
    assert ended(task).error is None
    plan = task.result()
    assert [(one.stage, one.n_pairs) for one in plan.stages] == [("maxsim", 6 * n), ("mllm", 2 * n)]
    assert plan.stages[0].n_to_score == 6 * n
    again = bench.work.pipeline_cost("mllm@6")
    assert ended(again).error is None
    assert again.result().n_to_score == 0


def test_a_pipeline_is_evaluated_beside_the_benchs_own(bench):
    task = bench.work.evaluate_pipeline("maxsim@6 > mllm@2")
    assert ended(task).error is None
    run = bench.saved.report(task.result())
    assert "maxsim" in run.receipt.fields["pipeline"]
    assert bench.runs.outcomes(bench._session.fusion(6)) == ()  # the screens show their own
    plan = bench.work.pipeline_cost("maxsim@6 > mllm@2")
    ended(plan)
    assert plan.result().n_to_score == 0


def test_a_pipeline_that_is_asked_for_replaces_every_short_form(bench, tmp_path):
    bench.pipelines.request("maxsim@5 > mllm@2")
    assert bench.reopening.states_cost
    asked = bench.reopening.overrides
    assert asked == {
        "ranking.pipeline": "maxsim > mllm@2",
        "ranking.depth": 5,
        "ranking.scorer": UNSET,
        "ranking.thin": UNSET,
        "ranking.preset": UNSET,
    }
    file = tmp_path / "settings.toml"
    file.write_text('[ranking]\nthin = 3\nscorer = "mllm"\ndepth = 50\n')
    settings = load_settings(file, dict(asked))
    settings.check_scorer()
    assert (settings.ranking.thin, settings.ranking.depth) == (None, 5)


def test_without_a_root_a_pipeline_is_evaluated_but_not_put_on_every_screen(
    tiny_corpus_root, tmp_path
):
    bench = make_workbench(tiny_corpus_root, tmp_path / "w", **{"ranking.depth": 6})
    assert "--root FOLDER" in bench.pipelines.refusal
    with pytest.raises(SettingsError, match="--root FOLDER"):
        bench.pipelines.request("mllm@2")
    assert bench.pipelines.check("mllm@2").faults == ()
    bench.close()
