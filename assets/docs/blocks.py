"""The generated blocks of the manual: tables from the code and from results, and snippets."""

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from assets.docs.benchmark_tables import benchmarks_text, splits_text
from assets.docs.command_line import command_line
from assets.docs.reference import commands_table, commands_text, settings_text, table
from assets.docs.results import card, measured, presets, second_stages
from core.analysis.protocols.table import PROTOCOLS
from core.exchange.submissions import SUBMISSIONS
from core.mllm.families import FAMILIES
from core.mllm.prompts import PRESETS, RERANKER_PRESETS
from core.mllm.quantisation import METHODS
from core.mllm.troubles import TROUBLES
from core.reranking.presets import PRESETS as PIPELINES
from core.reranking.stage_spec import StageSpec
from core.reranking.stages import STAGES
from core.robustness.levels import SPECS
from core.storage.fits import FIT, SHIPPED
from core.types.evidence import Estimate
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

_SCORERS = ("mllm", "maxsim", "geometric", "thin_20", "depth_20")
_COMPRESSIONS = (
    "mllm",
    "fp16",
    "int8",
    "int4",
    "pq_48",
    "grid_24",
    "random_24",
    "divprune_24",
    "pool",
    "jpeg_96",
    "divprune_12_pq_48",
)
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


def _evaluate(_given: str) -> str:
    one = measured()["mllm"]
    return f"```\n$ {one['command']}\n{one['printed']}\n```"


def _scorer_results(_given: str) -> str:
    rows: list[Sequence[str]] = []
    for name in _SCORERS:
        values = measured()[name]["values"]
        calls = sum(stage["n_calls"] for stage in values["stages"])
        rows.append(
            (
                f"`{values['pipeline']}`",
                f"{values['map_after']:.4f}",
                f"{values['r1_after']:.4f}",
                f"{calls:g}",
            )
        )
    head = ("pipeline", "mAP after", "R@1 after", "pairs that the MLLM scores per query")
    return table(head, rows)


def _second_stages(_given: str) -> str:
    found = second_stages()
    names = list(found)
    by_pipeline = [{row["pipeline"]: row for row in found[name]["rows"]} for name in names]
    rows: list[Sequence[str]] = []
    for pipeline in by_pipeline[0]:
        known = [of[pipeline] for of in by_pipeline]
        cells = [cell for row in known for cell in _gained(row)]
        rows.append((f"`{pipeline}`", *cells, f"{known[0]['n_calls']:g}", _seconds(known[0])))
    head = [
        text
        for name, of in zip(names, by_pipeline, strict=True)
        for first in [next(iter(of.values()))]
        for text in (
            f"{name}: mAP ({first['map_before']:.3f} before)",
            f"R@1 ({first['r1_before']:.3f})",
            "change against `mllm@50`",
        )
    ]
    return table(("pipeline", *head, "calls", "seconds"), rows)


def _gained(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return mAP with the interval of its change, R@1, and the change against the method."""
    against = row["against"]
    ends = "" if against["change"] == 0.0 else f" [{against['low']:+.3f}, {against['high']:+.3f}]"
    return (
        f"{row['map_after']:.3f} [{row['low']:+.3f}, {row['high']:+.3f}]",
        f"{row['r1_after']:.3f}",
        f"{against['change']:+.3f}{ends}" if ends else "",
    )


def _seconds(row: Mapping[str, Any]) -> str:
    seconds = row["seconds"]
    return "" if seconds is None else f"{seconds:.2g}"


def _presets(_given: str) -> str:
    rows: list[Sequence[str]] = []
    for preset in PIPELINES.values():
        values = measured()[preset.name.replace("-", "_")]["values"]
        photographs = presets()[preset.name]
        rows.append(
            (
                f"`{preset.name}`",
                f"`{preset.pipeline}`",
                preset.what,
                f"{values['map_after']:.4f}",
                f"{values['r1_after']:.4f}",
                f"{photographs['map_after']:.4f}",
                f"{photographs['r1_after']:.4f}",
                f"{sum(stage['n_calls'] for stage in values['stages']):g}",
            )
        )
    head = ("demo: mAP", "R@1", "photographs: mAP", "R@1", "calls")
    return table(("preset", "pipeline", "what", *head), rows)


def _shipped_fit(_given: str) -> str:
    fit = FIT.load(SHIPPED / "pocket.json")
    on, reached = fit.fitted_on, fit.held_out
    weights = [(f"`{term.stage}`", _estimate(term.weight, "+.3f")) for term in fit.terms]
    figures = (
        ("mAP", f"{reached.map_before:.4f}", _estimate(reached.map_after, ".4f")),
        ("R@1", f"{reached.r1_before:.3f}", _estimate(reached.r1_after, ".3f")),
        (
            "calibration error",
            _error(reached.calibration_before),
            f"{reached.calibration_after:.3f}",
        ),
    )
    return "\n\n".join(
        (
            f"{on.n_pairs:,} pairs, {on.n_matches:,} of them matches, of {on.n_queries} queries "
            f"and {on.n_instances} instances; the first {on.depth} of each shortlist. Offset "
            f"{fit.offset:+.3f}.",
            table(("term", "weight, nats [95 %]"), weights),
            table(("held out", "before", "with evidence [95 %]"), figures),
        )
    )


def _estimate(one: Estimate, form: str) -> str:
    if one.low is None or one.high is None:
        return f"{one.value:{form}}"
    return f"{one.value:{form}} [{one.low:{form}}, {one.high:{form}}]"


def _error(plain: float | None) -> str:
    return "no P(yes)" if plain is None else f"{plain:.3f} (P(yes) as it is)"


def _compression_results(_given: str) -> str:
    rows: list[Sequence[str]] = []
    for name in _COMPRESSIONS:
        one = measured()[name]
        compression = one["command"].partition("--compression ")[2] or "none"
        values = one["values"]
        rows.append(
            (
                f"`{compression}`",
                f"{values['bytes_per_image']:,.0f}",
                f"{values['map_after']:.3f}",
            )
        )
    return table(("compression", "bytes per image", "mAP after"), rows)


def _sources(_given: str) -> str:
    rows = [
        (f"`{one['command']}`", one["measured_on"], f"`{one['weights'][:12]}`")
        for one in measured().values()
    ]
    return table(("command", "measured on", "weights"), rows)


def _card(given: str) -> str:
    """Return mean and interval of methods of the card's section `given`."""
    methods: Mapping[str, Any] = card()[given]["methods"]
    shown = ("descriptor", "margin", "maxsim", "rootsift", "oracle")
    rows = [
        (name, f"{one['map']:.3f} [{one['map_ci'][0]:.3f}, {one['map_ci'][1]:.3f}]")
        for name in shown
        for one in [methods[name]]
    ]
    return table(("order", "mAP@1000, 95 % interval"), rows)


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
    "stages": _stages,
    "perturbations": _perturbations,
    "protocols": _protocols,
    "submissions": _submissions,
    "families": _families,
    "troubles": _troubles,
    "quantisations": _quantisations,
    "prompts": _prompts,
    "evaluate": _evaluate,
    "presets": _presets,
    "shipped-fit": _shipped_fit,
    "scorer-results": _scorer_results,
    "compression-results": _compression_results,
    "sources": _sources,
    "card": _card,
    "example": _example,
    "second-stages": _second_stages,
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
