"""The confidence facet: which number per query tells whether its first result is right."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.analysis.confidence import (
    Judged,
    auprc,
    aurc,
    average_precision,
    combination,
    curve,
    trusted,
)
from core.bench.evaluation import RunsFacet
from core.bench.orders import Orders
from core.bench.other_scorers import OtherScorers
from core.bench.session import Session
from core.errors import ManifestError, SettingsError
from core.recent import Recent
from core.spreadsheet import csv_text
from core.storage.imports import ConfidenceImports
from core.types.confidence import (
    COMBINED,
    ConfidenceReport,
    ConfidenceSignal,
    FirstOf,
    Trusted,
)
from core.types.corpus import ImageRecord, Relevance
from core.types.orders import Fusion, Order
from core.types.runs import Progress
from core.types.scores import Shortlist, sigmoid

USUAL_STAGES = ("mllm", "geometric", "kreciprocal")
"""Stages that are asked about the first result, beside the pipeline's own and evidence."""
COSINE, COSINE_GAP = "cosine", "cosine gap"
_KEPT = 8


@dataclass(frozen=True, slots=True)
class _First:
    """A query's first and second image that are no junk, in one order."""

    query: ImageRecord
    image_id: str
    second_id: str | None
    is_right: bool
    order: Order


class ConfidenceFacet:
    """Holds signals of the first result against the ground truth.

    Queries without a positive take part and are never right. A report reads what is stored;
    `measure` scores what is missing of it, at most one pair per query and stage.
    """

    def __init__(
        self, session: Session, orders: Orders, runs: RunsFacet, others: OtherScorers
    ) -> None:
        self._session = session
        self._orders = orders
        self._runs = runs
        self._others = others
        self._made = Recent[tuple[object, ...], ConfidenceReport](_KEPT)

    def stages(self) -> tuple[str, ...]:
        """Return the stages that are asked: the bench's own, the usual ones, and evidence."""
        session, own = self._session, self._others.own
        fits = [f"evidence:{name}" for name in session.fits.names()]
        is_served = session.settings.server_address() is not None
        others = () if is_served else self._others.known((*USUAL_STAGES, *fits))
        return tuple(name for name in (own, *others) if self._can_ask(name))

    def measure(self, fusion: Fusion, first_of: FirstOf) -> Iterator[Progress]:
        """Score what is missing of the first results; resumable. Then `report` has all signals.

        Raises:
            ManifestError: The corpus has no ground truth.
            ModelError: A model failed or is not fit to score.
        """
        queries = self._labelled()
        if first_of == "after":
            yield from self._runs.score(queries, fusion.depth)
        firsts = self._firsts(fusion, first_of)
        for name in self.stages():
            if name != self._others.own:
                yield from self._others.prepare(name)
            reranker = self._others.session_of(name).trusted_models().cascade.last.reranker
            for place, first in enumerate(firsts):
                yield Progress("ask", place, len(firsts), "queries")
                for _ in reranker.rerank(first.query, _alone(first), 1):
                    pass
        if firsts:
            self._put(fusion, first_of, self._report(first_of, firsts))
        yield Progress("ask", len(firsts), len(firsts), "queries")

    def report(self, fusion: Fusion, first_of: FirstOf) -> ConfidenceReport | None:
        """Return what stored scores tell; None before there is an index or a first result.

        Raises:
            ManifestError: The corpus has no ground truth.
        """
        if not self._session.is_loaded or self._session.index is None:
            return None
        known = self._made.get(self._key(fusion, first_of))
        if known is None:
            firsts = self._firsts(fusion, first_of)
            if firsts:
                known = self._put(fusion, first_of, self._report(first_of, firsts))
        return known

    def _key(self, fusion: Fusion, first_of: FirstOf) -> tuple[object, ...]:
        imports = ConfidenceImports(self._session.workspace.confidence_imports).names()
        return (fusion, first_of, self._orders.revision, tuple(imports))

    def _put(self, fusion: Fusion, first_of: FirstOf, made: ConfidenceReport) -> ConfidenceReport:
        return self._made.put(self._key(fusion, first_of), made)

    def n_missing(self, report: ConfidenceReport | None) -> int:
        """Return how many stages have not scored every first result; 0 before models are loaded."""
        if not self._session.is_loaded:
            return 0
        if report is None:
            return len(self.stages())
        known = {one.name: one.n_missing for one in report.signals}
        return sum(known.get(name, 1) > 0 for name in self.stages())

    def trusted(self, report: ConfidenceReport, signal: str, precision: float) -> Trusted | None:
        """Return the lowest threshold of a signal at which a precision is reached, or None.

        Raises:
            SettingsError: There is no such signal, or the precision is not in (0, 1].
        """
        if not 0.0 < precision <= 1.0:
            raise SettingsError(f"A precision of {precision:g} cannot be reached; name 0 to 1.")
        found = next((one for one in report.shown if one.name == signal), None)
        if found is None:
            known = ", ".join(one.name for one in report.shown)
            raise SettingsError(f"Signal '{signal[:40]}' is not known; use one of: {known}.")
        return trusted(_judged(report, found.values), precision)

    def csv(self, report: ConfidenceReport) -> str:
        """Return a row per query: its first image, whether it is right, and every signal."""
        names = [one.name for one in report.shown]
        rows = [
            [
                query_id,
                report.first[query_id],
                int(is_right),
                *(one.values.get(query_id, "") for one in report.shown),
            ]
            for query_id, is_right in report.right.items()
        ]
        return csv_text(["query", "first", "right", *names], rows)

    def _labelled(self) -> list[ImageRecord]:
        """Return the readable queries with a ground truth, with or without a positive."""
        session = self._session
        found = [
            query
            for query in session.corpus.queries
            if query.problem is None and session.relevance(query.image_id) is not None
        ]
        if not found:
            raise ManifestError(
                f"Corpus '{session.corpus.name}' has no ground truth, so nothing says which first "
                "results are right; give it a manifest with instances."
            )
        return found

    def _firsts(self, fusion: Fusion, first_of: FirstOf) -> list[_First]:
        found: list[_First] = []
        for query in self._labelled():
            relevance, order = (
                self._session.relevance(query.image_id),
                self._orders.of(query, fusion),
            )
            if order is None or relevance is None or (first_of == "after" and order.pending):
                continue
            ids = order.before.image_ids if first_of == "before" else order.after
            found.extend(_first(query, relevance, order, ids))
        return found

    def _report(self, first_of: FirstOf, firsts: Sequence[_First]) -> ConfidenceReport:
        right = {one.query.image_id: one.is_right for one in firsts}
        bare = ConfidenceReport(
            first_of,
            right,
            {one.query.image_id: one.image_id for one in firsts},
            (),
            None,
            "",
            {one.query.image_id: one.query.instance_id or one.query.image_id for one in firsts},
        )
        tables = {
            name: (unit, values) for name, unit, values in self._tables(bare, firsts) if values
        }
        return _filled(bare, tables)

    def _tables(
        self, bare: ConfidenceReport, firsts: Sequence[_First]
    ) -> Iterator[tuple[str, str, dict[str, float]]]:
        """Yield name, unit and values by query id of every signal."""
        yield COSINE, "cosine", {one.query.image_id: _cosine(one, one.image_id) for one in firsts}
        yield (
            COSINE_GAP,
            "cosine",
            {
                one.query.image_id: _cosine(one, one.image_id) - _cosine(one, one.second_id)
                for one in firsts
                if one.second_id is not None
            },
        )
        for name in self.stages():
            yield from self._of_stage(name, firsts)
        imports = ConfidenceImports(self._session.workspace.confidence_imports)
        for name in imports.names():
            values = imports.get(name).values
            known = {query: values[query] for query in bare.right if query in values}
            yield f"import:{name}", "as imported", known

    def _of_stage(
        self, name: str, firsts: Sequence[_First]
    ) -> Iterator[tuple[str, str, dict[str, float]]]:
        session = self._others.session_of(name)
        kind, cascade = session.kind, session.models().cascade
        as_chance = kind.has_probability and not kind.is_margin
        values: dict[str, float] = {}
        gaps: dict[str, float] = {}
        for one in firsts:
            ids = [one.image_id, *([] if one.second_id is None else [one.second_id])]
            scores = {i: found.margin for i, found in cascade.cached(one.query, ids).items()}
            if one.image_id not in scores:
                continue
            score = scores[one.image_id]
            values[one.query.image_id] = sigmoid(score) if as_chance else score
            if one.second_id in scores:
                gaps[one.query.image_id] = score - scores[one.second_id]
        yield name, "probability" if as_chance else kind.unit, values
        if name == self._others.own:
            yield f"{name} gap", kind.unit, gaps

    def _can_ask(self, name: str) -> bool:
        """Return whether a stage scores pairs by themselves, and can be had."""
        try:
            return not self._others.session_of(name).models().cascade.last.reads_order
        except SettingsError:  # a fit of another model
            return False


def _first(
    query: ImageRecord, relevance: Relevance, order: Order, ids: Sequence[str]
) -> Iterator[_First]:
    shown = [i for i in ids if relevance.relation(i) != "junk"][:2]
    if shown:
        second = shown[1] if len(shown) > 1 else None
        is_right = relevance.relation(shown[0]) == "positive"
        yield _First(query, shown[0], second, is_right, order)


def _cosine(first: _First, image_id: str | None) -> float:
    before = first.order.before
    return float(before.cosines[before.image_ids.index(image_id or first.image_id)])


def _alone(first: _First) -> Shortlist:
    before = first.order.before
    place = before.image_ids.index(first.image_id)
    return Shortlist(
        before.query_id, (first.image_id,), before.cosines[place : place + 1], before.exact
    )


def _judged(report: ConfidenceReport, values: Mapping[str, float]) -> Judged:
    ids = list(values)
    return Judged(
        np.array([report.right[query] for query in ids], np.bool_),
        np.array([values[query] for query in ids], np.float64),
        [report.clusters[query] for query in ids],
    )


def _signal(
    report: ConfidenceReport, name: str, unit: str, values: Mapping[str, float]
) -> ConfidenceSignal:
    judged = _judged(report, values)
    return ConfidenceSignal(
        name=name,
        unit=unit,
        n_missing=len(report.right) - len(values),
        chance=float(judged.right.mean()),
        auprc=auprc(judged),
        average_precision=average_precision(judged),
        aurc=aurc(judged),
        values=values,
        curve=curve(judged),
    )


def _filled(
    bare: ConfidenceReport, tables: Mapping[str, tuple[str, Mapping[str, float]]]
) -> ConfidenceReport:
    """Return the report with its signals, best first, and what joins them."""
    found = [_signal(bare, name, unit, values) for name, (unit, values) in tables.items()]
    found.sort(key=lambda one: -(one.auprc.value if one.auprc else 0.0))
    whole = [one for one in found if not one.n_missing and len(set(one.values.values())) > 1]
    combined, note = None, ""
    try:
        table = np.array([[one.values[query] for one in whole] for query in bare.right])
        right = np.array(list(bare.right.values()), np.bool_)
        clusters = np.array([bare.clusters[query] for query in bare.right])
        log_odds = combination([one.name for one in whole], table, right, clusters)
        values = dict(zip(bare.right, log_odds.tolist(), strict=True))
        combined = _signal(bare, COMBINED, "nats", values)
    except SettingsError as error:
        note = str(error)
    return ConfidenceReport(
        bare.first_of, bare.right, bare.first, tuple(found), combined, note, bare.clusters
    )
