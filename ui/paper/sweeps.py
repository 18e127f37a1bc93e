"""The figures of sweeps: one pair, or a set of queries, against the strength of a perturbation."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import SettingsError
from core.types.robustness import ResponseCurve
from core.types.runs import Progress
from core.types.sets import RobustnessReport
from ui.paper.drawn import Drawn, Steps, chosen_query
from ui.screens.perturb.figure import rank_plot, response_plot
from ui.screens.perturb.selection import is_single, requests_of, set_key, set_request, spec_of
from ui.screens.perturb.set_figure import set_plot
from ui.screens.perturb.terms_figure import terms_of, terms_plot
from ui.selection import ViewState
from ui.shared.text import file_name

if TYPE_CHECKING:
    from core.workbench import Workbench


def response(bench: "Workbench", state: ViewState) -> Steps:
    """Return the drawing of both scores against strength; what is not stored is measured.

    Raises:
        SettingsError: The selection names nothing that can be drawn.
        ModelError: The model failed.
    """
    own, *others = yield from _curves(bench, state, _scorers(bench, state))
    return Drawn(
        response_plot(own.spec, own, "", own.kind, others),
        f"Scores of a pair under {own.spec.name} of the {own.damage.side}: {_pair(own)}. Dashed: "
        "mean score of the query's hard negatives, undamaged; dotted: the same negatives against "
        "the damaged query; red line and shade: the breaking strength and what lies beyond. The "
        "open mark is the undamaged image.",
        f"n = {len(own.points)} levels",
        bench.runs.receipt(state.fusion),
    )


def response_terms(bench: "Workbench", state: ViewState) -> Steps:
    """Return the drawing of each term of evidence against strength; what is not stored is measured.

    Raises:
        SettingsError: The selection names nothing that can be drawn.
        ModelError: The model failed.
    """
    (own,) = yield from _curves(bench, state, ())
    if not terms_of(own):
        raise SettingsError(
            "The last stage joins no evidence, so there are no terms to draw; open the bench with "
            "--pipeline evidence:NAME."
        )
    return Drawn(
        terms_plot(own.spec, own, ""),
        f"What each term of the evidence adds to a pair's log-odds under {own.spec.name} of the "
        f"{own.damage.side}: {_pair(own)}. One scale of nats for all; the offset does not change.",
        f"n = {len(own.points)} levels",
        bench.runs.receipt(state.fusion),
    )


def response_rank(bench: "Workbench", state: ViewState) -> Steps:
    """Return the drawing of the rank against strength; what is not stored is measured.

    Raises:
        SettingsError: The selection names nothing that can be drawn.
        ModelError: The model failed.
    """
    (own,) = yield from _curves(bench, state, ())
    return Drawn(
        rank_plot(own.spec, own, ""),
        f"Rank of a pair's image under {own.spec.name} of the {own.damage.side}: {_pair(own)}. It "
        f"is counted over {own.n_ranked:,} images.",
        f"n = {len(own.points)} levels",
        bench.runs.receipt(state.fusion),
    )


def response_set(bench: "Workbench", state: ViewState) -> Steps:
    """Return the drawing of a set of queries against strength; what is not stored is measured.

    Raises:
        SettingsError: The selection names nothing that can be drawn.
        ModelError: The model failed.
    """
    report = yield from measured_set(bench, state, is_report=False)
    (response,) = report.responses
    return Drawn(
        set_plot(response.spec, response.responses, ""),
        f"Mean scores under {response.spec.name} of the {report.request.damage.side}, with 95 % "
        "bootstrap bands over instances, and the share of pairs above the line of their own hard "
        "negatives. Dashed: mean of these lines; dotted: the same against the damaged query.",
        f"n = {len(report.instances)} queries of {len(set(report.instances.values()))} instances",
        report.receipt,
    )


def measured_set(
    bench: "Workbench", state: ViewState, *, is_report: bool
) -> Generator[Progress, None, RobustnessReport]:
    """Measure the set of queries that a selection names.

    Raises:
        SettingsError: It names none.
        ModelError: The model failed.
    """
    if not set_key(replace(state, view="perturb")):
        raise SettingsError(
            "No set of queries is chosen; choose one on the Perturb screen, or give set=spread:20."
        )
    return (yield from bench.set_sweeps.measure(set_request(state, is_report=is_report)))


def _curves(
    bench: "Workbench", state: ViewState, scorers: Sequence[str]
) -> Generator[Progress, None, list[ResponseCurve]]:
    """Measure the selection's sweep by the own scorer and by others; what is stored is read."""
    requests = requests_of(bench, replace(state, query=chosen_query(state)))
    if not is_single(requests) or state.second is not None:
        raise SettingsError(
            "A figure for papers shows one perturbation of one pair; choose it by a click on its "
            "panel."
        )
    (request,) = requests
    total = len(spec_of(bench, request).levels) * (1 + len(scorers))
    curves: list[ResponseCurve] = []
    for scorer in (None, *scorers):
        if scorer is not None:
            yield from bench.robustness.rivals.prepare(scorer)
        growing: Iterator[ResponseCurve] = bench.robustness.sweep(request, scorer)
        last: ResponseCurve | None = None
        for last in growing:
            done = sum(len(one.points) for one in curves) + len(last.points)
            yield Progress("sweep", done, total, "levels")
        assert last is not None, "a sweep ends with its finished curve"
        curves.append(last)
    return curves


def _scorers(bench: "Workbench", state: ViewState) -> tuple[str, ...]:
    return bench.robustness.rivals.known(state.scorers)


def _pair(curve: ResponseCurve) -> str:
    query, candidate = file_name(curve.query_id), file_name(curve.candidate_id)
    return (
        f"{query} with its damaged copy"
        if curve.damage.pair == "self"
        else (f"{query} with {candidate}")
    )
