"""States through the door: the list, the figures and the command say the same."""

import time
from pathlib import Path

import pytest

from core.errors import ManifestError
from core.types.orders import Fusion
from tests.core.stand_ins import make_workbench

FUSION = Fusion(4, 0.0, 1.0)
NO_POSITIVES = """\
image,role,instance
images/disc_q.png,query,disc
images/cross_q.png,query,cross
images/bars_1.png,database,bars
"""


def open_bench(root: Path, tmp_path: Path):
    bench = make_workbench(root, tmp_path / "w")
    list(bench.runs.build_index())
    return bench


def states(bench) -> dict[str, str]:
    return {row.query_id.rpartition("/")[2]: row.state.name for row in bench.queries.rows(FUSION)}


def test_a_query_without_a_positive_never_waits(tiny_corpus_root, tmp_path):
    manifest = tiny_corpus_root / "manifest.csv"
    manifest.write_text(
        manifest.read_text().replace("cross_1.png,database,cross", "cross_1.png,database,")
    )
    bench = open_bench(tiny_corpus_root, tmp_path)
    assert states(bench) == {
        "bars_1.png": "not started",
        "bars_2.png": "not started",
        "cross_q.png": "no positive",
        "disc_q.png": "not started",
    }
    list(bench.runs.evaluate(4))
    list(bench.queries.score("images/cross_q.png", 4))
    assert set(states(bench).values()) == {"scored", "no positive"}
    assert bench.runs.state(FUSION).text == (
        "3 of 3 queries are scored. Left out: 1 without a positive."
    )
    bench.close()


def test_a_corpus_without_positives_says_the_same_everywhere(tiny_corpus_root, tmp_path):
    (tiny_corpus_root / "manifest.csv").write_text(NO_POSITIVES)
    bench = open_bench(tiny_corpus_root, tmp_path)
    assert set(states(bench).values()) == {"no positive"}
    state = bench.runs.state(FUSION)
    assert state.name == "no positive"
    with pytest.raises(ManifestError) as refused:
        list(bench.runs.evaluate(4))
    assert str(refused.value) == state.text
    bench.close()


def test_a_folder_without_labels_is_not_labelled(tiny_corpus_root, tmp_path):
    bench = open_bench(tiny_corpus_root / "images", tmp_path)
    assert bench.runs.state(FUSION).name == "not labelled"
    assert set(states(bench).values()) == {"not labelled"}
    bench.close()


def test_a_bench_waits_while_it_is_prepared_and_not_after_a_stop(tiny_corpus_root, tmp_path):
    bench = open_bench(tiny_corpus_root, tmp_path)
    assert bench.runs.state(FUSION).name == "not started"
    bench.jobs.start_preparation(after_s=60.0)
    assert bench.runs.state(FUSION).name == "waiting"
    assert set(states(bench).values()) == {"waiting"}
    bench.jobs.cancel(wait=True)
    assert bench.runs.state(FUSION).name == "stopped"
    bench.jobs.start_preparation()
    while bench.jobs.status().state == "running":
        time.sleep(0.01)
    assert bench.runs.state(FUSION).name == "scored"
    bench.close()
