"""Raw share and Cohen's kappa, by hand and against scikit-learn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from core.annotation.agreement import agreement
from core.types.annotation import VERDICTS, Annotation, Content


def words(author, verdicts) -> list[Annotation]:
    return [
        Annotation(author, "q", f"i{number}", Content(verdict), 1)
        for number, verdict in enumerate(verdicts)
    ]


def test_kappa_of_a_table_worked_by_hand():
    # 20 match/match, 5 match/no, 10 no/match, 15 no/no: p_o = 35/50 = 0.7,
    # p_e = 25/50 * 30/50 + 25/50 * 20/50 = 0.5, kappa = 0.2 / 0.5 = 0.4
    first = ["match"] * 25 + ["no match"] * 25
    second = ["match"] * 20 + ["no match"] * 5 + ["match"] * 10 + ["no match"] * 15
    found = agreement(words("ada", first), words("bob", second))
    assert (found.n, found.share) == (50, 0.7)
    assert found.kappa == pytest.approx(0.4, abs=1e-15)
    assert found.table[0][:2] == (20, 5)
    assert found.table[1][:2] == (10, 15)


def test_only_pairs_with_both_verdicts_count():
    found = agreement(words("ada", ["match", None, "unsure"]), words("bob", ["match", "match"]))
    assert (found.n, found.share) == (1, 1.0)


def test_without_a_common_pair_nothing_is_defined():
    found = agreement(words("ada", [None]), words("bob", ["match"]))
    assert (found.n, found.share, found.kappa) == (0, None, None)


def test_one_verdict_throughout_has_no_kappa():
    found = agreement(words("ada", ["match"] * 3), words("bob", ["match"] * 3))
    assert (found.share, found.kappa) == (1.0, None)


verdicts = st.sampled_from(VERDICTS)


@given(st.lists(st.tuples(verdicts, verdicts), min_size=2, max_size=60))
def test_kappa_is_scikit_learns(pairs):
    first, second = zip(*pairs, strict=True)
    found = agreement(words("ada", first), words("bob", second))
    if len({*first, *second}) == 1:  # scikit-learn gives NaN and a warning here
        assert found.kappa is None
        return
    assert found.kappa == pytest.approx(cohen_kappa_score(first, second), abs=1e-12)
