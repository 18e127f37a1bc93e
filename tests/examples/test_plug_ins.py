"""The two example plug-ins: scored, swept, shown beside another, exported, by their names alone."""

import csv
from pathlib import Path

import numpy as np
import pytest

from assets.examples import colour_descriptor, colour_reranker
from core.errors import SettingsError
from core.types.orders import Fusion
from core.types.robustness import PERTURBATION_NAMES, Damage
from core.types.scores import python_kind
from core.types.sweeps import SweepRequest
from tests.core.stand_ins import make_workbench
from tests.ui.commands.test_commands import Cli

QUERY, MATCH = "images/disc_q.png", "images/disc_1.png"
RERANKER = "python:assets.examples.colour_reranker:Colours"
DESCRIPTOR = "python:assets.examples.colour_descriptor:Colours"
FUSION = Fusion(6, 0.0, 1.0)


def opened(root, folder, pipeline=f"{RERANKER}@6", **more):
    bench = make_workbench(root, folder, **{"ranking.pipeline": pipeline, **more})
    list(bench.runs.build_index())
    list(bench.runs.evaluate(bench.info.first_depth))
    return bench


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    made = opened(tiny_corpus_root, tmp_path / "w")
    yield made
    made.close()


def test_each_is_short():
    for module in (colour_reranker, colour_descriptor):
        lines = Path(module.__file__).read_text("utf-8").splitlines()
        assert sum(bool(line.strip()) and '"""' not in line for line in lines) <= 15


def test_the_re_ranker_orders_by_shared_colours(bench, tiny_corpus_root):
    session = bench.runs._session
    order = bench.runs._orders.noted(QUERY, FUSION)
    images = {i: session.images.load(session.database[i]) for i in order.before.image_ids}
    own = colour_reranker.histogram(session.images.load(session.queries[QUERY]))
    for image_id, score in order.last.scores.items():
        shared = np.minimum(own, colour_reranker.histogram(images[image_id])).sum()
        assert abs(score - shared) < 1e-12
    assert order.after[0].startswith("images/disc")
    assert session.kind == python_kind("colours", "share")


def test_its_scores_are_read_from_the_cache(bench, monkeypatch):
    monkeypatch.setattr(colour_reranker.Colours, "score", None)
    list(bench.runs.evaluate(6))
    assert bench.runs.summary(FUSION).n_unscored == 0
    assert bench.runs.latest().receipt.fields["model"] == f"plug-in {RERANKER[7:]}"


@pytest.mark.parametrize("name", PERTURBATION_NAMES)
def test_it_is_swept(bench, name):
    request = SweepRequest(QUERY, MATCH, name, Damage(side="query", pair="positive"))
    *_, curve = bench.robustness.sweep(request)
    assert len(curve.points) == len(curve.spec.levels)
    assert all(np.isfinite(point.margin) for point in curve.points)
    assert curve.kind.name == "colours"


def test_it_is_a_third_strip_of_another_bench(bench, tiny_corpus_root, tmp_path):
    bench.close()
    other = opened(tiny_corpus_root, tmp_path / "w", "mllm@6")
    entry = next(e for e in other.scorers.entries() if "colour_reranker" in e.name)
    assert entry.kind.unit in ("share", "as scored")
    view = other.scorers.inspect(entry.scorer_id, QUERY, FUSION)
    assert view.n_unscored == 0
    assert view.after[0].image_id.startswith("images/disc")


def test_it_is_exported(bench, tmp_path):
    file = tmp_path / "scores.csv"
    list(bench.exchange.export_scores(file, 6))
    assert len(list(csv.DictReader(file.read_text("utf-8").splitlines()))) == 4 * 6


def test_it_is_a_stage_before_another(tiny_corpus_root, tmp_path):
    bench = opened(tiny_corpus_root, tmp_path / "w", f"{RERANKER}@6 > mllm@2")
    assert bench.runs.summary(FUSION).n_unscored == 0
    bench.close()


def test_the_descriptor_makes_the_first_stage(tiny_corpus_root, tmp_path):
    where = ("--corpus", tiny_corpus_root, "--workspace", tmp_path / "w")
    named = ("--descriptor", DESCRIPTOR, "--pipeline", f"{RERANKER}@6")
    found = Cli()("evaluate", *where, *named, "--json")
    assert found.exit_code == 0, found.stderr
    assert DESCRIPTOR in found.stdout
    swept = ("--query", QUERY, "--perturbation", "blur", "--scorers", "mllm", "--json")
    assert Cli()("sweep", *where, *named, *swept).exit_code == 0


def test_the_command_line_names_it_beside_the_benchs_own(tiny_corpus_root, tmp_path):
    where = ("--corpus", tiny_corpus_root, "--workspace", tmp_path / "w")
    swept = ("--query", QUERY, "--perturbation", "blur", "--scorers", RERANKER, "--json")
    found = Cli()("sweep", *where, "--pipeline", "mllm@4", *swept)
    assert found.exit_code == 0, found.stderr
    assert "colour_reranker" in found.stdout


def test_the_page_cannot_name_it(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    says = "named on the command line only, never in the page or an address"
    assert says in bench.pipelines.check(f"{RERANKER}@6").faults[0]
    with pytest.raises(SettingsError, match=says):
        list(bench.pipelines.evaluate(f"mllm@6 > {RERANKER}@3"))
    with pytest.raises(SettingsError, match=says):
        bench.robustness.rivals.known([RERANKER])
    with pytest.raises(SettingsError, match="cannot be a term"):
        list(bench.evidence.fit("own", ("mllm", RERANKER), 6))
    bench.close()


def test_no_screen_or_route_lets_code_be_named():
    from pathlib import Path

    ui = Path(__file__).parents[2] / "ui"
    files = {
        p.relative_to(ui).as_posix() for p in ui.rglob("*.py") if "name_plugins" in p.read_text()
    }
    assert files == {"commands/sweep.py", "commands/robustness.py"}
