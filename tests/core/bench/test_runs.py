"""Saved runs through the door: listed, compared, exported, and refused with one sentence."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ExchangeError, UnknownRunError
from core.storage.reports import reports
from core.workbench import Workbench
from tests.core.stand_ins import ColourScorer, make_workbench


@pytest.fixture
def work(tmp_path) -> Path:
    return tmp_path / "work"


@pytest.fixture
def bench(tiny_corpus_root: Path, work: Path):
    opened = make_workbench(tiny_corpus_root, work)
    list(opened.runs.build_index())
    yield opened
    opened.close()


def evaluate(bench: Workbench, depth: int) -> str:
    list(bench.runs.evaluate(depth))
    report = bench.runs.latest()
    assert report is not None
    return report.run_id


def text(bench: Workbench, run_id: str, kind) -> str:
    return bench.saved.export(run_id, kind).data.decode()


def test_a_workspace_without_runs_lists_none(bench):
    found = bench.saved.entries()
    assert (found.entries, found.n_older) == ((), 0)


def test_runs_are_listed_newest_first_and_repeats_are_counted(bench):
    first = evaluate(bench, 2)
    evaluate(bench, 4)
    last = evaluate(bench, 4)
    entries = bench.saved.entries().entries
    assert [(e.run_id, e.n_repeats) for e in entries] == [(last, 2), (first, 1)]


def test_a_damaged_report_is_listed_with_its_reason_beside_the_others(bench, work):
    run_id = evaluate(bench, 4)
    (work / "runs" / "20200101T000000000000Z-aaaaaaaaaaaa.json").write_text("{", "utf-8")
    good, bad = bench.saved.entries().entries
    assert (good.run_id, good.problem) == (run_id, None)
    assert bad.report is None
    assert "cannot be read" in str(bad.problem)


@pytest.mark.parametrize("name", ["nobody", "../workspace", "/etc/passwd", ""])
def test_an_unknown_id_is_one_sentence_and_never_a_path(bench, name):
    evaluate(bench, 4)
    with pytest.raises(UnknownRunError, match="There is no run"):
        bench.saved.report(name)


def test_a_run_against_itself_differs_nowhere(bench):
    run_id = evaluate(bench, 4)
    found = bench.saved.compare(run_id, run_id)
    assert (found.delta, found.differences, found.fields, found.cautions) == (0.0, (), (), ())
    assert found.n_common == 4


def test_two_depths_are_compared_pair_by_pair(bench):
    shallow, deep = evaluate(bench, 1), evaluate(bench, 6)
    found = bench.saved.compare(shallow, deep)
    a, b = bench.saved.report(shallow).summary, bench.saved.report(deep).summary
    assert found.map_a == pytest.approx(a.map_after)
    assert found.delta == pytest.approx(b.map_after - a.map_after)
    assert found.delta_ci is not None
    assert found.delta_ci.low <= found.delta <= found.delta_ci.high
    assert ("depth", "1", "100") in found.fields  # that of the settings; there are 6 images
    assert sum(one.n for one in found.by["light"].values()) == 4


def test_csv_and_jsonl_hold_the_run_query_by_query(bench):
    run_id = evaluate(bench, 4)
    outcomes = bench.saved.report(run_id).outcomes
    rows = list(csv.DictReader(io.StringIO(text(bench, run_id, "csv"))))
    lines = [json.loads(line) for line in text(bench, run_id, "jsonl").splitlines()]
    for found in (rows, lines):
        assert [row["query"] for row in found] == [o.query_id for o in outcomes]
        assert [float(row["ap_after"]) for row in found] == [o.ap_after for o in outcomes]
    assert [line["intruders"] for line in lines] == [list(o.intruder_ids) for o in outcomes]


def test_a_missing_rank_is_empty_in_csv_and_null_in_jsonl(bench, work):
    report = bench.saved.report(evaluate(bench, 4))
    hidden = replace(report.outcomes[0], first_positive_before=None)
    reports(work / "runs").save(replace(report, run_id="20990101T0Z-x", outcomes=(hidden,)))
    row = next(csv.DictReader(io.StringIO(text(bench, "20990101T0Z-x", "csv"))))
    assert row["first_positive_before"] == ""
    assert json.loads(text(bench, "20990101T0Z-x", "jsonl"))["first_positive_before"] is None


def test_the_trec_run_and_qrels_give_the_runs_ap_to_a_naive_reader(bench):
    run_id = evaluate(bench, 4)
    relevant: dict[str, set[str]] = {}
    for line in text(bench, run_id, "qrels").splitlines():
        query, _, image, label = line.split()
        assert label == "1"
        relevant.setdefault(query, set()).add(image)
    ranked: dict[str, list[tuple[float, str]]] = {}
    for line in text(bench, run_id, "trec").splitlines():
        query, _, image, _, score, _ = line.split()
        ranked.setdefault(query, []).append((-float(score), image))
    for outcome in bench.saved.report(run_id).outcomes:
        images = [image for _, image in sorted(ranked[outcome.query_id])]
        positives = relevant[outcome.query_id]
        hits = [rank for rank, image in enumerate(images, 1) if image in positives]
        ap = sum(n / rank for n, rank in enumerate(hits, 1)) / len(positives)
        assert ap == pytest.approx(outcome.ap_after)


def test_the_rankings_of_another_scorer_are_refused_by_name(bench, tiny_corpus_root, work):
    run_id = evaluate(bench, 4)
    bench.close()
    other = make_workbench(tiny_corpus_root, work, scorer=ColourScorer("other"))
    list(other.runs.build_index())
    with pytest.raises(ExchangeError, match="another score fingerprint"):
        other.saved.export(run_id, "trec")
    assert b"Without the candidates" in other.saved.export(run_id, "html").data
    other.close()


def test_before_the_index_is_open_rankings_wait(bench, tiny_corpus_root, work):
    run_id = evaluate(bench, 4)
    bench.close()
    again = make_workbench(tiny_corpus_root, work)
    with pytest.raises(ExchangeError, match="not open yet"):
        again.saved.export(run_id, "trec")
    again.close()


def test_scores_that_no_longer_give_the_ap_are_refused(bench, work):
    report = bench.saved.report(evaluate(bench, 4))
    wrong = replace(report.outcomes[0], ap_after=0.123)
    reports(work / "runs").save(replace(report, run_id="20990101T0Z-x", outcomes=(wrong,)))
    with pytest.raises(ExchangeError, match="no longer give"):
        bench.saved.export("20990101T0Z-x", "trec")


def test_the_json_is_the_stored_report(bench, work):
    run_id = evaluate(bench, 4)
    assert (
        bench.saved.export(run_id, "json").data == (work / "runs" / f"{run_id}.json").read_bytes()
    )


def test_an_unknown_kind_is_one_sentence(bench):
    run_id = evaluate(bench, 4)
    with pytest.raises(ExchangeError, match="not written as 'exe'"):
        bench.saved.export(run_id, "exe")


def test_a_run_knows_the_command_that_made_it(bench, work, tiny_corpus_root):
    run_id = evaluate(bench, 4)
    command = bench.saved.command(run_id)
    place = f"--corpus {tiny_corpus_root} --workspace {work}"
    assert command == f"python app.py evaluate {place} --depth 4 --lam 0.0 --gamma 1.0"


def test_the_python_of_a_run_compiles_and_names_its_settings(bench, tiny_corpus_root):
    script = bench.saved.python(evaluate(bench, 4))
    assert script is not None
    compile(script, "copied", "exec")
    assert repr(str(tiny_corpus_root)) in script


def test_a_run_of_before_has_no_command(bench, work):
    report = bench.saved.report(evaluate(bench, 4))
    reports(work / "runs").save(replace(report, run_id="20990101T0Z-x", settings=None))
    assert bench.saved.command("20990101T0Z-x") is None


def test_save_writes_the_file(bench, tmp_path):
    run_id = evaluate(bench, 4)
    bench.saved.save(tmp_path / "run.html", "html", run_id)
    assert (tmp_path / "run.html").read_text("utf-8").startswith("<!doctype html>")
