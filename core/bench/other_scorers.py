"""The scorers that sweeps show beside the bench's own, made on first need."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from core.bench.session import Session
from core.bench.tradeoff.variant import VariantBench
from core.errors import SettingsError
from core.mllm.compression.grammar import NONE, parse_compression
from core.plugins import PREFIX
from core.reranking.chosen import compressions_of
from core.reranking.pipelines import StageCall, parse_stage
from core.reranking.stages import (
    EVIDENCE,
    STAGES,
    completed,
    import_call,
    kind_of,
    spec_of,
    spelled,
)
from core.settings import RankingSettings, Settings
from core.storage.imports import Imports
from core.types.runs import Progress
from core.types.scores import ScoreKind

if TYPE_CHECKING:
    from core.robustness.sweeps import Sweeper
    from core.robustness.undamaged import UndamagedSweeper

_WAIT_S = 0.5


class OtherScorers:
    """The same corpus, weights and stores under other scorers and compressions.

    A scorer is named as a stage of a pipeline is: `mllm/int8`, `maxsim`, `import:NAME`. A bare
    compression is short for the MLLM on tokens compressed so.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._variants: dict[str, Session] = {}
        self._ready: set[str] = set()
        self._lock = threading.Lock()
        self._preparing = threading.Lock()  # two jobs would encode the same images twice

    @property
    def own(self) -> str:
        """Return the name of the bench's own scorer."""
        return self._spelled(self._session.pipeline.last)

    def offered(self) -> tuple[str, ...]:
        """Return what can be shown without more words: any compression can be named besides."""
        if self._session.settings.server_address() is not None:
            return ()
        plain = [one for one in STAGES.values() if not one.needs_option and one.name != EVIDENCE]
        asked = [one.calls_model and one.takes_compression for one in plain]
        calls = [
            StageCall(one.name, "/", NONE) if compressed else one.call
            for one, compressed in zip(plain, asked, strict=True)
        ]
        fits = [StageCall(EVIDENCE, ":", name) for name in self._session.fits.names()]
        imports = Imports(self._session.workspace.imports).names()
        names = [self._spelled(call) for call in (*calls, *fits, *map(import_call, imports))]
        return tuple(name for name in names if name != self.own)

    def known(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return scorers in their canonical spelling, each once, without the bench's own.

        Raises:
            SettingsError: There is no such scorer, or a server scores the pairs.
        """
        if names and self._session.settings.server_address() is not None:
            raise SettingsError(
                "A server scores uncompressed images, so no other scorer can be shown beside it; "
                "leave the other scorers out."
            )
        found = dict.fromkeys(self._canonical(name.strip()) for name in names)
        return tuple(name for name in found if name != self.own)

    def name_plugins(self, names: Sequence[str]) -> None:
        """Let those of the scorers run that are a user's code; for the command line alone."""
        calls = [parse_stage(name) for name in names if name.strip().startswith(PREFIX)]
        self._session.plugins.add(calls)

    def prepare(self, name: str) -> Iterator[Progress]:
        """Make a scorer ready: of a compression, compress what is not stored; resumable.

        Raises:
            ModelError: The model cannot be had, or tokens cannot be compressed so.
            WorkspaceError: The disk is full or read-only.
        """
        variant = self._variant(name)
        if name in self._ready:
            return
        yield from self._wait(name)
        try:
            wanted = set(compressions_of(variant.settings))
            if name not in self._ready and wanted - set(compressions_of(self._session.settings)):
                for step in VariantBench(variant, ()).index():
                    yield replace(step, stage=f"{name}: {step.stage}")
            self._ready.add(name)
        finally:
            self._preparing.release()

    def _wait(self, name: str) -> Iterator[Progress]:
        """Wait until no other job compresses, with a step now and then at which to stop."""
        seconds = 0.0
        while not self._preparing.acquire(timeout=seconds):
            yield Progress(f"{name}: wait for another scorer", 0, 1, "scorers")
            seconds = _WAIT_S

    def session_of(self, name: str) -> Session:
        """Return the bench's own session, or the one with another scorer as its only stage."""
        return self._session if name == self.own else self._variant(name)

    def sweeper(self, name: str) -> "Sweeper | UndamagedSweeper":
        """Return what sweeps by a scorer, once it has passed its self-test.

        Raises:
            SettingsError: There is no such scorer.
            ModelError: It cannot be had or is not fit to score.
        """
        variant = self._variant(name)
        if not variant.scores_images(self._call(name)):
            from core.robustness.undamaged import UndamagedSweeper

            return UndamagedSweeper(variant.models().cascade, variant.database, self.kind(name))
        made = variant.trusted_models().sweeper
        assert made is not None, "the stage scores images that are not in the corpus"
        return made

    def kind(self, name: str) -> ScoreKind:
        """Return what a scorer's scores are called, so that no two beside each other are equal."""
        call = self._call(name)
        spec, kind = spec_of(call), kind_of(call)
        if spec.needs_option:
            return replace(kind, name=name)
        return (
            replace(kind, name=f"{kind.name}, {call.option}")
            if spec.calls_model and call.option
            else kind
        )

    def fields(self, names: Sequence[str]) -> dict[str, str]:
        """Return what a receipt says of the scorers: each with its fingerprint."""
        return {f"scorer {name}": self._variant(name).models().scorer.fingerprint for name in names}

    def _canonical(self, name: str) -> str:
        call = self._call(name)
        self._session.plugins.require([call])
        if spec_of(call).reads_order:
            raise SettingsError(
                f"Stage '{call}' scores a candidate by the order that it is given, so it cannot be "
                "shown alone; name the scorer of a pair, such as mllm."
            )
        if call.name == EVIDENCE:
            self._session.fits.get(call.option)
        if call.name == "import":
            Imports(self._session.workspace.imports).get(call.option)
        return self._spelled(call)

    def _call(self, name: str) -> StageCall:
        """Return the stage that a name means, its compression spelled out.

        Raises:
            SettingsError: It is neither a stage nor a compression.
        """
        try:
            return completed(parse_stage(name), self._session.settings.model.compression)
        except SettingsError as stage_error:
            try:
                return StageCall("mllm", "/", str(parse_compression(name)))
            except SettingsError as error:
                raise SettingsError(f"{stage_error} As a compression: {error}") from error

    def _spelled(self, call: StageCall) -> str:
        """Return a scorer's name, in which a fit that need not be named is."""
        if call == StageCall(EVIDENCE):
            call = StageCall(EVIDENCE, ":", self._session.fits.get("").name)
        return spelled(call, self._session.settings.model.compression)

    def _variant(self, name: str) -> Session:
        with self._lock:
            if name not in self._variants:
                settings = _settings(self._session, self._call(name))
                self._variants[name] = self._session.variant(settings)
            return self._variants[name]


def _settings(session: Session, call: StageCall) -> Settings:
    """Return the bench's settings with this one stage at the same depth."""
    settings = session.settings
    scorer = call.name if call.mark == "/" else str(call)
    changes = {"scorer": scorer, "thin": None, "pipeline": None, "preset": None}
    changes |= {"depth": session.pipeline.depth}
    ranking = RankingSettings.model_validate(settings.ranking.model_dump() | changes)
    made = settings.model_copy(update={"ranking": ranking})
    if call.mark != "/":
        return made
    model = settings.model.model_copy(update={"compression": call.option})
    return made.model_copy(update={"model": model})
