"""`tradeoff`: what resolution, compression, depth and scorer cost, and what they are worth."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from core.types.tradeoff import TradeoffChoice, TradeoffRow
from ui.commands.progress import follow
from ui.commands.shared import Json, Opener, listed

NAME = "tradeoff"
_WIDTHS = "{:7} {:26} {:>5} {:>7} {:>16} {:>8} {:>6} {:>9} {:>9} {:>8}"
_HEAD = ("scorer", "stored", "depth", "mAP", "95 % interval", "change", "tau", "bytes/img")


def run(
    opener: Opener,
    *,
    scorers: Annotated[
        str | None, typer.Option(help="Joined by commas: mllm, maxsim (default: both).")
    ] = None,
    resolutions: Annotated[
        str | None, typer.Option(help="full, or sides in pixels (default: full,154).")
    ] = None,
    compressions: Annotated[
        str | None,
        typer.Option(
            help="As --compression takes them (default: none,int8,int4,pq:48,divprune:16,"
            "divprune:16+pq:48)."
        ),
    ] = None,
    pipelines: Annotated[
        str | None,
        typer.Option(help='Beside the grid, joined by ";": "mllm@50; maxsim@100 > mllm@20".'),
    ] = None,
    depths: Annotated[
        str | None, typer.Option(help="Candidates that are scored (default: 10,25,50,100).")
    ] = None,
    queries: Annotated[
        int | None, typer.Option(help="Measure only this many queries, evenly spread.")
    ] = None,
    csv_file: Annotated[
        Path | None,
        typer.Option("--csv", help="Write the table here, and its receipts beside it as JSON."),
    ] = None,
    json_output: Json = False,
) -> None:
    """Measure every setting of the grid and keep the table; resumes where it stopped."""
    _, bench = opener.open(
        tradeoff__scorers=listed(scorers),
        tradeoff__resolutions=listed(resolutions),
        tradeoff__compressions=listed(compressions),
        tradeoff__depths=listed(depths),
        tradeoff__queries=queries,
        tradeoff__pipelines=_pipelines(pipelines),
    )
    try:
        follow(bench.tradeoff.measure(csv_file))
        choice = bench.tradeoff.choice()
    finally:
        bench.close()
    assert choice is not None, "measure ends with a stored table"
    typer.echo(json.dumps(as_json(choice)) if json_output else as_text(choice))


def as_json(choice: TradeoffChoice) -> dict[str, Any]:
    """Return the table, the smallest setting that is good enough, and the receipts."""
    table = choice.table
    return {
        "updated_at": table.updated_at,
        "model": table.model,
        "n_settings": table.n_settings,
        "k": table.k,
        "points": choice.points,
        "rows": [_row(row) for row in table.rows],
        "uncompressed": None if choice.uncompressed is None else _row(choice.uncompressed),
        "cheapest": None if choice.cheapest is None else _row(choice.cheapest),
        "smallest": None if choice.smallest is None else _row(choice.smallest),
        "receipt": {"id": table.receipt.receipt_id, **table.receipt.fields},
        "receipts": {row.receipt.receipt_id: dict(row.receipt.fields) for row in table.rows},
    }


def as_text(choice: TradeoffChoice) -> str:
    """Return the table for a person, and under it the smallest setting that is good enough."""
    table = choice.table
    head = _WIDTHS.format(*_HEAD, "pairs/s", "s/query")
    lines = [head, *(_line(row) for row in table.rows)]
    problems = {
        f"not measured: {row.setting.stored}, {row.setting.scorer}: {row.problem}": None
        for row in table.rows
        if row.problem is not None
    }
    lines += list(problems)  # once for all depths
    return "\n".join([*lines, smallest_text(choice), *cheapest_text(choice)])


def smallest_text(choice: TradeoffChoice) -> str:
    """Return the sentence that names the smallest setting within the points allowed."""
    plain, small = choice.uncompressed, choice.smallest
    if plain is None or small is None or small.bytes_per_image is None:
        return "The uncompressed setting has no mAP, so nothing can be compared with it."
    points = f"{100 * choice.points:g} mAP point" + ("" if choice.points == 0.01 else "s")
    return (
        f"Smallest within {points} of uncompressed ({plain.map_after:.4f}, {plain.setting.scorer}, "
        f"depth {plain.setting.depth}): {small.setting.stored}, mAP {small.map_after:.4f}, "
        f"{small.bytes_per_image:,.0f} bytes per image instead of {plain.bytes_per_image:,.0f}."
    )


def cheapest_text(choice: TradeoffChoice) -> list[str]:
    """Return the sentence that names the cheapest setting that is nearly as good as the best."""
    cheap, top = choice.cheapest, choice.top
    if cheap is None or top is None:
        return []
    points = f"{100 * choice.points:g} mAP point" + ("" if choice.points == 0.01 else "s")
    return [
        f"Cheapest within {points} of the best uncompressed ({top.map_after:.4f}, "
        f"{_called(top)}, {_number(top.seconds_per_query, '.3f')} s per query): {_called(cheap)}, "
        f"mAP {cheap.map_after:.4f}, {_number(cheap.seconds_per_query, '.3f')} s per query."
    ]


def _called(row: TradeoffRow) -> str:
    scorer = row.setting.scorer
    return scorer if "@" in scorer else f"{scorer}@{row.setting.depth}"


def _pipelines(text: str | None) -> list[str] | None:
    if text is None:
        return None
    return [one for one in (part.strip() for part in text.split(";")) if one]


def _row(row: TradeoffRow) -> dict[str, Any]:
    values = asdict(row)
    setting, receipt = values.pop("setting"), values.pop("receipt")
    setting["resolution"] = setting["resolution"] or "full"
    for name in ("map_after_ci", "delta_ci"):
        interval = values.pop(name)
        values[f"{name}95"] = None if interval is None else [interval["low"], interval["high"]]
    values["kendall_tau"] = values.pop("tau")
    return {**setting, **values, "receipt": receipt["receipt_id"]}


def _line(row: TradeoffRow) -> str:
    interval = row.map_after_ci
    return _WIDTHS.format(
        row.setting.scorer,
        row.setting.stored,
        row.setting.depth,
        _number(row.map_after, ".4f"),
        "-" if interval is None else f"[{interval.low:.4f}, {interval.high:.4f}]",
        _number(row.delta_map, "+.4f"),
        _number(row.tau, ".3f"),
        _number(row.bytes_per_image, ",.0f"),
        _number(row.pairs_per_second, ".1f"),
        _number(row.seconds_per_query, ".3f"),
    )


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
