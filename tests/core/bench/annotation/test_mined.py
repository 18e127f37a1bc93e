"""Mined queues and queues of a set of queries, on eight drawn images."""

import numpy as np
import pytest

from core.errors import AnnotationError, SettingsError
from core.types.annotation import QueueSpec
from core.types.orders import Fusion
from tests.core.stand_ins import make_workbench

SETTING = Fusion(6, 0.0, 1.0)
PAIR = QueueSpec("disagreement", "own vs descriptor")


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    yield from opened(tiny_corpus_root, tmp_path / "work")


def opened(root, work):
    bench = make_workbench(root, work)
    list(bench.runs.build_index())
    list(bench.runs.evaluate(6))
    yield bench
    bench.close()


def test_every_minable_queue_is_a_choice_with_its_queries(bench):
    mined = [(s, n) for s, n in bench.annotations.choices(SETTING)][:3]
    assert mined == [(PAIR, 4), (QueueSpec("duplicates"), 4), (QueueSpec("background"), 4)]


def test_disagreements_are_those_of_the_two_rankings(bench, monkeypatch):
    monkeypatch.setattr("core.annotation.mining.LEAST_DISAGREEMENT", 0.0)
    queue = bench.annotations.queue(PAIR, SETTING)
    assert "|difference of ranks|" in queue.rule
    shares = [float(item.reason.rsplit(": ")[1]) for item in queue.items]
    assert shares == sorted(shares, reverse=True)
    for item in queue.items:
        view = bench.queries.inspect(item.query_id, SETTING)
        cards = [c for c in view.before if c.image_id != item.query_id]
        by_cosine = [c.image_id for c in cards]
        by_margin = [c.image_id for c in sorted(cards, key=lambda c: -c.margin)]
        ranks = [order.index(item.image_id) + 1 for order in (by_margin, by_cosine)]
        assert item.reason.startswith(
            f"rank {ranks[0]} by the second stage, {ranks[1]} by the descriptor of {len(cards)}"
        )


@pytest.mark.parametrize(
    "name", ["scorer", "scorer vs scorer", "scorer vs import:x", "a vs b vs c"]
)
def test_scorers_that_do_not_exist_are_one_sentence(bench, name):
    with pytest.raises(AnnotationError, match="There are no two scorers"):
        bench.annotations.queue(QueueSpec("disagreement", name), SETTING)


def test_look_alikes_are_at_least_as_alike_as_the_median_positive(bench):
    queue = bench.annotations.queue(QueueSpec("duplicates"), SETTING)
    store = bench._session.models().vectors
    session = bench._session
    pairs = [
        (query, session.record(image_id))
        for query in session.corpus.queries
        for image_id in sorted(session.relevance(query.image_id).positives - {query.image_id})
    ]
    cosines = [float(store.get([a.sha256])[0] @ store.get([b.sha256])[0]) for a, b in pairs]
    assert f"cosine {np.median(cosines):.4f}" in queue.rule
    for item in queue.items:
        own, other = bench.queries.record(item.query_id), bench.queries.record(item.image_id)
        cosine = float(store.get([own.sha256])[0] @ store.get([other.sha256])[0])
        assert cosine >= np.median(cosines) - 1e-6
        assert own.instance_id != other.instance_id is not None


def test_two_instances_with_one_picture_are_found(tiny_corpus_root, tmp_path):
    twin = tiny_corpus_root / "images" / "twin.png"
    twin.write_bytes((tiny_corpus_root / "images" / "disc_q.png").read_bytes())
    with (tiny_corpus_root / "manifest.csv").open("a") as file:
        file.write("images/twin.png,database,cross,,,,,dim\n")
    for bench in opened(tiny_corpus_root, tmp_path / "w"):
        first = bench.annotations.queue(QueueSpec("duplicates"), SETTING).items[0]
        assert (first.query_id, first.image_id) == ("images/disc_q.png", "images/twin.png")
        assert first.reason.endswith("the very same file")


def test_without_a_background_column_one_sentence_says_so(bench):
    with pytest.raises(AnnotationError, match="no column 'background'"):
        bench.annotations.queue(QueueSpec("background"), SETTING)


def test_the_background_column_is_read(tiny_corpus_root, tmp_path):
    path = tiny_corpus_root / "manifest.csv"
    path.write_text(path.read_text().replace(",light\n", ",background\n"))
    for bench in opened(tiny_corpus_root, tmp_path / "w"):
        queue = bench.annotations.queue(QueueSpec("background"), SETTING)
        assert queue.items
        for item in queue.items:
            own, other = bench.queries.record(item.query_id), bench.queries.record(item.image_id)
            assert own.tags["background"] == other.tags["background"]
            assert own.instance_id != other.instance_id
            assert item.relation == "negative"


def test_many_queries_are_looked_through_as_an_even_sample(bench, monkeypatch):
    monkeypatch.setattr("core.bench.annotation.mined.MAX_QUERIES", 2)
    queue = bench.annotations.queue(PAIR, SETTING)
    assert "from 2 of 4 evaluated queries, evenly chosen" in queue.rule
    assert {i.query_id for i in queue.items} <= {"images/bars_1.png", "images/cross_q.png"}


def test_before_any_evaluation_nothing_is_mined(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    queue = bench.annotations.queue(PAIR, SETTING)
    assert (queue.items, queue.n_evaluated) == ((), 0)
    bench.close()


def test_the_queue_of_a_set_holds_its_queries_only(bench):
    around = ((-9.0, -9.0), (9.0, -9.0), (9.0, 9.0), (-9.0, 9.0))
    made = bench.maps.select("pca", around)
    queue = bench.annotations.queue(QueueSpec("set", f"map:{made.selection_id}"), SETTING)
    assert set(made.query_ids) == {q.image_id for q in bench._session.corpus.queries}
    dim = bench.annotations.queue(QueueSpec("set", "tag:light=dim"), SETTING)
    bright = bench.annotations.queue(QueueSpec("set", "tag:light=bright"), SETTING)
    assert dim.items == bench.annotations.queue(QueueSpec("slice", "light=dim"), SETTING).items
    assert set(queue.items) == set(dim.items) | set(bright.items)
    assert queue.items


@pytest.mark.parametrize("name", ["map:0123456789ab", "tag:light=blue"])
def test_a_set_that_does_not_exist_is_one_sentence(bench, name):
    with pytest.raises(SettingsError, match="There is no slice"):
        bench.annotations.queue(QueueSpec("set", name), SETTING)


def test_what_is_no_set_is_one_sentence(bench):
    with pytest.raises(AnnotationError, match="no set of queries 'nothing'"):
        bench.annotations.queue(QueueSpec("set", "nothing"), SETTING)
