"""Imports only go down: an allow list per package, and no circle, lazy and type imports too."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# From the lowest floor up. A package may import itself, `types`, `errors` and what is named here;
# only packages above it in this list can be named, so the list itself holds no circle.
FLOORS: Mapping[str, str] = {
    "types": "",
    "errors": "",
    "gc_pause": "",
    "blas_threads": "",
    "recent": "",
    "spreadsheet": "",
    "sampling": "",
    "fingerprint": "",
    "plugins": "fingerprint",
    "interfaces": "fingerprint",
    "setting_types": "",
    "server_settings": "setting_types",
    "settings": "fingerprint server_settings setting_types",
    "storage": "fingerprint interfaces recent",
    "corpus": "gc_pause recent spreadsheet storage",
    "mllm": "fingerprint interfaces recent server_settings storage",
    "retrieval": "fingerprint interfaces mllm plugins recent storage",
    "reranking": "blas_threads corpus fingerprint interfaces mllm plugins recent retrieval "
    "settings storage",
    "analysis": "",
    "robustness": "analysis interfaces recent reranking retrieval storage",
    "annotation": "sampling storage",
    "reporting": "robustness settings",
    "exchange": "annotation corpus fingerprint reporting reranking settings spreadsheet storage",
    "bench": "analysis annotation corpus exchange fingerprint interfaces mllm plugins reporting "
    "reranking retrieval recent robustness sampling settings spreadsheet storage",
    "workbench": "bench exchange mllm reranking",
    "notebook": "workbench",
    "assembly": "annotation bench corpus exchange interfaces mllm plugins reranking retrieval "
    "robustness server_settings setting_types settings storage workbench",
    "opened": "assembly corpus notebook settings",
}
LOWEST = ("types", "errors")
# What the screen may import of core, and by file what a few need beyond that.
SCREEN = ("types", "errors", "workbench")
SCREEN_FILES = {
    ("ui.frame.code", "core.exchange.snippets"),
    ("ui.commands.serve", "core.gc_pause"),
    ("ui.commands.benchmarks", "core.bench.benchmark_folders"),  # needs no bench
    ("ui.commands.benchmarks", "core.bench.benchmark_rankings"),
    ("ui.commands.serve", "core.settings"),  # for types
    ("ui.server.launch", "core.settings"),
    ("ui.server.launch", "core.gc_pause"),
    ("ui.notebook", "core.notebook.bench"),
    ("ui.notebook", "core.opened"),
    ("ui.paper.canvas", "core.reporting.canvas"),
    ("ui.paper.tables", "core.exchange.paper_tables"),
}


@cache
def modules(package: str) -> dict[str, ast.Module]:
    """The syntax tree of every module, by its dotted name."""
    found = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imported(tree: ast.AST, known: Mapping[str, object]) -> Iterator[str]:
    """The modules that a tree imports anywhere, also within functions and for types only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                yield inner if inner in known else node.module


@cache
def arrows() -> list[tuple[str, str]]:
    """Every import of one module of core or ui by another."""
    known = modules("core") | modules("ui")
    return [
        (name, other)
        for name, tree in known.items()
        for other in imported(tree, known)
        if other in known and other != name
    ]


def package_of(module: str) -> str:
    """`core.mllm.remote.client` is of `mllm`; `core` itself of none."""
    return module.split(".")[1] if "." in module else ""


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """The nodes that lie on a circle or between two: what is left when ends are taken away."""
    left = {node: set(targets) for node, targets in graph.items()}
    while True:
        aims = {target for targets in left.values() for target in targets}
        ends = [
            node for node, targets in left.items() if node not in aims or not targets & left.keys()
        ]
        if not ends:
            return sorted(left)
        for node in ends:
            del left[node]


def graph_of(found: list[tuple[str, str]]) -> dict[str, set[str]]:
    nodes = {node for arrow in found for node in arrow}
    return {node: {b for a, b in found if a == node} for node in nodes}


def test_the_list_names_only_lower_floors_and_every_package():
    order = list(FLOORS)
    for package, allowed in FLOORS.items():
        assert set(allowed.split()) <= set(order[: order.index(package)]), package
    assert {package_of(name) for name in modules("core")} - {""} == set(order)


@pytest.mark.parametrize("package", FLOORS)
def test_a_package_imports_what_the_list_allows(package):
    allowed = {package, *LOWEST, *FLOORS[package].split()} - (
        {"errors"} if package == "types" else set()
    )
    strange = [
        f"{name} imports {other}"
        for name, other in arrows()
        if name.startswith("core.")
        and package_of(name) == package
        and package_of(other) not in allowed
    ]
    assert strange == []


@pytest.mark.parametrize("package", FLOORS)
def test_the_list_allows_nothing_that_is_not_used(package):
    used = {
        package_of(b) for a, b in arrows() if a.startswith("core.") and package_of(a) == package
    }
    assert set(FLOORS[package].split()) <= used


def test_core_never_imports_the_screen():
    assert [a for a in arrows() if a[0].startswith("core") and a[1].startswith("ui")] == []


def test_the_screen_imports_of_core_types_errors_and_the_workbench():
    beyond = {
        (name, other)
        for name, other in arrows()
        if name.startswith("ui") and other.startswith("core") and package_of(other) not in SCREEN
    }
    assert beyond == SCREEN_FILES


def test_no_module_imports_itself_in_a_circle():
    assert circle(graph_of(arrows())) == []


def test_a_circle_would_be_found():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}, "e": set()}) == ["b", "c"]


def test_files_of_core_and_ui_have_at_most_350_lines():
    long = [
        str(path)
        for folder in ("core", "ui")
        for path in (ROOT / folder).rglob("*.py")
        if len(re.findall(r"\n", path.read_text(encoding="utf-8"))) > 350
    ]
    assert long == []
