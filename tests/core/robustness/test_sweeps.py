"""Sweeps on drawn images: values against single scores, cache, cancel, ranks, lines."""

from dataclasses import replace

import numpy as np
import pytest

from core.errors import SettingsError
from core.robustness.damaged import pixel_key
from core.types.corpus import Box
from core.types.orders import Fusion
from core.types.robustness import Damage, Rival
from core.types.sweeps import SweepRequest
from core.workbench import Workbench
from tests.conftest import draw_object
from tests.core.stand_ins import ColourScorer, ColourTower, make_workbench

QUERY = "images/disc_q.png"
BLUR = SweepRequest(QUERY, None, "blur", Damage("query", "positive", n_ranked=3))


def damaged(request: SweepRequest, **changes) -> SweepRequest:
    return replace(request, damage=replace(request.damage, **changes))


def last(bench: Workbench, request: SweepRequest):
    return list(bench.robustness.sweep(request))[-1]


def test_the_curve_grows_point_by_point_and_ends_with_its_breaking_strength(bench):
    curves = list(bench.robustness.sweep(BLUR))
    n_levels = len(curves[-1].spec.levels)
    assert [len(curve.points) for curve in curves] == list(range(1, n_levels + 1))
    assert all(curve.breaking_margin is None for curve in curves[:-1])
    assert curves[-1].breaking_margin is not None


def test_the_neutral_level_of_a_positive_pair_is_the_pairs_own_score(bench):
    curve = last(bench, BLUR)
    list(bench.queries.score(QUERY, 4))
    view = bench.queries.inspect(QUERY, Fusion(4, 0.0, 1.0))
    own = next(c for c in view.before if c.image_id == curve.candidate_id)
    neutral = next(p for p in curve.points if p.strength == curve.spec.neutral)
    assert neutral.margin == pytest.approx(own.margin, abs=1e-6)
    assert neutral.cosine == pytest.approx(own.cosine, abs=1e-6)


@pytest.mark.parametrize("side", ["query", "candidate"])
def test_the_neutral_level_of_a_self_pair_is_the_image_against_itself(bench, side):
    curve = last(bench, damaged(BLUR, pair="self", side=side))
    neutral = next(p for p in curve.points if p.strength == curve.spec.neutral)
    assert neutral.margin == pytest.approx(1.0, abs=1e-6)
    assert neutral.cosine == pytest.approx(1.0, abs=1e-6)
    assert neutral.rank == 1


def test_every_level_equals_scoring_its_image_alone(bench, models):
    curve = last(bench, BLUR)
    tower, scorer = ColourTower(), ColourScorer()
    candidate = bench._session.images.load(bench.queries.record(curve.candidate_id))
    for point in curve.points:
        image = bench.robustness.level_image(BLUR, point.strength)
        tokens = tower.encode([image, candidate])
        ((logits,),) = list(scorer.score(tokens[0], [tokens[1]]))
        assert point.margin == pytest.approx(logits.margin, abs=1e-6)


def test_a_second_sweep_reads_the_cache(bench, models):
    first = last(bench, BLUR)
    counts = models[0].n_encoded, models[1].n_scored
    assert last(bench, BLUR) == first
    assert (models[0].n_encoded, models[1].n_scored) == counts
    other_side = damaged(BLUR, side="candidate")
    first = last(bench, other_side)
    counts = models[0].n_encoded, models[1].n_scored
    assert last(bench, other_side) == first
    assert (models[0].n_encoded, models[1].n_scored) == counts


def test_stopping_keeps_the_levels_that_were_scored(bench, models, tiny_corpus_root, tmp_path):
    undisturbed = ColourScorer()
    fresh = make_workbench(
        tiny_corpus_root, tmp_path / "fresh", scorer=undisturbed, **{"ranking.depth": 4}
    )
    list(fresh.runs.build_index())
    expected = last(fresh, BLUR)
    fresh.close()
    sweep = bench.robustness.sweep(BLUR)
    next(sweep)
    next(sweep)
    sweep.close()
    assert 0 < models[1].n_scored < undisturbed.n_scored
    assert last(bench, BLUR) == expected
    assert models[1].n_scored == undisturbed.n_scored


def test_query_side_ranks_count_the_first_candidates_only(bench):
    curve = last(bench, BLUR)
    assert curve.n_ranked <= 3
    assert all(1 <= point.rank <= curve.n_ranked + 1 for point in curve.points)
    assert all(point.perturbed_negative_margin is not None for point in curve.points)


def test_candidate_side_moves_only_that_candidate(bench):
    curve = last(bench, damaged(BLUR, side="candidate"))
    assert all(point.perturbed_negative_margin is None for point in curve.points)
    list(bench.queries.score(QUERY, 4))
    view = bench.queries.inspect(QUERY, Fusion(4, 0.0, 1.0))
    others = [c.margin for c in view.moved if c.image_id != curve.candidate_id]
    for point in curve.points:
        assert point.rank == 1 + sum(margin > point.margin for margin in others)


def test_the_dashed_lines_are_the_hard_negatives_means(bench):
    curve = last(bench, BLUR)
    list(bench.queries.score(QUERY, 4))
    view = bench.queries.inspect(QUERY, Fusion(4, 0.0, 1.0))
    negatives = [c for c in view.moved if c.relation == "negative"]
    assert curve.hard_negative_margin == pytest.approx(max(c.margin for c in negatives))
    listed = bench.queries.inspect(QUERY, Fusion(4, 0.0, 1.0)).before
    cosines = [c.cosine for c in listed if c.relation == "negative"]
    assert curve.hard_negative_cosine == pytest.approx(max(cosines))


def scored(bench, relation: str):
    """The candidates of a relation in the scored depth, the best first."""
    list(bench.queries.score(QUERY, 4))
    view = bench.queries.inspect(QUERY, Fusion(4, 0.0, 1.0))
    return sorted((c for c in view.moved if c.relation == relation), key=lambda c: -c.margin)


@pytest.mark.parametrize("pair", ["self", "positive"])
def test_the_strongest_negative_is_followed_beside_a_positive_at_no_cost(bench, models, pair):
    curve = last(bench, damaged(BLUR, pair=pair))
    strongest, *_ = scored(bench, "negative")
    assert curve.rival == Rival(strongest.image_id, "negative")
    assert curve.relation == (None if pair == "self" else "positive")
    neutral = next(p for p in curve.points if p.strength == curve.spec.neutral)
    assert neutral.rival_margin == pytest.approx(strongest.margin, abs=1e-6)
    # It is the only hard negative, so its score at every level is their mean.
    assert [p.rival_margin for p in curve.points] == [
        p.perturbed_negative_margin for p in curve.points
    ]


def test_the_best_positive_is_followed_beside_a_negative(bench, models):
    best, *_ = scored(bench, "positive")
    weakest = scored(bench, "negative")[-1]
    request = damaged(replace(BLUR, candidate_id=weakest.image_id), n_ranked=1)
    curve = last(bench, request)
    assert (curve.relation, curve.rival) == ("negative", Rival(best.image_id, "positive"))
    of_positive = last(bench, replace(request, candidate_id=best.image_id))
    assert [p.rival_margin for p in curve.points] == [p.margin for p in of_positive.points]
    n_scored = models[1].n_scored
    assert last(bench, request) == curve
    assert models[1].n_scored == n_scored


def test_the_rival_of_a_damaged_candidate_keeps_its_score(bench):
    curve = last(bench, damaged(BLUR, side="candidate"))
    strongest, *_ = scored(bench, "negative")
    (kept,) = {p.rival_margin for p in curve.points}
    assert kept == pytest.approx(strongest.margin, abs=1e-6)


def test_without_labels_no_rival_is_known(bench, tmp_path):
    draw_object("disc", 12, 14).save(tmp_path / "p.png")
    query = bench.queries.add_upload((tmp_path / "p.png").read_bytes(), "p.png")
    curve = last(bench, SweepRequest(query, None, "noise", Damage(n_ranked=3)))
    assert (curve.relation, curve.rival, curve.lead_lost) == (None, None, None)
    assert {p.rival_margin for p in curve.points} == {None}


def test_an_upload_is_swept_without_labels(bench, tmp_path):
    draw_object("disc", 12, 14).save(tmp_path / "p.png")
    query = bench.queries.add_upload((tmp_path / "p.png").read_bytes(), "p.png")
    curve = last(bench, SweepRequest(query, None, "noise", Damage(n_ranked=3)))
    assert (curve.hard_negative_margin, curve.breaking_margin) == (None, None)
    assert all(point.margin is not None for point in curve.points)
    assert curve.box.source == "assumed"


def test_a_level_is_inspected_as_a_query_with_its_parents_ground_truth(bench):
    request = replace(BLUR, name="noise")
    strength = bench.robustness.specs()[7].levels[3]
    query_id = bench.robustness.level_query(request, strength)
    list(bench.queries.score(query_id, 4))
    view = bench.queries.inspect(query_id, Fusion(4, 0.0, 1.0))
    assert {c.relation for c in view.before} == {"positive", "negative"}
    assert view.outcome is not None
    assert query_id not in [row.query_id for row in bench.queries.rows(Fusion(4, 0.0, 1.0))]


def test_a_damaged_candidate_is_no_query(bench):
    with pytest.raises(SettingsError, match="damaged query"):
        bench.robustness.level_query(damaged(BLUR, side="candidate"), 1.0)


def test_a_positive_pair_without_a_positive_is_refused(bench, tmp_path):
    draw_object("disc", 12, 14).save(tmp_path / "p.png")
    query = bench.queries.add_upload((tmp_path / "p.png").read_bytes(), "p.png")
    with pytest.raises(SettingsError, match="no labelled positive"):
        last(bench, SweepRequest(query, None, "noise", Damage(pair="positive")))


def test_a_box_outside_the_image_is_refused(bench):
    with pytest.raises(SettingsError, match="does not lie in"):
        last(bench, damaged(BLUR, box=Box(0, 0, 500, 10)))


@pytest.mark.parametrize("levels", [(), (1.0,), (0.0, float("nan"))])
def test_levels_without_the_neutral_one_or_not_numbers_are_refused(bench, levels):
    with pytest.raises(SettingsError, match="levels of blur"):
        last(bench, replace(BLUR, levels=levels))


def test_clutter_never_pastes_the_querys_instance(bench):
    curve = last(bench, damaged(replace(BLUR, name="clutter"), pair="self"))
    pasted = {one.image_id for point in curve.points for one in point.pasted}
    assert pasted
    assert not any("disc" in image_id for image_id in pasted)


def test_the_address_of_pixels_depends_on_shape_and_content():
    image = np.zeros((4, 6, 3), np.uint8)
    changed = image.copy()
    changed[0, 0, 0] = 1
    assert len({pixel_key(image), pixel_key(changed), pixel_key(image.reshape(6, 4, 3))}) == 3


def test_full_depth_ranks_among_all_that_were_scored(bench):
    curve = last(bench, damaged(BLUR, n_ranked=1, full_depth=True))
    assert last(bench, damaged(BLUR, n_ranked=1)).n_ranked < curve.n_ranked == 3
    assert [p.rank for p in curve.points] == [
        p.rank for p in last(bench, damaged(BLUR, n_ranked=4)).points
    ]


def test_retrieving_again_ranks_in_the_damaged_querys_own_shortlist(bench):
    request = damaged(replace(BLUR, name="brightness"), n_ranked=2, retrieve_again=True)
    curve = last(bench, request)
    index = bench._session.index
    for point in curve.points:
        image = bench.robustness.level_image(request, point.strength)
        (vector,) = ColourTower().describe([image])
        found = index.search(QUERY, vector, curve.n_ranked + 1).image_ids
        rivals = [i for i in found if i != curve.candidate_id][: curve.n_ranked]
        query, *others = ColourTower().encode(
            [image, *(bench._session.images.load(bench.queries.record(i)) for i in rivals)]
        )
        margins = [one.margin for batch in ColourScorer().score(query, others) for one in batch]
        assert point.rank == 1 + sum(margin > point.margin for margin in margins)
    plain = last(bench, damaged(request, retrieve_again=False))
    assert [p.margin for p in curve.points] == [p.margin for p in plain.points]


def test_a_damaged_candidate_is_not_looked_up_again(bench):
    with pytest.raises(SettingsError, match="damage the query side"):
        last(bench, damaged(BLUR, side="candidate", retrieve_again=True))


def test_several_scorers_share_one_encoding(bench, models):
    last(bench, BLUR)
    n_encoded = models[0].n_encoded
    for scorer in ("maxsim", "geometric"):
        list(bench.robustness.rivals.prepare(scorer))
        curve = list(bench.robustness.sweep(BLUR, scorer))[-1]
        assert curve.kind.unit in ("cosine", "inliers")
        assert all(point.margin is not None for point in curve.points)
    assert models[0].n_encoded == n_encoded


def test_scorers_are_named_once_in_one_spelling(bench):
    rivals = bench.robustness.rivals
    asked = [" maxsim", "int8+divprune:4", "divprune:4+int8", "none", "mllm", "maxsim"]
    assert rivals.known(asked) == ("maxsim", "mllm/divprune:4+int8")
    with pytest.raises(SettingsError, match="'bm25' is not known"):
        rivals.known(["bm25"])
