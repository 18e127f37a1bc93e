"""One pair from every side, with the embedded model on eight drawn images."""

import numpy as np
import pytest

from core.assembly.bench import open_workbench
from core.errors import ModelError, SettingsError, UnknownImageError
from core.settings import load_settings
from core.types.corpus import Box
from core.types.orders import Fusion
from core.types.pairs import PromptText
from tests.conftest import draw_tiny_corpus
from tests.core.stand_ins import make_workbench

QUERY, POSITIVE, NEGATIVE = "images/disc_q.png", "images/disc_1.png", "images/cross_1.png"
OWN = "Do these two images show the same object? Answer yes or no."


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("pairs") / "tiny"
    draw_tiny_corpus(root)
    return root


@pytest.fixture(scope="module")
def bench(root, tmp_path_factory):
    workspace = tmp_path_factory.mktemp("work") / "w"
    bench = open_workbench(load_settings(None, {"corpus": root, "workspace": workspace}))
    list(bench.runs.build_index())
    list(bench.queries.score(QUERY, 6))
    yield bench
    bench.close()


def test_the_place_is_the_queries_views(bench):
    place = bench.pairs.place(QUERY, POSITIVE, Fusion(6, 0.0, 1.0))
    view = bench.queries.inspect(QUERY, Fusion(6, 0.0, 1.0))
    (card,) = [one for one in view.before if one.image_id == POSITIVE]
    assert (place.rank_before, place.rank_after) == (card.rank_before, card.rank_after)
    assert (place.cosine, place.margin) == (card.cosine, card.margin)
    assert (place.relation, place.n_shortlist) == ("positive", 6)
    assert bench.pairs.place(QUERY, NEGATIVE, Fusion(6, 0.0, 1.0)).relation == "negative"


def test_without_a_candidate_the_first_after_re_ranking_is_taken(bench):
    view = bench.queries.inspect(QUERY, Fusion(6, 0.0, 1.0))
    place = bench.pairs.place(QUERY, None, Fusion(6, 0.0, 1.0))
    assert place.candidate.image_id == view.after[0].image_id


def test_both_orders_are_looked_at_and_the_asked_one_is_the_score(bench):
    anatomy = bench.pairs.look(QUERY, POSITIVE)
    margin = bench.pairs.place(QUERY, POSITIVE, Fusion(6, 0.0, 1.0)).margin
    assert anatomy.asked.margin == pytest.approx(margin, abs=1e-4)
    back = bench.pairs.look(POSITIVE, QUERY)
    assert anatomy.swapped.margin == pytest.approx(back.asked.margin, abs=1e-4)
    assert anatomy.swapped.margin != anatomy.asked.margin
    assert len(anatomy.asked.tokens) == 10


def test_attribution_explains_the_score(bench):
    found = bench.pairs.attribution(QUERY, POSITIVE)
    assert found.margin == pytest.approx(bench.pairs.look(QUERY, POSITIVE).asked.margin, abs=1e-4)
    assert found.n_suffixes == 1 + found.query.nats.size + found.candidate.nats.size
    assert np.isfinite(found.query.nats).all()


def test_a_crop_is_an_image_with_a_lineage_of_margins(bench):
    first = bench.pairs.crop(QUERY, Box(20, 12, 80, 68))
    second = bench.pairs.crop(first, Box(4, 4, 52, 52))
    pixels = bench.pairs.pixels(QUERY)
    assert np.array_equal(bench.pairs.pixels(second), pixels[16:64, 24:72])
    lineage = bench.pairs.lineage(second, POSITIVE)
    assert [step.image_id for step in lineage.query] == [QUERY, first, second]
    boxes = [None, Box(20, 12, 80, 68), Box(4, 4, 52, 52)]
    assert [step.box for step in lineage.query] == boxes
    margins = [bench.pairs.look(i, POSITIVE).asked.margin for i in (QUERY, first, second)]
    assert [step.margin for step in lineage.query] == pytest.approx(margins, abs=1e-4)
    assert len(set(margins)) == 3
    assert [step.image_id for step in lineage.candidate] == [POSITIVE]


def test_a_crop_of_the_candidate_keeps_its_label_and_has_no_rank(bench):
    crop = bench.pairs.crop(POSITIVE, Box(10, 10, 70, 60))
    place = bench.pairs.place(QUERY, crop, Fusion(6, 0.0, 1.0))
    assert (place.relation, place.rank_before, place.margin) == ("positive", None, None)


@pytest.mark.parametrize("box", [Box(0, 0, 97, 72), Box(5, 5, 15, 60), Box(0, 0, 96, 73)])
def test_a_crop_outside_the_image_or_too_small_is_refused(bench, box):
    with pytest.raises(SettingsError, match="96 x 72"):
        bench.pairs.crop(QUERY, box)


def test_unknown_images_are_refused(bench):
    with pytest.raises(UnknownImageError):
        bench.pairs.place(QUERY, "images/none.png", Fusion(6, 0.0, 1.0))
    with pytest.raises(UnknownImageError):
        bench.pairs.look(QUERY, "upload:0123456789abcdef")


def test_the_embedded_model_says_that_it_cannot_write(bench):
    assert bench.pairs.words(QUERY, POSITIVE) is None


def test_geometric_matches_of_an_image_with_itself_stay_in_place(bench):
    found = bench.pairs.matches("images/bars_1.png", "images/bars_1.png")
    assert np.abs(found.query_xy - found.candidate_xy).max(initial=0.0) < 5.0


def test_another_wording_gives_another_margin_and_its_flips_are_counted(bench):
    same = bench.prompts.try_on_pair(
        QUERY, POSITIVE, PromptText("mine", OWN, "images_then_question")
    )
    own = bench.pairs.look(QUERY, POSITIVE).asked
    assert same.answer.margin == pytest.approx(own.margin, abs=1e-5)
    other = PromptText("mine", "Is it yes or no?", "question_first")
    tried = bench.prompts.try_on_pair(QUERY, POSITIVE, other)
    assert abs(tried.answer.margin - own.margin) > 1e-3
    *_, flips = bench.prompts.flips(QUERY, other, Fusion(6, 0.0, 1.0))
    ids = [one.image_id for one in bench.queries.inspect(QUERY, Fusion(6, 0.0, 1.0)).before]
    before = [bench.pairs.look(QUERY, i).asked.margin > 0 for i in ids]
    after = [bench.prompts.try_on_pair(QUERY, i, other).answer.margin > 0 for i in ids]
    assert (flips.n, flips.total) == (6, 6)
    assert flips.to_yes == sum(b and not a for a, b in zip(before, after, strict=True))
    assert flips.to_no == sum(a and not b for a, b in zip(before, after, strict=True))
    assert flips.ap_own is not None
    assert flips.ap_tried is not None


def test_the_benchs_own_wording_flips_nothing(bench):
    own = PromptText("again", OWN, "images_then_question")
    *_, flips = bench.prompts.flips(QUERY, own, Fusion(6, 0.0, 1.0))
    assert (flips.n, flips.rate, flips.ap_tried) == (6, 0.0, flips.ap_own)


def test_prompts_are_saved_by_name_and_presets_stay(bench):
    mine = PromptText("shape only", "Is the shape the same?", "question_first")
    bench.prompts.save(mine)
    assert bench.prompts.all()[-1] == mine
    assert bench.prompts.all()[0].builtin
    with pytest.raises(SettingsError, match="preset"):
        bench.prompts.save(PromptText("object", "Mine?", "question_first"))
    with pytest.raises(SettingsError, match="layout"):
        bench.prompts.save(PromptText("other", "Mine?", "sideways"))


def test_a_bench_without_a_local_model_says_so(root, tmp_path):
    bench = make_workbench(root, tmp_path / "w")
    try:
        for ask in (bench.pairs.look, bench.pairs.attribution):
            with pytest.raises(ModelError, match="local model"):
                ask(QUERY, POSITIVE)
    finally:
        bench.close()
