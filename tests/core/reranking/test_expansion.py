"""Query expansion and database augmentation are the official code's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import SettingsError
from core.reranking.expansion import Augmentation, QueryExpansion, expanded, query_expansion
from core.retrieval.index import FlatIndex
from core.retrieval.neighbours import Graphs
from tests.core.reranking.golden import cases_of, falls, unit, vectors_of


def indexed(database):
    return FlatIndex(database, [str(row) for row in range(len(database))])


def test_expanded_queries_and_orders_are_the_official_codes():
    cases = [c for c in cases_of("alpha_qe") if c["inputs"]["kind"] == "query expansion"]
    for case in cases:
        database, queries = vectors_of(case, cases)
        k, alpha = case["inputs"]["k"], case["inputs"]["alpha"]
        index, method = indexed(database), QueryExpansion(k, alpha)
        for place, query in enumerate(queries):
            found = expanded(query, index.vectors(index.nearest(query, k)), alpha)
            scores = method.of_rows(index, query, range(len(database)))
            assert np.isfinite(scores).all()
            if "NaN" in case["expected"]:  # a negative cosine has no root: ours counts it as 0
                continue
            assert np.abs(found - case["expected"]["expanded queries"][place]).max() < 1e-5
            assert falls(scores, case["expected"]["order"][place]), case["id"]
    assert len(cases) == 10


@pytest.mark.parametrize("kind", ["database augmentation", "both"])
def test_augmented_rows_and_orders_are_the_official_codes(kind, tmp_path):
    cases = [c for c in cases_of("alpha_qe") if c["inputs"]["kind"] == kind]
    for case in cases:
        inputs, expected = case["inputs"], case["expected"]
        database, queries = vectors_of(case, cases)
        k, k_query = inputs.get("k", inputs.get("k database")), inputs.get("k query", 0)
        index = indexed(database)
        method = Augmentation(k, k_query, inputs["alpha"], Graphs(lambda name: tmp_path / name))
        orders = expected.get("order of the plain queries") or expected["order"]
        for query, order in zip(queries, orders, strict=True):
            scores = method.of_rows(index, query, range(len(database)))
            assert falls(scores, order), case["id"]
        for row, vector in enumerate(expected.get("first 5 augmented rows", [])):
            axes = np.eye(database.shape[1], dtype=np.float32)
            found = [method.of_rows(index, axis, [row])[0] for axis in axes] if not k_query else []
            assert np.abs(np.array(found) - vector).max() < 1e-5
    assert len(cases) == {"database augmentation": 4, "both": 2}[kind]


@given(st.integers(2, 12), st.integers(1, 14), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_an_image_that_replaces_itself_has_its_own_score(n, k, seed):
    random = np.random.default_rng(seed)
    query, *rows = unit(random.normal(size=(n + 1, 5)))
    index, method = indexed(np.array(rows)), QueryExpansion(k, 3.0)
    for row in range(n):
        plain = method.of_rows(index, query, [row])[0]
        assert abs(method.of_other(index, query, rows[row], row) - plain) < 1e-6


def test_an_augmented_image_that_replaces_itself_has_its_own_score(tmp_path):
    query, *rows = unit(np.random.default_rng(3).normal(size=(13, 5)))
    index = indexed(np.array(rows))
    for k_query in (0, 2):
        method = Augmentation(3, k_query, 3.0, Graphs(lambda name: tmp_path / name))
        for row, plain in enumerate(method.of_rows(index, query, range(12))):
            assert abs(method.of_other(index, query, rows[row], row) - plain) < 1e-6


@pytest.mark.parametrize("option", ["0", "2,-1", "2,3,1", "x"])
def test_other_constants_are_refused_in_one_sentence(option):
    with pytest.raises(SettingsError, match="write K,ALPHA"):
        query_expansion(option)
