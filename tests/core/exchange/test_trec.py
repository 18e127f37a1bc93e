"""Whole rankings as a TREC run: no ties, no ids with spaces, junk in neither file."""

import pytest

from core.errors import ExchangeError
from core.exchange.trec import qrels, ranking_run
from core.types.corpus import Relevance


def test_every_place_has_a_score_of_its_own_falling_with_the_rank():
    assert ranking_run([("q", ("b", "a", "c"))], "tag").splitlines() == [
        "q Q0 b 1 3 tag",
        "q Q0 a 2 2 tag",
        "q Q0 c 3 1 tag",
    ]


def test_junk_is_in_no_qrels_even_where_it_is_called_positive():
    relevance = {"q": Relevance("q", frozenset({"b", "a", "q"}), frozenset({"q"}))}
    assert qrels(relevance, ["q"]) == "q 0 a 1\nq 0 b 1\n"


@pytest.mark.parametrize("name", ["a b.jpg", "a\u00a0b", "a\nb", ""])
def test_an_id_that_the_format_cannot_hold_is_refused(name):
    with pytest.raises(ExchangeError, match="cannot hold the id"):
        ranking_run([("q", (name,))], "tag")
    with pytest.raises(ExchangeError, match="cannot hold the id"):
        qrels({"q": Relevance("q", frozenset({name}))}, ["q"])
