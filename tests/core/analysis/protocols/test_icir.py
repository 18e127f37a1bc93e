"""i-CIR, equal to its official code on golden cases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analysis.protocols.icir import mean_ap
from core.errors import ProtocolError
from core.types.benchmarks import BenchmarkQuery, RankedList
from tests.official import EXACT, bench, case, golden, values_of


@pytest.mark.parametrize("case_id", golden("icir"))
def test_all_means_equal_the_official_code(case_id):
    inputs, expected = case("icir", case_id)
    queries, rankings, aps = [], {}, {}
    for part, wanted in zip(inputs, expected["per instance"], strict=True):
        names = [path for path, _, _ in part["database"]]
        for i, (path, text, instance) in enumerate(part["queries"]):
            query_id = f"{path} {text}"
            queries.append(
                BenchmarkQuery(
                    query_id,
                    path,
                    (text,),
                    positives=frozenset(
                        p for p, other, of in part["database"] if (other, of) == (text, instance)
                    ),
                    gallery=tuple(names),
                    groups={"instance": (part["instance"],)},
                )
            )
            rankings[query_id] = RankedList([names[row] for row in part["rankings"][i]])
            aps[query_id] = wanted["aps"][i]
    found = mean_ap(bench("icir", queries, []), rankings)
    assert found[0].per_query == pytest.approx(aps, abs=EXACT)
    assert values_of(found) == pytest.approx(
        {f"i-CIR {name}": expected[name] for name in ("mAP", "mmAP", "minmAP")}, abs=EXACT
    )


def small(positives):
    query = BenchmarkQuery(
        "q",
        None,
        positives=frozenset(positives),
        gallery=tuple("abcdef"),
        groups={"instance": ("toy",)},
    )
    return bench("icir", [query], list("abcdefxyz"))


def test_images_of_other_instances_take_no_rank():
    assert mean_ap(small("a"), {"q": RankedList("xyabcdef")})[0].value == pytest.approx(1, abs=1e-4)


def test_a_list_that_misses_a_positive_is_refused():
    with pytest.raises(ProtocolError, match=r"misses 1 of its 2 positives, such as 'b'.* all 6"):
        mean_ap(small("ab"), {"q": RankedList("acd")})


def test_a_query_without_a_positive_counts_zero():
    (one, *_) = mean_ap(small(""), {"q": RankedList("abc")})
    assert (one.value, one.n) == (0.0, 1)


@given(st.permutations("abcdef"), st.sets(st.sampled_from("abcdef"), min_size=1))
def test_values_are_shares_and_a_perfect_list_is_just_below_one(order, positives):
    for one in mean_ap(small(positives), {"q": RankedList(order)}):
        assert 0.0 <= one.value < 1.0
    perfect = sorted(order, key=lambda image: image not in positives)
    (best, *_) = mean_ap(small(positives), {"q": RankedList(perfect)})
    n = len(positives)
    assert best.value == pytest.approx(n / (n + 1e-5), abs=1e-12)
