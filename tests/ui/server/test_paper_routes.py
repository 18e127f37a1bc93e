"""The routes of figures and tables for papers: downloads, captions, refusals in one sentence."""

from itertools import count
from urllib.parse import urlencode

import pytest

from core.errors import SettingsError
from core.storage.tradeoffs import tables
from core.types.orders import Fusion
from core.types.runs import Progress
from tests.conftest import draw_tiny_corpus
from tests.core.stand_ins import make_workbench
from tests.drawn_bench import save_run
from tests.tradeoffs import table as tradeoffs
from tests.ui.pages import routes_of
from ui.paper.figures import FIGURES
from ui.paper.tables import TABLES
from ui.server.paper_routes import LIMIT_S, soon

OLD, NEW = "20260101T000000000000Z-aaaaaaaaaaaa", "20260102T000000000000Z-bbbbbbbbbbbb"
QUERY = "images/disc_q.png"


@pytest.fixture
def client(bench):
    save_run(bench, OLD, 5)
    save_run(bench, NEW, 20)
    tables(bench._session.workspace.tradeoffs).save(tradeoffs())
    return routes_of(bench)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """The routes over a real bench that is evaluated, without weights."""
    root = tmp_path_factory.mktemp("tiny")
    opened = make_workbench(draw_tiny_corpus(root / "c"), root / "w", **{"ranking.depth": 4})
    list(opened.runs.build_index())
    list(opened.runs.evaluate(4))
    yield routes_of(opened)
    opened.close()


def get(client, path, **selection):
    return client.get(f"{path}?{urlencode(selection)}")


@pytest.mark.parametrize(
    ("name", "selection"),
    [
        ("ap-scatter", {}),
        ("tradeoff-memory", {"budget": "10000"}),
        ("tradeoff-time", {}),
        ("rank-flow", {"query": "queries/object_03.jpg"}),
        ("descriptor-map", {"colour": "class"}),
        ("run", {"run": NEW, "against": OLD}),
        ("run", {}),
    ],
    ids=str,
)
def test_a_figure_is_a_download_with_a_name(client, name, selection):
    answer = get(client, f"/figure/{name}.svg", **selection)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("image/svg+xml")
    wanted = f"attachment; filename*=UTF-8''{name}-one.svg"
    assert answer.headers["content-disposition"] == wanted
    assert 'width="241.2pt"' in answer.text


@pytest.mark.parametrize("name", ["response", "response-rank", "response-set"])
def test_a_sweep_is_drawn_from_a_real_bench(measured, name):
    selection = {"view": "perturb", "query": QUERY, "pert": "blur", "set": "spread:2"}
    answer = get(measured, f"/figure/{name}.pdf", **selection, width="two")
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["content-disposition"].endswith(f"{name}-two.pdf")


def test_terms_are_refused_where_no_evidence_orders(measured):
    answer = get(measured, "/figure/response-terms.svg", view="perturb", query=QUERY, pert="blur")
    assert answer.status_code == 422
    assert "joins no evidence, so there are no terms to draw" in answer.text


def test_the_caption_says_what_of_what_and_the_receipt(client, bench):
    answer = get(client, "/figure/rank-flow.txt", query="queries/object_03.jpg", depth="20")
    receipt = bench.runs.receipt(Fusion(20, 0.0, 1.0)).receipt_id
    assert answer.headers["content-type"].startswith("text/plain")
    assert "object_03.jpg before re-ranking" in answer.text
    assert "n = 20 candidates, corpus drawn" in answer.text
    assert "lam 0, gamma 1 per nat" in answer.text
    assert answer.text.endswith(f"Receipt {receipt}.\n")


@pytest.mark.parametrize(("form", "begins"), [("tex", "\\begin{table}"), ("md", "| ")])
@pytest.mark.parametrize("name", ["metrics", "classes", "tradeoffs", "comparison"])
def test_a_table_is_a_download_too(client, name, form, begins):
    answer = get(client, f"/table/{name}.{form}", run=NEW, against=OLD)
    assert answer.status_code == 200, answer.text
    assert answer.text.startswith(begins)
    assert "Receipt" in answer.text


def test_breaking_strengths_are_of_all_ten_perturbations(measured):
    answer = get(measured, "/table/breaking.md", view="perturb", set="spread:1")
    assert answer.status_code == 200, answer.text
    assert "occlusion" in answer.text


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("figure/smile.svg", 422, "no figure 'smile'"),
        ("figure/ap-scatter.gif", 422, "Figure format 'gif' is not known"),
        ("figure/ap-scatter.svg?width=three", 422, "Width 'three'"),
        ("figure/rank-flow.svg", 422, "No query is chosen"),
        ("figure/response-set.svg", 422, "No set of queries"),
        ("figure/run.svg?run=nobody", 404, "nobody"),
        ("table/smile.tex", 422, "no table 'smile'"),
        ("table/metrics.docx", 422, "Table format 'docx' is not known"),
        ("table/comparison.tex", 422, "choose another one"),
    ],
)
def test_what_cannot_be_made_is_refused_in_one_sentence(client, path, status, said):
    answer = client.get(f"/{path}")
    assert (answer.status_code, said in answer.json()["error"]) == (status, True)


def test_nothing_measured_is_refused(bench):
    assert "app.py tradeoff" in routes_of(bench).get("/figure/tradeoff-time.svg").json()["error"]


def test_several_perturbations_are_no_figure(measured):
    answer = get(measured, "/figure/response.svg", view="perturb", query=QUERY, pert="all")
    assert (answer.status_code, "one perturbation" in answer.json()["error"]) == (422, True)


def test_a_query_of_another_corpus_is_none(client):
    assert client.get("/figure/rank-flow.svg?query=%2Fetc%2Fpasswd").status_code == 422


def test_long_work_is_not_done_in_the_course_of_a_download():
    closed = []

    def work():
        try:
            for done in count():
                yield Progress("sweep", done, 100, "levels")
        finally:
            closed.append(True)

    clock = iter((0.0, 1.0, LIMIT_S + 1.0))
    with pytest.raises(SettingsError, match="measure it on its screen"):
        soon(work(), lambda: next(clock))
    assert closed


def test_every_name_belongs_to_a_screen():
    assert {one.screen for one in FIGURES.values()} | {one.screen for one in TABLES.values()} == {
        "overview", "queries", "perturb", "failures", "runs",
    }  # fmt: skip
