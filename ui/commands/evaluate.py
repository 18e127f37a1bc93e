"""`evaluate`: mAP and R@1 before and after re-ranking, with interval, slices and receipt."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

import typer

from core.types.benchmarks import ProtocolNumbers
from core.types.corpus import LabelSource
from core.types.number_text import sureness_text, tests_text
from core.types.orders import AnswerTally
from core.types.runs import Interval, MetricChange, Progress, Receipt, Summary
from core.types.states import State
from core.workbench import Workbench
from ui.commands.progress import follow
from ui.commands.shared import Json, Opener
from ui.corpus_words import DECIDE

NAME = "evaluate"


def run(
    opener: Opener,
    *,
    depth: Annotated[
        int | None, typer.Option(help="Candidates that the MLLM scores (default: 100).")
    ] = None,
    k: Annotated[int | None, typer.Option(help="Cut-off rank of AP@k (default: 1000).")] = None,
    lam: Annotated[
        float | None, typer.Option(help="Weight of the cosine in the fusion (default: 0).")
    ] = None,
    gamma: Annotated[
        float | None, typer.Option(help="Slope of the sigmoid, per nat (default: 1).")
    ] = None,
    json_output: Json = False,
) -> None:
    """Index where needed, score every query, and report; resumes where it stopped."""
    _, bench = opener.open(
        ranking__depth=depth, ranking__k=k, ranking__lam=lam, ranking__gamma=gamma
    )
    try:
        follow(_work(bench))
        report = bench.runs.latest()
        unreadable = bench.runs.index_counts()["unreadable"]
        state = bench.runs.state(bench.runs.fusion_set())
        first = bench.saved.headline(report.run_id) if report is not None else ""
        labels = bench.info.labels_from
        answers = bench.runs.answers(bench.runs.fusion_set())
    finally:
        bench.close()
    assert report is not None, "evaluate ends with a stored report"
    if json_output:
        found = as_json(report.summary, report.receipt, unreadable, state)
        found["protocol"] = None if report.protocol is None else asdict(report.protocol)
        found["answers"] = {stage: asdict(one) for stage, one in answers.items()}
        typer.echo(json.dumps({**found, "headline": first}))
    else:
        text = as_text(report.summary, labels, unreadable, state)
        official = "" if report.protocol is None else f"\n{protocol_text(report.protocol)}"
        told = "".join(f"\n{answers_text(*one)}" for one in answers.items())
        typer.echo(f"{_plain(first)}\n{text}{told}{official}")


def _work(bench: Workbench) -> Iterator[Progress]:
    yield from bench.runs.build_index()
    yield from bench.runs.evaluate(bench.info.first_depth)


def as_json(
    summary: Summary, receipt: Receipt, unreadable: dict[str, str], state: State
) -> dict[str, Any]:
    """Return what `evaluate --json` prints, as values that JSON can hold.

    Args:
        summary: The means over the queries.
        receipt: Where they come from.
        unreadable: Why images could not be opened, by id.
        state: Whether all queries are scored, and why not.
    """
    return {
        "n_queries": summary.n_queries,
        "n_database": summary.n_database,
        "n_skipped": summary.n_skipped,
        "n_unscored": summary.n_unscored,
        "cached_pairs": summary.cached_pairs,
        "shortlist": summary.shortlist,
        "depth": summary.depth,
        "scorer": receipt.fields["scorer"],
        "middle_stage": receipt.fields["middle stage"],
        "pipeline": receipt.fields["pipeline"],
        "stages": [asdict(stage) for stage in summary.stages],
        "k": summary.k,
        "metric": summary.metric,
        "map_before": summary.map_before,
        "map_after": summary.map_after,
        "map_oracle": summary.map_oracle,
        "r1_before": summary.r1_before,
        "r1_after": summary.r1_after,
        "delta_map": summary.delta_map,
        "delta_ci95": _pair(summary.delta_ci),
        "changes": [_change(one) for one in summary.changes],
        "seconds_per_query": summary.seconds_per_query,
        "bytes_per_image": summary.bytes_per_image,
        "by": {
            name: {
                value: {"n": s.n, "map_before": s.map_before, "map_after": s.map_after}
                for value, s in values.items()
            }
            for name, values in summary.by.items()
        },
        "classes": dict(summary.classes),
        "unreadable": unreadable,
        "state": asdict(state),
        "receipt": {"id": receipt.receipt_id, **receipt.fields},
    }


def as_text(summary: Summary, labels: LabelSource, unreadable: dict[str, str], state: State) -> str:
    """Return the result for a person."""
    lines = [
        f"{summary.n_evaluated} queries, {summary.n_database} database images, shortlist "
        f"{summary.shortlist}, depth {summary.depth}",
        f"mAP@{summary.k} before {summary.map_before:.4f}  after {_number(summary.map_after)}  "
        f"oracle {summary.map_oracle:.4f}",
        f"R@1 before {summary.r1_before:.4f}  after {_number(summary.r1_after)}",
    ]
    lines += [_change_line(one) for one in summary.changes if one.change is not None]
    lines += filter(None, [tests_text(summary.changes)])
    if summary.seconds_per_query is not None:
        lines.append(
            f"{summary.seconds_per_query:.3f} s of scoring per query, "
            f"{summary.bytes_per_image:.0f} bytes per image"
        )
    if summary.n_skipped or not state.is_complete:
        lines.append(state.text)
    if summary.n_unscored:
        lines.append(f"{summary.n_unscored} pairs could not be scored")
    if labels.is_guessed:
        lines.append(f"labels: {labels.text}; {DECIDE}")
    lines += [f"not readable: {image_id}: {reason}" for image_id, reason in unreadable.items()]
    return "\n".join(lines)


def answers_text(stage: str, one: AnswerTally) -> str:
    """Return what a stage's answers about several candidates were."""
    return (
        f"{stage}: {one.answers:,} answers; {one.nothing:,} named nothing and left their block as "
        f"it was, {one.missing:,} left candidates out, {one.outside:,} named others, "
        f"{one.repeated:,} repeated some"
    )


def protocol_text(numbers: ProtocolNumbers) -> str:
    """Return a benchmark's published numbers for a person, and why they are not AP@k."""
    lines = [f"{numbers.title}, as its own evaluator measures {numbers.benchmark}:"]
    for one in numbers.numbers:
        values = f"before {share_text(one.before)}  after {share_text(one.after)}  (n = {one.n:,})"
        lines.append(f"{one.name} {one.problem or values}")
    return "\n".join((*lines, numbers.difference))


def share_text(value: float | None) -> str:
    """Return a share with four digits, or that there is none."""
    return "not measured" if value is None else f"{value:.4f}"


def _change(one: MetricChange) -> dict[str, Any]:
    return {**asdict(one), "interval": _pair(one.interval)}


def _change_line(one: MetricChange) -> str:
    return f"change of {one.name} {one.change:+.4f}  {_plain(sureness_text(one))}"


def _plain(text: str) -> str:
    """Return a text in the characters that every terminal has."""
    for sign, plain in (("\N{MINUS SIGN}", "-"), (" · ", ", "), ("λ", "lam"), ("γ", "gamma")):
        text = text.replace(sign, plain)
    return text


def _pair(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]


def _number(value: float | None) -> str:
    return "withheld (over 1 % of the pairs unscored)" if value is None else f"{value:.4f}"
