"""Queries of an image and a text: both stages, their stores, sweeps, and what refuses them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.corpus.manifest import open_corpus
from core.errors import SettingsError
from core.types.composed import TextReading
from core.types.orders import Fusion
from core.types.robustness import Damage
from core.types.sweeps import SweepRequest
from core.types.visitors import Visitor
from tests.core.stand_ins import ColourScorer, ColourTower, make_workbench

COLOURS = {"red": (220, 30, 30), "green": (30, 220, 30), "blue": (30, 30, 220)}
DEPTH = 3
SETTING = Fusion(DEPTH, 0.0, 1.0)
GREEN, BLUE = "red_q.png#1", "red_q.png#2"


def said(text: str) -> np.ndarray:
    """The colour that a text names, in [0, 1]; grey for none."""
    found = [colour for name, colour in COLOURS.items() if name in text]
    return np.array(found[0] if found else (128, 128, 128), np.float32) / 255


class ReadingScorer(ColourScorer):
    """Wants the candidate to have the colour that the query's text names."""

    def score(self, query_tokens, candidates, mass_first=8):
        asked = query_tokens
        if asked.text:
            asked = replace(asked, tokens=np.tile(said(asked.text), (len(asked.tokens), 1)))
        yield from super().score(asked, candidates, mass_first)


class ReadingTower(ColourTower):
    """Looks for the colour that the text names, with a little of the image's own."""

    def describe_composed(self, images, texts):
        named = np.stack([said(text) for text in texts])
        vectors = self.describe(images) * 0.1 + named
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    def describe_texts(self, texts):
        vectors = np.stack([said(text) for text in texts])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    root = tmp_path / "corpus"
    root.mkdir()
    rows = ["image,role,instance,text"]
    for place, (name, colour) in enumerate(COLOURS.items()):
        pixels = np.full((40, 48, 3), colour, np.uint8)
        pixels[place : 20 + place] = np.minimum(pixels[place : 20 + place] + 20, 255)
        Image.fromarray(pixels).save(root / f"{name}_d.png")
        rows.append(f"{name}_d.png,database,{name},")
    Image.fromarray(np.full((40, 48, 3), (200, 50, 50), np.uint8)).save(root / "red_q.png")
    rows += ["red_q.png,query,green,the same in green", "red_q.png,query,blue,in  blue\t"]
    rows += ["red_d.png,query,blue,but blue"]
    (root / "manifest.csv").write_text("\n".join(rows), encoding="utf-8")
    return root


@pytest.fixture
def open_bench(corpus, tmp_path):
    opened = []

    def make(tower=None, scorer=None, **settings):
        bench = make_workbench(
            corpus,
            tmp_path / f"w{len(opened)}",
            tower=tower or ColourTower(),
            scorer=scorer or ReadingScorer(),
            **settings,
        )
        opened.append(bench)
        list(bench.runs.build_index())
        return bench

    yield make
    for bench in opened:
        bench.close()


def orders(bench, query_id):
    view = bench.queries.inspect(query_id, SETTING)
    return [c.image_id for c in view.before], [c.image_id for c in view.after]


def test_one_image_with_two_texts_is_two_queries_with_scores_of_their_own(open_bench):
    bench = open_bench()
    list(bench.runs.evaluate(DEPTH))
    before, after = orders(bench, GREEN)
    assert before[0] == "red_d.png"  # the descriptor sees the image alone
    assert after[0] == "green_d.png"
    assert orders(bench, BLUE)[1][0] == "blue_d.png"


def test_a_text_is_read_as_one_line_and_names_its_image(corpus):
    query = open_corpus(corpus).queries[-1]
    assert (query.image_id, query.text, query.picture_id) == (BLUE, "in blue", "red_q.png")


def test_a_descriptor_that_reads_texts_searches_with_both(open_bench):
    bench = open_bench(tower=ReadingTower(name="reading"))
    list(bench.runs.evaluate(DEPTH))
    assert orders(bench, GREEN)[0][0] == "green_d.png"
    assert orders(bench, BLUE)[0][0] == "blue_d.png"


def test_the_image_that_is_asked_with_is_junk_in_the_database(corpus):
    known = open_corpus(corpus).relevance
    assert known is not None
    relevance = known["red_d.png#1"]
    assert relevance.junk == {"red_d.png"}
    assert relevance.positives == {"blue_d.png"}


def test_a_damaged_query_keeps_its_text_and_is_stored_with_it(open_bench):
    scorer = ReadingScorer()
    bench = open_bench(scorer=scorer)
    request = SweepRequest(GREEN, "green_d.png", "blur", Damage("query", "positive"), (0.0, 4.0))
    *_, curve = bench.robustness.sweep(request)
    margins = [point.margin for point in curve.points]
    other = SweepRequest(BLUE, "green_d.png", "blur", Damage("query", "positive"), (0.0, 4.0))
    *_, unlike = bench.robustness.sweep(other)
    assert min(margins) > max(point.margin for point in unlike.points)
    n = scorer.n_scored
    *_, again = bench.robustness.sweep(request)
    assert scorer.n_scored == n
    assert [point.margin for point in again.points] == margins


def test_a_prompt_that_was_not_chosen_is_one_that_reads_the_text(open_bench):
    assert open_bench().info.prompt.startswith("Does the second image show what is in the first")


def test_a_chosen_prompt_without_a_place_is_refused_before_any_work(corpus, tmp_path):
    with pytest.raises(SettingsError, match=r"3 of 3 queries .* no place for it; choose") as told:
        make_workbench(corpus, tmp_path / "w", **{"model.prompt": "object"})
    assert str(told.value).count(". ") == 0
    make_workbench(
        corpus, tmp_path / "w", **{"model.prompt": "object", "ranking.pipeline": "maxsim"}
    ).close()


def test_a_query_asked_otherwise_has_its_parents_truth_and_an_order_of_its_own(open_bench):
    bench = open_bench()
    list(bench.runs.evaluate(DEPTH))
    other = bench.composed.ask(GREEN, "other text", " in\tblue ")
    assert bench.queries.record(other).text == "in blue"
    as_it_is, asked = bench.composed.ways(GREEN, SETTING)
    assert (as_it_is.asked, asked.asked, asked.n_pending) == (None, "other text", DEPTH)
    assert asked.common is None  # not scored: nothing is compared
    list(bench.queries.score(other, DEPTH))
    as_it_is, asked = bench.composed.ways(other, SETTING)  # of the root, whichever is shown
    assert (as_it_is.first[0], asked.first[0]) == ("green_d.png", "blue_d.png")
    assert (asked.common, asked.same_first) == (1.0, False)
    assert as_it_is.ap_after == 1.0 > asked.ap_after
    again = bench.composed.ask(other, "image alone", "not read")
    assert bench.queries.record(again).text == ""
    assert bench.queries.record(again).tags["parent"] == GREEN


def test_a_text_alone_is_searched_in_the_image_s_own_shortlist(open_bench):
    bench = open_bench()
    alone = bench.composed.ask(GREEN, "text alone", "")
    list(bench.queries.score(alone, DEPTH))
    before, after = orders(bench, alone)
    assert before == orders(bench, GREEN)[0]
    assert after[0] == "green_d.png"


def test_what_one_visitor_asks_otherwise_no_other_sees(open_bench):
    bench = open_bench()
    mine, yours = Visitor("cookie:a"), Visitor("cookie:b")
    other = bench.composed.ask(GREEN, "other text", "in blue", mine)
    assert [one.query_id for one in bench.composed.ways(GREEN, SETTING, mine)] == [GREEN, other]
    assert len(bench.composed.ways(GREEN, SETTING, yours)) == 1
    assert bench.uploads.may_see(other, mine)
    assert not bench.uploads.may_see(other, yours)


@pytest.mark.parametrize(("text", "words"), [(" \t", "no text to ask"), ("x" * 501, "at most 500")])
def test_a_text_that_cannot_be_asked_is_one_sentence(open_bench, text, words):
    with pytest.raises(SettingsError, match=words):
        open_bench().composed.ask(GREEN, "other text", text)


def test_a_model_that_reads_the_text_alone_is_told_from_one_that_does_not(open_bench):
    reads, ignores = open_bench(), open_bench(scorer=ColourScorer())
    for bench in (reads, ignores):
        *_, (_, report) = bench.parts.measure(SETTING)
        assert bench.parts.report(SETTING) == report
        assert len(report.queries) == report.n_queries == 3
    assert len(reads.parts.report(SETTING).members("image ignored")) == 3
    assert reads.parts.report(SETTING).members("text ignored") == ()
    assert len(ignores.parts.report(SETTING).members("text ignored")) == 3
    means = reads.parts.report(SETTING).means
    assert means["as asked"] == means["text alone"] == 1.0 > means["image alone"]


def test_a_stopped_measurement_of_the_parts_scores_nothing_twice(open_bench):
    scorer = ReadingScorer()
    bench = open_bench(scorer=scorer)
    steps = bench.parts.measure(SETTING)
    while scorer.n_scored < DEPTH:
        next(steps)
    steps.close()
    list(bench.parts.measure(SETTING))
    assert scorer.n_scored == 8 * DEPTH  # one image alone serves both of its texts
    list(bench.parts.measure(SETTING))
    assert scorer.n_scored == 8 * DEPTH


def test_the_screen_is_told_which_stages_read_the_text(open_bench):
    bench = open_bench(**{"ranking.pipeline": "maxsim@3 > mllm@2"})
    list(bench.runs.evaluate(DEPTH))
    reading = bench.composed.reading(GREEN)
    assert reading == TextReading(False, (("maxsim", False), ("mllm", True)))
    assert open_bench(tower=ReadingTower(name="r")).composed.reading("red_d.png") is None
