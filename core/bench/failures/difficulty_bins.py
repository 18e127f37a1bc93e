"""Which quarter of coverage and of clutter a positive falls into."""

from collections import Counter
from collections.abc import Sequence

from core.analysis.difficulty import Measured
from core.analysis.groups import ILIAS_CLUTTER, ILIAS_COVERAGE, quarter, quartile_bounds
from core.bench.failures.difficulty import Measures
from core.types.failures import MEASURES, GroupBounds, Measure, MeasureFacts, MeasureSource

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
