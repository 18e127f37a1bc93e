"""One run over a set of queries: sweeps them query by query, and tells the means so far."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

from core.bench.receipts import receipt_fields
from core.bench.session import Session
from core.bench.sweeps.pair import RobustnessFacet
from core.errors import ImageError, SettingsError
from core.fingerprint import receipt
from core.robustness.summary import pair_breakings, set_response
from core.types.corpus import ImageRecord
from core.types.robustness import PerturbationName, ResponseCurve
from core.types.runs import Progress
from core.types.sets import RobustnessReport, SetRequest, SetResponse
from core.types.sweeps import SweepRequest

STAGE = "sweep"
"""The stage of a run's progress, which counts its queries."""
NO_POSITIVE = "no labelled positive in its shortlist"


@dataclass(slots=True, eq=False)
class SetRun:
    """The sweeps of a set of queries, all of them finished query by query.

    Args:
        session: Of the bench, indexed.
        robustness: Its facet.
        request: With the further scorers in their canonical spelling, made ready.
        queries: Those chosen, in order.
    """

    session: Session
    robustness: RobustnessFacet
    request: SetRequest
    queries: Sequence[ImageRecord]
    left_out: list[tuple[str, str]] = field(init=False, default_factory=list[tuple[str, str]])
    _curves: list[list[ResponseCurve]] = field(init=False)

    def __post_init__(self) -> None:
        self._curves = [[] for _ in (None, *self.request.scorers)]

    @property
    def n_swept(self) -> int:
        """How many queries are finished."""
        return len(self._curves[0]) // len(self.request.names)

    def steps(self) -> Iterator[Progress]:
        """Sweep every query, with one step per level; a query that cannot be is left out.

        Raises:
            SettingsError: The scorer or a level cannot be used.
            ModelError: A model failed.
            WorkspaceError: The disk is full or read-only.
        """
        total = len(self.queries)
        for number, query in enumerate(self.queries):
            try:
                made = yield from self._query(query, Progress(STAGE, number, total, "queries"))
            except ImageError as error:
                self.left_out.append((query.image_id, str(error)))
            except _LeftOutError as reason:
                self.left_out.append((query.image_id, str(reason)))
            else:
                for known, new in zip(self._curves, made, strict=True):
                    known += new
        yield Progress(STAGE, total, total, "queries")

    def require_one(self) -> None:
        """Do nothing if a query is finished.

        Raises:
            SettingsError: All were left out.
        """
        if self.n_swept:
            return
        query_id, reason = self.left_out[0] if self.left_out else ("", "there is none")
        raise SettingsError(
            f"None of the {len(self.queries)} queries can be swept, '{query_id}' because: {reason}."
        )

    def report(self) -> RobustnessReport:
        """Return the report of the queries that are finished, at least one."""
        session, curves = self.session, self._curves[0]
        ids = dict.fromkeys(curve.query_id for curve in curves)
        instances = {i: session.record(i).instance_id or f"query {i}" for i in ids}
        boxes: dict[str, int] = {}
        for curve in curves[:: len(self.request.names)]:
            boxes[curve.box.source] = boxes.get(curve.box.source, 0) + 1
        return RobustnessReport(
            corpus=session.corpus.name,
            request=self.request,
            instances=instances,
            left_out=tuple(self.left_out),
            boxes=dict(sorted(boxes.items())),
            responses=tuple(self._response(name, instances) for name in self.request.names),
            breaking=tuple(
                one
                for place, of_scorer in enumerate(self._curves)
                for curve in of_scorer
                for one in pair_breakings(curve, with_descriptor=place == 0)
            ),
            curves=tuple(curve for of_scorer in self._curves for curve in of_scorer),
            receipt=receipt(self._receipt_fields()),
        )

    def _query(
        self, query: ImageRecord, progress: Progress
    ) -> Generator[Progress, None, list[list[ResponseCurve]]]:
        """Return one query's finished curves, per scorer in the order of the perturbations.

        Raises:
            ImageError: One of its images cannot be decoded.
        """
        if query.problem is not None:
            raise _LeftOutError(query.problem)
        asked = self.request
        candidate = None
        if asked.damage.pair == "positive":
            candidate = self.robustness.default_candidate(query.image_id)
            if candidate is None:
                raise _LeftOutError(NO_POSITIVE)
        made: list[list[ResponseCurve]] = [[] for _ in self._curves]
        for name in asked.names:
            one = SweepRequest(query.image_id, candidate, name, asked.damage)
            for scorer, curves in zip((None, *asked.scorers), made, strict=True):
                curves.append((yield from _followed(self.robustness, one, scorer, progress)))
        return made

    def _response(self, name: PerturbationName, instances: dict[str, str]) -> SetResponse:
        own, *others = ([c for c in curves if c.spec.name == name] for curves in self._curves)
        return set_response(own, [instances[curve.query_id] for curve in own], others)

    def _receipt_fields(self) -> dict[str, str]:
        asked, damage = self.request, self.request.damage
        ranked = "the whole depth" if damage.full_depth else f"the nearest {damage.n_ranked}"
        if damage.retrieve_again:
            ranked += " of a new shortlist of the damaged query"
        fusion = self.session.fusion(self.session.pipeline.depth)
        fields = receipt_fields(self.session, fusion) | {
            "queries": "all" if asked.n_queries is None else str(asked.n_queries),
            "choice of queries": asked.choose,
            "slice": asked.slice_name or "none",
            "perturbations": ", ".join(asked.names),
            "pair": damage.pair,
            "damaged side": damage.side,
            "seed": str(damage.seed),
        }
        if damage.side == "query":
            fields["ranked"] = ranked
        return fields | self.robustness.rivals.fields(asked.scorers)


class _LeftOutError(Exception):
    """A query has no pair to sweep; the text says why."""


def _followed(
    robustness: RobustnessFacet, request: SweepRequest, scorer: str | None, progress: Progress
) -> Generator[Progress, None, ResponseCurve]:
    """Return the last curve, telling the same progress at every level so that it can be stopped."""
    growing: ResponseCurve | None = None
    for curve in robustness.sweep(request, scorer):
        growing = curve
        yield progress
    assert growing is not None, "a sweep ends with its finished curve"
    return growing
