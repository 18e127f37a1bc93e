"""A scorer is tested once in a workspace, and again where the record of it is damaged."""

import json
import logging
from dataclasses import replace

import pytest

from core.bench.self_test_gate import require_trusted
from core.corpus.images import ImageOpener
from core.corpus.manifest import open_corpus
from core.errors import ModelError
from core.interfaces import PairTokens
from core.storage.workspace import Workspace
from core.types.runs import Progress
from tests.core.stand_ins import ColourScorer, ColourTower

TOWER = ColourTower()


@pytest.fixture
def workspace(tmp_path):
    opened = Workspace(tmp_path / "w")
    yield opened
    opened.close()


@pytest.fixture
def require(tiny_corpus_root, workspace):
    corpus = open_corpus(tiny_corpus_root, workspace.file_cache)
    images = ImageOpener(tiny_corpus_root)

    def require(scorer):
        return require_trusted(workspace, PairTokens(TOWER, TOWER), scorer, images, corpus)

    return require


def test_a_scorer_that_passed_is_not_tested_again(require, workspace):
    scorer = ColourScorer()
    require(scorer)
    n_scored = scorer.n_scored
    assert n_scored > 0
    require(scorer)
    assert scorer.n_scored == n_scored
    assert json.loads(workspace.self_test(scorer.fingerprint).read_text())["verdict"] == "passed"


DAMAGED = {
    "halved": lambda data: data[: len(data) // 2],
    "emptied": lambda data: b"",
    "no text": lambda data: b"\xff\x00 no text",
    "a list": lambda data: b"[]",
    "no fields": lambda data: b"{}",
    "no verdict": lambda data: data.replace(b"passed", b"assumed"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_record_is_named_and_the_test_run_again(require, workspace, damage, caplog):
    scorer = ColourScorer()
    require(scorer)
    path = workspace.self_test(scorer.fingerprint)
    whole, n_scored = path.read_bytes(), scorer.n_scored
    path.write_bytes(DAMAGED[damage](whole))
    with caplog.at_level(logging.WARNING):
        require(scorer)
    assert path.name in caplog.text
    assert scorer.n_scored == 2 * n_scored
    assert path.read_bytes() == whole


def test_a_damaged_record_lets_no_bad_scorer_through(require, workspace):
    class Contrary(ColourScorer):
        def score(self, query_tokens, candidates, mass_first=8):
            for batch in super().score(query_tokens, candidates, mass_first):
                yield [
                    replace(one, logit_yes=-one.logit_yes, logit_no=-one.logit_no) for one in batch
                ]

    scorer = Contrary()
    path = workspace.self_test(scorer.fingerprint)
    path.parent.mkdir(parents=True)
    path.write_text("{")
    with pytest.raises(ModelError, match="less like itself"):
        require(scorer)
    assert path.read_text() == "{"


def test_progress_is_told_before_the_first_pair_and_after_every_image(tiny_corpus_root, workspace):
    corpus = open_corpus(tiny_corpus_root, workspace.file_cache)
    steps: list[Progress] = []
    of = (PairTokens(TOWER, TOWER), ColourScorer(), ImageOpener(tiny_corpus_root), corpus)
    require_trusted(workspace, *of, watch=steps.append)
    assert [one.done for one in steps] == [0, 3, 6, 9, 12][: len(steps)]
    assert steps[-1].done == steps[-1].total
    assert {(one.stage, one.unit) for one in steps} == {("self-test of the scorer", "pairs")}


def test_a_stop_ends_the_self_test_within_an_image_and_keeps_no_record(tiny_corpus_root, workspace):
    corpus = open_corpus(tiny_corpus_root, workspace.file_cache)
    scorer = ColourScorer()

    def stop(step: Progress) -> None:
        if step.done:
            raise KeyboardInterrupt

    of = (PairTokens(TOWER, TOWER), scorer, ImageOpener(tiny_corpus_root), corpus)
    with pytest.raises(KeyboardInterrupt):
        require_trusted(workspace, *of, watch=stop)
    assert scorer.n_scored == 3
    assert not workspace.self_test(scorer.fingerprint).exists()
