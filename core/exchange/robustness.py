"""A robustness report as a folder: figure, page, tables and receipt."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.errors import ExchangeError, WorkspaceError
from core.reporting.robustness_page import robustness_html
from core.spreadsheet import csv_text
from core.storage.files import atomic_write_text
from core.types.robustness import ResponseCurve
from core.types.sets import Estimate, RobustnessReport, ScorerResponse

CURVE_COLUMNS = (
    "perturbation",
    "unit",
    "strength",
    "query",
    "candidate",
    "instance",
    "pair",
    "side",
    "seed",
    "box",
    "score_name",
    "score",
    "hard_negative_score",
    "perturbed_negative_score",
    "probability",
    "cosine",
    "hard_negative_cosine",
    "rank",
    "n_ranked",
    "receipt",
)
MEAN_COLUMNS = (
    "perturbation",
    "unit",
    "scorer",
    "score_unit",
    "strength",
    "n",
    "mean",
    "low",
    "high",
    "n_with_line",
    "line",
    "line_low",
    "line_high",
    "share_above",
    "share_low",
    "share_high",
    "perturbed_line",
    "perturbed_line_low",
    "perturbed_line_high",
)
BREAKING_COLUMNS = (
    "scorer",
    "perturbation",
    "unit",
    "direction",
    "n",
    "n_crossed",
    "n_never",
    "n_below_at_neutral",
    "n_no_line",
    "n_not_scored",
    "restricted_mean",
    "low",
    "high",
    "median",
    "median_never",
)
PAIR_COLUMNS = ("scorer", "perturbation", "direction", "query", "candidate", "reason", "value")


def check_report_folder(folder: Path) -> None:
    """Refuse a place where `write_report` cannot write.

    Raises:
        ExchangeError: It is a file, or the folder that should hold it is missing.
    """
    if folder.exists() and not folder.is_dir():
        raise ExchangeError(f"'{folder.name}' is a file, not a folder; give another place.")
    if not folder.absolute().parent.is_dir():
        raise ExchangeError(
            f"There is no folder {folder.absolute().parent} for the report; make it, or give "
            "another place."
        )


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
        "curves.csv": csv_text(CURVE_COLUMNS, curve_rows(report)),
        "means.csv": csv_text(MEAN_COLUMNS, mean_rows(report)),
        "breaking.csv": csv_text(BREAKING_COLUMNS, breaking_rows(report)),
        "breaking_by_query.csv": csv_text(PAIR_COLUMNS, pair_rows(report)),
        "receipt.json": json.dumps(receipt, ensure_ascii=False, indent=1) + "\n",
    }
    for name, text in files.items():
        atomic_write_text(folder / name, text)
    return tuple(files)


def curve_rows(report: RobustnessReport) -> Iterator[Sequence[object]]:
    """Yield every level of every pair in the order of `CURVE_COLUMNS`; None = not computed."""
    for curve in report.curves:
        yield from _points(curve, report.instances[curve.query_id], report.receipt.receipt_id)


def _points(curve: ResponseCurve, instance: str, receipt_id: str) -> Iterator[Sequence[object]]:
    for point in curve.points:
        yield (
            curve.spec.name,
            curve.spec.unit,
            point.strength,
            curve.query_id,
            curve.candidate_id,
            instance,
            curve.damage.pair,
            curve.damage.side,
            curve.damage.seed,
            curve.box.source,
            curve.kind.name,
            point.margin,
            curve.hard_negative_margin,
            point.perturbed_negative_margin,
            point.probability,
            point.cosine,
            curve.hard_negative_cosine,
            point.rank,
            curve.n_ranked,
            receipt_id,
        )


def mean_rows(report: RobustnessReport) -> Iterator[Sequence[object]]:
    """Yield what the figure draws in the order of `MEAN_COLUMNS`."""
    for response in report.responses:
        for one in response.responses:
            yield from _means((response.spec.name, response.spec.unit), one)


def _means(start: tuple[str, str], one: ScorerResponse) -> Iterator[Sequence[object]]:
    for level in one.levels:
        yield (
            *start,
            one.scorer,
            one.unit,
            level.strength,
            level.score.n,
            *_three(level.score),
            0 if one.line is None else one.line.n,
            *_three(one.line),
            *_three(level.above),
            *_three(level.moved_line),
        )


def breaking_rows(report: RobustnessReport) -> Iterator[Sequence[object]]:
    """Yield the table of breaking strengths, scorer by scorer, as `BREAKING_COLUMNS`."""
    scorers = [one.scorer for one in report.responses[0].responses]
    for place, scorer in enumerate(scorers):
        for response in report.responses:
            for found in response.responses[place].breaking:
                yield (
                    scorer,
                    response.spec.name,
                    response.spec.unit,
                    found.direction,
                    found.n,
                    found.n_crossed,
                    found.n_never,
                    found.n_below_at_neutral,
                    found.n_no_line,
                    found.n_not_scored,
                    *_three(found.mean),
                    found.median,
                    "yes" if found.median_never else "no",
                )


def pair_rows(report: RobustnessReport) -> Iterator[Sequence[object]]:
    """Yield where every pair breaks as `PAIR_COLUMNS`; the value is empty where it does not."""
    for one in report.breaking:
        yield (
            one.scorer,
            one.perturbation,
            one.direction,
            one.query_id,
            one.candidate_id,
            one.reason,
            one.value,
        )


def _three(found: Estimate | None) -> tuple[float | None, float | None, float | None]:
    if found is None:
        return (None, None, None)
    ends = found.interval
    return (found.mean, None, None) if ends is None else (found.mean, ends.low, ends.high)
