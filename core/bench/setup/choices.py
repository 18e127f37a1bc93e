"""The setting facet: which model, prompt and compression, and asking for others."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from core.bench.pairs.prompt_trials import as_prompt
from core.bench.receipts import model_name, shown_name
from core.bench.session import Session
from core.bench.setup.models import diagnosis_of, wanted_of
from core.bench.setup.restart import Reopening
from core.bench.setup.stored_sizes import StoredSizes
from core.corpus.roots import resolve_below
from core.errors import ModelError, SecondLookError, SettingsError
from core.fingerprint import digest
from core.mllm.compression.grammar import parse_compression
from core.mllm.model_folders import look_at, model_folders
from core.mllm.prompts import parse_prompt, prompt_setting
from core.reranking.chosen import check_stages, pipeline_text, short_form
from core.reranking.pipelines import Pipeline
from core.reranking.stages import spec_of
from core.settings import POCKET_MODEL, UNSET, Settings
from core.types.pairs import PromptText
from core.types.runs import Progress
from core.types.setting import (
    ModelChoice,
    ModelFacts,
    SettingCheck,
    SettingFacts,
    SettingWish,
    StoredSize,
)

EMBEDDED, AS_OPENED = ":embedded", ":as-opened"
MAX_COMPRESSION = 120
NO_ROOT = (
    "The model, the prompt and the compression can be changed here once the bench is started with "
    "--root FOLDER, the folder below which models are looked for."
)
_IMPORTED = (
    "Imported scores order the candidates, so no model, prompt or compression is asked; start "
    "without --scorer import:NAME to change them here."
)


class SettingFacet:
    """Says what the bench was opened with, and asks the server to open it with something else."""

    def __init__(self, session: Session, reopening: Reopening) -> None:
        self._session = session
        self._reopening = reopening
        self._first_model = session.settings.model.name
        self._sizes = StoredSizes(session)

    def offer(self, model: str) -> None:
        """Let the model be chosen with which the server was started, wherever it is."""
        self._first_model = model

    def present(self) -> SettingFacts:
        """Return the setting that every number on screen was made under."""
        settings = self._session.settings
        prompt = parse_prompt(settings.model.prompt)
        is_asked = self._session.is_asked
        compression = str(parse_compression(settings.model.compression))
        fields = {
            "corpus": self._session.corpus.fingerprint,
            "model": model_name(settings),
            "weights": str(Path(settings.local_model).expanduser().absolute()),
            "prompt": repr(prompt),
            "compression": compression,
            "scorer": _stages_text(self._session.pipeline),
        }
        return SettingFacts(
            setting_id=digest(fields)[:16],
            model=model_name(settings),
            question=prompt.question if is_asked else "not used",
            layout=prompt.layout if is_asked else "not used",
            compression=compression,
            refusal=self._refusal(),
            pipeline=pipeline_text(settings, self._session.pipeline.depth),
        )

    def diagnose(self, watch: Callable[[Progress], None]) -> ModelFacts | None:
        """Return what the model of the settings is and takes, or why it cannot be opened.

        None where another machine scores. Nothing is loaded; a hub id that is not cached is
        downloaded, which `watch` is told.
        """
        return diagnosis_of(self._session.settings, watch)

    def wish(self) -> SettingWish:
        """Return the present setting as a wish."""
        model = self._session.settings.model
        prompt = parse_prompt(model.prompt)
        compression = str(parse_compression(model.compression))
        return SettingWish(self._key(model.name), prompt.question, prompt.layout, compression)

    def models(self) -> tuple[ModelChoice, ...]:
        """Return what may be opened: the embedded model, the first one, all below the roots."""
        if self._refusal() is not None:
            return ()
        embedded = f"{POCKET_MODEL.name} (embedded)"
        found = [ModelChoice(EMBEDDED, embedded, self._looked(EMBEDDED))]
        if self._key(self._first_model) == AS_OPENED:
            settings = self._session.settings
            model = settings.model.model_copy(update={"name": self._first_model})
            first = model_name(settings.model_copy(update={"model": model}))
            found.append(ModelChoice(AS_OPENED, f"{first} (as started)", self._looked(AS_OPENED)))
        opened = (self._key(self._session.settings.model.name), self._key(self._first_model))
        below = [key for key in opened if key not in (EMBEDDED, AS_OPENED)]
        names = sorted({*model_folders(self._reopening.roots), *below})
        return (*found, *(ModelChoice(name, name, self._looked(name)) for name in names))

    def sizes(self) -> tuple[StoredSize, ...]:
        """Return compressions worth a try with what they store; see `StoredSizes.presets`."""
        return () if self._refusal() is not None else self._sizes.presets()

    def check(self, wish: SettingWish) -> SettingCheck:
        """Return what speaks against a wish and what it would need; nothing is loaded.

        Costs up to eight vision passes for a compression that was not looked at before.

        Raises:
            SettingsError: Nothing can be changed from the page.
        """
        refusal = self._refusal()
        if refusal is not None:
            raise SettingsError(refusal)
        faults: list[str] = []
        changed = self._merged(wish, faults)
        model = self._session.settings.model
        changes_model = not faults and changed.model.name != model.name
        looked = self._looked(wish.model) if changes_model else None
        need = None if looked is None else looked.memory
        size = None
        if not faults and not changes_model:
            size = self._sizes.of(changed.model.compression)
            faults += [size.problem] if size.problem is not None else []
        is_present = not faults and changed.model == model
        return SettingCheck(tuple(faults), is_present, changes_model, need, size)

    def request(self, wish: SettingWish) -> None:
        """Check a wish and ask the server to open the bench with it.

        Raises:
            SettingsError: Something speaks against it, all of it in `faults`; or it is the present
                setting.
        """
        check = self.check(wish)
        if check.faults:
            raise SettingsError(check.faults[0], check.faults)
        if check.is_present:
            raise SettingsError("This is the present setting; change something first.")
        model = self._merged(wish, []).model
        names = ("name", "prompt", "compression")
        chosen: dict[str, object] = {f"model.{name}": getattr(model, name) for name in names}
        if check.changes_model and model.adapter is not None:
            chosen["model.adapter"] = UNSET  # it belongs to the model before
        self._reopening.ask(chosen, states_cost=True)

    def _refusal(self) -> str | None:
        if not _reads_tokens(self._session):
            return _IMPORTED
        return None if self._reopening.roots else NO_ROOT

    def _merged(self, wish: SettingWish, faults: list[str]) -> Settings:
        """Return the settings that a wish means; what cannot be read is added to `faults`."""
        settings = self._session.settings
        chosen: dict[str, str] = {}
        readers: tuple[tuple[str, Callable[[], str]], ...] = (
            ("name", lambda: self._model(wish.model)),
            ("prompt", lambda: self._prompt(wish)),
            ("compression", lambda: self._compression(wish.compression)),
        )
        for field, read in readers:
            try:
                chosen[field] = read()
            except SecondLookError as error:
                faults.append(str(error))
        model = settings.model.model_copy(update=chosen)
        merged = settings.model_copy(update={"model": model})
        if not faults:
            try:
                check_stages(merged)
            except SettingsError as error:
                faults.append(str(error))
        return merged

    def _model(self, key: str) -> str:
        """Return the model's name in settings; the present one's as it stands there.

        Raises:
            SettingsError: The folder is not below a root, or a server scores in any case.
            ModelError: The folder holds no model that can be opened.
        """
        present = self._session.settings
        if key == self._key(present.model.name):
            return present.model.name
        if present.server.url is not None:
            raise SettingsError(
                "The settings file names a server that scores the pairs (server.url); leave it out "
                "to choose a model here."
            )
        if key == EMBEDDED:
            return str(POCKET_MODEL)
        if key == AS_OPENED:
            return self._first_model
        looked = self._looked(key)
        if looked is not None and looked.problem is not None:
            raise ModelError(looked.problem)
        return str(resolve_below(self._reopening.roots, key))

    def _prompt(self, wish: SettingWish) -> str:
        model = self._session.settings.model
        own = parse_prompt(model.prompt)
        asked = as_prompt(PromptText("", wish.question.strip(), wish.layout), own)
        return model.prompt if asked == own else prompt_setting(asked)

    def _compression(self, text: str) -> str:
        if len(text) > MAX_COMPRESSION:
            raise SettingsError(f"A compression has at most {MAX_COMPRESSION} characters.")
        present = self._session.settings.model.compression
        wanted = parse_compression(text)
        return present if wanted == parse_compression(present) else str(wanted)

    def _key(self, name: str) -> str:
        """Return how a wish names a model: as embedded, as first opened, or below a root."""
        path = Path(name).expanduser()
        if not path.is_dir():
            return AS_OPENED
        resolved = path.resolve()
        if resolved == POCKET_MODEL.resolve():
            return EMBEDDED
        root = next((root for root in self._reopening.roots if resolved.is_relative_to(root)), None)
        if root is None:
            return AS_OPENED
        return (Path(root.name) / resolved.relative_to(root)).as_posix()

    def _looked(self, key: str) -> ModelFacts | None:
        """Return what a model's folder says, or None of a model that is no folder.

        Raises:
            SettingsError: The key names no folder below a root.
        """
        # An adapter belongs to the model that the bench was started with.
        wanted, freed = replace(wanted_of(self._session.settings), adapter=None), self._freed()
        if key == AS_OPENED:
            path = Path(self._first_model).expanduser()
            name = shown_name(self._first_model)
            return look_at(path, name, None, wanted, freed) if path.is_dir() else None
        if key == EMBEDDED:
            return look_at(POCKET_MODEL, POCKET_MODEL.name, None, wanted, freed)
        head = key.partition("/")[0]
        root = next((root for root in self._reopening.roots if root.name == head), None)
        folder = resolve_below(self._reopening.roots, key)
        return look_at(folder, key, root, wanted, freed)

    def _freed(self) -> int:
        """Return the bytes that the loaded model gives back before another one is loaded."""
        if not self._session.is_loaded:
            return 0
        facts = diagnosis_of(self._session.settings)
        return 0 if facts is None or facts.memory is None else facts.memory.n_bytes


def _reads_tokens(session: Session) -> bool:
    """Return whether any stage depends on model, prompt or compression."""
    return any(spec_of(call).name != "import" for call in session.pipeline.calls)


def _stages_text(pipeline: Pipeline) -> str:
    """Return the second stage without depths, which are no part of a setting's id."""
    short = short_form(pipeline)
    return short[0] if short is not None and short[1] is None else str(pipeline)
