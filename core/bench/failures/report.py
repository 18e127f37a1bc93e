"""The failures facet: where AP is lost, and for which positives and slices."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from core.analysis.appearance_change import appearance_change
from core.analysis.groups import GroupOf, group_means
from core.analysis.ledger import ledger_lines, mean_ledger
from core.analysis.tipped import tipped_terms
from core.analysis.worst import worst_slices
from core.bench.failures.difficulty import QUARTERS, Measures, Quarters
from core.bench.failures.query_sets import Material, Materials, QuerySlices
from core.bench.orders import Orders
from core.bench.session import Session
from core.bench.stage_use import stage_names
from core.recent import Recent
from core.types.failures import (
    MEASURES,
    FailureReport,
    Grid,
    GroupBounds,
    GroupMean,
    SliceSearch,
)
from core.types.orders import Fusion
from core.types.rankings import FAILURE_CLASSES, QueryOutcome
from core.types.runs import Progress

_KEPT = 8


class FailuresFacet:
    """Everything about what went wrong, over the queries evaluated so far."""

    def __init__(self, session: Session, orders: Orders) -> None:
        self._session = session
        self._orders = orders
        self._measures = Measures(session)
        self._materials = Materials(session, orders)
        self.members = QuerySlices(session, self._materials, self._measures).members
        self._reports: Recent[tuple[object, ...], FailureReport] = Recent(_KEPT)
        self._searches: Recent[tuple[Fusion, int], SliceSearch] = Recent(_KEPT)

    def report(
        self,
        fusion: Fusion,
        bounds: GroupBounds = "corpus",
        *,
        slices: bool = True,
    ) -> FailureReport:
        """Return ledger, classes, groups and slices; no pair is scored and no picture opened.

        Args:
            fusion: Depth, and how cosine and score are joined.
            bounds: Whose quartiles of coverage and clutter.
            slices: Whether to look for worst slices; False leaves them None.
        """
        revision = self._orders.revision  # before the material: a report is never of older scores
        material = self._materials.get(fusion)
        n_to_measure = len(self._measures.pending(material.positives))
        key = (fusion, revision, bounds, n_to_measure)
        made = self._reports.get_or_make(key, lambda: self._report(material, bounds, n_to_measure))
        if not slices or made.ledger is None:
            return made
        search = self._searches.get_or_make(  # kept while pictures are measured
            (fusion, revision), lambda: worst_slices(material.outcomes, self._session.queries)
        )
        return replace(made, slices=search)

    def evaluated(self, fusion: Fusion) -> tuple[tuple[QueryOutcome, ...], bool]:
        """Return the outcomes so far, and whether means after re-ranking are withheld."""
        material = self._materials.get(fusion)
        return material.outcomes, material.withheld

    def measure(self, depth: int) -> Iterator[Progress]:
        """Open the pictures of positives whose coverage or clutter is not filed; resumable.

        Raises:
            WorkspaceError: The disk is full or read-only.
        """
        material = self._materials.get(self._session.fusion(depth))
        yield from self._measures.measure(material.positives)

    def _report(self, material: Material, bounds: GroupBounds, n_to_measure: int) -> FailureReport:
        outcomes, withheld = material.outcomes, material.withheld
        classes = Counter(outcome.failure_class for outcome in outcomes)
        k = self._session.settings.ranking.k
        usable = bool(outcomes) and not withheld
        return FailureReport(
            n_evaluated=len(outcomes),
            n_queries=len(self._session.measurable),
            withheld=withheld,
            ledger=mean_ledger(outcomes) if usable else None,
            lines=ledger_lines(outcomes, stage_names(self._session)) if usable else (),
            classes={name: classes.get(name, 0) for name in FAILURE_CLASSES},
            grid=self._grid(material, bounds) if outcomes else None,
            changes=tuple(
                appearance_change(material.ranked, groups, k, withheld=withheld)
                for groups in material.changes
            ),
            slices=None,
            n_to_measure=n_to_measure,
            tipped=tipped_terms(material.tipped, material.terms),
            n_intruders=sum(len(outcome.intruder_ids) for outcome in outcomes),
        )

    def _grid(self, material: Material, bounds: GroupBounds) -> Grid:
        k = self._session.settings.ranking.k
        quarters = Quarters(self._measures, material.positives, bounds)

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
