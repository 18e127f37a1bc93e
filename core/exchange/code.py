"""The code facet: what is on screen as a Python script, and as a shell command if there is one."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.exchange.snippets import (
    chosen_settings,
    evaluate_command,
    evaluate_python,
    export_command,
    robustness_command,
    script,
    sweep_commands,
)
from core.settings import Settings, load_settings
from core.types.corpus import Box
from core.types.runs import SettingValue
from core.types.sets import SetRequest
from core.types.surfaces import SurfaceRequest
from core.types.sweeps import SweepRequest

Ranking = tuple[int, float, float]
"""Depth, lam and gamma."""


@dataclass(frozen=True, slots=True)
class Code:
    """A script to run from the checkout; `shell` is None where no command does the same."""

    python: str
    shell: str | None = None


class CodeFacet:
    """Writes the code of what the page shows; nothing is run here."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def evaluation(self, ranking: Ranking) -> Code:
        """Return what evaluates all queries."""
        chosen = self._chosen(ranking)
        return Code(evaluate_python(chosen, ranking[0]), evaluate_command(chosen))

    def failures(self, ranking: Ranking) -> Code:
        """Return what evaluates all queries and says where the AP is lost."""
        chosen = self._chosen(ranking)
        body = f"print(bench.failures.report{ranking!r})\n"
        return Code(evaluate_python(chosen, ranking[0], body), evaluate_command(chosen))

    def query(self, query_id: str, ranking: Ranking) -> Code:
        """Return what re-ranks one query."""
        depth, lam, gamma = ranking
        body = (
            f"for step in bench.queries.score({query_id!r}, {depth}):\n    print(step)\n"
            f"for card in bench.queries.inspect({query_id!r}, {depth}, {lam}, {gamma}).after:\n"
            "    print(card)\n"
        )
        return Code(script(self._chosen(ranking), body))

    def pair(self, query_id: str, candidate_id: str) -> Code:
        """Return what looks into one pair."""
        pair = f"({query_id!r}, {candidate_id!r})"
        body = (
            f"anatomy = bench.pairs.look{pair}\nprint(anatomy.asked.margin, anatomy)\n"
            f"print(bench.pairs.evidence{pair})\n"
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
        boxed = any(request.box is not None for request in requests)
        uses = (Box, SweepRequest) if boxed else (SweepRequest,)
        python = script(chosen_settings(self._settings), body, uses)
        return Code(python, sweep_commands(self._settings, requests, scorers))

    def surface(self, request: SurfaceRequest) -> Code:
        """Return what measures a surface; no command does."""
        body = f"for surface in bench.robustness.surface({request!r}):\n    print(surface)\n"
        uses = (SurfaceRequest,) if request.box is None else (Box, SurfaceRequest)
        return Code(script(chosen_settings(self._settings), body, uses))

    def robustness(self, request: SetRequest) -> Code:
        """Return what makes the report of a set."""
        body = (
            "from pathlib import Path\n\n\n"
            "def work():\n"
            f"    report = yield from bench.set_sweeps.measure({request!r})\n"
            "    print(bench.set_sweeps.write(report, Path('robustness')))\n\n\n"
            "for step in work():\n    print(step)\n"
        )
        python = script(chosen_settings(self._settings), body, (SetRequest,), index=False)
        return Code(python, robustness_command(self._settings, request))

    def annotations(self) -> Code:
        """Return what writes down all annotations."""
        body = "print(bench.labels.export('csv'))\n"
        python = script(chosen_settings(self._settings), body, index=False)
        return Code(python, export_command(self._settings, "annotations.csv", "annotations"))

    def _chosen(self, ranking: Ranking) -> dict[str, SettingValue]:
        depth, lam, gamma = ranking
        now = {"ranking.depth": depth, "ranking.lam": lam, "ranking.gamma": gamma}
        usual = chosen_settings(load_settings(None, now))
        mine = chosen_settings(self._settings)
        return {key: value for key, value in mine.items() if key not in now} | usual
