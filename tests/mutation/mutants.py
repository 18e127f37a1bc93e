"""Make the mutants of a source file with cosmic-ray: each is the text with one small change."""

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

# cosmic-ray replaces every binary operator by each of the eleven others; one says enough.
_SWAPPED = {
    ("Add", "Sub"),
    ("Sub", "Add"),
    ("Mul", "Div"),
    ("Div", "Mul"),
    ("FloorDiv", "Mul"),
    ("Mod", "Mul"),
    ("Pow", "Mul"),
    ("LShift", "RShift"),
    ("RShift", "LShift"),
    ("BitOr", "BitAnd"),
    ("BitAnd", "BitOr"),
}
_COMPARED = {"Eq", "NotEq", "Lt", "LtE", "Gt", "GtE"}
_SIGNS = {"Delete_USub", "Delete_Invert", "Delete_Not", "USub_UAdd"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed text, and the line that the change is in: its number, before and after."""

    operator: str
    line: int
    before: str
    after: str
    text: str


def mutants_of(code: str) -> list[Mutant]:
    """Return all mutants of a file in the order of their lines.

    Left out are changes of annotations only, of `frozen` and `slots`, of how an argument may be
    given (`*`, `/`), and texts that are no Python: pyright holds these. Left out is also a word
    compared by the alphabet where it was compared for being the same.
    """
    seen = {_meaning(code), ""}
    n_sorted = _n_sorted_words(code)
    found: list[Mutant] = []
    for name in sorted(operator_names()):
        short = name.removeprefix("core/")
        if not _is_used(short):
            continue
        for text in _changed(code, name):
            meaning = _meaning(text)
            if meaning not in seen and _n_sorted_words(text) <= n_sorted:
                seen.add(meaning)
                found.append(Mutant(short, *_change(code, text), text))
    return sorted(found, key=lambda one: (one.line, one.operator, one.after))


def _is_used(name: str) -> bool:
    family, _, kinds = name.partition("_")
    pair = tuple(kinds.split("_"))
    if family == "ReplaceBinaryOperator":
        return pair in _SWAPPED
    if family == "ReplaceComparisonOperator":
        return set(pair) <= _COMPARED or set(pair) == {"Is", "IsNot"}
    if family == "ReplaceUnaryOperator":
        return kinds in _SIGNS
    return not family.startswith("Variable")  # these need a list of names


def _changed(code: str, operator: str) -> Iterator[str]:
    place = 0
    while (text := mutate_code(code, get_operator(operator)(), place)) is not None:
        yield text
        place += 1


def _meaning(text: str) -> str:
    """Return the text's syntax without annotations, frozen and slots; "" where it is no Python."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return ""
    return ast.dump(_Stripped().visit(tree))


def _n_sorted_words(text: str) -> int:
    """Return how many comparisons ask whether a literal text comes before or after another."""
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except SyntaxError:
        return 0
    return sum(
        any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in sides)
        and any(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in node.ops)
        for node in nodes
        if isinstance(node, ast.Compare) and (sides := [node.left, *node.comparators])
    )


class _Stripped(ast.NodeTransformer):
    def visit_arguments(self, node: ast.arguments) -> ast.AST:
        """Drop the `*` and the `/` between arguments: every caller is held by pyright."""
        node.args = [*node.posonlyargs, *node.args, *node.kwonlyargs]
        node.defaults = [*node.defaults, *filter(None, node.kw_defaults)]
        node.posonlyargs, node.kwonlyargs, node.kw_defaults = [], [], []
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        node.keywords = [k for k in node.keywords if k.arg not in ("frozen", "slots")]
        return self.generic_visit(node)


def _change(code: str, text: str) -> tuple[int, str, str]:
    old, new = code.splitlines(), text.splitlines()
    steps = difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes()
    _, start, end, new_start, new_end = next(step for step in steps if step[0] != "equal")
    before, after = _one_line(old[start:end]), _one_line(new[new_start:new_end])
    return start + 1 + _n_blank(old[start:end]), before, after


def _one_line(lines: list[str]) -> str:
    return " / ".join(filter(None, (" ".join(line.split()) for line in lines)))


def _n_blank(lines: list[str]) -> int:
    return next((place for place, line in enumerate(lines) if line.strip()), 0)
