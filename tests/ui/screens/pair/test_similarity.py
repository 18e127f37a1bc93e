"""The first stage's maps: they sum to the cosine on screen, and one scale serves both pictures."""

import numpy as np
import pytest

from core.types.pairs import SimilarityMaps
from tests.ui.screens.pair.conftest import POSITIVE, QUERY
from ui.screens.pair import words
from ui.screens.pair.similarity import similarity_context

pytestmark = pytest.mark.usefixtures("fresh_lab")


def test_both_maps_sum_to_the_cosine_of_the_shortlist(bench):
    found = bench.pairs.similarity(QUERY, POSITIVE)
    shortlist = bench._session.shortlist(bench._session.queries[QUERY])
    cosine = float(shortlist.cosines[shortlist.image_ids.index(POSITIVE)])
    assert abs(found.cosine - cosine) < 1e-5
    assert abs(found.query.sum() + found.query_rest - found.cosine) < 1e-9
    assert abs(found.candidate.sum() + found.candidate_rest - found.cosine) < 1e-9


def test_it_is_drawn_over_both_pictures(bench, html):
    bench._session.models()
    shown = html("similarity")
    found = bench.pairs.similarity(QUERY, POSITIVE)
    assert shown.count("<rect") == found.query.size + found.candidate.size
    assert "exactly" in shown


def test_a_cell_is_as_opaque_as_its_part_per_area(bench):
    records = [bench._session.record(image_id) for image_id in (QUERY, POSITIVE)]
    maps = SimilarityMaps(0.5, np.array([[0.5, 0.0]]), np.array([[-0.25, 0.25], [0.25, 0.25]]))
    cells = similarity_context(maps, *records).cells
    assert [cell.opacity for cell in cells] == pytest.approx([0.75, 0.0, 0.75, 0.75, 0.75, 0.75])
    assert [cell.adds for cell in cells] == [True, True, False, True, True, True]


def test_tokens_outside_the_picture_are_told():
    maps = SimilarityMaps(0.5, np.array([[0.4]]), np.array([[0.5]]), 0.1, 0.0)
    assert "add up to 0.100 more" in words.similarity_about(maps)
