"""The whole path on a server: settings, index, evaluate, cache, faults, sweep, receipt."""

import dataclasses
import json
from pathlib import Path

import pytest

from core.assembly.bench import open_workbench
from core.errors import ModelError
from core.settings import load_settings
from core.types.orders import Fusion
from core.types.robustness import Damage
from core.types.sweeps import SweepRequest
from core.workbench import Workbench
from tests.core.mllm.remote.fake_server import FakeServer, Reply

DEPTH = 4


@pytest.fixture
def open_on(tiny_corpus_root: Path, tmp_path: Path, server: FakeServer):
    opened: list[Workbench] = []

    def open_(workspace: str = "work", **settings: object) -> Workbench:
        chosen = {
            "corpus": tiny_corpus_root,
            "workspace": tmp_path / workspace,
            "model.name": f"{server.url}#tiny-vl",
            "ranking.depth": DEPTH,
            **{key.replace("__", "."): value for key, value in settings.items()},
        }
        bench = open_workbench(load_settings(None, chosen))
        opened.append(bench)
        return bench

    yield open_
    for bench in opened:
        bench.close()


def evaluated(bench: Workbench):
    list(bench.runs.build_index())
    list(bench.runs.evaluate(DEPTH))
    report = bench.runs.latest()
    assert report is not None
    return report


def test_the_second_evaluation_asks_the_server_nothing_and_tells_the_same(open_on, server):
    first = open_on()
    one = evaluated(first)
    first.close()
    # 3 pairs for each of 4 images in the self-test; 4 queries of 4 candidates
    n_self_test, n_pairs = 12, 4 * DEPTH
    assert len(server.requests) == n_self_test + n_pairs
    assert one.summary.n_unscored == 0
    server.requests.clear()
    two = evaluated(open_on())
    assert server.requests == []
    assert two.summary.cached_pairs == n_pairs
    assert dataclasses.replace(two.summary, cached_pairs=0) == one.summary
    assert two.outcomes == one.outcomes


def test_what_the_server_fails_on_is_unscored_counted_and_asked_again(open_on, server):
    bench = open_on(server__retries=0, server__concurrency=1)
    list(bench.runs.build_index())
    list(bench.queries.score("images/disc_q.png", 1))  # trusted from here on
    server.script.extend([Reply({"choices": []}), None, Reply(status=500)])
    list(bench.runs.evaluate(DEPTH))
    report = bench.runs.latest()
    assert report is not None
    assert report.summary.n_unscored == 2
    assert report.summary.map_after is None  # more than 1 % of 16 pairs
    view = bench.queries.inspect("images/bars_1.png", Fusion(DEPTH, 0.0, 1.0))
    reasons = [c.problem or "" for c in view.before if c.problem]
    assert [word in reason for word, reason in zip(("log-prob", "500"), reasons, strict=True)] == [
        True,
        True,
    ]
    assert evaluated(bench).summary.n_unscored == 0


def test_a_server_that_wants_a_key_is_one_sentence_before_any_score(open_on, server):
    server.always = lambda answer: Reply(status=401)
    bench = open_on(server__key_env="NOT_SET_ANYWHERE")
    with pytest.raises(ModelError, match=r"self-test could not score a pair.*NOT_SET_ANYWHERE"):
        evaluated(bench)


@pytest.mark.parametrize("side", ["query", "candidate"])
def test_a_sweep_is_scored_by_the_server_and_kept(open_on, server, side):
    bench = open_on()
    list(bench.runs.build_index())
    request = SweepRequest("images/disc_q.png", None, "blur", Damage(side))
    curve = list(bench.robustness.sweep(request))[-1]
    neutral = next(p for p in curve.points if p.strength == curve.spec.neutral)
    assert neutral.margin == pytest.approx(4.0, abs=1e-6)  # an image against itself
    server.requests.clear()
    assert list(bench.robustness.sweep(request))[-1].points == curve.points
    assert server.requests == []


def test_the_receipt_names_server_protocol_and_uncompressed_images(
    open_on, server, tmp_path, monkeypatch
):
    monkeypatch.setenv("SECOND_LOOK_KEY", "s3cret")
    address = server.url.replace("http://", "http://me:pa55@")
    bench = open_on(**{"model.name": f"{address}#tiny-vl"})
    report = evaluated(bench)
    fields = report.receipt.fields
    assert fields["model"] == f"tiny-vl at {server.url}"
    assert fields["server"] == server.url
    assert fields["compression"].endswith("a server scores uncompressed images")
    assert "scores uncompressed images" in bench.info.model_note
    command = bench.code.sweeps([SweepRequest("images/disc_q.png", None, "blur")]).shell
    assert command is not None
    assert f"{server.url}#tiny-vl" in command
    everything = json.dumps([dict(fields), str(bench.info), command])
    everything += "".join(p.read_text("utf-8") for p in (tmp_path / "work").rglob("*.json"))
    assert "s3cret" not in everything
    assert "pa55" not in everything
