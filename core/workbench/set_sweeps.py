"""The set-sweeps facet: all ten perturbations on a set of queries, and the report of them."""

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

from core.errors import ImageError, SettingsError
from core.exchange.robustness import check_report_folder, write_report
from core.fingerprint import receipt
from core.robustness.sets import hardest, in_slice, spread
from core.robustness.summary import pair_breakings, set_response
from core.types import (
    PERTURBATION_NAMES,
    ImageRecord,
    Progress,
    ResponseCurve,
    RobustnessReport,
    SetRequest,
    SetResponse,
    SweepRequest,
)
from core.workbench.receipts import receipt_fields
from core.workbench.robustness import RobustnessFacet
from core.workbench.runs import RunsFacet
from core.workbench.shared import Shared

_NO_POSITIVE = "no labelled positive in its shortlist"


class SetSweepsFacet:
    """How a set of queries answers to controlled damage."""

    def __init__(self, shared: Shared, runs: RunsFacet, robustness: RobustnessFacet) -> None:
        self._shared = shared
        self._runs = runs
        self._robustness = robustness

    def measure(self, request: SetRequest) -> Generator[Progress, None, RobustnessReport]:
        """Index, sweep every query of the set, and return the report.

        Resumable: stored tokens, vectors and scores are read; closing the generator keeps what was
        done. The hardest queries are known only after all were scored, which is done first. A pair
        that cannot be swept is left out with its reason.

        Raises:
            SettingsError: The number, the slice or the scorer cannot be used, or nothing is left.
            ManifestError: The hardest are asked for, and no query has a positive.
            ModelError: The model failed.
            WorkspaceError: The disk is full or read-only.
        """
        if request.n_queries is not None and request.n_queries < 1:
            raise SettingsError(f"{request.n_queries} queries cannot be swept; give 1 or more.")
        self._robustness.require_sweeper()
        within = in_slice(self._shared.corpus.queries, request.slice_name)
        yield from self._runs.build_index()
        queries = yield from self._chosen(request, within)
        curves: list[ResponseCurve] = []
        left_out: list[tuple[str, str]] = []
        for number, query in enumerate(queries):
            try:
                curves += yield from self._query(request, query, number, len(queries))
            except ImageError as error:
                left_out.append((query.image_id, str(error)))
            except _LeftOutError as reason:
                left_out.append((query.image_id, str(reason)))
        yield Progress("sweep", len(queries), len(queries), "queries")
        if not curves:
            query_id, reason = left_out[0]
            raise SettingsError(
                f"None of the {len(queries)} queries can be swept, '{query_id}' because: {reason}."
            )
        return self._report(request, curves, left_out)

    def check_folder(self, folder: Path) -> None:
        """Refuse a folder where `write` cannot write.

        Raises:
            ExchangeError: It is a file, or its parent is missing.
        """
        check_report_folder(folder)

    def write(self, report: RobustnessReport, folder: Path) -> tuple[str, ...]:
        """Write figure, page, tables and receipt; return the files' names.

        Raises:
            ExchangeError: The folder cannot be used.
            WorkspaceError: A file cannot be written.
        """
        return write_report(folder, report)

    def _chosen(
        self, request: SetRequest, within: Sequence[ImageRecord]
    ) -> Generator[Progress, None, Sequence[ImageRecord]]:
        if request.choose == "spread":
            return spread(within, request.n_queries)
        ranking = self._shared.settings.ranking
        measurable = {query.image_id for query in self._shared.require_measurable()}
        scored = [query for query in within if query.image_id in measurable]
        yield from self._runs.score(scored, ranking.depth)
        outcomes = self._runs.outcomes(ranking.depth, ranking.lam, ranking.gamma)
        return hardest(scored, outcomes, request.n_queries)

    def _query(
        self, request: SetRequest, query: ImageRecord, number: int, total: int
    ) -> Generator[Progress, None, list[ResponseCurve]]:
        """Return the ten finished curves of one query.

        Raises:
            ImageError: One of its images cannot be decoded.
        """
        if query.problem is not None:
            raise _LeftOutError(query.problem)
        candidate = None
        if request.pair == "positive":
            candidate = self._robustness.default_candidate(query.image_id)
            if candidate is None:
                raise _LeftOutError(_NO_POSITIVE)
        made: list[ResponseCurve] = []
        for name in PERTURBATION_NAMES:
            one = SweepRequest(
                query.image_id, candidate, name, request.side, request.pair, seed=request.seed
            )
            curve = yield from _followed(
                self._robustness.sweep(one), Progress("sweep", number, total, "queries")
            )
            made.append(curve)
        return made

    def _report(
        self,
        request: SetRequest,
        curves: Sequence[ResponseCurve],
        left_out: Sequence[tuple[str, str]],
    ) -> RobustnessReport:
        shared = self._shared
        ids = dict.fromkeys(curve.query_id for curve in curves)
        instances = {i: shared.record(i).instance_id or f"query {i}" for i in ids}
        boxes: dict[str, int] = {}
        for curve in curves[:: len(PERTURBATION_NAMES)]:
            boxes[curve.box.source] = boxes.get(curve.box.source, 0) + 1
        return RobustnessReport(
            corpus=shared.corpus.name,
            request=request,
            instances=instances,
            left_out=tuple(left_out),
            boxes=dict(sorted(boxes.items())),
            responses=_responses(curves, instances),
            breaking=tuple(one for curve in curves for one in pair_breakings(curve)),
            curves=tuple(curves),
            receipt=receipt(self._receipt_fields(request)),
        )

    def _receipt_fields(self, request: SetRequest) -> dict[str, str]:
        ranking = self._shared.settings.ranking
        return receipt_fields(self._shared, ranking.depth, ranking.lam, ranking.gamma) | {
            "queries": "all" if request.n_queries is None else str(request.n_queries),
            "choice of queries": request.choose,
            "slice": request.slice_name or "none",
            "pair": request.pair,
            "damaged side": request.side,
            "seed": str(request.seed),
        }


class _LeftOutError(Exception):
    """A query has no pair to sweep; the text says why."""


def _responses(
    curves: Sequence[ResponseCurve], instances: dict[str, str]
) -> tuple[SetResponse, ...]:
    made: list[SetResponse] = []
    for name in PERTURBATION_NAMES:
        own = [curve for curve in curves if curve.spec.name == name]
        made.append(set_response(own, [instances[curve.query_id] for curve in own]))
    return tuple(made)


def _followed(
    sweep: Iterator[ResponseCurve], progress: Progress
) -> Generator[Progress, None, ResponseCurve]:
    """Return the last curve, telling the same progress at every level so that it can be stopped."""
    growing: ResponseCurve | None = None
    for curve in sweep:
        growing = curve
        yield progress
    assert growing is not None, "a sweep ends with its finished curve"
    return growing
