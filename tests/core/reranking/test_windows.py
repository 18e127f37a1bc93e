"""Windows and sets ask what the official code asks, and make its order of the answers."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.reranking.windows import heap_sorted, sliding, spans
from tests.shared import shared


def cases_of(name):
    return json.loads((shared("golden/listwise") / f"{name}.json").read_text("utf-8"))["cases"]


def asked(questions, answer):
    """Return the whole order and the questions, each answered by a function."""
    blocks = []
    try:
        block = next(questions)
        while True:
            blocks.append(block)
            block = questions.send(answer(block))
    except StopIteration as end:
        return end.value, blocks


def ranked(utility, how):
    def answer(block):
        best = sorted(range(len(block)), key=lambda place: -utility[block[place]])
        if how == "worst":
            return best[::-1]
        if how == "top3":
            return [*best[:3], *(place for place in range(len(block)) if place not in best[:3])]
        return best

    return answer


def test_sliding_windows_are_the_official_codes():
    n_cases = 0
    for case in cases_of("sliding"):
        inputs = case["inputs"]
        if "total" in inputs:  # starts of windows alone
            continue
        n_cases += 1
        answer = ranked(inputs["utility"], inputs["answers"])
        order, blocks = asked(sliding(inputs["n"], inputs["window"], inputs["step"]), answer)
        expected = case["expected"]["rank_llm"]  # RankGPT skips short lists and some fronts
        assert list(order) == expected["order"], case["id"]
        assert [len(block) for block in blocks] == expected["block sizes"]
    assert n_cases == 13


def test_windows_start_where_locores_do():
    (case,) = (case for case in cases_of("sliding") if "total" in case["inputs"])
    inputs = case["inputs"]
    for stride in inputs["strides"]:
        starts = [start for start, _ in spans(inputs["total"], inputs["window"], stride)]
        assert starts == case["expected"][f"stride {stride}"]["end-to-start"]


def test_heap_sort_of_sets_is_the_official_codes():
    cases = [case for case in cases_of("setwise") if case["inputs"]["method"] == "heapsort"]
    for case in cases:
        inputs, count = case["inputs"], 0

        def best(block, inputs=inputs):
            nonlocal count
            count += 1
            if inputs["every fourth answer unreadable"] and count % 4 == 0:
                return None
            return max(range(len(block)), key=lambda place: inputs["utility"][block[place]])

        order, blocks = asked(heap_sorted(inputs["n"], inputs["children"], inputs["k"]), best)
        assert list(order) == case["expected"]["order"], case["id"]
        assert len(blocks) == case["expected"]["comparisons"]
    assert len(cases) == 8


@given(st.integers(0, 40), st.integers(2, 12), st.integers(1, 6), st.integers(0, 2**31))
def test_any_answers_make_a_permutation(n, size, k, seed):
    random = np.random.default_rng(seed)
    order, blocks = asked(sliding(n, size, max(1, size // 2)), lambda b: random.permutation(len(b)))
    assert sorted(order) == list(range(n))
    assert all(1 <= len(block) <= size for block in blocks)
    chosen = lambda block: None if random.random() < 0.3 else int(random.integers(len(block)))  # noqa: E731
    order, blocks = asked(heap_sorted(n, size, k), chosen)
    assert sorted(order) == list(range(n))
    assert all(2 <= len(block) <= size + 1 for block in blocks)
