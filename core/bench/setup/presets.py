"""The presets facet: pipelines by name, and the one that puts the right image first more often."""

from core.bench.runs import SavedRunsFacet
from core.bench.session import Session
from core.bench.setup.pipelines import PipelinesFacet
from core.reranking.presets import BEST_FIRST
from core.types.pipelines import PresetChoice, PresetOffer
from core.types.runs import RunReport, Summary


class PresetsFacet:
    """Says which presets can be used here, and offers one where first places are lost."""

    def __init__(self, session: Session, pipelines: PipelinesFacet, saved: SavedRunsFacet) -> None:
        self._session = session
        self._pipelines = pipelines
        self._saved = saved

    def choices(self) -> tuple[PresetChoice, ...]:
        """Return all presets in the order in which they are offered."""
        return self._pipelines.presets()

    def better(self, summary: Summary) -> PresetOffer | None:
        """Return the preset for first places, where re-ranking loses some and it was measured.

        Its newest run on this corpus tells; without one its fit does, on instances held out. None
        where R@1 does not fall, the preset cannot be used or is in use, or does no better.
        """
        r1 = summary.r1_after
        if r1 is None or r1 >= summary.r1_before:
            return None
        chosen = next(one for one in self.choices() if one.name == BEST_FIRST)
        if chosen.fault is not None or chosen.is_present:
            return None
        found = self._run(chosen) or self._fitted(chosen)
        least = r1 if found.run_id is not None else found.r1_before
        return found if found.r1_after > least else None

    def _run(self, chosen: PresetChoice) -> PresetOffer | None:
        """Return what the newest run of a preset on this corpus reached."""
        for entry in self._saved.entries().entries:
            if entry.report is None or not self._is_of(entry.report, chosen):
                continue
            of = entry.report.summary
            if of.r1_after is not None:
                figures = (of.r1_before, of.r1_after, of.map_before, of.map_after)
                return PresetOffer(chosen, entry.run_id, "this corpus", *figures)
        return None

    def _is_of(self, report: RunReport, chosen: PresetChoice) -> bool:
        fields, corpus = report.receipt.fields, self._session.corpus.fingerprint
        is_here = fields.get("corpus fingerprint") == corpus
        return is_here and fields.get("pipeline") == chosen.pipeline

    def _fitted(self, chosen: PresetChoice) -> PresetOffer:
        fit = self._session.fits.get("")
        of = fit.held_out
        figures = (of.r1_before, of.r1_after.value, of.map_before, of.map_after.value)
        return PresetOffer(chosen, None, fit.fitted_on.corpus, *figures)
