"""The comparison of two versions finds a difference in the last digit, and says where."""

from tests.benchmarks.version_items import (
    Finding,
    Item,
    changed_queries,
    compare,
    lasting,
    trec_rows,
)


def item(value, *, by_query=True, **more):
    return Item("outcomes", value, by_query, **more)


def test_the_same_values_are_equal():
    value = {"q1": {"ap": 0.1, "hard": ["a", "b"]}, "q2": {"ap": None, "hard": []}}
    assert compare(item(value), item(value)) == Finding("outcomes", "equal", 5)


def test_the_last_digit_differs():
    found = compare(item({"q1": {"ap": 0.3}}), item({"q1": {"ap": 0.1 + 0.2}}))
    first = "/q1/ap: 0.3 != 0.30000000000000004 (1 differ)"
    assert found == Finding("outcomes", "differs", 1, first)


def test_a_value_that_only_one_version_has_differs():
    for one, other in (({"q1": 1, "q2": 2}, {"q1": 1}), ({"q1": 1}, {"q1": 1, "q2": 2})):
        assert compare(item(one), item(other)).state == "differs"


def test_a_newer_version_may_say_more_but_never_less():
    one, more = {"q1": {"ap": 0.5}}, {"q1": {"ap": 0.5, "ideals": [0.6]}}
    assert compare(item(one), item(more), may_grow=True).state == "equal"
    assert compare(item(more), item(one), may_grow=True).state == "differs"
    changed = {"q1": {"ap": 0.4, "ideals": [0.6]}}
    assert compare(item(one), item(changed), may_grow=True).state == "differs"


def test_another_order_differs():
    assert compare(item({"q1": ["a", "b"]}), item({"q1": ["b", "a"]})).state == "differs"


def test_a_command_that_failed_in_both_versions_is_not_equal():
    failed = item(None, failed="exit 2")
    assert compare(failed, failed).state == "differs"


def test_queries_with_other_scores_are_left_out_and_means_over_them_too():
    old, new = ({"q1": [["a", score]], "q2": [["a", "0.5"]]} for score in ("1.0", "1.5"))
    changed = changed_queries(old, new)
    assert changed == {"q1"}
    assert compare(item(old), item(new), changed).state == "equal"
    new["q2"] = [["b", "0.5"]]
    assert compare(item(old), item(new), changed).state == "differs"
    assert (
        compare(item(0.5, by_query=False), item(0.6, by_query=False), changed).state == "left out"
    )


def test_times_are_no_part_of_the_comparison_at_any_depth():
    value = {"k": 3, "rows": [{"seconds_per_query": 0.1, "map": 0.5}], "created_at": "now"}
    assert lasting(value) == {"k": 3, "rows": [{"map": 0.5}]}


def test_a_run_is_read_by_query_in_its_own_order():
    text = "q1 Q0 b 1 2.5 margin\nq1 Q0 a 2 -1.0 margin\nq2 Q0 a 1 0.1 margin\n"
    assert trec_rows(text) == {"q1": [["b", "2.5"], ["a", "-1.0"]], "q2": [["a", "0.1"]]}
