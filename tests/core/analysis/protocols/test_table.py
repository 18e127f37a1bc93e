"""The table of protocols: rows, names, one measure more, and what no number can be had for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analysis.metrics import ap_at_k
from core.analysis.protocols.average_precision import tied_precision_sum, trapezoid_ap
from core.analysis.protocols.measures import Measure, Protocol, mean_value
from core.analysis.protocols.table import PROTOCOLS, measure, protocol_of
from core.analysis.protocols.trec import Judged, average_precision
from core.errors import ProtocolError, SettingsError
from core.types.benchmarks import BenchmarkQuery, RankedList
from core.types.corpus import Relevance
from tests.official import bench, scored

NAMES = [
    *("revisited", "ilias", "gldv2", "instre", "sop", "inshop", "product1m", "disc21", "cirr"),
    *("circo", "fashioniq", "genecis", "icir", "inquire", "mmeb", "trec"),
]
KINDS = ("instance", "category", "subcategory", "usage", "aspect", "task", "subset")
IMAGES = list("abcdefgh")


def one_query(protocol, positives="ab", image="q"):
    """A query with all that any protocol reads."""
    found = frozenset(positives)
    query = BenchmarkQuery(
        "q",
        image,
        positives=found,
        marks={
            "easy": frozenset(sorted(found)[:1]),
            "hard": frozenset(sorted(found)[1:]),
            "subset": frozenset(IMAGES),
            "target": frozenset(sorted(found)[:1]),
        },
        groups=dict.fromkeys(KINDS, ("x",)),
        grades=dict.fromkeys(sorted(found), 1.0),
        labels=("label",),
    )
    labels = {image: "label" if image in found else "other" for image in IMAGES}
    values = {image: {"scale": 0.1, "clutter": 3.0} for image in IMAGES}
    return bench(protocol, [query], IMAGES, labels=labels, values=values)


def test_the_table_has_every_published_protocol():
    assert list(PROTOCOLS) == NAMES
    assert all(name == row.name for name, row in PROTOCOLS.items())


@pytest.mark.parametrize("name", NAMES)
def test_a_row_says_what_how_and_where_from(name):
    row = PROTOCOLS[name]
    assert row.title
    assert row.difference.endswith(".")
    assert row.difference.count(". ") == 0  # one sentence
    for one in row.measures:
        assert one.formula
        assert "\n" not in one.formula
        assert "/" in one.source
    assert len({one.name for one in row.measures}) == len(row.measures)


@pytest.mark.parametrize("name", NAMES)
def test_every_measure_of_a_row_has_numbers_with_names_of_their_own(name):
    found = measure(one_query(name), {"q": scored(IMAGES, range(8, 0, -1))})
    assert [one.problem for one in found if one.problem] == []
    names = [one.name for one in found]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", NAMES)
@given(order=st.permutations(IMAGES), n=st.integers(2, 5))
def test_values_are_shares(name, order, n):
    benchmark = one_query(name, IMAGES[:n])
    for one in measure(benchmark, {"q": scored(order, range(8, 0, -1))}):
        if one.value is not None and "threshold" not in one.name:
            assert 0.0 <= one.value <= 1.0 + 1e-12


SHARE_OF_K = ("P_5", "P_10", "MMEB precision@5", "MMEB precision@10", "MMEB f1@")
FOUND_LATE = ("CIRCO R@", "recall_", "MMEB recall@1", "MMEB f1", "DISC21 recall at rank 1")
"""Values that a perfect list of two positives does not bring to 1, by their formula."""


@pytest.mark.parametrize("name", NAMES)
def test_a_perfect_list_has_one(name):
    found = measure(one_query(name), {"q": scored(IMAGES, range(8, 0, -1))})
    below = {
        one.name: one.value
        for one in found
        if one.value is not None
        and "threshold" not in one.name
        and not one.name.startswith(SHARE_OF_K + FOUND_LATE)
        and one.value < 1.0 - 1e-12
    }
    if name == "icir":
        assert below == pytest.approx(dict.fromkeys(below, 1.0), abs=1e-5)
        assert len(below) == 3
    else:
        assert below == {}


def test_one_measure_more_is_one_row_more():
    def first_place(benchmark, rankings):
        tops = {q.query_id: rankings[q.query_id].image_ids[0] for q in benchmark.queries}
        hits = {q.query_id: float(tops[q.query_id] in q.positives) for q in benchmark.queries}
        return (mean_value("toy first place", hits),)

    added = Measure("toy first place", "whether the first image is right", "own/toy", first_place)
    table = {**PROTOCOLS, "toy": Protocol("toy", "Toy", (added,), "It looks at rank 1 alone.")}
    benchmark = one_query("toy")
    assert protocol_of(benchmark, table).measures == (added,)
    (found,) = measure(benchmark, {"q": RankedList("ba")}, table)
    assert (found.name, found.value, found.n) == ("toy first place", 1.0, 1)


def test_an_unknown_protocol_is_one_sentence():
    with pytest.raises(SettingsError, match="Protocol 'toy' is not known; use one of: revisited,"):
        measure(one_query("toy"), {})


def test_a_measure_without_a_number_says_why_and_the_others_are_not_lost():
    found = measure(one_query("revisited"), {"q": RankedList("cd")})
    without = [one for one in found if one.problem]
    assert [one.name for one in without] == [
        f"revisited mP@1, 5, 10 {setting}" for setting in ("easy", "medium", "hard")
    ]
    assert all(one.value is None and one.n == 0 for one in without)
    assert [one.value for one in found if not one.problem] == [0.0, 0.0, 0.0]


def test_a_query_that_the_benchmark_does_not_have_is_refused():
    rankings = {"q": RankedList("ab"), "z": RankedList("ab")}
    with pytest.raises(ProtocolError, match=r"1 of the 2 lists .* such as 'z'"):
        measure(one_query("ilias"), rankings)


def test_a_score_that_is_not_finite_is_refused():
    (one, *_) = measure(one_query("ilias"), {"q": scored(["a", "b"], [1.0, float("nan")])})
    assert one.problem is not None
    assert "one finite score" in one.problem


def test_the_four_numbers_of_one_name_side_by_side():
    # One query, 3 positives, found at ranks 1 and 3, one never; k = 2.
    listed, ideal = np.array([1.0, 0.0, 1.0]), np.ones(3)
    relevance = Relevance("q", frozenset("prs"))
    table = {
        "/ all positives (trec_eval map_cut_2)": average_precision(Judged(listed, ideal), k=2),
        "/ min(k, positives) (ILIAS, this bench)": ap_at_k("pnr", relevance, 2),
        "trapezoid, no cut-off (revisitop)": trapezoid_ap([1, 3], 1 / 3),
        "/ hits inside top k (torchmetrics)": tied_precision_sum(
            np.array([True, False]), np.array([2.0, 1.0])
        ),
    }
    assert {name: round(value, 4) for name, value in table.items()} == {
        "/ all positives (trec_eval map_cut_2)": 0.3333,
        "/ min(k, positives) (ILIAS, this bench)": 0.5,
        "trapezoid, no cut-off (revisitop)": 0.5278,
        "/ hits inside top k (torchmetrics)": 1.0,
    }
