"""The pipeline on the Setup screen: its builder, its plan, its start, and what is refused."""

import re
from html import unescape
from threading import Event

import pytest

from core.reranking.stage_spec import StageSpec
from core.reranking.stages import STAGES
from core.settings import UNSET
from core.types.number_text import MISSING
from core.types.pipelines import StageChoice
from core.types.runs import Progress
from core.types.scores import MAXSIM
from tests.core.stand_ins import make_workbench
from tests.ui.pages import drawn, routes_of
from ui.screens.setup import words

HOSTILE = "<img src=x onerror=alert(1)>"
CASCADE = "maxsim@6 > mllm@2"


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    settings = {"ranking.depth": 6, "serve.roots": (tmp_path,)}
    opened = make_workbench(tiny_corpus_root, tmp_path / "w", **settings)
    list(opened.runs.build_index())
    yield opened
    opened.close()


@pytest.fixture
def client(bench):
    return routes_of(bench)


def part(bench, name: str, pipeline: str = "") -> str:
    return str(drawn(bench, "setup", name, f"view=setup&pipeline={pipeline}") or "")


def cells(html: str) -> list[list[str]]:
    rows = re.findall("<tr>(.*?)</tr>", html)[1:]
    return [
        [unescape(cell) for cell in re.findall("<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows
    ]


def done(client, bench, name: str, pipeline: str = CASCADE) -> str:
    """Ask for a job as the page does, and wait for its end."""
    answer = client.post(f"/job/setup/{name}?view=setup&pipeline={pipeline}", json={"texts": {}})
    assert answer.status_code == 200, answer.text
    key = answer.json()["key"]
    while (view := bench.board.view(key)).is_active:
        bench.board.wait(bench.board.revision(), 1.0)
    assert view.error is None
    return key


def test_the_builder_starts_from_the_screens_pipeline(bench):
    shown = part(bench, "pipeline")
    assert '<option value="mllm" data-mark="/"' in shown
    assert 'data-depth type="number" min="1" max="1000000" step="1" value="6"' in shown
    assert "data-pipeline-reset" not in shown
    assert "<code>mllm@6</code>" in shown


def test_every_stage_of_a_pipeline_is_a_row_with_what_it_needs(bench):
    shown = part(bench, "pipeline", "maxsim/int8@6 > mllm@2")
    assert shown.count("data-stage-row") == 2
    assert 'value="int8"' in shown
    assert "needs stored tokens and language model" in shown
    assert "at most 8 pairs, each a call of the model" in shown
    assert "data-pipeline-reset" in shown


def test_a_new_row_of_the_table_is_offered_by_itself(bench, monkeypatch):
    def build(*_):
        raise AssertionError("a choice is not built")

    row = StageSpec(
        *("graph", "graph:SIZE", "neighbours vote", ("pixels",), lambda _: MAXSIM, build),
        mark=":",
        needs_option=True,
        offers=lambda _: ("8", "16"),
    )
    monkeypatch.setitem(STAGES, "graph", row)
    shown = part(bench, "pipeline", "graph:8@6")
    assert (
        '<option value="graph" data-mark=":" data-first="8" title="neighbours vote" selected>'
        in shown
    )
    assert "Size<input" in shown
    assert '<option value="16"></option>' in shown


def test_what_speaks_against_a_pipeline_stands_below_its_rows_escaped(bench):
    shown = part(bench, "pipeline", HOSTILE)
    assert 'role="alert"' in shown
    assert "<img" not in shown
    assert part(bench, "plan", HOSTILE) == ""


def test_before_it_is_measured_a_plan_says_what_is_asked_for_at_most(bench):
    shown = part(bench, "plan", CASCADE)
    assert cells(shown) == [
        ["maxsim@6", "≤ 24", MISSING, MISSING, "0", *3 * (MISSING,)],
        ["mllm@2", "≤ 8", MISSING, MISSING, "≤ 8", *3 * (MISSING,)],
    ]
    assert "setup/cost" in shown
    assert "setup/evaluate" not in shown


def test_what_goes_on_can_be_stopped_and_not_started_again(bench, client, monkeypatch):
    done(client, bench, "cost")
    ended = Event()

    def evaluate(_text):
        yield Progress("evaluate", 1, 4, "queries")
        assert ended.wait(30)

    monkeypatch.setattr(bench.pipelines, "evaluate", evaluate)
    answer = client.post(f"/job/setup/evaluate?view=setup&pipeline={CASCADE}", json={"texts": {}})
    key = answer.json()["key"]
    try:
        shown = part(bench, "plan", CASCADE)
        assert f'data-job-stop="{key}"' in shown
        assert "data-job-start" not in shown
    finally:
        ended.set()


def test_change_plan_start(bench, client):
    done(client, bench, "cost")
    shown = part(bench, "plan", CASCADE)
    (images, maxsim, _mllm) = cells(shown)
    assert images[:4] == ["images encoded", "8", "8", "0"]
    assert maxsim[:5] == ["maxsim@6", "24", "0", "≤ 24", "0"]
    assert "Start: evaluate it" in shown
    done(client, bench, "evaluate")
    (run,) = bench.saved.entries().entries
    assert f'data-open-run="{run.run_id}"' in part(bench, "plan", CASCADE)
    done(client, bench, "cost")
    shown = part(bench, "plan", CASCADE)
    assert "Everything is stored" in shown
    assert [row[3] for row in cells(shown)] == ["0", "0", "0"]
    assert "Start: evaluate it" not in shown


def test_a_pipeline_is_put_on_every_screen_by_the_server_alone(bench, client):
    assert "data-use-pipeline" in part(bench, "plan", CASCADE)
    answer = client.post("/setting/pipeline", json={"pipeline": CASCADE})
    assert 'data-reopen="pipeline"' in answer.text
    assert bench.reopening.overrides["ranking.pipeline"] == "maxsim > mllm@2"
    assert bench.reopening.overrides["ranking.thin"] is UNSET


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"pipeline": "mllm@6"}, 422),
        ({"pipeline": HOSTILE}, 422),
        ({"pipeline": 3}, 400),
        ({}, 400),
        ([], 400),
    ],
)
def test_a_wrong_wish_is_refused(bench, client, wish, status):
    answer = client.post("/setting/pipeline", json=wish)
    assert answer.status_code == status
    assert not bench.reopening.switch.is_set()


def test_a_job_of_a_pipeline_that_cannot_be_used_is_refused(client):
    answer = client.post("/job/setup/evaluate?pipeline=nobody", json={"texts": {}})
    assert (answer.status_code, "not known" in answer.json()["error"]) == (422, True)


def test_without_a_root_the_plan_says_why_no_screen_can_be_changed(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    shown = part(bench, "plan", CASCADE)
    assert "--root" in shown
    assert "data-use-pipeline" not in shown
    bench.close()


def test_the_options_name_is_the_forms():
    choice = StageChoice("graph", "graph:SIZE", "", (), False, ":", False, ())
    assert words.option_label(choice) == "Size"


def test_a_stage_says_what_it_needs_and_what_its_option_is():
    chosen = {
        name: StageChoice(name, one.form, one.what, one.needs, False, one.mark, False, ())
        for name, one in STAGES.items()
    }
    assert words.needs_text(chosen["mllm"]) == "stored tokens and language model"
    assert words.needs_text(chosen["geometric"]) == "pixels"
    assert words.needs_text(chosen["evidence"]) == (
        "a fit, stored tokens, language model, pixels and descriptors"
    )
    labels = {name: words.option_label(one) for name, one in chosen.items()}
    assert labels == {
        "mllm": "Compression",
        "maxsim": "Compression",
        "geometric": "Keypoints",
        "kreciprocal": "Constants",
        "superglobal": "Constants",
        "aqe": "Constants",
        "dba": "Constants",
        "diffusion": "Constants",
        "feedback": "Constants",
        "evidence": "Name",
        "set": "Constants",
        "listwise": "N",
        "setwise": "N",
        "python": "Module",
        "import": "Name",
    }
