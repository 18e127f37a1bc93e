"""The failures facet: where AP is lost, and for which positives and slices."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from core.analysis.changes import PairGroups, appearance_change, pair_groups
from core.analysis.evaluation import MAX_UNSCORED_SHARE
from core.analysis.groups import (
    GroupOf,
    RankedPositives,
    group_means,
    members_of,
    ranked_positives,
)
from core.analysis.ledger import LOSS, ledger_lines, lost, mean_ledger
from core.analysis.slices import labels_by_attribute
from core.analysis.worst import worst_slices
from core.errors import SettingsError
from core.reranking.fusion import rank_after
from core.types import (
    FAILURE_CLASSES,
    GROUP_BOUNDS,
    LEDGER_PARTS,
    MEASURES,
    FailureReport,
    Grid,
    GroupBounds,
    GroupMean,
    Progress,
    QueryOutcome,
    QuerySlice,
)
from core.workbench.measures import Measures
from core.workbench.quarters import QUARTERS, Quarters
from core.workbench.results import Results, Setting
from core.workbench.shared import Shared

ANY = "*"
_KEPT = 8
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, eq=False)
class _Material:
    """What one ranking gives: outcomes, where positives stand, and pair groups."""

    outcomes: tuple[QueryOutcome, ...]
    ranked: tuple[RankedPositives, ...]
    changes: tuple[PairGroups, ...]
    withheld: bool


class FailuresFacet:
    """Everything about what went wrong, over the queries evaluated so far."""

    def __init__(self, shared: Shared, results: Results) -> None:
        self._shared = shared
        self._results = results
        self._measures = Measures(shared)
        self._lock = threading.Lock()
        self._made: OrderedDict[tuple[Setting, int], _Material] = OrderedDict()
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
        material = self._material((depth, lam, gamma))
        positives = self._positives(material.ranked)
        n_to_measure = len(self._measures.pending(positives))
        key = ((depth, lam, gamma), self._results.revision, bounds, n_to_measure, slices)
        with self._lock:
            if key in self._reports:
                return self._reports[key]
        made = self._report(material, positives, bounds, n_to_measure)
        if slices and made.ledger is not None:
            found = worst_slices(material.outcomes, self._shared.queries)
            made = replace(made, slices=found)
        with self._lock:
            self._reports[key] = made
            while len(self._reports) > _KEPT:
                self._reports.popitem(last=False)
        return made

    def members(self, chosen: QuerySlice, setting: Setting) -> frozenset[str]:
        """Return the ids of a slice's queries among those evaluated so far.

        Raises:
            SettingsError: There is no such slice.
        """
        material = self._material(setting)
        if chosen.kind == "lost":
            return self._losers(material.outcomes, chosen)
        if chosen.kind == "tag":
            return self._tagged(material.outcomes, chosen)
        if chosen.kind == "grid":
            return self._in_grid(material.ranked, chosen)
        name, _, label = chosen.name.partition("=")
        groups = next((g for g in material.changes if g.name == name), None)
        if groups is None or label not in groups.labels:
            raise _unknown(chosen)
        return members_of(material.ranked, groups.of, label)

    def measure(self, depth: int) -> Iterator[Progress]:
        """Open the pictures of positives whose coverage or clutter is not filed; resumable.

        Raises:
            WorkspaceError: The disk is full or read-only.
        """
        ranking = self._shared.settings.ranking
        material = self._material((depth, ranking.lam, ranking.gamma))
        yield from self._measures.measure(self._positives(material.ranked))

    def _report(
        self,
        material: _Material,
        positives: Sequence[str],
        bounds: GroupBounds,
        n_to_measure: int,
    ) -> FailureReport:
        outcomes, withheld = material.outcomes, material.withheld
        classes = Counter(outcome.failure_class for outcome in outcomes)
        k = self._shared.settings.ranking.k
        usable = bool(outcomes) and not withheld
        return FailureReport(
            n_evaluated=len(outcomes),
            n_queries=len(self._shared.measurable),
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

    def _grid(self, material: _Material, positives: Sequence[str], bounds: GroupBounds) -> Grid:
        k = self._shared.settings.ranking.k
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

    def _in_grid(self, ranked: Sequence[RankedPositives], chosen: QuerySlice) -> frozenset[str]:
        name, _, cell = chosen.name.partition(":")
        row, _, column = cell.partition(",")
        bounds = _named(GROUP_BOUNDS, name)
        if bounds is None or not {row, column} <= {*QUARTERS, ANY}:
            raise _unknown(chosen)
        quarters = Quarters(self._measures, self._positives(ranked), bounds)

        def group(query_id: str, image_id: str) -> str:
            wanted = ((row, quarters.coverage), (column, quarters.clutter))
            fits = all(q == ANY or of(query_id, image_id) == q for q, of in wanted)
            return "in" if fits else "out"

        return members_of(ranked, group, "in")

    def _losers(self, outcomes: Sequence[QueryOutcome], chosen: QuerySlice) -> frozenset[str]:
        part = _named(LEDGER_PARTS, chosen.name)
        if part is None:
            raise _unknown(chosen)
        return frozenset(o.query_id for o in outcomes if lost(o, part) > LOSS)

    def _tagged(self, outcomes: Sequence[QueryOutcome], chosen: QuerySlice) -> frozenset[str]:
        attribute, _, value = chosen.name.partition("=")
        labels = labels_by_attribute(outcomes, self._shared.queries).get(attribute, {})
        if value not in labels.values():
            raise _unknown(chosen)
        return frozenset(query_id for query_id, label in labels.items() if label == value)

    def _positives(self, ranked: Sequence[RankedPositives]) -> tuple[str, ...]:
        return tuple(sorted({i for query in ranked for i in query.positives}))

    def _material(self, setting: Setting) -> _Material:
        key = (setting, self._results.revision)
        with self._lock:
            if key in self._made:
                return self._made[key]
        made = self._make(setting)
        with self._lock:
            self._made[key] = made
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return made

    def _make(self, setting: Setting) -> _Material:
        outcomes = self._results.outcomes(*setting)
        margins = self._results.margins()
        found = [self._ranked(o, margins[o.query_id], setting) for o in outcomes]
        ranked = tuple(one for one in found if one is not None)
        n_pairs = sum(min(setting[0], len(margins[o.query_id]) + o.n_unscored) for o in outcomes)
        n_unscored = sum(o.n_unscored for o in outcomes)
        records = self._shared.queries | self._shared.database
        return _Material(
            outcomes,
            ranked,
            pair_groups(ranked, records),
            withheld=n_unscored > MAX_UNSCORED_SHARE * max(1, n_pairs),
        )

    def _ranked(
        self, outcome: QueryOutcome, margins: dict[str, float], setting: Setting
    ) -> RankedPositives | None:
        depth, lam, gamma = setting
        query = self._shared.queries[outcome.query_id]
        relevance = self._shared.relevance(outcome.query_id)
        shortlist = self._shared.shortlist(query)
        if relevance is None or shortlist is None:
            return None
        chosen = self._shared.models().reranker.selection(query, shortlist, depth)
        known = {i: margins[i] for i in chosen.image_ids if i in margins}
        after = rank_after(chosen.shortlist, known, chosen.depth, lam, gamma).image_ids
        return ranked_positives(outcome.query_id, shortlist.image_ids, after, relevance)


def _named(allowed: Sequence[_T], name: str) -> _T | None:
    return next((one for one in allowed if one == name), None)


def _unknown(chosen: QuerySlice) -> SettingsError:
    return SettingsError(
        f"There is no slice '{chosen.kind}:{chosen.name[:80]}' among the evaluated queries; choose "
        "one on the Failures screen."
    )
