"""The pipelines facet: build another second stage, plan it, evaluate it, and ask for it."""

from collections.abc import Generator

from core.bench.session import Session
from core.bench.setup.cost import make_plan
from core.bench.setup.restart import Reopening
from core.bench.setup.stored_sizes import usual_compressions
from core.bench.tradeoff.variant import runs_of
from core.errors import SettingsError
from core.reranking.chosen import (
    fits_of,
    imports_of,
    pipeline_of,
    pipeline_text,
    read_pipeline,
    with_pipeline,
)
from core.reranking.pipelines import Pipeline, split_stages
from core.reranking.presets import PRESETS, Preset
from core.reranking.stage_spec import Offers, StageSpec
from core.reranking.stages import PYTHON, STAGES, spelled
from core.settings import UNSET, Settings
from core.storage.imports import Imports
from core.storage.reports import runs_of_receipt
from core.types.jobs import Step
from core.types.pipelines import PipelineCheck, PresetChoice, StageChoice, StepNeed, WrittenStage
from core.types.runs import Progress
from core.types.setting import JobPlan

MAX_TEXT = 600
NO_ROOT = (
    "The pipeline of every screen can be changed here once the bench is started with --root "
    "FOLDER; another one can be evaluated in any case, and compared on Runs."
)


class PipelinesFacet:
    """Other pipelines over the same corpus, weights and stores; none is used before it is asked."""

    def __init__(self, session: Session, reopening: Reopening) -> None:
        self._session = session
        self._reopening = reopening

    @property
    def refusal(self) -> str | None:
        """Why the screens' pipeline cannot be changed from the page, or None where it can."""
        return None if self._reopening.roots else NO_ROOT

    @property
    def present(self) -> str:
        """The pipeline that the screens show, with every depth."""
        return pipeline_text(self._session.settings, self._session.pipeline.depth)

    def choices(self) -> tuple[StageChoice, ...]:
        """Return the stages that a pipeline may name, with the options that this bench knows."""
        settings, folder = self._session.settings, self._session.workspace.imports
        offers = Offers(
            usual_compressions(settings), tuple(Imports(folder).names()), self._session.fits.names()
        )
        named = {call.name for call in self._session.pipeline.calls}
        offered = [spec for spec in STAGES.values() if spec.name != PYTHON or PYTHON in named]
        return tuple(_choice(spec, offers) for spec in offered)

    def written(self, text: str) -> tuple[WrittenStage, ...]:
        """Return the stages that a text names, right or wrong."""
        return tuple(WrittenStage(*found) for found in split_stages(text[:MAX_TEXT]))

    def presets(self) -> tuple[PresetChoice, ...]:
        """Return the pipelines that have a name, and which of them cannot be used here."""
        return tuple(self._preset(one) for one in PRESETS.values())

    def _preset(self, one: Preset) -> PresetChoice:
        found = self.check(one.pipeline)
        fault = next(iter(found.faults), None)
        return PresetChoice(one.name, found.text, one.what, fault, found.is_present)

    def check(self, text: str) -> PipelineCheck:
        """Return what speaks against a pipeline, and what it asks for at most; nothing is loaded.

        Raises:
            StaleIndexError: The note of an import cannot be read.
        """
        try:
            settings = self._settings(text)
        except SettingsError as error:
            return PipelineCheck(text, (), (str(error),), is_present=False)
        found = pipeline_of(settings)
        written = pipeline_text(settings, found.depth)
        return PipelineCheck(written, self._needs(found), (), found == self._session.pipeline)

    def cost(self, text: str) -> Generator[Step[JobPlan]]:
        """Measure what a pipeline takes, and yield the plan at last; nothing is stored.

        Raises:
            SettingsError: It cannot be used.
            ModelError: The models cannot be had, or failed.
        """
        session = self._variant(text)
        plan = yield from make_plan(session, runs_of(session))
        yield Progress("measure pace", 1, 1, "trial"), plan

    def evaluate(self, text: str) -> Generator[Step[str]]:
        """Evaluate a pipeline beside the bench's own, and yield the id of its run at last.

        Every score is stored, so that it can be looked at without a model call afterwards.

        Raises:
            SettingsError: It cannot be used.
            ManifestError: There is nothing to measure.
            ModelError: The models cannot be had, or failed.
        """
        session = self._variant(text)
        session.require_measurable()
        runs = runs_of(session)
        yield from runs.build_index()
        depth = session.pipeline.depth
        yield from runs.evaluate(depth)
        receipt_id = runs.receipt(session.fusion(depth)).receipt_id
        run_id = runs_of_receipt(session.workspace.runs, receipt_id)[0]
        n = len(session.measurable)
        yield Progress("evaluate", n, n, "queries"), run_id

    def request(self, text: str) -> None:
        """Check a pipeline and ask the server to open the bench with it.

        Raises:
            SettingsError: It cannot be used, it is the present one, or the page may not change it.
        """
        if self.refusal is not None:
            raise SettingsError(self.refusal)
        settings = self._settings(text)
        if pipeline_of(settings) == self._session.pipeline:
            raise SettingsError("This is the present pipeline; change something first.")
        ranking = settings.ranking
        chosen = {"ranking.pipeline": ranking.pipeline, "ranking.depth": ranking.depth}
        short = {"ranking.scorer": UNSET, "ranking.thin": UNSET, "ranking.preset": UNSET}
        self._reopening.ask(chosen | short, states_cost=True)

    def _settings(self, text: str) -> Settings:
        """Return the bench's settings with another pipeline.

        Raises:
            SettingsError: It cannot be read or used here; a fit of evidence is another model's.
        """
        if len(text) > MAX_TEXT:
            raise SettingsError(f"A pipeline has at most {MAX_TEXT} characters.")
        settings = self._session.settings
        wanted = read_pipeline(settings, text)
        self._session.plugins.require(wanted.calls)
        changed = with_pipeline(settings, wanted)
        for name in imports_of(changed):
            Imports(self._session.workspace.imports).get(name)
        fits = [self._session.fits.get(name) for name in fits_of(changed)]
        if fits and self._session.is_loaded:  # before that, nobody knows whose scores these are
            self._session.variant(changed).models()
        return changed

    def _variant(self, text: str) -> Session:
        """Return the bench under another pipeline; the descriptors, and so the index, are its."""
        return self._session.variant(self._settings(text))

    def _needs(self, pipeline: Pipeline) -> tuple[StepNeed, ...]:
        session = self._session
        compression = session.settings.model.compression
        n_queries = len(session.measurable)
        n_listed = min(session.settings.retrieval.shortlist, session.n_searchable)
        needs: list[StepNeed] = []
        for step in pipeline.steps:
            n = n_queries * min(step.depth, n_listed)
            n_calls = n if session.calls_model(step.call) else 0
            needs.append(StepNeed(spelled(step.call, compression), step.depth, n, n_calls))
        return tuple(needs)


def _choice(spec: StageSpec, offers: Offers) -> StageChoice:
    return StageChoice(
        name=spec.name,
        form=spec.form,
        what=spec.what,
        needs=tuple(spec.needs),
        calls_model=spec.calls_model,
        mark=spec.mark,
        needs_option=spec.needs_option,
        offers=tuple(spec.offers(offers)),
    )
