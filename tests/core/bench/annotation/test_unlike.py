"""Pairs alike by one descriptor and unlike by another, mined from stored vectors and exported."""

import csv

import numpy as np
import pytest
from PIL import Image

from core.errors import AnnotationError, ModelError
from core.types.annotation import Change, QueueSpec
from core.types.orders import Fusion
from tests.core.stand_ins import ColourScorer, ColourTower, make_workbench

SETTING = Fusion(4, 0.0, 1.0)
COLOUR_NOT_SHAPE = "mllm but not import:shape"


@pytest.fixture
def corpus(tmp_path):
    """One query; a image of its colour in another shape, and one of its shape in another colour."""
    root = tmp_path / "corpus"
    root.mkdir()
    colours = {"q": (200, 40, 40), "twin": (190, 85, 50), "other": (40, 40, 200)}
    rows = ["image,role,instance"]
    for name, colour in colours.items():
        Image.fromarray(np.full((40, 40, 3), colour, np.uint8)).save(root / f"{name}.png")
        rows.append(f"{name}.png,{'query' if name == 'q' else 'database'},{name}")
    for number in range(4):
        grey = 60 + 30 * number
        pixels = np.full((40, 40, 3), (grey, grey, grey + 20), np.uint8)
        Image.fromarray(pixels).save(root / f"grey{number}.png")
        rows.append(f"grey{number}.png,database,")
    (root / "manifest.csv").write_text("\n".join(rows), encoding="utf-8")
    return root


@pytest.fixture
def bench(corpus, tmp_path):
    opened = make_workbench(corpus, tmp_path / "w", tower=ShapeBlind())
    list(opened.runs.build_index())
    names = ["grey0.png", "grey1.png", "grey2.png", "grey3.png", "other.png", "q.png", "twin.png"]
    angles = np.deg2rad([40, 50, 60, 70, 10, 0, 90])  # the query's own shape is that of `other`
    file = tmp_path / "shape.npy"
    np.save(file, np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32))
    (tmp_path / "shape.npy.txt").write_text("\n".join(names), encoding="utf-8")
    ids = tmp_path / "shape.npy.txt"
    list(opened.exchange.import_vectors(file, "shape", ids=ids, replace=False))
    yield opened
    opened.close()


class ShapeBlind(ColourTower):
    """Keeps images of near colours below the cosine of one picture seen twice."""

    def describe_encoded(self, images, tokens):
        vectors = np.stack([t.tokens.mean(axis=0) for t in tokens]) - 0.35
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_both_directions_are_offered_by_the_descriptors_names(bench):
    offered = [spec.name for spec, _ in bench.annotations.choices(SETTING) if spec.kind == "unlike"]
    assert offered == [COLOUR_NOT_SHAPE, "import:shape but not mllm"]


def test_the_pair_alike_by_one_and_unlike_by_the_other_comes_first(bench):
    def first(name):
        return bench.annotations.queue(QueueSpec("unlike", name), SETTING).items[0]

    twin = first(COLOUR_NOT_SHAPE)
    assert twin.image_id == "twin.png"
    assert "6 of 6 by import:shape (cosine 0.000)" in twin.reason
    assert first("import:shape but not mllm").image_id == "other.png"


def test_the_query_s_own_picture_and_its_copies_are_left_out(bench):
    queue = bench.annotations.queue(QueueSpec("unlike", COLOUR_NOT_SHAPE), SETTING)
    assert "q.png" not in {item.image_id for item in queue.items}
    assert "left out" in queue.rule


@pytest.mark.parametrize("name", ["mllm", "mllm but not mllm", "mllm but not import:gone"])
def test_descriptors_that_are_not_there_are_one_sentence(bench, name):
    with pytest.raises(AnnotationError, match="choose two of: mllm, import:shape") as told:
        bench.annotations.queue(QueueSpec("unlike", name), SETTING)
    assert str(told.value).count(". ") == 1


def test_pairs_are_written_with_the_newest_note_of_an_annotator(bench, tmp_path):
    spec = QueueSpec("unlike", COLOUR_NOT_SHAPE)
    note = "=the same, but round"
    change = Change("a1", "ada", "q.png", "twin.png", "note", note, 0)
    bench.annotations.act(change)
    file = tmp_path / "pairs.csv"
    list(bench.pair_texts.save(file, spec, SETTING, None, in_words=False))
    text = file.read_text("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert [(r["image"], r["candidate"], r["by"]) for r in rows[:1]] == [
        ("q.png", "twin.png", "ada")
    ]
    assert rows[0]["text"].lstrip("'") == note
    assert [r["text"] for r in rows[1:]] == [""] * (len(rows) - 1)


def test_pairs_are_never_written_among_the_images(bench, corpus):
    spec = QueueSpec("unlike", COLOUR_NOT_SHAPE)
    with pytest.raises(AnnotationError, match="into the corpus's folder"):
        bench.pair_texts.save(corpus / "p.csv", spec, SETTING, None, in_words=False)


def test_a_model_that_cannot_write_is_one_sentence_and_no_file(bench, tmp_path):
    spec = QueueSpec("unlike", COLOUR_NOT_SHAPE)
    file = tmp_path / "pairs.csv"
    with pytest.raises(ModelError, match="not asked for words; open the bench with a local model"):
        list(bench.pair_texts.save(file, spec, SETTING, None, in_words=True))
    assert not file.exists()


def test_what_a_model_said_of_a_pair_is_asked_for_once(bench, tmp_path, monkeypatch):
    spec, asked = QueueSpec("unlike", COLOUR_NOT_SHAPE), []

    class Prompted:
        prompt = "p"

        def scorer(self, prompt):
            return ColourScorer()

    def words(*pair):
        asked.append(pair)
        yield from ("one", "one is\n rounder")

    monkeypatch.setattr(bench._session, "playground", lambda _: Prompted())
    monkeypatch.setattr(bench.pairs, "words", words)
    for name in ("first.csv", "again.csv"):
        list(bench.pair_texts.save(tmp_path / name, spec, SETTING, None, in_words=True))
    rows = list(csv.DictReader((tmp_path / "again.csv").read_text("utf-8-sig").splitlines()))
    assert {(row["text"], row["by"]) for row in rows} == {("one is rounder", "model")}
    assert len(asked) == len(rows) == len(set(asked))
