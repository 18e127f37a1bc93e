"""The set-sweeps facet: perturbations on a set of queries, and the report of them."""

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path

from markupsafe import Markup

from core.analysis.slices import attribute_labels
from core.bench.evaluation import RunsFacet
from core.bench.session import Session
from core.bench.sweeps.pair import RobustnessFacet
from core.bench.sweeps.set_run import SetRun
from core.errors import SettingsError
from core.exchange.robustness import check_report_folder, write_report
from core.robustness.levels import SPECS, check_damage
from core.robustness.sets import hardest, in_slice
from core.sampling import spread
from core.types.corpus import ImageRecord
from core.types.jobs import Step
from core.types.robustness import PERTURBATION_NAMES
from core.types.runs import Progress
from core.types.sets import RobustnessReport, SetCost, SetRequest
from core.types.work import MadeReport

MEANS_EVERY_S = 1.0
"""Means are made again at most this often, for they resample the instances."""
REPORT_EVERY_S = 5.0
"""The same for a report of all ten, whose figure takes up to a second to draw."""


class SetSweepsFacet:
    """How a set of queries answers to controlled damage."""

    def __init__(self, session: Session, runs: RunsFacet, robustness: RobustnessFacet) -> None:
        self._session = session
        self._runs = runs
        self._robustness = robustness
        self.check_folder = check_report_folder

    def measure(self, request: SetRequest) -> Generator[Progress, None, RobustnessReport]:
        """Index, sweep every query of the set, and return the report.

        Resumable: stored tokens, vectors and scores are read; closing the generator keeps what was
        done. A pair that cannot be swept is left out with its reason.

        Raises:
            SettingsError: The number, the slice or a scorer cannot be used, or nothing is left.
            ManifestError: The hardest are asked for, and no query has a positive.
            ModelError: The model failed.
            WorkspaceError: The disk is full or read-only.
        """
        run = yield from self.start(request)
        yield from run.steps()
        run.require_one()
        return run.report()

    def start(self, request: SetRequest) -> Generator[Progress, None, SetRun]:
        """Index, make the scorers ready, choose the queries, and return their run.

        The hardest queries are known only after all were scored, which is done first.

        Raises:
            SettingsError: See `measure`.
            ManifestError: See `measure`.
            ModelError: The model failed.
            WorkspaceError: The disk is full or read-only.
        """
        scorers, within = self._checked(request)
        yield from self._runs.build_index()
        for scorer in scorers:
            yield from self._robustness.rivals.prepare(scorer)
        queries = yield from self._chosen(request, within)
        asked = replace(request, scorers=scorers)
        return SetRun(self._session, self._robustness, asked, queries)

    def grow(
        self,
        request: SetRequest,
        every_s: float = MEANS_EVERY_S,
        now: Callable[[], float] = time.monotonic,
    ) -> Generator[Step[RobustnessReport]]:
        """Yield how far a run is, with the report so far every few seconds and at the end.

        Args:
            request: What is measured.
            every_s: Least seconds between two reports.
            now: Seconds of a clock that only goes forward.

        Raises:
            SecondLookError: See `measure`.
        """
        run = yield from self.start(request)
        made_at, n_made = now(), 0
        for progress in run.steps():
            is_last = progress.done == progress.total
            if is_last:
                run.require_one()
            if is_last or (run.n_swept > n_made and now() - made_at >= every_s):
                made = progress, run.report()
                made_at, n_made = now(), run.n_swept
                yield made
            else:
                yield progress

    def make_report(
        self, request: SetRequest, now: Callable[[], float] = time.monotonic
    ) -> Generator[Step[MadeReport]]:
        """Yield the report of a set as it grows; at the end it is kept in the workspace.

        Raises:
            SecondLookError: See `measure` and `keep`.
        """
        last: RobustnessReport | None = None
        progress: Progress | None = None
        for step in self.grow(request, REPORT_EVERY_S, now):
            if isinstance(step, Progress):
                yield step
                continue
            progress, last = step
            if progress.done < progress.total:
                yield progress, MadeReport(last)
        assert last is not None, "a run without any query is refused"
        assert progress is not None, "it came with the report"
        yield progress, MadeReport(last, self.keep(last))

    def cost(self, request: SetRequest) -> SetCost:
        """Return what a run takes at most, before it starts; what is stored is not subtracted.

        Raises:
            SettingsError: See `measure`.
        """
        scorers, within = self._checked(request)
        n = len(within) if request.n_queries is None else min(request.n_queries, len(within))
        n_levels = sum(len(SPECS[name].levels) for name in request.names)
        depth = min(self._session.pipeline.depth, len(self._session.database))
        each, damage = 1, request.damage
        if damage.side == "query":
            each += depth if damage.full_depth else min(damage.n_ranked, depth)
        per_query, per_image = self._runs.paces()
        return SetCost(
            n_queries=n,
            n_levels=n_levels,
            n_pairs=n * n_levels * each,
            n_scorers=1 + sum(not one.startswith("import:") for one in scorers),
            seconds_per_pair=None if per_query is None else per_query / depth,
            seconds_per_image=per_image,
        )

    def write(self, report: RobustnessReport, folder: Path) -> tuple[str, ...]:
        """Write figure, page, tables and receipt; return the files' names.

        Raises:
            ExchangeError: The folder cannot be used.
            WorkspaceError: A file cannot be written.
        """
        return write_report(folder, report)

    def keep(self, report: RobustnessReport) -> tuple[str, ...]:
        """Write the report into the workspace under its receipt; return the files' names.

        Raises:
            WorkspaceError: A file cannot be written.
        """
        folder = self._session.workspace.robustness
        folder.mkdir(exist_ok=True)
        return write_report(folder / report.receipt.receipt_id, report)

    def kept(self, receipt_id: str, name: str) -> Path:
        """Return a file of a report that was kept; both names are looked up.

        Raises:
            SettingsError: There is no such report or file.
        """
        for folder in sorted(self._session.workspace.robustness.glob("*")):
            for path in sorted(folder.glob("*")):
                if (folder.name, path.name) == (receipt_id, name):
                    return path
        raise SettingsError("There is no such robustness report in this workspace; make it again.")

    def figure(self, report: RobustnessReport) -> Markup:
        """Return the figure of a report as a standalone SVG."""
        from core.reporting.robustness_figure import panels_svg

        return panels_svg(report)

    def slices(self) -> dict[str, tuple[str, ...]]:
        """Return the values of every attribute that a set can be narrowed by."""
        return {
            name: tuple(sorted(set(labels.values())))
            for name, labels in attribute_labels(self._session.corpus.queries).items()
        }

    def _checked(self, request: SetRequest) -> tuple[tuple[str, ...], Sequence[ImageRecord]]:
        """Return the scorers in their canonical spelling, and the queries of the slice."""
        if request.n_queries is not None and request.n_queries < 1:
            raise SettingsError(f"{request.n_queries} queries cannot be swept; give 1 or more.")
        known = tuple(name for name in PERTURBATION_NAMES if name in request.names)
        if not known or known != request.names:
            raise SettingsError(
                "The perturbations of a set are some of the ten, each once, in the table's order."
            )
        if request.damage.box is not None:
            raise SettingsError("Every image of a set has its own box; give none for all of them.")
        check_damage(request.damage)
        self._robustness.require_sweeper()
        return (
            self._robustness.rivals.known(request.scorers),
            in_slice(self._session.corpus.queries, request.slice_name),
        )

    def _chosen(
        self, request: SetRequest, within: Sequence[ImageRecord]
    ) -> Generator[Progress, None, Sequence[ImageRecord]]:
        if request.choose == "spread":
            return spread(within, request.n_queries)
        measurable = {query.image_id for query in self._session.require_measurable()}
        scored = [query for query in within if query.image_id in measurable]
        depth = self._session.pipeline.depth
        yield from self._runs.score(scored, depth)
        outcomes = self._runs.outcomes(self._session.fusion(depth))
        return hardest(scored, outcomes, request.n_queries)
