"""The Python door: work that runs to its end, and results as frames with units and pictures."""

import subprocess
import sys

import pandas as pd
import pytest

from core.errors import SettingsError, UnknownImageError
from core.notebook.bench import Bench
from core.types.orders import Fusion
from tests.core.bench.test_evidence import DEPTH, fitted
from tests.core.bench.test_evidence import opened as evidence
from tests.core.stand_ins import make_workbench

DISC = "disc_query.png"


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    workbench = make_workbench(tiny_corpus_root, tmp_path / "w", **{"ranking.depth": 4})
    with Bench(workbench) as opened:
        yield opened


def test_evaluate_runs_to_its_end_and_shows_a_bar(bench, capsys):
    assert bench.run is None
    assert bench.evaluate() is None
    assert "evaluate" in capsys.readouterr().err
    assert bench.run is not None
    assert len(bench.queries) == bench.run.summary.n_evaluated


def test_steps_are_a_generator_that_can_be_stopped_and_gone_on_with(bench):
    steps = bench.evaluate(steps=True)
    assert next(steps).total >= 1
    steps.close()
    assert bench.run is None
    bench.evaluate()
    assert bench.run is not None


def test_queries_are_the_outcomes_of_the_run_the_largest_loss_first(bench):
    bench.evaluate()
    frame = bench.queries.frame()
    outcomes = {one.query_id: one for one in bench.workbench.runs.outcomes(bench.fusion)}
    assert set(frame["query"]) == set(outcomes)
    deltas = frame["AP after"] - frame["AP before"]
    assert deltas.is_monotonic_increasing
    for row in frame.to_dict("records"):
        assert row["class"] == outcomes[row["query"]].failure_class
    assert frame.attrs["units"]["AP before"] == "share from 0 to 1"


def test_a_ranking_is_the_order_after_and_needs_nothing_prepared(bench):
    query = bench.workbench._session.corpus.queries[0].image_id
    frame = bench.ranking(query).frame()
    view = bench.workbench.queries.inspect(query, bench.fusion)
    assert list(frame["image"]) == [one.image_id for one in view.after]
    assert list(frame["rank after"]) == list(range(1, len(frame) + 1))
    assert frame["score"].isna().sum() == len(frame) - 4
    assert str(frame["score"].dtype) == "float64"


def test_what_is_missing_is_missing_in_the_frame(bench):
    bench.evaluate()
    frame = bench.queries.frame()
    assert str(frame["first positive after"].dtype) in ("Int64", "object")
    assert 0 not in frame["first positive after"].dropna().tolist()


def test_a_notebook_shows_pictures_and_escapes_names(bench):
    bench.evaluate()
    html = bench.queries._repr_html_()
    assert "data:image/webp;base64," in html
    assert 'title="share from 0 to 1"' in html
    assert "<script" not in html


def test_failures_are_of_a_known_class(bench):
    bench.evaluate()
    classes = set(bench.failures().frame()["class"]) if len(bench.failures()) else set()
    assert not classes & {"easy", "rescued"}
    with pytest.raises(SettingsError, match="There is no class 'bad'"):
        bench.failures("bad")


def test_a_sweep_has_a_row_per_level(bench):
    query = bench.workbench._session.corpus.queries[0].image_id
    frame = bench.sweep(query, "blur").frame()
    assert frame["strength"].iloc[0] == 0
    assert len(frame) >= 5
    assert frame["rank"].notna().all()


def test_runs_are_listed_and_compared(bench):
    bench.evaluate()
    bench.workbench.runs.keep(Fusion(bench.fusion.depth, 1.0, 1.0))
    runs = list(bench.runs.frame()["run"])
    assert len(runs) == 2
    frame = bench.compare(*runs).frame()
    assert list(frame.columns) == ["query", "AP", "AP of the other"]


def test_an_unknown_query_is_one_sentence(bench):
    with pytest.raises(UnknownImageError, match="nothing"):
        bench.ranking("nothing.png")


def test_an_empty_table_has_its_columns(bench):
    frame = bench.queries.frame()
    assert isinstance(frame, pd.DataFrame)
    assert "AP before" in frame.columns
    assert len(frame) == 0


def test_the_door_is_imported_from_core_and_loads_nothing_before():
    code = (
        "import core, sys; assert 'torch' not in sys.modules; "
        "from core import open_bench, Corpus; print(open_bench.__name__, Corpus.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["open_bench", "Corpus"]


def test_under_evidence_the_terms_shares_are_columns_that_add_up(tiny_corpus_root, tmp_path):
    fitted(tiny_corpus_root, tmp_path / "w")
    with Bench(evidence(tiny_corpus_root, tmp_path / "w", f"evidence:own@{DEPTH}")) as bench:
        query = bench.workbench._session.corpus.queries[0].image_id
        frame = bench.ranking(query).frame()
    shares = [name for name in frame.columns if name.startswith("share of ")]
    assert "share of mllm" in shares
    scored = frame[frame["score"].notna()]
    assert len(scored) > 0
    assert scored[shares].sum(axis=1).tolist() == pytest.approx(scored["score"].tolist())
