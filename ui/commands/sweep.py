"""`sweep`: response curves of one pair under one or all ten perturbations."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any, cast

import typer

from core.errors import SettingsError
from core.types.corpus import Box
from core.types.orders import Fusion
from core.types.robustness import (
    PERTURBATION_NAMES,
    USUAL_DAMAGE,
    PerturbationName,
    ResponseCurve,
)
from core.types.runs import Progress
from core.types.sweeps import SweepRequest
from core.workbench import Workbench
from ui.commands import damage
from ui.commands.progress import follow
from ui.commands.shared import Json, Opener, one_of

NAME = "sweep"


def run(
    opener: Opener,
    *,
    query: Annotated[str, typer.Option(help="Image id of the query.")],
    candidate: Annotated[
        str | None, typer.Option(help="Image id; default: the best-ranked positive.")
    ] = None,
    perturbation: Annotated[str, typer.Option(help="One of the ten names, or all.")] = "all",
    pair: damage.Pair = USUAL_DAMAGE.pair,
    side: damage.Damaged = USUAL_DAMAGE.side,
    box: Annotated[str | None, typer.Option(help="Object box x0,y0,x1,y1 in pixels.")] = None,
    scorers: damage.Scorers = None,
    full_depth: damage.FullDepth = USUAL_DAMAGE.full_depth,
    retrieve_again: damage.RetrieveAgain = USUAL_DAMAGE.retrieve_again,
    seed: damage.Seed = USUAL_DAMAGE.seed,
    json_output: Json = False,
) -> None:
    """Damage one image level by level; report scores, ranks and breaking strengths."""
    asked = damage.damage_of(
        pair,
        side,
        seed,
        full_depth=full_depth,
        retrieve_again=retrieve_again,
        box=_parse_box(box),
    )
    requests = [SweepRequest(query, candidate, name, asked) for name in _names(perturbation)]
    settings, bench = opener.open()
    curves: list[ResponseCurve] = []
    try:
        named = damage.scorers_of(scorers)
        bench.robustness.rivals.name_plugins(named)
        others = bench.robustness.rivals.known(named)
        follow(_work(bench, requests, others, curves))
        ranking = settings.ranking
        receipt = bench.runs.receipt(Fusion(bench.info.first_depth, ranking.lam, ranking.gamma))
    finally:
        bench.close()
    if json_output:
        fields = {"id": receipt.receipt_id, **receipt.fields}
        typer.echo(json.dumps({"curves": [as_json(c) for c in curves], "receipt": fields}))
        return
    for curve in curves:
        typer.echo(as_text(curve))


def as_json(curve: ResponseCurve) -> dict[str, Any]:
    """Return one curve as the fields of the command's contract and what they stand on."""
    points = curve.points
    is_margin = curve.kind.is_margin
    scores = [point.margin for point in points]
    again = [point.perturbed_negative_margin for point in points]
    stages = dict.fromkeys(stage for point in points for stage in point.shares or ())
    return {
        "perturbation": curve.spec.name,
        "unit": curve.spec.unit,
        "query": curve.query_id,
        "candidate": curve.candidate_id,
        "pair": curve.damage.pair,
        "side": curve.damage.side,
        "seed": curve.damage.seed,
        "box": asdict(curve.box),
        "levels": [point.strength for point in points],
        "score": curve.kind.name,
        "scores": scores,
        "margins": scores if is_margin else [None] * len(points),
        "probabilities": [point.probability for point in points],
        "cosines": [point.cosine for point in points],
        "ranks": [point.rank for point in points],
        "n_ranked": curve.n_ranked,
        "full_depth": curve.damage.full_depth,
        "retrieve_again": curve.damage.retrieve_again,
        "problems": [point.problem for point in points],
        "hard_negative_score": curve.hard_negative_margin,
        "hard_negative_margin": curve.hard_negative_margin if is_margin else None,
        "hard_negative_cosine": curve.hard_negative_cosine,
        "perturbed_negative_scores": again,
        "perturbed_negative_margins": again if is_margin else [None] * len(points),
        "shares": {
            stage: [None if p.shares is None else p.shares[stage] for p in points]
            for stage in stages
        },
        "term_falls": None if curve.term_falls is None else asdict(curve.term_falls),
        "relation": curve.relation,
        "rival": None if curve.rival is None else asdict(curve.rival),
        "rival_scores": [point.rival_margin for point in points],
        "lead_lost": None if curve.lead_lost is None else asdict(curve.lead_lost),
        "pasted": [[asdict(one) for one in point.pasted] for point in points],
        "breaking": None if curve.breaking_margin is None else asdict(curve.breaking_margin),
        "breaking_cosine": None if curve.breaking_cosine is None else asdict(curve.breaking_cosine),
    }


def as_text(curve: ResponseCurve) -> str:
    """Return one line for a person."""
    kind = curve.kind
    digits = 2 if kind.unit == "nats" else 4
    scores = "  ".join(
        "none" if p.margin is None else f"{p.margin:+.{digits}f}" for p in curve.points
    )
    box = "" if curve.box.source == "manifest" else f" [box {curve.box.source}]"
    broken = _in_words(curve)
    return f"{curve.spec.name}{box}: {kind.name} {scores} {kind.unit}; {broken}"


def _work(
    bench: Workbench,
    requests: list[SweepRequest],
    others: tuple[str, ...],
    curves: list[ResponseCurve],
) -> Iterator[Progress]:
    yield from bench.runs.build_index()
    for scorer in others:
        yield from bench.robustness.rivals.prepare(scorer)
    for number, request in enumerate(requests):
        for scorer in (None, *others):
            growing: list[ResponseCurve] = []
            for curve in bench.robustness.sweep(request, scorer):
                growing = [curve]
                yield Progress("sweep", number, len(requests), "perturbations")
            curves += growing
    yield Progress("sweep", len(requests), len(requests), "perturbations")


def _in_words(curve: ResponseCurve) -> str:
    breaking = curve.breaking_margin
    if breaking is None and curve.hard_negative_margin is not None:
        return next((p.problem for p in curve.points if p.problem), "not scored")
    if breaking is None:
        return "no negative is known, so no breaking strength"
    match breaking.reason:
        case "crossed":
            return f"breaks at {breaking.value:.3g} {curve.spec.unit}"
        case "never":
            return "never falls under the hard negatives"
        case "below_at_neutral":
            return "is under the hard negatives from the start"


def _names(text: str) -> tuple[PerturbationName, ...]:
    if text == "all":
        return PERTURBATION_NAMES
    return (cast("PerturbationName", one_of("--perturbation", text, PERTURBATION_NAMES)),)


def _parse_box(text: str | None) -> Box | None:
    if text is None:
        return None
    try:
        x0, y0, x1, y1 = (int(part) for part in text.split(","))
    except ValueError as error:
        raise SettingsError(
            f"--box '{text}' is not four whole numbers; give x0,y0,x1,y1 in pixels."
        ) from error
    return Box(x0, y0, x1, y1)
