"""The ledger adds up to 1 for every ranking, and its lines count queries."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analysis.ledger import ledger, ledger_lines, lost, mean_ledger
from core.analysis.outcomes import Thresholds, query_outcome
from core.reranking.ordering import order_of
from core.types.corpus import Relevance
from core.types.failures import Ledger
from core.types.orders import Fusion
from core.types.rankings import QueryOutcome
from core.types.scores import Shortlist
from tests.orders import stage


def outcome_of(relations, margins, depth, lam, gamma, k, query="q"):
    """The outcome of a shortlist whose i-th image has the i-th relation and margin (None = none).

    The letter `+` is a positive, `-` a negative, `o` junk.
    """
    ids = tuple(f"{i:03d}" for i in range(len(relations)))
    cosines = np.linspace(0.9, 0.1, len(ids), dtype=np.float32)
    relevance = Relevance(
        query,
        frozenset(i for i, r in zip(ids, relations, strict=True) if r == "+") | {"unlisted"},
        frozenset(i for i, r in zip(ids, relations, strict=True) if r == "o"),
    )
    known = {i: m for i, m in zip(ids[:depth], margins, strict=False) if m is not None}
    order = order_of(
        Shortlist(query, ids, cosines), [stage("mllm", None, known)], Fusion(depth, lam, gamma)
    )
    return query_outcome(order, relevance, None, k=k, thresholds=Thresholds())


rankings = st.builds(
    outcome_of,
    st.text("+-o", min_size=1, max_size=40),
    st.lists(st.none() | st.floats(-30, 30), min_size=40, max_size=40),
    st.integers(1, 40),
    st.floats(0, 1),
    st.floats(0.05, 5),
    st.integers(1, 50),
)


@given(rankings)
def test_the_ledger_of_any_ranking_adds_up_to_1(outcome):
    line = ledger(outcome)
    assert line.kept + line.retrieval + line.reranker + line.fusion == pytest.approx(1, abs=1e-9)
    assert line.kept == outcome.ap_after


@given(rankings)
def test_retrieval_and_the_reranker_only_ever_lose(outcome):
    assert ledger(outcome).retrieval >= -1e-12
    assert ledger(outcome).reranker >= -1e-12


@given(st.lists(rankings, min_size=1, max_size=8))
def test_the_mean_ledger_adds_up_and_its_lines_repeat_it(outcomes):
    total = mean_ledger(outcomes)
    assert total.kept + total.retrieval + total.reranker + total.fusion == pytest.approx(
        1, abs=1e-9
    )
    assert [line.lost for line in ledger_lines(outcomes)] == pytest.approx(
        [total.retrieval, total.reranker, total.fusion], abs=1e-12
    )


def test_a_worked_ledger():
    # positives a (rank 1), b (rank 4, beyond depth 3) and one unlisted; margin order: n, a, m
    outcome = outcome_of("+--+", [0.0, 1.0, -1.0], 3, 0.0, 1.0, 10)
    line = ledger(outcome)
    # AP after: a at 2, b at 4 -> (1/2 + 2/4) / 3; oracle: a at 1, b at 4 -> (1 + 2/4) / 3
    assert line == Ledger(
        1, pytest.approx(1 / 3), pytest.approx(1 / 2), pytest.approx((1 / 6,)), pytest.approx(0)
    )


def test_a_fusion_that_helps_counts_as_a_gain():
    # lam 1 keeps the shortlist's order, in which the positive leads; by margin it is second
    outcomes = [outcome_of("+-", [0.0, 1.0], 2, lam, 1.0, 10) for lam in (1.0, 0.0)]
    assert lost(outcomes[0], "fusion") == pytest.approx(-0.25)
    fusion = ledger_lines(outcomes)[2]
    assert (fusion.part, fusion.n_losing, fusion.n_gaining) == ("fusion", 0, 1)
    assert fusion.lost == pytest.approx(-0.125)


def test_without_a_query_there_is_no_ledger():
    none: list[QueryOutcome] = []
    assert mean_ledger(none) is None
    assert [line.n_losing for line in ledger_lines(none)] == [0, 0, 0]


def outcome_of_pipeline(relations, tables, depths, lam, k):
    """The outcome of several stages; a table gives the score of the i-th image, None = none."""
    ids = tuple(f"{i:03d}" for i in range(len(relations)))
    cosines = np.linspace(0.9, 0.1, len(ids), dtype=np.float32)
    relevance = Relevance(
        "q",
        frozenset(i for i, r in zip(ids, relations, strict=True) if r == "+") | {"unlisted"},
        frozenset(i for i, r in zip(ids, relations, strict=True) if r == "o"),
    )
    stages = [
        stage(f"s{place}", depth if place else None, known_of(ids, table))
        for place, (table, depth) in enumerate(zip(tables, depths, strict=True))
    ]
    order = order_of(Shortlist("q", ids, cosines), stages, Fusion(depths[0], lam, 1.0))
    return query_outcome(order, relevance, None, k=k, thresholds=Thresholds())


def known_of(ids, table):
    return {i: score for i, score in zip(ids, table, strict=False) if score is not None}


@st.composite
def pipelines(draw):
    n = draw(st.integers(2, 5))
    table = st.lists(st.none() | st.floats(-30, 30), min_size=40, max_size=40)
    return outcome_of_pipeline(
        draw(st.text("+-o", min_size=1, max_size=40)),
        draw(st.lists(table, min_size=n, max_size=n)),
        draw(st.lists(st.integers(1, 45), min_size=n, max_size=n)),
        draw(st.floats(0, 1)),
        draw(st.integers(1, 50)),
    ), n


@given(pipelines())
def test_the_ledger_of_any_pipeline_adds_up_to_1(made):
    outcome, n = made
    line = ledger(outcome)
    assert len(line.stages) == n
    total = line.kept + line.retrieval + sum(line.stages) + line.fusion
    assert total == pytest.approx(1, abs=1e-9)


@given(st.lists(pipelines(), min_size=1, max_size=6))
def test_the_lines_of_pipelines_add_up_too(made):
    n = made[0][1]
    outcomes = [outcome for outcome, of in made if of == n]
    lines = ledger_lines(outcomes, [f"s{place}" for place in range(n)])
    kept = sum(outcome.ap_after for outcome in outcomes) / len(outcomes)
    assert kept + sum(line.lost for line in lines) == pytest.approx(1, abs=1e-9)
    assert [line.stage for line in lines[1:-1]] == [f"s{place}" for place in range(n)]


def test_a_worked_ledger_of_two_stages():
    # shortlist - + - +; stage 1 of depth 4 orders 3 1 0 2 (+ + - -): its first two hold both
    # positives, so stage 2 of depth 2 could reach AP 2/3 (one of 3 positives is unlisted)
    outcome = outcome_of_pipeline(
        "-+-+", [[1.0, 2.0, 0.0, 3.0], [9.0, 1.0, 9.0, 2.0]], [4, 2], 0.0, 10
    )
    line = ledger(outcome)
    assert line.kept == pytest.approx(2 / 3)
    assert line.stages == pytest.approx((0.0, 0.0))
    assert line.retrieval == pytest.approx(1 / 3)
    # stage 1 puts one positive out of reach of stage 2: - - + + and depth 2
    outcome = outcome_of_pipeline(
        "-+-+", [[3.0, 1.0, 2.0, 0.0], [0.0, 0.0, 0.0, 0.0]], [4, 2], 0.0, 10
    )
    # ideal of stage 2's candidates: none is positive, so positives at 3 and 4: (1/3 + 2/4) / 3
    assert ledger(outcome).stages == pytest.approx((2 / 3 - 5 / 18, 0.0))
