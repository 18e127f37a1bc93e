"""The table of second stages: what each needs, what it gives, and how it is built.

A new stage is one file with its scorer and one row here; settings, cache, receipts, cost plans,
sweeps, trade-offs and exports read the row.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from core.corpus.images import ImageOpener
from core.errors import SettingsError
from core.interfaces import PairTokens
from core.mllm.compression.grammar import PairCompression, parse_compression
from core.reranking.built import BuiltStage, RunningStage
from core.reranking.pipelines import StageCall, parse_stage
from core.retrieval.opened import OpenedIndex
from core.settings import IMPORT_NAME
from core.storage.fits import FIT_NAME, Fits
from core.storage.imports import Imports
from core.storage.scores import ScoreStore
from core.storage.tokens import DescriptorStore
from core.types.corpus import ImageRecord
from core.types.scores import (
    GEOMETRIC,
    MARGIN,
    MAXSIM,
    RECIPROCAL,
    ScoreKind,
    evidence_kind,
    imported_kind,
)

if TYPE_CHECKING:
    from core.mllm.token_source import TokenSource

Need = Literal[
    "stored tokens", "language model", "pixels", "descriptors", "file of scores", "a fit"
]


class StageParts(Protocol):
    """What the composition root holds ready for the stages of one bench."""

    @property
    def images(self) -> ImageOpener:
        """Opens image files."""
        ...

    @property
    def scores(self) -> ScoreStore:
        """The score cache."""
        ...

    @property
    def imports(self) -> Imports:
        """The imports of the workspace."""
        ...

    @property
    def database(self) -> Mapping[str, ImageRecord]:
        """Database images by id."""
        ...

    @property
    def vectors(self) -> DescriptorStore:
        """Descriptors by image SHA-256."""
        ...

    @property
    def opened(self) -> OpenedIndex:
        """Holds the index."""
        ...

    @property
    def fits(self) -> Fits:
        """The fits of evidence that may be named."""
        ...

    def keypoints(self, most: int) -> "TokenSource":
        """Return where up to `most` stored keypoints an image are read, found on first use."""
        ...

    def reciprocal(self, call: StageCall) -> BuiltStage:
        """Return k-reciprocal encoding over the bench's descriptors.

        Raises:
            SettingsError: Its constants cannot be used.
        """
        ...

    def running(self, call: StageCall) -> RunningStage:
        """Return another stage, ready to score, with the bench's compression where it reads tokens.

        Raises:
            SettingsError: There is no such stage, or its option does not go with it.
            ModelError: It cannot be had.
        """
        ...

    def tokens(self, compression: PairCompression) -> PairTokens:
        """Return where stored tokens under a compression are read, encoded on first use."""
        ...

    def mllm(self, compression: PairCompression) -> BuiltStage:
        """Return the MLLM with the bench's prompt on tokens under a compression.

        Raises:
            ModelError: The prompt cannot be rendered or answered by one token per side.
        """
        ...

    def maxsim(self, compression: PairCompression) -> BuiltStage:
        """Return MaxSim on tokens under a compression."""
        ...


@dataclass(frozen=True, slots=True)
class Offers:
    """What a bench has that the option of a stage may name."""

    compressions: tuple[str, ...]
    imports: tuple[str, ...]
    fits: tuple[str, ...]


def _nothing(_: Offers) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class StageSpec:
    """One row of the table.

    `form` is how the stage is written; `mark` joins name and option, `option` is the pattern of
    the option, and `needs_option` says that it cannot be left out; `offers` are some worth a try.
    `scores_images` says whether images that are not in the corpus can be scored, which sweeps and
    uploads need.
    """

    name: str
    form: str
    what: str
    needs: tuple[Need, ...]
    kind: Callable[[StageCall], ScoreKind]
    build: Callable[[StageParts, StageCall], BuiltStage]
    mark: str = ""
    option: str = ".*"
    needs_option: bool = False
    scores_images: bool = True
    offers: Callable[[Offers], Sequence[str]] = _nothing

    @property
    def call(self) -> StageCall:
        """The stage without an option."""
        return StageCall(self.name)

    @property
    def calls_model(self) -> bool:
        """Whether every pair is a call of the language model."""
        return "language model" in self.needs

    @property
    def takes_compression(self) -> bool:
        """Whether a compression of the stored tokens is named behind the stage."""
        return self.mark == "/"

    @property
    def reads_tokens(self) -> bool:
        """Whether stored tokens are read, so that a compression changes the scores."""
        return "stored tokens" in self.needs


_CPU = {"device": "cpu", "dtype": "float32"}


def _compression(call: StageCall) -> PairCompression:
    return parse_compression(call.option)


def _geometric(parts: StageParts, call: StageCall) -> BuiltStage:
    from core.reranking.geometric import GeometricScorer, KeypointPacker
    from core.reranking.keypoints import N_FEATURES

    most = int(call.option) if call.option else N_FEATURES
    found = parts.keypoints(most)
    scorer = GeometricScorer(KeypointPacker(most))
    return BuiltStage(scorer, (scorer, PairTokens(found, found)), facts=_CPU, side=(found, found))


def _evidence(parts: StageParts, call: StageCall) -> BuiltStage:
    from core.reranking.evidence import joined_stages

    fit = parts.fits.get(call.option)
    return joined_stages(fit, tuple(parts.running(parse_stage(one.stage)) for one in fit.terms))


def _imported(parts: StageParts, call: StageCall) -> BuiltStage:
    from core.reranking.imported import ImportedReranker, ImportedScorer

    scorer = ImportedScorer(parts.imports.get(call.option))
    return BuiltStage(scorer, reranker=ImportedReranker(scorer, parts.scores, parts.database))


EVIDENCE = "evidence"
"""The stage that joins others by a fit."""
STAGES: dict[str, StageSpec] = {
    one.name: one
    for one in (
        StageSpec(
            "mllm",
            "mllm[/COMPRESSION]",
            "margin of yes against no for query and candidate shown together",
            ("stored tokens", "language model"),
            lambda _: MARGIN,
            lambda parts, call: parts.mllm(_compression(call)),
            mark="/",
            offers=lambda of: of.compressions,
        ),
        StageSpec(
            "maxsim",
            "maxsim[/COMPRESSION]",
            "late interaction on stored tokens, no model call",
            ("stored tokens",),
            lambda _: MAXSIM,
            lambda parts, call: parts.maxsim(_compression(call)),
            mark="/",
            offers=lambda of: of.compressions,
        ),
        StageSpec(
            "geometric",
            "geometric[:KEYPOINTS]",
            "RootSIFT matches that agree on one homography, no model call",
            ("pixels",),
            lambda _: GEOMETRIC,
            _geometric,
            mark=":",
            option="[1-9][0-9]{1,3}",
        ),
        StageSpec(
            "kreciprocal",
            "kreciprocal[:K1,K2,LAMBDA]",
            "neighbours that the query and a candidate share, from descriptors, no model call",
            ("descriptors",),
            lambda _: RECIPROCAL,
            lambda parts, call: parts.reciprocal(call),
            mark=":",
        ),
        StageSpec(
            "evidence",
            "evidence[:NAME]",
            "log-odds joined from several stages' scores by weights fitted on labelled pairs",
            ("a fit", "stored tokens", "language model", "pixels", "descriptors"),
            lambda call: evidence_kind(str(call)),
            _evidence,
            mark=":",
            option=FIT_NAME,
            offers=lambda of: of.fits,
        ),
        StageSpec(
            "import",
            "import:NAME",
            "scores made elsewhere, brought in by `import`",
            ("file of scores",),
            lambda call: imported_kind(call.option),
            _imported,
            mark=":",
            option=IMPORT_NAME,
            needs_option=True,
            scores_images=False,
            offers=lambda of: of.imports,
        ),
    )
}
"""By name, in the order in which they are offered."""


def spec_of(call: StageCall) -> StageSpec:
    """Return a stage's row.

    Raises:
        SettingsError: There is no such stage, or its option does not go with it.
    """
    spec = STAGES.get(call.name)
    if spec is None:
        known = ", ".join(one.form for one in STAGES.values())
        raise SettingsError(f"Stage '{str(call)[:80]}' is not known; use one of: {known}.")
    if call.mark:
        fits = call.mark == spec.mark and re.fullmatch(spec.option, call.option) is not None
    else:
        fits = not spec.needs_option
    if not fits:
        raise SettingsError(
            f"Stage '{str(call)[:80]}' cannot be used; write {spec.form}, where NAME was given to "
            "`import`."
            if spec.name == "import"
            else f"Stage '{str(call)[:80]}' cannot be used; write {spec.form}."
        )
    return spec


def import_call(name: str) -> StageCall:
    """Return the stage that reads an import."""
    return StageCall("import", ":", name)


def kind_of(call: StageCall) -> ScoreKind:
    """Return what a stage's scores are called; known before any model is loaded.

    Raises:
        SettingsError: There is no such stage.
    """
    return spec_of(call).kind(call)


def completed(call: StageCall, compression: str) -> StageCall:
    """Return a stage with its compression named where it reads stored tokens.

    Raises:
        SettingsError: There is no such stage.
    """
    if spec_of(call).takes_compression and not call.mark:
        return StageCall(call.name, "/", compression)
    return call


def spelled(call: StageCall, compression: str) -> str:
    """Return a stage as pipelines write it, without a compression that is the bench's own."""
    is_usual = call.mark == "/" and call.option == str(parse_compression(compression))
    return call.name if is_usual else str(call)
