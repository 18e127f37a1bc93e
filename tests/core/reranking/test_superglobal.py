"""SuperGlobal re-ranking is the official code's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import SettingsError
from core.reranking.superglobal import superglobal_method, superglobal_scores
from tests.core.reranking.golden import cases_of, falls, first, unit, vectors_of


def test_scores_and_orders_are_the_official_codes():
    cases = cases_of("superglobal")
    for case in cases:
        database, queries = vectors_of(case, cases)
        m, k, beta = (case["inputs"][name] for name in ("M", "K", "beta"))
        expected = case["expected"]
        finals = expected["final scores of the first M, in final order"]
        for query, order, final in zip(queries, expected["order"], finals, strict=True):
            listed = first(database @ query, m)
            found = superglobal_scores(query, database[listed], k, beta)
            assert np.abs(np.sort(found)[::-1] - final).max() < 1e-5, case["id"]
            by_row = dict(zip(listed.tolist(), found.tolist(), strict=True))
            ordered = order[: len(listed)]
            assert falls([by_row[row] for row in ordered], range(len(ordered))), case["id"]
            assert falls(database @ query, order[len(listed) :])
    assert len(cases) == 10


@given(st.integers(1, 20), st.integers(0, 25), st.integers(0, 2**32 - 1))
@settings(max_examples=50)
def test_scores_do_not_depend_on_the_order_of_the_list(n, k, seed):
    random = np.random.default_rng(seed)
    query, *listed = unit(random.normal(size=(n + 1, 6)))
    turned = random.permutation(n)
    found = superglobal_scores(query, np.array(listed), k, 0.5)
    again = superglobal_scores(query, np.array(listed)[turned], k, 0.5)
    assert found.shape == (n,)
    assert np.abs(again - found[turned]).max() < 1e-9


def test_constants_are_read_from_the_front():
    assert superglobal_method("400,9,0.15").n_listed == 400
    assert superglobal_method("400").fields["superglobal"] == "M 400, K 2, BETA 0.5"


@pytest.mark.parametrize("option", ["0", "5,-1", "5,2,2", "5,2,.", "a", "5,2,0.5,1", "5,,1", "1e3"])
def test_other_constants_are_refused_in_one_sentence(option):
    with pytest.raises(SettingsError, match=r"write M,K,BETA with M from 1 to .* superglobal:50"):
        superglobal_method(option)
