"""The failures facet: where AP is lost, and for which positives and slices."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from core.analysis.appearance_change import appearance_change
from core.analysis.groups import GroupOf, group_means
from core.analysis.ledger import ledger_lines, mean_ledger
from core.analysis.worst import worst_slices
from core.bench.failures.difficulty import Measures
from core.bench.failures.difficulty_bins import QUARTERS, Quarters
from core.bench.failures.material import Material, Materials
from core.bench.failures.query_sets import QuerySlices
from core.bench.orders import Orders, Setting
from core.bench.session import Session
from core.types.failures import MEASURES, FailureReport, Grid, GroupBounds, GroupMean, QuerySlice
from core.types.rankings import FAILURE_CLASSES, QueryOutcome
from core.types.runs import Progress

_KEPT = 8


class FailuresFacet:
    """Everything about what went wrong, over the queries evaluated so far."""

    def __init__(self, session: Session, orders: Orders) -> None:
        self._session = session
        self._orders = orders
        self._measures = Measures(session)
        self._lock = threading.Lock()
        self._materials = Materials(session, orders)
        self._slices = QuerySlices(session, self._materials, self._measures)
        self._reports: OrderedDict[tuple[object, ...], FailureReport] = OrderedDict()

    def report(
        self,
        depth: int,
        lam: float,
        gamma: float,
        bounds: GroupBounds = "corpus",
        *,
        slices: bool = True,
    ) -> FailureReport:
        """Return ledger, classes, groups and slices; no pair is scored and no picture opened.

        Args:
            depth: How many of the shortlist the second stage may re-order.
            lam: Weight of the cosine in [0, 1].
            gamma: Slope of the sigmoid, per nat.
            bounds: Whose quartiles of coverage and clutter.
            slices: Whether to look for worst slices; False leaves them None.
        """
        material = self._materials.get((depth, lam, gamma))
        positives = material.positives
        n_to_measure = len(self._measures.pending(positives))
        key = ((depth, lam, gamma), self._orders.revision, bounds, n_to_measure, slices)
        with self._lock:
            if key in self._reports:
                return self._reports[key]
        made = self._report(material, positives, bounds, n_to_measure)
        if slices and made.ledger is not None:
            found = worst_slices(material.outcomes, self._session.queries)
            made = replace(made, slices=found)
        with self._lock:
            self._reports[key] = made
            while len(self._reports) > _KEPT:
                self._reports.popitem(last=False)
        return made

    def members(self, chosen: QuerySlice, setting: Setting) -> frozenset[str]:
        """Return the ids of a slice's queries; see `QuerySlices.members`.

        Raises:
            SettingsError: There is no such slice.
        """
        return self._slices.members(chosen, setting)

    def evaluated(self, setting: Setting) -> tuple[tuple[QueryOutcome, ...], bool]:
        """Return the outcomes so far, and whether means after re-ranking are withheld."""
        material = self._materials.get(setting)
        return material.outcomes, material.withheld

    def measure(self, depth: int) -> Iterator[Progress]:
        """Open the pictures of positives whose coverage or clutter is not filed; resumable.

        Raises:
            WorkspaceError: The disk is full or read-only.
        """
        ranking = self._session.settings.ranking
        material = self._materials.get((depth, ranking.lam, ranking.gamma))
        yield from self._measures.measure(material.positives)

    def _report(
        self,
        material: Material,
        positives: Sequence[str],
        bounds: GroupBounds,
        n_to_measure: int,
    ) -> FailureReport:
        outcomes, withheld = material.outcomes, material.withheld
        classes = Counter(outcome.failure_class for outcome in outcomes)
        k = self._session.settings.ranking.k
        usable = bool(outcomes) and not withheld
        return FailureReport(
            n_evaluated=len(outcomes),
            n_queries=len(self._session.measurable),
            withheld=withheld,
            ledger=mean_ledger(outcomes) if usable else None,
            lines=ledger_lines(outcomes) if usable else (),
            classes={name: classes.get(name, 0) for name in FAILURE_CLASSES},
            grid=self._grid(material, positives, bounds) if outcomes else None,
            changes=tuple(
                appearance_change(material.ranked, groups, k, withheld=withheld)
                for groups in material.changes
            ),
            slices=None,
            n_to_measure=n_to_measure,
        )

    def _grid(self, material: Material, positives: Sequence[str], bounds: GroupBounds) -> Grid:
        k = self._session.settings.ranking.k
        quarters = Quarters(self._measures, positives, bounds)

        def means(of: GroupOf, labels: Sequence[str]) -> tuple[GroupMean, ...]:
            return group_means(material.ranked, of, labels, k, withheld=material.withheld)

        has = {m: quarters.facts(m).bounds is not None for m in MEASURES}
        cells = None
        if all(has.values()):
            names = [f"{i},{j}" for i in QUARTERS for j in QUARTERS]
            flat = means(quarters.cell, names)
            cells = tuple(flat[row * 4 : row * 4 + 4] for row in range(4))
        return Grid(
            bounds=bounds,
            facts=(quarters.facts("coverage"), quarters.facts("clutter")),
            cells=cells,
            coverage=means(quarters.coverage, QUARTERS) if has["coverage"] else (),
            clutter=means(quarters.clutter, QUARTERS) if has["clutter"] else (),
        )
