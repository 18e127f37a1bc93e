"""`robustness`: all ten perturbations on a set of queries, as figure, page and tables."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from core.types.runs import Progress
from core.types.sets import (
    SET_DAMAGE,
    BreakingStrengths,
    QueryChoice,
    RobustnessReport,
    SetRequest,
)
from core.workbench import Workbench
from ui.commands import damage
from ui.commands.progress import follow
from ui.commands.shared import Json, Opener, one_of

NAME = "robustness"
_WIDTHS = "{:11} {:26} {:>10} {:>22} {:>10} {:>6} {:>6} {:>6}"


def run(
    opener: Opener,
    *,
    out: Annotated[
        Path, typer.Option(help="Folder for figure.svg, report.html, the CSV files and receipt.")
    ],
    queries: Annotated[
        int | None, typer.Option(help="Sweep only this many queries (default: all).")
    ] = None,
    choose: Annotated[
        str, typer.Option(help="Which: spread evenly, or hardest, the lowest AP after.")
    ] = "spread",
    slice_name: Annotated[
        str | None, typer.Option("--slice", help="Only queries with this ATTRIBUTE=VALUE.")
    ] = None,
    pair: damage.Pair = SET_DAMAGE.pair,
    side: damage.Damaged = SET_DAMAGE.side,
    scorers: damage.Scorers = None,
    full_depth: damage.FullDepth = SET_DAMAGE.full_depth,
    retrieve_again: damage.RetrieveAgain = SET_DAMAGE.retrieve_again,
    seed: damage.Seed = SET_DAMAGE.seed,
    json_output: Json = False,
) -> None:
    """Damage a set of images ten ways; report mean curves and breaking strengths."""
    request = SetRequest(
        n_queries=queries,
        choose=cast("QueryChoice", one_of("--choose", choose, ("spread", "hardest"))),
        slice_name=slice_name,
        damage=damage.damage_of(
            pair, side, seed, full_depth=full_depth, retrieve_again=retrieve_again
        ),
        scorers=damage.scorers_of(scorers),
    )
    _, bench = opener.open()
    found: list[RobustnessReport] = []
    try:
        bench.robustness.rivals.name_plugins(request.scorers)
        bench.set_sweeps.check_folder(out)
        follow(_work(bench, request, found))
        (report,) = found
        files = bench.set_sweeps.write(report, out)
    finally:
        bench.close()
    if json_output:
        typer.echo(json.dumps(as_json(report, files)))
        return
    typer.echo(as_text(report))
    typer.echo(f"Written to {out}: {', '.join(files)}.")


def as_json(report: RobustnessReport, files: tuple[str, ...]) -> dict[str, Any]:
    """Return the set, the breaking strengths, the files written and the receipt."""
    return {
        "n_queries": len(report.instances),
        "n_instances": len(set(report.instances.values())),
        "left_out": dict(report.left_out),
        "boxes": report.boxes,
        "breaking": [
            {
                "scorer": scorer,
                "perturbation": name,
                "unit": unit,
                "direction": one.direction,
                "n": one.n,
                "n_crossed": one.n_crossed,
                "n_never": one.n_never,
                "n_below_at_neutral": one.n_below_at_neutral,
                "n_no_line": one.n_no_line,
                "n_not_scored": one.n_not_scored,
                "restricted_mean": None if one.mean is None else one.mean.mean,
                "ci95": None
                if one.mean is None or one.mean.interval is None
                else [one.mean.interval.low, one.mean.interval.high],
                "median": one.median,
                "median_never": one.median_never,
            }
            for scorer, name, unit, one in _breaking(report)
        ],
        "files": list(files),
        "receipt": {"id": report.receipt.receipt_id, **report.receipt.fields},
    }


def as_text(report: RobustnessReport) -> str:
    """Return the breaking strengths for a person, and what was left out."""
    head = ("scorer", "perturbation", "mean", "95 % interval", "median", "broke", "never", "below")
    lines = [_WIDTHS.format(*head)]
    lines += [_line(scorer, name, one) for scorer, name, _, one in _breaking(report)]
    lines += [f"left out: {query_id}: {why}" for query_id, why in report.left_out]
    n_assumed = report.boxes.get("assumed", 0)
    if n_assumed:
        lines.append(f"{n_assumed} damaged images have no object box; the centre is assumed.")
    return "\n".join(lines)


def _work(
    bench: Workbench, request: SetRequest, found: list[RobustnessReport]
) -> Iterator[Progress]:
    found.append((yield from bench.set_sweeps.measure(request)))


def _breaking(report: RobustnessReport) -> Iterator[tuple[str, str, str, BreakingStrengths]]:
    for place, scorer in enumerate(one.scorer for one in report.responses[0].responses):
        for response in report.responses:
            for found in response.responses[place].breaking:
                yield scorer, response.spec.name, response.spec.unit, found


def _line(scorer: str, name: str, one: BreakingStrengths) -> str:
    mean = None if one.mean is None or not one.n_crossed else one.mean
    ends = None if mean is None else mean.interval
    median = "never" if one.median_never else "-" if one.median is None else f"{one.median:.3g}"
    no_mean = "never" if one.n_never and not one.n_crossed else "-"
    return _WIDTHS.format(
        scorer,
        name if one.direction == "any" else f"{name}, {one.direction}",
        no_mean if mean is None else f"{mean.mean:.3g}",
        "-" if ends is None else f"[{ends.low:.3g}, {ends.high:.3g}]",
        median,
        one.n_crossed,
        one.n_never,
        one.n_below_at_neutral,
    )
