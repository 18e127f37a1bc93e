"""How the page's address changes, and what the browser's Back leads out of."""

import pytest


def patched(run_js, before: str, changes: str, voids: str = "['box', 'candidate']") -> str:
    params = f"new URLSearchParams('{before}')"
    return run_js("address.js", f"m.patched({params}, {changes}, {voids}).toString()")


def test_a_change_leaves_the_rest_as_it_is(run_js):
    assert patched(run_js, "view=pair&query=a", "{lam: 0.5}") == "view=pair&query=a&lam=0.5"


@pytest.mark.parametrize("empty", ["''", "null"])
def test_an_empty_value_leaves_a_field_out(run_js, empty):
    assert patched(run_js, "view=pair&run=7", f"{{run: {empty}}}") == "view=pair"


def test_another_query_clears_what_was_chosen_for_the_one_before(run_js):
    before = "view=pair&query=a&candidate=c&box=1,2,3,4"
    assert patched(run_js, before, "{query: 'b'}") == "view=pair&query=b"
    kept = patched(run_js, before, "{query: 'b', candidate: 'd'}")
    assert kept == "view=pair&query=b&candidate=d"


def test_the_selection_before_is_not_changed(run_js):
    expression = (
        "(() => { const before = new URLSearchParams('lam=0');"
        " m.patched(before, { lam: 1 }, []); return before.toString(); })()"
    )
    assert run_js("address.js", expression) == "lam=0"


@pytest.mark.parametrize(
    ("before", "now", "is_step"),
    [
        ("view=queries&query=a", "view=queries&query=b", True),
        ("view=queries&query=a", "view=pair&query=a", True),
        ("view=pair&query=a&candidate=c", "view=pair&query=a&candidate=d", True),
        ("view=queries&query=a&lam=0", "view=queries&query=a&lam=1", False),
        ("view=queries", "view=queries&query=a", False),  # the first query of the list is opened
        ("view=annotate&queue=hard&query=a", "view=annotate&queue=hard&query=b", False),
        ("view=annotate&queue=hard&query=a", "view=annotate&queue=mined&query=b", True),
    ],
)
def test_back_leaves_screens_queries_and_candidates(run_js, before, now, is_step):
    both = f"new URLSearchParams('{before}'), new URLSearchParams('{now}')"
    assert run_js("address.js", f"m.isStep({both})") is is_step


@pytest.mark.parametrize(
    ("before", "column", "sort", "order"),
    [
        ("sort=name&order=up", "name", "name", "down"),
        ("sort=name&order=down", "name", "name", "up"),
        ("sort=name&order=down", "after", "after", "down"),
        ("sort=name&order=down", "delta", "delta", "up"),
    ],
)
def test_a_click_on_a_column_sorts_by_it_or_turns_it_round(run_js, before, column, sort, order):
    found = run_js("address.js", f"m.sorted(new URLSearchParams('{before}'), '{column}')")
    assert found == {"sort": sort, "order": order}
