"""A robustness report as a folder: figure, page, tables and receipt."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from core.errors import ExchangeError, WorkspaceError
from core.exchange.tradeoff_csv import require_parent
from core.reporting.robustness_page import robustness_html
from core.spreadsheet import Columns, T, table_csv_text
from core.storage.files import atomic_write_text
from core.types.robustness import PerturbationSpec, ResponseCurve, ResponsePoint
from core.types.runs import Interval
from core.types.sets import (
    BreakingStrengths,
    Estimate,
    LevelMean,
    PairBreaking,
    RobustnessReport,
    ScorerResponse,
)


class _Level(NamedTuple):
    """One level of one pair."""

    report: RobustnessReport
    curve: ResponseCurve
    point: ResponsePoint


class _Mean(NamedTuple):
    """One level of one mean curve."""

    spec: PerturbationSpec
    scorer: ScorerResponse
    level: LevelMean


class _Strength(NamedTuple):
    """Where the pairs break by one scorer, under one perturbation and in one direction."""

    scorer: str
    spec: PerturbationSpec
    found: BreakingStrengths


def _estimate(mean: str, low: str, high: str, read: Callable[[T], Estimate | None]) -> Columns[T]:
    """Return the columns of a mean and of the ends of its interval; None where there is none."""

    def interval(item: T) -> Interval | None:
        found = read(item)
        return found and found.interval

    return {
        mean: lambda item: (found := read(item)) and found.mean,
        low: lambda item: (found := interval(item)) and found.low,
        high: lambda item: (found := interval(item)) and found.high,
    }


_LEVELS: Columns[_Level] = {
    "perturbation": lambda one: one.curve.spec.name,
    "unit": lambda one: one.curve.spec.unit,
    "strength": lambda one: one.point.strength,
    "query": lambda one: one.curve.query_id,
    "candidate": lambda one: one.curve.candidate_id,
    "instance": lambda one: one.report.instances[one.curve.query_id],
    "pair": lambda one: one.curve.damage.pair,
    "side": lambda one: one.curve.damage.side,
    "seed": lambda one: one.curve.damage.seed,
    "box": lambda one: one.curve.box.source,
    "score_name": lambda one: one.curve.kind.name,
    "score": lambda one: one.point.margin,
    "hard_negative_score": lambda one: one.curve.hard_negative_margin,
    "perturbed_negative_score": lambda one: one.point.perturbed_negative_margin,
    "probability": lambda one: one.point.probability,
    "cosine": lambda one: one.point.cosine,
    "hard_negative_cosine": lambda one: one.curve.hard_negative_cosine,
    "rank": lambda one: one.point.rank,
    "n_ranked": lambda one: one.curve.n_ranked,
    "receipt": lambda one: one.report.receipt.receipt_id,
}
"""Every level of every pair; None = not computed. `_level_columns` adds the terms of evidence."""
_MEANS: Columns[_Mean] = {
    "perturbation": lambda one: one.spec.name,
    "unit": lambda one: one.spec.unit,
    "scorer": lambda one: one.scorer.scorer,
    "score_unit": lambda one: one.scorer.unit,
    "strength": lambda one: one.level.strength,
    "n": lambda one: one.level.score.n,
    **_estimate("mean", "low", "high", lambda one: one.level.score),
    "n_with_line": lambda one: 0 if one.scorer.line is None else one.scorer.line.n,
    **_estimate("line", "line_low", "line_high", lambda one: one.scorer.line),
    **_estimate("share_above", "share_low", "share_high", lambda one: one.level.above),
    **_estimate(
        "perturbed_line",
        "perturbed_line_low",
        "perturbed_line_high",
        lambda one: one.level.moved_line,
    ),
}
"""What the figure draws."""
_STRENGTHS: Columns[_Strength] = {
    "scorer": lambda one: one.scorer,
    "perturbation": lambda one: one.spec.name,
    "unit": lambda one: one.spec.unit,
    "direction": lambda one: one.found.direction,
    "n": lambda one: one.found.n,
    "n_crossed": lambda one: one.found.n_crossed,
    "n_never": lambda one: one.found.n_never,
    "n_below_at_neutral": lambda one: one.found.n_below_at_neutral,
    "n_no_line": lambda one: one.found.n_no_line,
    "n_not_scored": lambda one: one.found.n_not_scored,
    **_estimate("restricted_mean", "low", "high", lambda one: one.found.mean),
    "median": lambda one: one.found.median,
    "median_never": lambda one: "yes" if one.found.median_never else "no",
}
"""The table of breaking strengths, scorer by scorer."""
_PAIRS: Columns[PairBreaking] = {
    "scorer": lambda one: one.scorer,
    "perturbation": lambda one: one.perturbation,
    "direction": lambda one: one.direction,
    "query": lambda one: one.query_id,
    "candidate": lambda one: one.candidate_id,
    "reason": lambda one: one.reason,
    "value": lambda one: one.value,
}
"""Where every pair breaks; the value is empty where it does not."""


def check_report_folder(folder: Path) -> None:
    """Refuse a place where `write_report` cannot write.

    Raises:
        ExchangeError: It is a file, or the folder that should hold it is missing.
    """
    if folder.exists() and not folder.is_dir():
        raise ExchangeError(f"'{folder.name}' is a file, not a folder; give another place.")
    require_parent(folder, "report")


def write_report(folder: Path, report: RobustnessReport) -> tuple[str, ...]:
    """Write the report's files, replacing older ones as a whole; return their names.

    Raises:
        ExchangeError: The place cannot be used.
        WorkspaceError: A file cannot be written.
    """
    check_report_folder(folder)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise WorkspaceError(f"The folder {folder} cannot be made: {error.strerror}.") from error
    from core.reporting.robustness_figure import panels_svg

    figure = panels_svg(report)
    receipt = {"id": report.receipt.receipt_id, **report.receipt.fields}
    files = {
        "report.html": robustness_html(report, figure),
        "figure.svg": figure,
        "curves.csv": table_csv_text(_level_columns(report), _levels(report)),
        "means.csv": table_csv_text(_MEANS, _means(report)),
        "breaking.csv": table_csv_text(_STRENGTHS, _strengths(report)),
        "breaking_by_query.csv": table_csv_text(_PAIRS, report.breaking),
        "receipt.json": json.dumps(receipt, ensure_ascii=False, indent=1) + "\n",
    }
    for name, text in files.items():
        atomic_write_text(folder / name, text)
    return tuple(files)


def _level_columns(report: RobustnessReport) -> Columns[_Level]:
    """Return the columns of levels, with one per term of joined evidence and its offset."""
    points = (level.point for level in _levels(report))
    stages = dict.fromkeys(stage for point in points for stage in point.shares or ())
    return {**_LEVELS, **{f"share_{stage}": partial(_share, stage) for stage in stages}}


def _share(stage: str, level: _Level) -> float | None:
    return None if level.point.shares is None else level.point.shares.get(stage)


def _levels(report: RobustnessReport) -> Iterator[_Level]:
    for curve in report.curves:
        for point in curve.points:
            yield _Level(report, curve, point)


def _means(report: RobustnessReport) -> Iterator[_Mean]:
    for response in report.responses:
        for scorer in response.responses:
            for level in scorer.levels:
                yield _Mean(response.spec, scorer, level)


def _strengths(report: RobustnessReport) -> Iterator[_Strength]:
    for place, scorer in enumerate(report.responses[0].responses):
        for response in report.responses:
            for found in response.responses[place].breaking:
                yield _Strength(scorer.scorer, response.spec, found)
