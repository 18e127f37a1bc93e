"""No golden case of an official evaluator is passed over."""

from pathlib import Path

import pytest

from tests.official import FOLDER, golden

COUNTS = {
    "ames_rerank": 6,
    "circo": 2,
    "cirr": 2,
    "disc21": 4,
    "fashioniq": 2,
    "genecis": 2,
    "gldv2": 9,
    "icir": 2,
    "ilias": 14,
    "inquire": 10,
    "instre": 4,
    "mmeb": 2,
    "product1m": 2,
    "revisitop": 14,
    "sop_inshop": 9,
}
N_TREC = 8


@pytest.mark.parametrize("name", COUNTS)
def test_a_file_holds_as_many_cases_as_are_run(name):
    assert len(golden(name)) == COUNTS[name]


def test_the_trec_file_holds_as_many_cases_as_are_run():
    assert len(golden("trec_eval")) == N_TREC


def test_every_golden_file_is_counted_and_run():
    assert {path.stem for path in FOLDER.glob("*.json")} == set(COUNTS)
    sources = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in COUNTS if f'golden("{name}")' not in sources] == []


def test_the_number_of_golden_cases_is_known(record_property):
    total = sum(len(golden(name)) for name in COUNTS)
    record_property("golden cases", total)
    assert total == 84
