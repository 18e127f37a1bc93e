"""The annotations facet on eight drawn images: queues, actions, relabelling, files."""

import shutil

import pytest

from core.errors import AnnotationError, UnknownImageError
from core.types.annotation import Change, Content, QueueSpec
from core.types.orders import Fusion
from tests.core.stand_ins import make_workbench

SETTING = Fusion(4, 0.0, 1.0)
HARD = QueueSpec("hard")
QUERY = QueueSpec("query", "images/disc_q.png")


def judge(bench, query, image, verdict, author="ada"):
    word = bench.annotations._store.words(author, [(query, image)])[0]
    action = f"{author}-{query}-{image}-{word.version}"
    change = Change(action, author, query, image, "verdict", verdict, word.version)
    return bench.annotations.act(change)


def judge_queue(bench, queue, n, author="ada"):
    for item in queue.items[:n]:
        judge(bench, item.query_id, item.image_id, "match", author)


def test_a_querys_own_queue_is_its_ranking_without_itself(bench):
    queue = bench.annotations.queue(QUERY, SETTING)
    view = bench.queries.inspect("images/disc_q.png", SETTING)
    assert [i.image_id for i in queue.items] == [c.image_id for c in view.after]
    own = bench.annotations.queue(QueueSpec("query", "images/bars_1.png"), SETTING)
    assert "images/bars_1.png" not in {i.image_id for i in own.items}


def test_a_class_queue_holds_its_queries_only(bench):
    for spec, n in bench.annotations.choices(SETTING):
        if spec.kind == "class":
            outcomes = bench.runs.outcomes(SETTING)
            members = {o.query_id for o in outcomes if o.failure_class == spec.name}
            queue = bench.annotations.queue(spec, SETTING)
            assert len(members) == n
            assert {i.query_id for i in queue.items} <= members


def test_slices_are_choices(bench):
    slices = {s.name: n for s, n in bench.annotations.choices(SETTING) if s.kind == "slice"}
    assert slices == {"light=bright": 2, "light=dim": 2}


def test_a_slice_that_does_not_exist_is_one_sentence(bench):
    with pytest.raises(AnnotationError, match="no slice 'light=green'"):
        bench.annotations.queue(QueueSpec("slice", "light=green"), SETTING)


def test_a_query_that_does_not_exist_is_one_sentence(bench):
    with pytest.raises(UnknownImageError):
        bench.annotations.queue(QueueSpec("query", "nobody"), SETTING)


def test_before_any_evaluation_queues_are_empty(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    for kind in ("hard", "suspect", "disputed", "selection"):
        queue = bench.annotations.queue(QueueSpec(kind), SETTING, "ada")
        assert (queue.items, queue.n_evaluated, queue.n_queries) == ((), 0, 4)
    assert bench.annotations.queue(QUERY, SETTING).items == ()
    bench.close()


def test_a_queue_resumes_where_its_author_left_off(bench):
    queue = bench.annotations.queue(QUERY, SETTING)
    judge_queue(bench, queue, 2)
    assert bench.annotations.window(queue, "ada").at == 2
    assert bench.annotations.window(queue, "bob").at == 0
    judge(bench, *[(i.query_id, i.image_id) for i in queue.items][4], "unsure")
    assert bench.annotations.window(queue, "ada").at == 5
    bench.annotations.move("ada", "u", None, back=True)
    assert bench.annotations.window(queue, "ada").at == 4


def test_a_pair_judged_in_another_queue_does_not_move_the_start(bench):
    queue = bench.annotations.queue(QUERY, SETTING)
    judge(bench, queue.items[3].query_id, queue.items[3].image_id, "match")
    judge(bench, "images/cross_q.png", "images/cross_1.png", "match")
    assert bench.annotations.window(queue, "ada").at == 0


def test_after_the_last_pair_the_first_open_one_comes_up(bench):
    queue = bench.annotations.queue(QUERY, SETTING)
    for place in range(1, len(queue.items)):
        item = queue.items[place]
        judge(bench, item.query_id, item.image_id, "match")
    window = bench.annotations.window(queue, "ada")
    assert (window.at, window.n_judged) == (0, len(queue.items) - 1)


def test_a_window_shows_the_authors_words_around_a_pair(bench):
    queue = bench.annotations.queue(QUERY, SETTING)
    judge_queue(bench, queue, 1)
    third = queue.items[3]
    window = bench.annotations.window(queue, "ada", at=(third.query_id, third.image_id), size=4)
    assert (window.start, window.at, len(window.items)) == (2, 3, 4)
    first = bench.annotations.window(queue, "ada", at=0, size=2)
    assert first.items[0][1].content == Content("match")
    assert bench.annotations.window(queue, "bob", at=0).items[0][1].version == 0


def test_a_queue_that_was_handed_out_stays_as_it_is(bench):
    bench.annotations.select("ada", (("images/disc_q.png", "images/disc_1.png"),))
    spec = QueueSpec("selection")
    first = bench.annotations.queue(spec, SETTING, "ada")
    bench.annotations.select("ada", (("images/disc_q.png", "images/disc_2.png"),))
    assert bench.annotations.queue(spec, SETTING, "ada", first.token) is first
    assert len(bench.annotations.queue(spec, SETTING, "ada").items) == 2


def test_disputed_pairs_are_a_queue(bench):
    judge(bench, "images/disc_q.png", "images/disc_1.png", "match")
    judge(bench, "images/disc_q.png", "images/disc_1.png", "unsure", "bob")
    judge(bench, "images/disc_q.png", "images/disc_2.png", "match", "bob")
    (item,) = bench.annotations.queue(QueueSpec("disputed"), SETTING).items
    assert (item.image_id, item.reason) == ("images/disc_1.png", "verdicts: match, unsure")
    (pair,) = bench.labels.agreements("ada")
    assert (pair.n, pair.share) == (1, 0.0)


@pytest.mark.parametrize(
    ("query", "image"),
    [
        ("nobody", "images/disc_1.png"),
        ("images/disc_q.png", "nobody"),
        ("images/disc_1.png", "images/disc_2.png"),
        ("images/bars_1.png", "images/bars_1.png"),
    ],
)
def test_a_pair_that_the_corpus_has_not_is_refused(bench, query, image):
    with pytest.raises(AnnotationError):
        judge(bench, query, image, "match")
    with pytest.raises(AnnotationError):
        bench.annotations.select("ada", ((query, image),))
    assert bench.annotations.authors() == ()


def test_verdicts_change_the_map_but_no_file(bench, tiny_corpus_root):
    before = {p: p.read_bytes() for p in tiny_corpus_root.rglob("*") if p.is_file()}
    judge(bench, "images/disc_q.png", "images/empty_1.png", "match")
    judge(bench, "images/cross_q.png", "images/cross_1.png", "label error")
    effect = bench.labels.effect(None, SETTING)
    summary = bench.runs.summary(SETTING, intervals=False)
    assert (effect.map_before_filed, effect.map_after_filed) == (
        summary.map_before,
        summary.map_after,
    )
    assert (effect.n_filed, effect.n_relabelled) == (4, 3)  # cross lost its only positive
    assert effect.map_after_relabelled != effect.map_after_filed
    assert {p: p.read_bytes() for p in tiny_corpus_root.rglob("*") if p.is_file()} == before


def test_the_exported_labels_give_the_map_that_was_shown(bench, tiny_corpus_root, tmp_path):
    judge(bench, "images/disc_q.png", "images/empty_1.png", "match")
    judge(bench, "images/disc_q.png", "images/disc_1.png", "near duplicate")
    judge(bench, "images/bars_1.png", "images/bars_2.png", "no match")
    judge(bench, "images/bars_1.png", "images/cross_1.png", "label error")
    shown = bench.labels.effect(None, SETTING)
    copy = tmp_path / "copy"
    shutil.copytree(tiny_corpus_root, copy)
    (copy / "relevance.csv").write_text(bench.labels.export("relevance"))
    other = make_workbench(copy, tmp_path / "other")
    list(other.runs.build_index())
    list(other.runs.evaluate(4))
    summary = other.runs.summary(SETTING, intervals=False)
    assert summary.map_before == pytest.approx(shown.map_before_relabelled, abs=1e-12)
    assert summary.map_after == pytest.approx(shown.map_after_relabelled, abs=1e-12)
    assert summary.n_evaluated == shown.n_relabelled
    assert bench.labels.export("patch").count("\n") == 5
    judge_again = other.labels.effect(None, SETTING)
    assert judge_again.relabelling.changes == ()
    other.close()


def test_an_export_can_be_imported_by_another_workspace(bench, tiny_corpus_root, tmp_path):
    judge(bench, "images/disc_q.png", "images/empty_1.png", "match")
    judge(bench, "images/disc_q.png", "images/disc_1.png", "unsure", "bob")
    other = make_workbench(tiny_corpus_root, tmp_path / "other")
    for kind in ("csv", "jsonl"):
        counts = other.labels.bring(bench.labels.export(kind), "ada", f"import {kind}")
        assert counts.n_added == (2 if kind == "csv" else 0)
    assert other.annotations.authors() == ("ada", "bob")
    assert other.labels.export("csv", "bob").count("\n") == 2
    other.close()


def test_an_unknown_export_is_one_sentence(bench):
    with pytest.raises(AnnotationError, match="no export"):
        bench.labels.export("xlsx")


def test_verdicts_without_a_ground_truth_give_one(write_corpus, tmp_path):
    root = write_corpus(None, "a.png", "b.png", "c.png")
    bench = make_workbench(root, tmp_path / "w")
    list(bench.runs.build_index())
    list(bench.queries.score("a.png", 3))
    judge(bench, "a.png", "b.png", "match")
    effect = bench.labels.effect(None, Fusion(3, 0.0, 1.0))
    assert (effect.n_filed, effect.map_before_filed) == (0, None)
    assert effect.n_relabelled == 1
    assert effect.map_before_relabelled is not None
    bench.close()
