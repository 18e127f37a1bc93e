"""What one ranking gives to the Failures screen, and the sets of queries that a click opens."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from core.analysis.appearance_change import PairGroups, pair_groups
from core.analysis.groups import RankedPositives, members_of, ranked_positives
from core.analysis.ledger import LOSS, lost
from core.analysis.slices import labels_by_attribute
from core.analysis.tipped import tipped
from core.bench.failures.difficulty import QUARTERS, Measures, Quarters
from core.bench.orders import Orders
from core.bench.session import Session
from core.errors import SettingsError
from core.recent import Recent
from core.storage.selections import selections
from core.types.failures import GROUP_BOUNDS, QuerySlice, Tipped, ledger_parts
from core.types.orders import Fusion
from core.types.rankings import QueryOutcome

_KEPT = 8


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What one ranking gives: outcomes, where positives stand, and pair groups.

    `withheld` says that too many pairs have no score. `tipped` says of intruders which of the
    `terms` of joined evidence put them first; both are empty where nothing is joined.
    """

    outcomes: tuple[QueryOutcome, ...]
    ranked: tuple[RankedPositives, ...]
    changes: tuple[PairGroups, ...]
    withheld: bool
    tipped: tuple[Tipped, ...] = ()
    terms: tuple[str, ...] = ()

    @property
    def positives(self) -> tuple[str, ...]:
        """Every positive of every evaluated query, sorted."""
        return tuple(sorted({i for query in self.ranked for i in query.positives}))


class Materials:
    """Makes and keeps the material of the last few rankings."""

    def __init__(self, session: Session, orders: Orders) -> None:
        self._session = session
        self._orders = orders
        self._made: Recent[tuple[Fusion, int], Material] = Recent(_KEPT)

    def get(self, fusion: Fusion) -> Material:
        """Return what this ranking gives, over the queries evaluated so far."""
        key = (fusion, self._orders.revision)
        return self._made.get_or_make(key, lambda: self._make(fusion))

    def _make(self, fusion: Fusion) -> Material:
        outcomes = self._orders.outcomes(fusion)
        found = [self._ranked(outcome, fusion) for outcome in outcomes]
        ranked = tuple(one for one in found if one is not None)
        records = self._session.queries | self._session.database
        joined = [one for outcome in outcomes for one in self._tipped(outcome, fusion)]
        return Material(
            outcomes,
            ranked,
            pair_groups(ranked, records),
            withheld=self._orders.withheld(fusion, [o.query_id for o in outcomes]),
            tipped=tuple(joined),
            terms=self._terms() if outcomes else (),
        )

    def _terms(self) -> tuple[str, ...]:
        """Return the terms that the last stage joins, in the order of their fit."""
        call = self._session.pipeline.last
        if call.name != "evidence":
            return ()
        return tuple(term.stage for term in self._session.fits.get(call.option).terms)

    def _tipped(self, outcome: QueryOutcome, fusion: Fusion) -> Iterator[Tipped]:
        relevance = self._session.relevance(outcome.query_id)
        order = self._orders.noted(outcome.query_id, fusion) if outcome.intruder_ids else None
        if relevance is not None and order is not None:
            yield from tipped(outcome, order, relevance)

    def _ranked(self, outcome: QueryOutcome, fusion: Fusion) -> RankedPositives | None:
        relevance = self._session.relevance(outcome.query_id)
        order = self._orders.noted(outcome.query_id, fusion)
        if relevance is None or order is None:
            return None
        before = order.before.image_ids
        return ranked_positives(outcome.query_id, before, order.after, relevance)


ANY = "*"
_T = TypeVar("_T")


class QuerySlices:
    """Looks up the queries of a slice."""

    def __init__(self, session: Session, materials: Materials, measures: Measures) -> None:
        self._session = session
        self._materials = materials
        self._measures = measures
        self._selections = selections(session.workspace.selections)

    def members(self, chosen: QuerySlice, fusion: Fusion) -> frozenset[str]:
        """Return the ids of a slice's queries among those evaluated so far.

        Those of a selection on the map are all that lie in it, evaluated or not.

        Raises:
            SettingsError: There is no such slice.
        """
        if chosen.kind == "map":
            return self._selected(chosen)
        material = self._materials.get(fusion)
        if chosen.kind == "lost":
            return self._losers(material.outcomes, chosen)
        if chosen.kind == "tipped":
            return self._tipped(material, chosen)
        if chosen.kind == "tag":
            return self._tagged(material.outcomes, chosen)
        if chosen.kind == "grid":
            return self._in_grid(material, chosen)
        name, _, label = chosen.name.partition("=")
        groups = next((g for g in material.changes if g.name == name), None)
        if groups is None or label not in groups.labels:
            raise _unknown(chosen)
        return members_of(material.ranked, groups.of, label)

    def _selected(self, chosen: QuerySlice) -> frozenset[str]:
        found = self._selections.find(chosen.name)
        if found is None:
            raise _unknown(chosen)
        return frozenset(found.query_ids) & self._session.queries.keys()

    def _in_grid(self, material: Material, chosen: QuerySlice) -> frozenset[str]:
        name, _, cell = chosen.name.partition(":")
        row, _, column = cell.partition(",")
        bounds = _named(GROUP_BOUNDS, name)
        if bounds is None or not {row, column} <= {*QUARTERS, ANY}:
            raise _unknown(chosen)
        quarters = Quarters(self._measures, material.positives, bounds)

        def group(query_id: str, image_id: str) -> str:
            wanted = ((row, quarters.coverage), (column, quarters.clutter))
            fits = all(q == ANY or of(query_id, image_id) == q for q, of in wanted)
            return "in" if fits else "out"

        return members_of(material.ranked, group, "in")

    def _losers(self, outcomes: Sequence[QueryOutcome], chosen: QuerySlice) -> frozenset[str]:
        n_stages = len(self._session.models().cascade.stages)
        part = _named(ledger_parts(n_stages), chosen.name)
        if part is None:
            raise _unknown(chosen)
        return frozenset(o.query_id for o in outcomes if lost(o, part) > LOSS)

    def _tipped(self, material: Material, chosen: QuerySlice) -> frozenset[str]:
        if chosen.name not in material.terms:
            raise _unknown(chosen)
        return frozenset(one.query_id for one in material.tipped if one.term == chosen.name)

    def _tagged(self, outcomes: Sequence[QueryOutcome], chosen: QuerySlice) -> frozenset[str]:
        attribute, _, value = chosen.name.partition("=")
        labels = labels_by_attribute(outcomes, self._session.queries).get(attribute, {})
        if value not in labels.values():
            raise _unknown(chosen)
        return frozenset(query_id for query_id, label in labels.items() if label == value)


def _named(allowed: Sequence[_T], name: str) -> _T | None:
    return next((one for one in allowed if one == name), None)


def _unknown(chosen: QuerySlice) -> SettingsError:
    return SettingsError(
        f"There is no slice '{chosen.kind}:{chosen.name[:80]}' among the evaluated queries; choose "
        "one on the Failures screen."
    )
