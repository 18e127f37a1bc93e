"""Answers in words are read as the official parsers do, but for their defects."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reranking.written_orders import WrittenOrder, read_order
from tests.shared import shared

OURS = {
    "③②①": [2, 1, 0],  # one number per character, not none
    "The best of the 4 is 2, then 3.": [0, 1, 2, 3],  # a count in prose is no candidate
    '{"top_3_indices": []}': [0, 1, 2],  # nor is the number in a field's name
    'Final Answer: {"top_3_indices": [2]} and {"a": 1}': [1, 0, 2],
    "[-1] > [2]": [1, 0, 2],  # a sign belongs to its number
}
"""Where ours differs from rank_llm, and why."""


def test_answers_are_read_as_rank_llm_does_but_for_its_defects():
    file = shared("golden/listwise") / "parsing.json"
    cases = json.loads(file.read_text("utf-8"))["cases"]
    differing = set()
    for case in cases:
        found = list(read_order(case["text"], case["n"]).places)
        expected = case["expected"]["rank_llm"]
        assert found == OURS.get(case["text"], expected), case["text"]
        if found != expected:
            differing.add(case["text"])
        top = case["expected"]["LamRA listwise top-1"]
        assert top is None or found[0] == top
    assert differing == set(OURS)
    assert len(cases) == 35


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[3] > [1] > [2]", WrittenOrder((2, 0, 1), 3, 0, 0)),
        ("[2] > [2] > [1]", WrittenOrder((1, 0, 2), 2, 0, 1)),
        ("[9] > [2]", WrittenOrder((1, 0, 2), 1, 1, 0)),
        ("I cannot tell.", WrittenOrder((0, 1, 2), 0, 0, 0)),
        ("<think>[1] is [3]", WrittenOrder((0, 1, 2), 0, 0, 0)),
    ],
)
def test_what_is_wrong_with_an_answer_is_counted(text, expected):
    found = read_order(text, 3)
    assert found == expected
    assert found.missing == 3 - found.named
    assert found.first == (found.places[0] if found.named else None)


@given(st.text(max_size=80), st.integers(1, 12))
def test_any_text_is_a_permutation(text, n):
    assert sorted(read_order(text, n).places) == list(range(n))
