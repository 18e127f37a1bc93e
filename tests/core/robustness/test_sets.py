"""Which queries a set holds."""

from types import SimpleNamespace

import pytest

from core.errors import SettingsError
from core.robustness.sets import hardest, in_slice


def ids(records):
    return [record.image_id for record in records]


def test_the_hardest_have_the_lowest_ap_and_ties_go_by_id(tiny_corpus):
    queries = tiny_corpus.queries
    aps = zip(queries, (0.9, 0.2, 0.1, 0.2), strict=True)
    outcomes = [SimpleNamespace(query_id=q.image_id, ap_after=ap) for q, ap in aps]
    expected = [queries[i].image_id for i in (2, 1, 3)]
    assert ids(hardest(queries, outcomes[::-1], 3)) == expected


def test_a_slice_is_an_attribute_and_its_value(tiny_corpus):
    found = in_slice(tiny_corpus.queries, "light=dim")
    assert ids(found) == ["images/bars_1.png", "images/cross_q.png"]


@pytest.mark.parametrize(
    ("name", "said"),
    [("colour=red", "there are: light"), ("light=red", "bright, dim"), ("light", "bright, dim")],
)
def test_an_unknown_slice_is_refused_with_what_there_is(tiny_corpus, name, said):
    with pytest.raises(SettingsError, match=said):
        in_slice(tiny_corpus.queries, name)
