"""Coverage and clutter of positives: read or measured, and the quarter that each falls into."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from core.analysis.difficulty import (
    EDGE_UNIT,
    UNITS,
    Measured,
    estimated_clutter,
    estimated_coverage,
    filed_clutter,
    filed_coverage,
    mask_coverage,
)
from core.analysis.groups import ILIAS_CLUTTER, ILIAS_COVERAGE, quarter, quartile_bounds
from core.bench.session import Session
from core.errors import ImageError
from core.robustness.pasting import clip_box, object_box
from core.storage.difficulty import Known, load_measures, save_measures
from core.types.corpus import ImageRecord
from core.types.failures import MEASURES, GroupBounds, Measure, MeasureFacts, MeasureSource
from core.types.runs import Progress

_SAVED_EVERY = 100
_FAILED = "failed"


class Measures:
    """Coverage and clutter of database images, from the manifest or measured in the pictures.

    Pictures are opened by `measure` alone.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @cached_property
    def _seen(self) -> Known:
        """What was measured in pictures, by their hashes."""
        return load_measures(self._session.workspace.measures)

    def pending(self, image_ids: Iterable[str]) -> tuple[str, ...]:
        """Return the images whose coverage or clutter is neither in the manifest nor measured."""
        records = (self._session.database[i] for i in image_ids if i in self._session.database)
        return tuple(
            record.image_id
            for record in records
            if record.problem is None
            and (filed_coverage(record) is None or filed_clutter(record) is None)
            and self._seen.get(_key(record)) is None
        )

    def measure(self, image_ids: Iterable[str]) -> Iterator[Progress]:
        """Measure the pending pictures one by one; closing the generator keeps what was measured.

        Raises:
            WorkspaceError: The disk is full or read-only.
        """
        pending = self.pending(image_ids)
        path = self._session.workspace.measures
        try:
            for done, image_id in enumerate(pending):
                yield Progress("measure", done, len(pending), "images")
                record = self._session.database[image_id]
                self._seen[_key(record)] = self._look(record)
                if done % _SAVED_EVERY == _SAVED_EVERY - 1:
                    save_measures(path, self._seen)
        finally:
            if pending:
                save_measures(path, self._seen)
        yield Progress("measure", len(pending), len(pending), "images")

    def table(self, measure: Measure, image_ids: Iterable[str]) -> dict[str, Measured]:
        """Return the coverage or clutter of images, by image id; unknown ones are left out.

        A count of things from the manifest and clutter that was estimated from pixels have
        different units: where the manifest gives a count for one of these images, the estimates
        are left out.
        """
        found = {i: self._known(measure, i) for i in image_ids}
        known = {i: value for i, value in found.items() if value is not None}
        if measure == "clutter" and any(v.source == "manifest" for v in known.values()):
            return {i: value for i, value in known.items() if value.source == "manifest"}
        return known

    def unit(self, measure: Measure, table: Iterable[Measured]) -> str:
        """Return the unit of a table's numbers."""
        estimated = any(value.source == "estimate" for value in table)
        return EDGE_UNIT if measure == "clutter" and estimated else UNITS[measure]

    def _known(self, measure: Measure, image_id: str) -> Measured | None:
        record = self._session.database.get(image_id)
        if record is None:
            return None
        filed = filed_coverage(record) if measure == "coverage" else filed_clutter(record)
        seen = self._seen.get(_key(record))
        if filed is not None or seen is None or measure not in seen:
            return filed
        is_mask = measure == "coverage" and "mask" in seen
        source: MeasureSource = "mask" if is_mask else "estimate"
        return Measured(seen[measure], source)

    def _look(self, record: ImageRecord) -> dict[str, float]:
        try:
            image = self._session.images.load(record)
            box = object_box(record, None)
            inside = clip_box(box.box, image.shape[1], image.shape[0])
            found = {"clutter": estimated_clutter(image, inside).value}
            if filed_coverage(record) is None and record.mask_problem is None:
                mask = self._session.images.load_mask(record)
                seen = estimated_coverage(image) if mask is None else mask_coverage(mask)
                found |= {"coverage": seen.value} | ({} if mask is None else {"mask": 1.0})
        except ImageError:
            return {_FAILED: 1.0}  # counted as unknown; indexing says which file and why
        return found


def _key(record: ImageRecord) -> str:
    """Return what the measures of a picture depend on: its bytes and those of its mask."""
    return f"{record.sha256}+{record.mask_sha256}" if record.mask_sha256 else record.sha256


QUARTERS = ("1", "2", "3", "4")


class Quarters:
    """The quarters of the positives of one corpus, under its own or the published bounds."""

    def __init__(self, measures: Measures, positives: Sequence[str], bounds: GroupBounds) -> None:
        self._n = len(positives)
        self._measures = measures
        self._tables = {m: _usable(measures.table(m, positives), m, bounds) for m in MEASURES}
        published = {"coverage": ILIAS_COVERAGE, "clutter": ILIAS_CLUTTER}
        self._bounds = {
            measure: published[measure]
            if bounds == "ilias" and table
            else quartile_bounds([one.value for one in table.values()])
            for measure, table in self._tables.items()
        }

    def facts(self, measure: Measure) -> MeasureFacts:
        """Return where a measure's numbers come from, and its bounds."""
        table = self._tables[measure]
        sources: Counter[MeasureSource] = Counter(one.source for one in table.values())
        return MeasureFacts(
            measure=measure,
            unit=self._measures.unit(measure, table.values()),
            n=self._n,
            sources=dict(sorted(sources.items())),
            bounds=self._bounds[measure],
        )

    def coverage(self, _query_id: str, image_id: str) -> str | None:
        """Return `1` to `4`, or None where coverage is not known."""
        return self._quarter("coverage", image_id)

    def clutter(self, _query_id: str, image_id: str) -> str | None:
        """Return `1` to `4`, or None where clutter is not known."""
        return self._quarter("clutter", image_id)

    def cell(self, query_id: str, image_id: str) -> str | None:
        """Return `coverage,clutter`, or None where one of them is not known."""
        row, column = self.coverage(query_id, image_id), self.clutter(query_id, image_id)
        return None if row is None or column is None else f"{row},{column}"

    def _quarter(self, measure: Measure, image_id: str) -> str | None:
        one, bounds = self._tables[measure].get(image_id), self._bounds[measure]
        return None if one is None or bounds is None else str(quarter(one.value, bounds))


def _usable(
    table: dict[str, Measured], measure: Measure, bounds: GroupBounds
) -> dict[str, Measured]:
    """Leave estimated clutter out under ILIAS's bounds, which are counts of objects."""
    if bounds == "corpus" or measure == "coverage":
        return table
    return {i: one for i, one in table.items() if one.source != "estimate"}
