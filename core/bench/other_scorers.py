"""The scorers that sweeps show beside the bench's own, made on first need."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from core.bench.scorer_choice import score_kind
from core.bench.session import Session
from core.bench.tradeoff.variant import VariantBench
from core.errors import SettingsError
from core.mllm.compression.grammar import NONE, parse_compression
from core.settings import RankingSettings, Settings
from core.storage.imports import Imports
from core.types.runs import Progress
from core.types.scores import ScoreKind

if TYPE_CHECKING:
    from core.robustness.sweeps import Sweeper
    from core.robustness.undamaged import UndamagedSweeper

_MLLM, _IMPORT = "mllm", "import:"
_PLAIN = (_MLLM, "maxsim", "geometric")


class OtherScorers:
    """The same corpus, weights and stores under other scorers and compressions.

    A scorer is named `mllm` (on uncompressed tokens), `maxsim`, `geometric`, `import:NAME`, or by a
    compression, which is the MLLM on tokens compressed so.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._variants: dict[str, Session] = {}
        self._ready: set[str] = set()
        self._lock = threading.Lock()

    @property
    def own(self) -> str:
        """Return the name of the bench's own scorer."""
        settings = self._session.settings
        return _name(settings.ranking.scorer, settings.model.compression)

    def offered(self) -> tuple[str, ...]:
        """Return what can be shown without more words: any compression can be named besides."""
        if self._session.settings.server_address() is not None:
            return ()
        imports = Imports(self._session.workspace.imports).names()
        names = (*_PLAIN, *(f"{_IMPORT}{name}" for name in imports))
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

    def prepare(self, name: str) -> Iterator[Progress]:
        """Make a scorer ready: of a compression, compress what is not stored; resumable.

        Raises:
            ModelError: The model cannot be had, or tokens cannot be compressed so.
            WorkspaceError: The disk is full or read-only.
        """
        variant = self._variant(name)
        if name in self._ready:
            return
        if variant.settings.model.compression != self._session.settings.model.compression:
            for step in VariantBench(variant, ()).index():
                yield replace(step, stage=f"{name}: {step.stage}")
        with self._lock:
            self._ready.add(name)

    def sweeper(self, name: str) -> "Sweeper | UndamagedSweeper":
        """Return what sweeps by a scorer, once it has passed its self-test.

        Raises:
            SettingsError: There is no such scorer.
            ModelError: It cannot be had or is not fit to score.
        """
        variant = self._variant(name)
        if name.startswith(_IMPORT):
            from core.robustness.undamaged import UndamagedSweeper

            models = variant.models()
            return UndamagedSweeper(models.reranker, variant.database, self.kind(name))
        made = variant.trusted_models().sweeper
        assert made is not None, "every scorer but an import has one"
        return made

    def kind(self, name: str) -> ScoreKind:
        """Return what a scorer's scores are called, so that no two beside each other are equal."""
        kind = score_kind(self._variant(name).settings)
        if name.startswith(_IMPORT):
            return replace(kind, name=name)
        if name == _MLLM or name not in _PLAIN:
            return replace(kind, name=f"{kind.name}, {NONE if name == _MLLM else name}")
        return kind

    def fields(self, names: Sequence[str]) -> dict[str, str]:
        """Return what a receipt says of the scorers: each with its fingerprint."""
        return {f"scorer {name}": self._variant(name).models().scorer.fingerprint for name in names}

    def _canonical(self, name: str) -> str:
        if name in _PLAIN:
            return name
        if name.startswith(_IMPORT):
            Imports(self._session.workspace.imports).get(name.removeprefix(_IMPORT))
            return name
        try:
            return _name(_MLLM, name)
        except SettingsError as error:
            raise SettingsError(
                f"Scorer '{name[:80]}' is not known; use mllm, maxsim, geometric, import:NAME, or "
                f"a compression. As one: {error}"
            ) from error

    def _variant(self, name: str) -> Session:
        with self._lock:
            if name not in self._variants:
                self._variants[name] = self._session.variant(
                    _settings(self._session.settings, name)
                )
            return self._variants[name]


def _name(scorer: str, compression: str) -> str:
    text = str(parse_compression(compression))
    return scorer if scorer != _MLLM or text == NONE else text


def _settings(settings: Settings, name: str) -> Settings:
    is_other = name.startswith(_IMPORT) or name in _PLAIN[1:]
    scorer = name if is_other else _MLLM
    ranking = settings.ranking.model_dump() | {"scorer": scorer, "thin": None}
    made = settings.model_copy(update={"ranking": RankingSettings.model_validate(ranking)})
    if is_other:
        return made
    stored = NONE if name == _MLLM else name
    return made.model_copy(
        update={"model": settings.model.model_copy(update={"compression": stored})}
    )
