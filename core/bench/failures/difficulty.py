"""Coverage and clutter of positives: read from the manifest and boxes, measured where asked."""

from collections.abc import Iterable, Iterator

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
from core.bench.session import Session
from core.errors import ImageError
from core.robustness.pasting import clip_box, object_box
from core.storage.difficulty import MeasureCache
from core.types.corpus import ImageRecord
from core.types.failures import Measure, MeasureSource
from core.types.runs import Progress

_SAVED_EVERY = 100
_FAILED = "failed"


class Measures:
    """What is known of images; pictures are opened only by `measure`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cache: MeasureCache | None = None

    def pending(self, image_ids: Iterable[str]) -> tuple[str, ...]:
        """Return the images of which coverage or clutter is known only from the picture."""
        records = (self._session.database[i] for i in image_ids if i in self._session.database)
        return tuple(
            record.image_id
            for record in records
            if record.problem is None
            and (filed_coverage(record) is None or filed_clutter(record) is None)
            and self._remembered().get(record.sha256) is None
        )

    def measure(self, image_ids: Iterable[str]) -> Iterator[Progress]:
        """Open the pending pictures one by one; closing the generator keeps what was measured.

        Raises:
            WorkspaceError: The disk is full or read-only.
        """
        pending = self.pending(image_ids)
        cache = self._remembered()
        try:
            for done, image_id in enumerate(pending):
                yield Progress("measure", done, len(pending), "images")
                record = self._session.database[image_id]
                cache.put(record.sha256, self._look(record))
                if done % _SAVED_EVERY == _SAVED_EVERY - 1:
                    cache.save()
        finally:
            if pending:
                cache.save()
        yield Progress("measure", len(pending), len(pending), "images")

    def table(self, measure: Measure, image_ids: Iterable[str]) -> dict[str, Measured]:
        """Return what is known, by image id.

        Clutter counts and estimated clutter are different things: where one count is filed,
        estimates are left out.
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
        seen = self._remembered().get(record.sha256)
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
            if filed_coverage(record) is None:
                mask = self._session.images.load_mask(record)
                seen = estimated_coverage(image) if mask is None else mask_coverage(mask)
                found |= {"coverage": seen.value} | ({} if mask is None else {"mask": 1.0})
        except ImageError:
            return {_FAILED: 1.0}  # counted as unknown; indexing says which file and why
        return found

    def _remembered(self) -> MeasureCache:
        if self._cache is None:
            self._cache = MeasureCache(self._session.workspace.measures)
        return self._cache
