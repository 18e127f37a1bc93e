"""`fit`: find the weights that join several stages' scores into evidence."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from core.types.evidence import LABELS, Estimate, EvidenceFit, LabelSource
from ui.commands.progress import follow
from ui.commands.shared import Json, Opener, listed, one_of

NAME = "fit"


def run(
    opener: Opener,
    *,
    name: Annotated[str, typer.Argument(help="What a pipeline calls the fit: evidence:NAME.")],
    terms: Annotated[
        str, typer.Option(help="Stages whose scores are joined, by commas.")
    ] = "mllm,geometric,kreciprocal",
    depth: Annotated[
        int, typer.Option(help="How many of every query's shortlist are labelled pairs.")
    ] = 50,
    labels: Annotated[
        str, typer.Option(help="corpus, or verdicts: with the verdicts on which all agree.")
    ] = "corpus",
    json_output: Json = False,
) -> None:
    """Fit weights on this corpus's labelled pairs and keep them; resumes where it stopped."""
    chosen: LabelSource = (
        "verdicts" if one_of("--labels", labels, LABELS) == "verdicts" else "corpus"
    )
    _, bench = opener.open()
    try:
        named = [term for term in listed(terms) or () if term]
        follow(bench.evidence.fit(name, named, depth, chosen))
        made = bench.evidence.fit_named(name)
    finally:
        bench.close()
    typer.echo(json.dumps(asdict(made)) if json_output else as_text(made))


def as_text(fit: EvidenceFit) -> str:
    """Return weights, what they were fitted on, and what they reach, for a person."""
    on, reached = fit.fitted_on, fit.held_out
    left_out = f", {on.n_left_out:,} left out without a score" if on.n_left_out else ""
    lines = [
        f"evidence:{fit.name}, fitted on {on.n_pairs:,} pairs ({on.n_matches:,} matches{left_out}) "
        f"of {on.n_queries:,} queries and {on.n_instances:,} instances of '{on.corpus}', the first "
        f"{on.depth} of each shortlist, {on.labels}",
        "log-odds, in nats:",
        *(f"  {_number(term.weight, '+.3f')} x {_feature(term.stage)}" for term in fit.terms),
        f"  {fit.offset:+.3f}",
        f"On instances held out ({reached.n_folds} folds):",
        f"  mAP     {reached.map_before:.4f} -> {_number(reached.map_after, '.4f')}, change "
        f"{_number(reached.map_gain, '+.4f')}",
        f"  R@1     {reached.r1_before:.3f} -> {_number(reached.r1_after, '.3f')}",
        f"  calibration error {_plain(reached.calibration_before)} -> "
        f"{reached.calibration_after:.3f}",
        *(f"Warning: {warning}" for warning in fit.warnings),
        f"Use it with --pipeline 'evidence:{fit.name}@{on.depth}'.",
    ]
    return "\n".join(lines)


def _feature(stage: str) -> str:
    return "log(1 + inliers)" if stage.partition(":")[0] == "geometric" else f"score of {stage}"


def _plain(error: float | None) -> str:
    return "(no P(yes))" if error is None else f"{error:.3f}"


def _number(one: Estimate, form: str) -> str:
    if one.low is None or one.high is None:
        return f"{one.value:{form}} (no interval)"
    return f"{one.value:{form}} [{one.low:{form}}, {one.high:{form}}]"
