"""Two runs compared: pairing, order of disagreements, cautions, and what is withheld."""

from dataclasses import replace

import pytest

from core.analysis.run_comparison import compare_runs
from core.types.saved import QueryDifference
from tests.runs import make_report

A = make_report(afters=(0.5, 0.5, 0.5, 0.5), befores=(0.5,) * 4)
B = make_report(afters=(0.6, 0.1, 0.5, 0.9), befores=(0.5,) * 4)


def test_differences_are_ordered_by_size_and_equal_queries_left_out():
    found = compare_runs(A, B, {})
    assert [d.query_id for d in found.differences] == ["q1.jpg", "q3.jpg", "q0.jpg"]
    assert found.differences[0] == QueryDifference("q1.jpg", 0.5, 0.1)
    assert found.delta == pytest.approx(0.025)  # (0.1 - 0.4 + 0 + 0.4) / 4


def test_only_queries_of_both_runs_count():
    shorter = replace(A, outcomes=A.outcomes[:3])
    found = compare_runs(shorter, B, {})
    assert (found.n_common, found.n_only_a, found.n_only_b) == (3, 0, 1)
    assert found.map_b == pytest.approx(0.4)  # (0.6 + 0.1 + 0.5) / 3


def test_exchanging_the_runs_turns_the_interval_round():
    there, back = compare_runs(A, B, {}), compare_runs(B, A, {})
    assert there.delta_ci is not None
    assert back.delta_ci is not None
    assert there.delta_ci.low == pytest.approx(-back.delta_ci.high)
    assert there.p_value == pytest.approx(back.p_value)


def test_runs_without_a_common_query_are_not_compared():
    other = replace(B, outcomes=tuple(replace(o, query_id="x" + o.query_id) for o in B.outcomes))
    found = compare_runs(A, other, {})
    assert (found.delta, found.delta_ci, found.differences) == (None, None, ())
    assert "no query in common" in str(found.withheld)


def test_a_run_with_a_withheld_map_is_not_compared():
    found = compare_runs(A, replace(B, summary=replace(B.summary, map_after=None)), {})
    assert found.map_a is None
    assert "withheld" in str(found.withheld)


def test_one_instance_gives_no_interval():
    one = [replace(r, outcomes=r.outcomes[:1]) for r in (A, B)]
    found = compare_runs(*one, {})
    assert (found.delta_ci, found.p_value) == (None, None)
    assert found.delta == pytest.approx(0.1)


def test_what_differs_beside_the_scorer_is_a_caution():
    labels = make_report(afters=(0.5,) * 4, befores=(0.5,) * 4, fields={"corpus fingerprint": "x"})
    found = compare_runs(A, labels, {})
    assert found.cautions == ("the corpus or its ground truth",)
    assert found.fields == (("corpus fingerprint", "not told", "x"),)
