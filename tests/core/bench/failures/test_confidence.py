"""Which number tells whether a first result is right: read, measured, imported, exported."""

import csv
import io

import pytest

from core.bench.failures.confidence import COSINE, COSINE_GAP
from core.errors import ManifestError, SettingsError
from core.types.orders import Fusion
from tests.core.stand_ins import make_workbench
from tests.ui.commands.test_commands import Cli

DEPTH = 4
FUSION = Fusion(DEPTH, 0.0, 1.0)


def opened(root, folder, pipeline=f"mllm@{DEPTH}", **more):
    bench = make_workbench(root, folder, **{"ranking.pipeline": pipeline, **more})
    list(bench.runs.build_index())
    return bench


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    made = opened(tiny_corpus_root, tmp_path / "w")
    yield made
    made.close()


def names(report):
    return {one.name for one in report.signals}


def test_before_anything_is_scored_the_shortlists_first_results_are_judged(bench):
    report = bench.confidence.report(FUSION, "before")
    assert set(report.right) == {query.image_id for query in bench.runs._session.corpus.queries}
    assert {COSINE, COSINE_GAP} <= names(report)
    for query_id, is_right in report.right.items():
        relevance = bench.runs._session.relevance(query_id)
        first = report.first[query_id]
        assert relevance.relation(first) != "junk"
        assert is_right == (relevance.relation(first) == "positive")


def test_after_re_ranking_only_scored_queries_take_part(bench):
    assert bench.confidence.report(FUSION, "after") is None
    list(bench.confidence.measure(FUSION, "after"))
    report = bench.confidence.report(FUSION, "after")
    assert len(report.right) == 4
    assert {"mllm", "mllm gap", "geometric", "kreciprocal", COSINE, COSINE_GAP} <= names(report)
    assert all(one.n_missing == 0 for one in report.signals if one.name != "mllm gap")
    orders = bench.runs._orders.orders(FUSION)
    mllm = next(one for one in report.signals if one.name == "mllm")
    for query_id, value in mllm.values.items():
        order = orders.get(query_id) or bench.runs._orders.of(
            bench.runs._session.queries[query_id], FUSION
        )
        assert order.last.scores[report.first[query_id]] == value


def test_measuring_again_scores_nothing(bench, monkeypatch):
    list(bench.confidence.measure(FUSION, "before"))
    store = bench.runs._session.scores
    written = []
    put = store.put
    monkeypatch.setattr(store, "put", lambda *a: written.append(a) or put(*a))
    steps = list(bench.confidence.measure(FUSION, "before"))
    assert steps[-1].done == steps[-1].total == 4
    assert not written


def test_a_measure_that_was_stopped_goes_on(bench):
    steps = bench.confidence.measure(FUSION, "before")
    for _ in range(3):
        next(steps)
    steps.close()
    list(bench.confidence.measure(FUSION, "before"))
    report = bench.confidence.report(FUSION, "before")
    assert bench.confidence.n_missing(report) == 0


def test_an_imported_number_is_a_signal(tiny_corpus_root, tmp_path):
    file = tmp_path / "sure.csv"
    file.write_text("query,confidence\nimages/disc_q.png,0.9\nimages/cross_q.png,0.1\n")
    where = ("--corpus", tiny_corpus_root, "--workspace", tmp_path / "w")
    found = Cli()("import", file, *where, "--as", "confidence", "--name", "sure")
    assert found.exit_code == 0, found.stderr
    bench = opened(tiny_corpus_root, tmp_path / "w")
    report = bench.confidence.report(FUSION, "before")
    (sure,) = (one for one in report.signals if one.name == "import:sure")
    assert (sure.n, sure.n_missing) == (2, 2)
    bench.close()


def test_a_query_without_a_positive_is_never_right(tiny_corpus_root, tmp_path):
    manifest = tiny_corpus_root / "manifest.csv"
    lines = manifest.read_text().replace(
        "images/cross_q.png,query,cross", "images/cross_q.png,query,gone"
    )
    manifest.write_text(lines)
    bench = opened(tiny_corpus_root, tmp_path / "w")
    report = bench.confidence.report(FUSION, "before")
    assert report.right["images/cross_q.png"] is False
    assert len(report.right) == 4
    bench.close()


def test_without_ground_truth_it_is_one_sentence(tiny_corpus_root, tmp_path):
    (tiny_corpus_root / "manifest.csv").unlink()
    bench = opened(tiny_corpus_root, tmp_path / "w", **{"folder_labels": "no"})
    with pytest.raises(ManifestError, match="has no ground truth"):
        bench.confidence.report(FUSION, "before")
    bench.close()


def test_the_table_has_a_row_per_query(bench):
    report = bench.confidence.report(FUSION, "before")
    rows = list(csv.DictReader(io.StringIO(bench.confidence.csv(report))))
    assert [row["query"] for row in rows] == list(report.right)
    assert {row["right"] for row in rows} <= {"0", "1"}
    assert (
        float(rows[0][COSINE])
        == report.signals[[o.name for o in report.signals].index(COSINE)].values[rows[0]["query"]]
    )


def test_what_cannot_be_trusted_is_refused_in_one_sentence(bench):
    report = bench.confidence.report(FUSION, "before")
    with pytest.raises(SettingsError, match="Signal 'x' is not known; use one of: "):
        bench.confidence.trusted(report, "x", 0.9)
    with pytest.raises(SettingsError, match=r"precision of 1\.5"):
        bench.confidence.trusted(report, COSINE, 1.5)


def test_feedback_as_the_last_stage_is_not_asked(tiny_corpus_root, tmp_path):
    bench = opened(tiny_corpus_root, tmp_path / "w", "mllm@3 > feedback:2")
    list(bench.confidence.measure(FUSION, "after"))
    report = bench.confidence.report(FUSION, "after")
    assert "mllm" in names(report)
    assert not any("feedback" in name for name in names(report))
    bench.close()
