"""Unfinished work on the disk: equal when read back, named by what was asked."""

from dataclasses import replace

import pytest

from core.errors import StaleIndexError
from core.storage.unfinished import name_of, unfinished_work
from core.storage.verify import verify
from core.types.robustness import Damage
from core.types.sets import SetRequest
from core.types.work import Unfinished

WORK = Unfinished(
    kind="report",
    request=SetRequest(7, "hardest", "light=dim", Damage(seed=3), ("noise",), ("maxsim",)),
    bench="b",
    place="view=perturb&set=hardest:7",
    done=5,
    total=7,
)


def test_it_is_read_back_as_it_was(tmp_path):
    unfinished_work(tmp_path).save(WORK)
    assert unfinished_work(tmp_path).all() == (WORK,)


def test_how_far_it_is_and_where_it_is_shown_change_nothing_in_its_name():
    assert name_of(WORK) == name_of(replace(WORK, done=6, total=8, place=""))


@pytest.mark.parametrize(
    "changes", [{"kind": "set"}, {"bench": "c"}, {"request": SetRequest(n_queries=8)}]
)
def test_another_request_kind_or_bench_has_another_name(changes):
    assert name_of(WORK) != name_of(replace(WORK, **changes))


def test_a_damaged_file_is_one_sentence_and_verify_finds_it(tmp_path):
    path = unfinished_work(tmp_path / "unfinished").save(WORK)
    assert [one.problem for one in verify(tmp_path)] == [None]
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(StaleIndexError, match="ask for the work again"):
        unfinished_work(tmp_path / "unfinished").all()
    assert [one.problem for one in verify(tmp_path)] == [
        "cannot be read as unfinished work; delete it"
    ]
