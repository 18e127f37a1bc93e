"""An opened bench for notebooks, over the same facets as the page and the commands."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from core.errors import ImageError, SettingsError
from core.notebook.tables import (
    OF_CANDIDATES,
    OF_DIFFERENCES,
    OF_LEVELS,
    OF_PAIRS,
    OF_QUERIES,
    OF_RUNS,
    Row,
    Table,
    candidate_row,
    level_row,
    outcome_row,
    shares_of,
)
from core.types.orders import Fusion
from core.types.runs import Progress, RunReport
from core.types.sweeps import SweepRequest
from core.workbench import Workbench

if TYPE_CHECKING:
    from core.types.robustness import PerturbationName

_THUMBNAIL_PX = 96


class Bench:
    """A bench as notebooks use it; `workbench` is the same one as the page and the commands have.

    Args:
        workbench: Opened; `close` closes it.
    """

    def __init__(self, workbench: Workbench) -> None:
        self.workbench = workbench

    def __enter__(self) -> "Bench":
        """Return the bench, which is closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the bench."""
        self.close()

    def close(self) -> None:
        """Close the stores and let the workspace go."""
        self.workbench.close()

    @property
    def fusion(self) -> Fusion:
        """Depth, lam and gamma as the settings have them, the depth no more than can be re-ranked.

        Everything below is of this one.
        """
        chosen = self.workbench.runs.fusion_set()
        return Fusion(self.workbench.info.default_depth, chosen.lam, chosen.gamma)

    def index(self, *, steps: bool = False) -> Iterator[Progress] | None:
        """Encode what is not stored yet and open the index, with a bar.

        An interrupt keeps what was done; the next call goes on from there.

        Args:
            steps: Return the progress as a generator instead, for a bar of one's own.

        Raises:
            ModelError: The models cannot be had.
        """
        return _run(self.workbench.runs.build_index(), steps=steps)

    def evaluate(self, *, steps: bool = False) -> Iterator[Progress] | None:
        """Index where needed, score every query that has a positive, and keep a run.

        Args and an interrupt as `index`.

        Raises:
            ManifestError: The corpus has no ground truth.
            ModelError: The models cannot be had, or failed.
        """
        return _run(self._evaluated(), steps=steps)

    def _evaluated(self) -> Iterator[Progress]:
        yield from self.workbench.runs.build_index()
        yield from self.workbench.runs.evaluate(self.workbench.info.first_depth)

    @property
    def run(self) -> RunReport | None:
        """The newest run: its means with intervals, and its receipt; None before the first."""
        return self.workbench.runs.latest()

    @property
    def queries(self) -> Table:
        """Every evaluated query: what re-ranking did to it, the largest loss first."""
        outcomes = self.workbench.runs.outcomes(self.fusion)
        rows = [
            outcome_row(one) for one in sorted(outcomes, key=lambda one: (one.delta, one.query_id))
        ]
        return self._table(rows, OF_QUERIES)

    def failures(self, of: str | None = None) -> Table:
        """Return the queries that are neither easy nor rescued, or those of one class.

        Raises:
            SettingsError: There is no such class.
        """
        known = self.workbench.runs.summary(self.fusion, intervals=False)
        if of is not None and known is not None and of not in known.classes:
            raise SettingsError(f"There is no class '{of[:80]}'; use {', '.join(known.classes)}.")
        kept = (of,) if of else ("missed", "harmed by an intruder", "harmed, demoted", "unmoved")
        return self._table([row for row in self.queries.rows if row["class"] in kept], OF_QUERIES)

    def ranking(self, query: str) -> Table:
        """Return a query's candidates in their order after re-ranking; scores what is missing.

        Under evidence each term's share of the log-odds is a column.

        Raises:
            UnknownImageError: There is no such query.
            ModelError: The model cannot be had, or failed.
        """
        self._require_index()
        fusion = self.fusion
        for _ in self.workbench.queries.score(query, fusion.depth):
            pass
        view = self.workbench.queries.inspect(query, fusion)
        columns = OF_CANDIDATES | shares_of(view.after)
        return self._table([candidate_row(one) for one in view.after], columns)

    def pair(self, query: str, image: str) -> Table:
        """Return one pair asked in both orders, one row each; the language model is called twice.

        Raises:
            UnknownImageError: There is no such query or image.
            ModelError: There is no local language model to look into.
        """
        self._require_index()
        found = self.workbench.pairs.look(query, image)
        rows = [
            {
                "asked": asked,
                "query": query,
                "image": image,
                "margin": answer.logit_yes - answer.logit_no,
                "answer mass": answer.answer_mass,
            }
            for asked, answer in (("as ranked", found.asked), ("swapped", found.swapped))
        ]
        return self._table(rows, OF_PAIRS)

    def sweep(
        self, query: str, perturbation: "PerturbationName", image: str | None = None
    ) -> Table:
        """Return a pair's score at every level of a perturbation of the query.

        Args:
            query: Its id.
            perturbation: Such as `blur`.
            image: The candidate; None = the one that the Perturb screen chooses.

        Raises:
            UnknownImageError: There is no such query or image.
            ModelError: The model cannot be had, or the scorer cannot score damaged images.
        """
        self._require_index()
        if image is None:
            image = self.workbench.robustness.default_candidate(query)
        curves = list(self.workbench.robustness.sweep(SweepRequest(query, image, perturbation)))
        return self._table([level_row(one) for one in curves[-1].points], OF_LEVELS)

    @property
    def runs(self) -> Table:
        """Every stored run, the newest first."""
        rows = [
            {
                "run": one.run_id,
                "created": one.report.created_at if one.report else None,
                "mAP before": one.report.summary.map_before if one.report else None,
                "mAP after": one.report.summary.map_after if one.report else None,
                "problem": one.problem,
            }
            for one in self.workbench.saved.entries().entries
        ]
        return self._table(rows, OF_RUNS)

    def compare(self, run: str, other: str) -> Table:
        """Return the queries whose AP differs between two runs, the largest difference first.

        Raises:
            UnknownRunError: There is no such run.
        """
        found = self.workbench.saved.compare(run, other)
        rows = [
            {"query": one.query_id, "AP": one.ap_a, "AP of the other": one.ap_b}
            for one in found.differences
        ]
        return self._table(rows, OF_DIFFERENCES)

    def _require_index(self) -> None:
        if not self.workbench.first_stage.is_open:
            _run(self.workbench.runs.build_index(), steps=False)

    def _table(self, rows: Sequence[Row], units: Mapping[str, str]) -> Table:
        return Table(rows, units, self._thumbnail)

    def _thumbnail(self, image_id: str) -> bytes | None:
        try:
            return self.workbench.queries.thumbnail(image_id, _THUMBNAIL_PX).read_bytes()
        except (ImageError, OSError):
            return None


def _run(work: Iterator[Progress], *, steps: bool) -> Iterator[Progress] | None:
    """Run work to its end with a bar of tqdm, which notebooks draw as theirs."""
    if steps:
        return work
    from tqdm.auto import tqdm

    bar: tqdm | None = None
    try:
        for step in work:
            if bar is None or bar.desc != f"{step.stage}: ":
                if bar is not None:
                    bar.close()
                bar = tqdm(total=step.total, desc=step.stage, unit=f" {step.unit}")
            bar.total = step.total
            bar.update(step.done - bar.n)
    finally:
        if bar is not None:
            bar.close()
        close = getattr(work, "close", None)
        if close is not None:  # an interrupt keeps what was done
            close()
    return None
