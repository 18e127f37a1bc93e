"""`confidence`: which number per query tells whether its first result is right."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from core.errors import SettingsError
from core.types.confidence import (
    FIRST_OF,
    ConfidenceReport,
    ConfidenceSignal,
    FirstOf,
    Trusted,
)
from core.types.evidence import Estimate
from ui.commands.progress import follow
from ui.commands.shared import Json, Opener, one_of

NAME = "confidence"
USUAL_PRECISION = 0.95


def run(
    opener: Opener,
    *,
    first_of: Annotated[
        str, typer.Option("--first-of", help="Whose first result: before or after re-ranking.")
    ] = "after",
    precision: Annotated[
        float, typer.Option(help="Share of trusted results that should be right.")
    ] = USUAL_PRECISION,
    csv: Annotated[
        Path | None, typer.Option(help="Write a row per query with every signal.")
    ] = None,
    json_output: Json = False,
) -> None:
    """Tell which signal of the first result can be trusted, and from which threshold on."""
    asked = cast("FirstOf", one_of("--first-of", first_of, FIRST_OF))
    _, bench = opener.open()
    try:
        follow(bench.runs.build_index())
        fusion = bench.runs.fusion_set()
        follow(bench.confidence.measure(fusion, asked))
        report = bench.confidence.report(fusion, asked)
        if report is None:
            raise SettingsError("No query has a first result, so there is nothing to trust.")
        found = {
            one.name: bench.confidence.trusted(report, one.name, precision) for one in report.shown
        }
        text = bench.confidence.csv(report)
    finally:
        bench.close()
    if csv is not None:
        _write(csv, text)
    typer.echo(json.dumps(_as_json(report, found)) if json_output else as_text(report, found))


def as_text(report: ConfidenceReport, found: Mapping[str, Trusted | None]) -> str:
    """Return a line per signal, best first, and what each threshold lets through."""
    n, n_right = len(report.right), report.n_right
    lines = [
        f"First result {report.first_of} re-ranking: {n_right} of {n} queries right "
        f"({n_right / n:.3f}: what a signal reaches that tells nothing).",
        f"{'signal':24} {'AUPRC [95 %]':24} {'AP':>6} {'AURC':>6}  threshold",
        *(_line(one, found[one.name]) for one in report.shown),
    ]
    if report.combined is not None:
        lines.append("'combined' joins the others; fitted on these queries, instances held out.")
    elif report.note:
        lines.append(f"The signals are not combined. {report.note}")
    return "\n".join(lines)


def _line(one: ConfidenceSignal, at: Trusted | None) -> str:
    missing = f", {one.n_missing} queries without it" if one.n_missing else ""
    area = "not known" if one.auprc is None else _interval(one.auprc)
    others = [_number(one.average_precision), _number(one.aurc)]
    return f"{one.name:24} {area:24} {others[0]:>6} {others[1]:>6}  {_threshold(one, at)}{missing}"


def _threshold(one: ConfidenceSignal, at: Trusted | None) -> str:
    if at is None:
        return "precision not reached"
    return (
        f">= {_interval(at.threshold, '.4g')} {one.unit}: {at.point.precision:.3f} right, "
        f"{at.point.coverage:.0%} of queries"
    )


def _interval(one: Estimate, form: str = ".3f") -> str:
    if one.low is None or one.high is None:
        return f"{one.value:{form}}"
    return f"{one.value:{form}} [{one.low:{form}}, {one.high:{form}}]"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _as_json(report: ConfidenceReport, found: Mapping[str, Trusted | None]) -> dict[str, Any]:
    """Return the report without the values of single queries, which --csv writes."""
    signals = [
        {
            **{key: value for key, value in asdict(one).items() if key != "values"},
            "n": one.n,
            "trusted": None if at is None else asdict(at),
        }
        for one in report.shown
        for at in [found[one.name]]
    ]
    return {
        "first_of": report.first_of,
        "n_queries": len(report.right),
        "n_right": report.n_right,
        "signals": signals,
        "note": report.note,
    }


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"File {path} cannot be written: {error.strerror}.") from error
    typer.echo(f"Written to {path}.", err=True)
