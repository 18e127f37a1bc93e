"""No test asserts how long something took: that is for tests/benchmarks, on a machine left alone.

Followed are clocks read in a test, what is computed from them, and asserts on either. An assert
inside a `while` loop is a wait that gives up in the end, which is allowed.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
CLOCKS = {
    f"{name}{ending}"
    for name in ("perf_counter", "monotonic", "process_time", "thread_time", "time")
    for ending in ("", "_ns")
}


def is_clock(node: ast.AST) -> bool:
    """Tell `time.perf_counter()` and, but for `time`, `perf_counter()`."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute):
        is_of_time = isinstance(node.func.value, ast.Name) and node.func.value.id == "time"
        return is_of_time and node.func.attr in CLOCKS
    return isinstance(node.func, ast.Name) and node.func.id in CLOCKS - {"time"}


def is_timed(node: ast.AST, timed: set[str]) -> bool:
    return any(
        is_clock(part) or (isinstance(part, ast.Name) and part.id in timed)
        for part in ast.walk(node)
    )


def names_timed(function: ast.AST) -> set[str]:
    """Return the names that hold a moment or a duration, also as one of a list."""
    timed: set[str] = set()
    for _ in range(3):  # a name may be set from one that is set further down
        for node in ast.walk(function):
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if node.value is not None and is_timed(node.value, timed):
                    timed |= {target.id for target in targets if isinstance(target, ast.Name)}
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                holder = node.func.value
                if node.func.attr == "append" and isinstance(holder, ast.Name):
                    timed |= {holder.id} if is_timed(node.args[0], timed) else set()
    return timed


def asserts_outside_loops(node: ast.AST) -> Iterator[ast.Assert]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Assert):
            yield child
        elif not isinstance(child, ast.While):
            yield from asserts_outside_loops(child)


def lines_that_assert_time(source: str) -> list[int]:
    functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)]
    return sorted(
        {
            one.lineno
            for function in functions
            for one in asserts_outside_loops(function)
            if is_timed(one.test, names_timed(function))
        }
    )


@pytest.mark.parametrize(
    ("body", "is_found"),
    [
        ("a = time.perf_counter()\n work()\n assert time.perf_counter() - a < 1", True),
        ("a = monotonic()\n work()\n took = monotonic() - a\n assert took < 1", True),
        ("s = []\n a = time.time()\n s.append(time.time() - a)\n assert min(s) < 1", True),
        ("end = time.monotonic() + 60\n while work():\n  assert time.monotonic() < end", False),
        ("a = time.perf_counter()\n log(time.perf_counter() - a)\n assert work()", False),
        ("assert [one.seconds for one in work()] == [2.0]", False),
    ],
)
def test_an_assert_on_a_clock_is_told_from_a_wait(body: str, is_found: bool):
    assert bool(lines_that_assert_time(f"def test():\n {body}\n")) == is_found


def test_no_test_outside_the_benchmarks_asserts_wall_time():
    found = {
        str(path.relative_to(TESTS)): lines
        for path in sorted(TESTS.rglob("*.py"))
        if "benchmarks" not in path.relative_to(TESTS).parts
        and (lines := lines_that_assert_time(path.read_text("utf-8")))
    }
    assert found == {}
