"""The generated blocks of the manual: those of code and of files here, and all by name."""

import ast
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from assets.docs.benchmark_tables import benchmarks_text, splits_text
from assets.docs.command_line import command_line
from assets.docs.reference import commands_table, commands_text, settings_text, table
from assets.docs.result_blocks import RESULT_BLOCKS
from core.analysis.protocols.table import PROTOCOLS
from core.exchange.submissions import SUBMISSIONS
from core.mllm.families import FAMILIES
from core.mllm.prompts import PRESETS, RERANKER_PRESETS
from core.mllm.quantisation import METHODS
from core.mllm.troubles import TROUBLES
from core.reranking.stage_spec import StageSpec
from core.reranking.stages import STAGES
from core.robustness.levels import SPECS
from core.types.robustness import PERTURBATION_NAMES, PerturbationName
from tests.test_floors import FLOORS
from ui.paper.figures import FIGURES

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

WHAT: Mapping[PerturbationName, str] = {
    "contrast": "around the image's mean",
    "brightness": "added",
    "rotation": "canvas kept, border reflected",
    "scale": "the whole image shrunk on a canvas of its border colour",
    "background scaling": "what lies around the object's box is pushed outwards: its distance "
    "beyond the box's edge grows by the factor; the box is kept bit for bit",
    "blur": "Gaussian",
    "tiling": "the image repeated n x n; between whole numbers the last row and column are cut",
    "noise": "Gaussian",
    "clutter": "cut-outs of other instances by mask, else box, else whole images; never over the "
    "object's box",
    "occlusion": "grey patches",
}
"""What each perturbation does, in words."""

_LANGUAGES = {
    ".py": "python",
    ".toml": "toml",
    ".csv": "",
    ".sh": "",
    ".conf": "nginx",
    ".service": "ini",
}


def _stages(_given: str) -> str:
    rows = [
        (
            f"`{one.form}`",
            ", ".join(one.needs),
            f"{kind.name} ({kind.unit}), {_gives(one)}",
            one.what,
        )
        for one in STAGES.values()
        for kind in [one.kind(one.call)]
    ]
    return table(("stage", "needs", "gives", "what"), rows)


def _gives(spec: StageSpec) -> str:
    """Return what a stage's number holds for."""
    if spec.kind(spec.call).is_order:
        return "an order"
    return "for one list" if spec.reads_order else "per pair"


def _perturbations(_given: str) -> str:
    rows = [
        (f"`{name}`", _unit(name), " to ".join(f"{end:g}" for end in _ends(name)), WHAT[name])
        for name in PERTURBATION_NAMES
    ]
    return table(("name", "unit", "levels", "what"), rows)


def _unit(name: PerturbationName) -> str:
    return f"{SPECS[name].unit} (log2 axis)" if SPECS[name].log_axis else SPECS[name].unit


def _ends(name: PerturbationName) -> list[float]:
    """Return neutral and strongest level, and both ends where there are two."""
    spec = SPECS[name]
    low, high = min(spec.levels), max(spec.levels)
    if spec.neutral in (low, high):
        return [spec.neutral, low if spec.neutral == high else high]
    return [low, spec.neutral, high]


def _protocols(_given: str) -> str:
    parts: list[str] = []
    for row in PROTOCOLS.values():
        rows = [(one.name, one.formula, one.source) for one in row.measures]
        parts += [f"## {row.title}", f"`{row.name}`. Why it is not AP@k: {row.difference}"]
        parts.append(table(("measure", "formula", "equal to"), rows))
    return "\n\n".join(parts)


def _submissions(_given: str) -> str:
    rows = [
        (f"`{one.name}`", one.taken_by, f"`{one.ending}`", f"{one.n_listed or 'all'}")
        for one in SUBMISSIONS
    ]
    return table(("format", "taken by", "file", "images per query"), rows)


def _families(_given: str) -> str:
    rows = [
        (
            one.title,
            f"`{one.example}`",
            "its own shape, at most `model.max_side`" if one.grid_input else "one square tile",
        )
        for one in FAMILIES
    ]
    return table(("family", "checkpoint, for example", "an image is seen as"), rows)


def _troubles(_given: str) -> str:
    rows = [(one.kind, re.sub(r"{(\w+)}", _capitals, one.sentence)) for one in TROUBLES.values()]
    return table(("what is wrong", "what is said"), rows)


def _capitals(place: re.Match[str]) -> str:
    return place[1].upper()


def _quantisations(_given: str) -> str:
    rows = [
        (
            one.title,
            " ".join(f"`{name}`" for name in one.packages),
            "CUDA" if one.needs_cuda else "",
        )
        for one in METHODS.values()
    ]
    return table(("weights quantised as", "need the packages", "only on"), rows)


def _prompts(_given: str) -> str:
    known = [*PRESETS.values(), *RERANKER_PRESETS.values()]
    rows = [(f"`{one.name}`", f"`{one.layout}`", one.question) for one in known]
    return table(("preset", "layout", "question"), rows)


def _example(given: str) -> str:
    """Return a file of `assets/examples`, without its docstring."""
    return _code(HERE.parent / "examples" / given)


def _snippet(given: str) -> str:
    """Return a file of `snippets/`, a Python file without its docstring."""
    return _code(HERE / "snippets" / given)


def _deploy(given: str) -> str:
    """Return a file of `assets/deploy/`."""
    return _code(ROOT / "assets/deploy" / given)


def _code(path: Path) -> str:
    text = path.read_text("utf-8")
    if path.suffix == ".py":
        first = ast.parse(text).body[0]
        assert first.end_lineno is not None, "parsed code has line numbers"
        text = "\n".join(text.splitlines()[first.end_lineno :])
    return f"```{_LANGUAGES[path.suffix]}\n{text.strip()}\n```"


def _tree(given: str) -> str:
    """Return the packages in a folder with the first line of their docstrings."""
    lines = [
        (path.parent.relative_to(ROOT).as_posix() + "/", _first_line(path))
        for path in sorted((ROOT / given).rglob("__init__.py"))
    ]
    return "```\n" + "\n".join(_indented(name, what) for name, what in lines) + "\n```"


def _indented(name: str, what: str) -> str:
    depth = name.count("/") - 1
    last = name.rstrip("/").rpartition("/")[2]
    return f"{'  ' * depth}{last + '/':<{24 - 2 * depth}}{what}"


def _first_line(path: Path) -> str:
    return (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n")[0]


def _floors(_given: str) -> str:
    """Return the packages of core from the lowest floor up; what each may import is a test's."""
    return ", ".join(f"`{name}`" for name in FLOORS)


def _figures(_given: str) -> str:
    """Return the demo's figures in the order of their table, each above its caption."""
    made = [name for name in FIGURES if (HERE / "figures" / f"{name}.svg").exists()]
    return "\n\n".join(
        f"![{FIGURES[name].title}](figures/{name}.svg)\n\n"
        f"*{(HERE / 'figures' / f'{name}.txt').read_text('utf-8').strip()}*"
        for name in made
    )


BLOCKS: Mapping[str, Callable[[str], str]] = {
    **RESULT_BLOCKS,
    "stages": _stages,
    "perturbations": _perturbations,
    "protocols": _protocols,
    "submissions": _submissions,
    "families": _families,
    "troubles": _troubles,
    "quantisations": _quantisations,
    "prompts": _prompts,
    "example": _example,
    "snippet": _snippet,
    "deploy": _deploy,
    "tree": _tree,
    "floors": _floors,
    "figures": _figures,
    "benchmarks": lambda _given: benchmarks_text(),
    "benchmark-splits": lambda _given: splits_text(),
    "commands": lambda _given: commands_text(command_line()),
    "commands-table": lambda _given: commands_table(command_line()),
    "settings": lambda _given: settings_text(),
}
"""What makes each block from what the page gives it."""
