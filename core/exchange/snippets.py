"""What is on screen, or a bench was asked, as a shell command and as a Python script."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.reranking.chosen import pipeline_text
from core.settings import Settings
from core.types.corpus import Box
from core.types.orders import Fusion
from core.types.robustness import PERTURBATION_NAMES, Damage
from core.types.runs import SettingValue
from core.types.sets import SetRequest
from core.types.surfaces import SurfaceRequest
from core.types.sweeps import SweepRequest

_OPTIONS = {
    "corpus": "--corpus",
    "workspace": "--workspace",
    "model.name": "--model",
    "retrieval.descriptor": "--descriptor",
    "retrieval.shortlists": "--shortlists",
    "retrieval.projection": "--projection",
    "model.device": "--device",
    "model.dtype": "--dtype",
    "model.adapter": "--adapter",
    "model.quantise": "--quantise",
    "model.prompt": "--prompt",
    "ranking.preset": "--preset",
    "ranking.pipeline": "--pipeline",
    "ranking.scorer": "--scorer",
    "ranking.thin": "--thin",
    "model.compression": "--compression",
    "ranking.depth": "--depth",
    "ranking.k": "--k",
    "ranking.lam": "--lam",
    "ranking.gamma": "--gamma",
}
_OF_EVALUATIONS = (
    "retrieval.projection",
    "ranking.depth",
    "ranking.k",
    "ranking.lam",
    "ranking.gamma",
)
"""What not every command that opens a bench takes."""
_OPENING = """\
from core.assembly.bench import open_workbench
from core.reranking.chosen import pipeline_text
from core.settings import load_settings
{imports}
bench = open_workbench(load_settings(None, {settings}))
"""
_INDEX = """\
for step in bench.runs.build_index():
    print(step)
"""
_EVALUATE = """\
for step in bench.runs.evaluate({depth}):
    print(step)
"""
_SUMMARY = "print(bench.runs.latest().summary)\n"

_START = ("python", "app.py")
_OTHERS = ("serve.", "tradeoff.")
"""Sections of the settings that change nothing in an evaluation."""
_VARIED = ("--pipeline", "--scorer", "--thin", "--compression")


def sweep_commands(
    settings: Settings, requests: Sequence[SweepRequest], scorers: Sequence[str] = ()
) -> str:
    """Return the `sweep` commands that make the same curves, a line each; one for all ten."""
    first = requests[0]
    if tuple(requests) == tuple(replace(first, name=name) for name in PERTURBATION_NAMES):
        return _sweep_command(settings, first, "all", scorers)
    return "\n".join(_sweep_command(settings, one, one.name, scorers) for one in requests)


def _sweep_command(
    settings: Settings, request: SweepRequest, name: str, scorers: Sequence[str]
) -> str:
    words = [*_START, "sweep", *bench_options(settings)]
    words += ["--query", request.query_id]
    if request.damage.pair == "positive" and request.candidate_id is not None:
        words += ["--candidate", request.candidate_id]
    words += ["--perturbation", name]
    return shlex.join([*words, *damage_options(request.damage, scorers)])


def robustness_command(settings: Settings, request: SetRequest) -> str:
    """Return the `robustness` command that makes the same report; defaults are left out."""
    words = [*_START, "robustness", *bench_options(settings)]
    if request.n_queries is not None:
        words += ["--queries", str(request.n_queries)]
    if request.choose != "spread":
        words += ["--choose", request.choose]
    if request.slice_name is not None:
        words += ["--slice", request.slice_name]
    words += damage_options(request.damage, request.scorers)
    return shlex.join([*words, "--out", "robustness"])


def damage_options(damage: Damage, scorers: Sequence[str]) -> list[str]:
    """Return the options that `sweep` and `robustness` share; switches where they are on."""
    words = ["--pair", damage.pair, "--side", damage.side]
    if damage.box is not None:
        box = damage.box
        words += ["--box", f"{box.x0},{box.y0},{box.x1},{box.y1}"]
    words += ["--scorers", ",".join(scorers)] if scorers else []
    words += ["--full-depth"] if damage.full_depth else []
    words += ["--retrieve-again"] if damage.retrieve_again else []
    return [*words, "--seed", str(damage.seed)]


def export_command(settings: Settings, file: str, what: str) -> str:
    """Return the `export` command of the same bench."""
    return shlex.join([*_START, "export", *bench_options(settings), file, "--what", what])


def tradeoff_command(settings: Settings) -> str:
    """Return the `tradeoff` command of the same bench; what the grid varies is left out."""
    words = bench_options(settings)
    kept = [word for pair in _pairs(words) if pair[0] not in _VARIED for word in pair]
    return shlex.join([*_START, "tradeoff", *kept])


def _pairs(words: list[str]) -> list[tuple[str, str]]:
    return list(zip(words[::2], words[1::2], strict=True))


def bench_options(settings: Settings) -> list[str]:
    """Return the options that open the same bench; those at their default are left out."""
    usual, chosen = (_flat(one.model_dump()) for one in (Settings(), settings))
    address = settings.server_address()
    if address is not None:
        chosen["model.name"] = address.shown
    return [
        word
        for key, option in _OPTIONS.items()
        if key not in _OF_EVALUATIONS and chosen[key] != usual[key]
        for word in (option, str(chosen[key]))
    ]


def chosen_settings(settings: Settings) -> dict[str, SettingValue]:
    """Return the dotted settings of an evaluation that are not at their default, no secrets."""
    usual, chosen = (_flat(one.model_dump(mode="json")) for one in (Settings(), settings))
    kept = {
        key: value
        for key, value in chosen.items()
        if value is not None and value != usual[key] and not key.startswith(_OTHERS)
    }
    address = settings.server_address()
    if address is not None:  # an address may hold a password
        for key, text in (("server.url", address.url), ("model.name", address.shown)):
            if "://" in str(kept.get(key, "")):
                kept[key] = text
    return kept


def settings_at(settings: Settings, fusion: Fusion) -> dict[str, SettingValue]:
    """Return `chosen_settings` of an evaluation at a fusion, which is named also at its default."""
    chosen = chosen_settings(settings) | {
        "ranking.depth": fusion.depth,
        "ranking.lam": fusion.lam,
        "ranking.gamma": fusion.gamma,
    }
    if chosen.pop("ranking.preset", None) or "ranking.pipeline" in chosen:  # which names its depth
        chosen["ranking.pipeline"] = pipeline_text(settings, fusion.depth)
        del chosen["ranking.depth"]
    return chosen


def evaluate_command(settings: Mapping[str, SettingValue]) -> str:
    """Return the `evaluate` command of some dotted settings.

    Settings that have no option stand in lines of a comment, as a file given with --config holds
    them.
    """
    words = [*_START, "evaluate"]
    for key, option in _OPTIONS.items():
        if key in settings:
            words += [option, str(settings[key])]
    others = {key: value for key, value in settings.items() if key not in _OPTIONS}
    if not others:
        return shlex.join(words)
    words += ["--config", "settings.toml"]
    lines = [f"# settings.toml: {key} = {json.dumps(value)}" for key, value in others.items()]
    return "\n".join([*lines, shlex.join(words)])


def script(
    settings: Mapping[str, SettingValue],
    body: str,
    uses: Sequence[type] = (),
    *,
    index: bool = True,
) -> str:
    """Return a Python script that opens a bench and does `body`; run it from the checkout.

    Args:
        settings: Dotted settings that are not at their default.
        body: Lines that use `bench`.
        uses: Types that they name.
        index: Whether they need the index.
    """
    imports = "".join(f"from {one.__module__} import {one.__name__}\n" for one in uses)
    opening = _OPENING.format(settings=repr(dict(settings)), imports=imports)
    return f"{opening}{_INDEX if index else ''}{body}bench.close()\n"


def evaluate_python(
    settings: Mapping[str, SettingValue],
    depth: int,
    body: str = _SUMMARY,
    uses: Sequence[type] = (),
) -> str:
    """Return a script that evaluates some dotted settings, and does `body` with what came out."""
    return script(settings, _EVALUATE.format(depth=depth) + body, uses)


def _types_of(requests: Sequence[SweepRequest | SurfaceRequest | SetRequest]) -> tuple[type, ...]:
    """Return the types that the text of these requests, all of one kind, names."""
    is_boxed = any(request.damage.box is not None for request in requests)
    return (*((Box,) if is_boxed else ()), Damage, type(requests[0]))


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


@dataclass(frozen=True, slots=True)
class Code:
    """A script to run from the checkout; `shell` is None where no command does the same."""

    python: str
    shell: str | None = None


class CodeFacet:
    """Writes the code of what the page shows; nothing is run here."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def evaluation(self, fusion: Fusion) -> Code:
        """Return what evaluates all queries."""
        chosen = self._chosen(fusion)
        return Code(evaluate_python(chosen, fusion.depth), evaluate_command(chosen))

    def failures(self, fusion: Fusion) -> Code:
        """Return what evaluates all queries and says where the AP is lost."""
        chosen = self._chosen(fusion)
        body = f"print(bench.failures.report({fusion!r}))\n"
        return Code(
            evaluate_python(chosen, fusion.depth, body, (Fusion,)), evaluate_command(chosen)
        )

    def query(self, query_id: str, fusion: Fusion) -> Code:
        """Return what re-ranks one query."""
        body = (
            f"for step in bench.queries.score({query_id!r}, {fusion.depth}):\n    print(step)\n"
            f"for card in bench.queries.inspect({query_id!r}, {fusion!r}).after:\n"
            "    print(card)\n"
        )
        return Code(script(self._chosen(fusion), body, (Fusion,)))

    def pair(self, query_id: str, candidate_id: str) -> Code:
        """Return what looks into one pair."""
        pair = f"({query_id!r}, {candidate_id!r})"
        body = (
            f"anatomy = bench.pairs.look{pair}\nprint(anatomy.asked.margin, anatomy)\n"
            f"print(bench.pairs.attribution{pair})\n"
        )
        return Code(script(chosen_settings(self._settings), body))

    def sweeps(self, requests: Sequence[SweepRequest], scorers: Sequence[str] = ()) -> Code:
        """Return what makes some response curves: a command for each, or one for all ten.

        `scorers` are those beside the bench's own, in their canonical spelling.
        """
        body = "".join(
            f"for curve in bench.robustness.sweep({request!r}):\n    print(curve)\n"
            for request in requests
        )
        body += "".join(
            f"for step in bench.robustness.rivals.prepare({scorer!r}):\n    print(step)\n"
            f"for curve in bench.robustness.sweep({request!r}, {scorer!r}):\n    print(curve)\n"
            for scorer in scorers
            for request in requests
        )
        python = script(chosen_settings(self._settings), body, _types_of(requests))
        return Code(python, sweep_commands(self._settings, requests, scorers))

    def surface(self, request: SurfaceRequest) -> Code:
        """Return what measures a surface; no command does."""
        body = f"for surface in bench.robustness.surface({request!r}):\n    print(surface)\n"
        return Code(script(chosen_settings(self._settings), body, _types_of([request])))

    def robustness(self, request: SetRequest) -> Code:
        """Return what makes the report of a set."""
        body = (
            "from pathlib import Path\n\n\n"
            "def work():\n"
            f"    report = yield from bench.set_sweeps.measure({request!r})\n"
            "    print(bench.set_sweeps.write(report, Path('robustness')))\n\n\n"
            "for step in work():\n    print(step)\n"
        )
        uses = _types_of([request])
        python = script(chosen_settings(self._settings), body, uses, index=False)
        return Code(python, robustness_command(self._settings, request))

    def annotations(self) -> Code:
        """Return what writes down all annotations."""
        body = "print(bench.labels.export('csv'))\n"
        python = script(chosen_settings(self._settings), body, index=False)
        return Code(python, export_command(self._settings, "annotations.csv", "annotations"))

    def _chosen(self, fusion: Fusion) -> dict[str, SettingValue]:
        return settings_at(self._settings, fusion)
