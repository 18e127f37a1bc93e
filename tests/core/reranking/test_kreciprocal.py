"""k-reciprocal encoding is the official code's, and a stage like any other."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import SettingsError
from core.reranking.kreciprocal import Reciprocal, parse_reciprocal, reciprocal_distances

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "k_reciprocal.json").read_text("utf-8"))
"""What zhunzhong07/person-re-ranking (278f2c7) made of drawn vectors; its source is in the file."""
CASES = {case["id"]: case for case in GOLDEN["cases"]}


def vectors(case):
    found = case["inputs"]["database"]
    inputs = (
        case["inputs"] if isinstance(found, list) else CASES[found.removeprefix("as in ")]["inputs"]
    )
    return tuple(np.array(inputs[name], np.float32) for name in ("database", "queries"))


def constants(case):
    inputs = case["inputs"]
    return Reciprocal(inputs["k1"], inputs["k2"], inputs["lambda"])


@pytest.mark.parametrize("name", CASES)
def test_distances_are_the_official_codes(name):
    case = CASES[name]
    database, queries = vectors(case)
    expected = np.array(case["expected"]["one query at a time"]["distances"])
    found = [reciprocal_distances(query, database, constants(case)) for query in queries]
    assert np.abs(np.array(found) - expected).max() < 1e-5


@pytest.mark.parametrize("name", CASES)
def test_a_shortlist_gives_the_official_codes_order(name):
    case = CASES[name]
    database, queries = vectors(case)
    for query, expected in zip(
        queries, case["expected"]["query with its first 25 only"]["order"], strict=True
    ):
        first = np.argsort(((database - query) ** 2).sum(axis=1), kind="stable")[:25]
        found = reciprocal_distances(query, database[first], constants(case))
        assert first[np.argsort(found, kind="stable")].tolist() == expected


def test_there_are_as_many_cases_as_the_file_says():
    assert len(CASES) == 8


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@given(st.integers(1, 30), st.integers(1, 12), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_distances_are_shares_and_do_not_depend_on_the_order_of_the_list(n, k1, seed):
    random = np.random.default_rng(seed)
    query, *listed = unit(random.normal(size=(n + 1, 6)))
    made = Reciprocal(k1, random.integers(1, k1 + 1), float(random.random()))
    found = reciprocal_distances(query, np.array(listed), made)
    assert found.shape == (n,)
    assert (found > -1e-9).all()
    assert (found < 1 + 1e-9).all()
    turned = random.permutation(n)
    again = reciprocal_distances(query, np.array(listed)[turned], made)
    assert np.abs(again - found[turned]).max() < 1e-9


def test_a_copy_of_the_query_is_nearest_and_equal_images_are_no_fault():
    query, *listed = unit(np.random.default_rng(1).normal(size=(9, 5)))
    listed = np.array([*listed, query, query])
    found = reciprocal_distances(query, listed, Reciprocal())
    assert set(np.argsort(found, kind="stable")[:2].tolist()) == {8, 9}


@pytest.mark.parametrize(
    ("option", "expected"),
    [("", Reciprocal()), ("20,6,0.3", Reciprocal(20, 6, 0.3)), ("1,1,0", Reciprocal(1, 1, 0.0))],
)
def test_constants_are_read(option, expected):
    assert parse_reciprocal(option) == expected
    assert parse_reciprocal(str(expected)) == expected


@pytest.mark.parametrize("option", ["20", "6,20,0.3", "0,0,0.3", "8,3,1.5", "8,3,nan", "8;3;0.3"])
def test_other_constants_are_refused_in_one_sentence(option):
    with pytest.raises(SettingsError, match="write K1,K2,LAMBDA"):
        parse_reciprocal(option)
