"""Reports are read back equal, and those of before the metrics were tested together still open."""

import json

import pytest

from core.errors import StaleIndexError
from core.storage.reports import REPORT, find_report, reports
from core.types.runs import Interval
from tests.runs import make_report


@pytest.fixture
def report():
    return make_report(afters=(0.9, 0.2, 0.5), befores=(0.4, 0.8, 0.5))


def test_a_report_comes_back_equal(tmp_path, report):
    reports(tmp_path).save(report)
    assert find_report(tmp_path, report.run_id) == report


def older(report, **summary) -> bytes:
    """The file that a version without `changes` wrote of a report."""
    fields = json.loads(REPORT.dump(report))
    del fields["summary"]["changes"]
    fields["summary"] |= {
        "r1_before": 0.5,
        "r1_after": 0.25,
        "delta_map": -0.03,
        "delta_ci": {"low": -0.1, "high": 0.1, "level": 0.95},
        "p_value": 0.04,
        **summary,
    }
    return json.dumps(fields).encode()


def test_a_report_of_before_keeps_its_numbers_and_says_what_was_not_tested(report):
    of_map, of_r1 = REPORT.parse(older(report)).summary.changes
    assert (of_map.name, of_map.change, of_map.interval) == ("mAP@1000", -0.03, Interval(-0.1, 0.1))
    assert (of_map.p, of_map.p_corrected) == (0.04, 0.04)  # it was the one metric that was tested
    assert (of_map.n, of_map.n_instances, of_map.n_better, of_map.n_worse) == (3, 3, 1, 1)
    assert (of_r1.name, of_r1.before, of_r1.after, of_r1.change) == ("R@1", 0.5, 0.25, -0.25)
    assert (of_r1.interval, of_r1.p, of_r1.p_corrected) == (None, None, None)


def test_a_report_of_before_whose_map_is_withheld_shows_nothing_after(report):
    nothing = dict.fromkeys(("r1_after", "map_after", "delta_map", "delta_ci", "p_value"))
    for one in REPORT.parse(older(report, **nothing)).summary.changes:
        assert (one.after, one.change, one.n_better, one.n_worse) == (None,) * 4


@pytest.mark.parametrize(
    "text", ["{", "[]", "3", '{"summary": 1}', '{"summary": {}, "outcomes": [1]}']
)
def test_a_file_that_holds_no_report_is_one_sentence(tmp_path, text):
    (tmp_path / "x.json").write_text(text, "utf-8")
    with pytest.raises(StaleIndexError, match=r"Report x\.json cannot be read"):
        find_report(tmp_path, "x")
