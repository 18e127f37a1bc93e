"""The table of second stages: what each needs, what it gives, and how it is built.

A new stage is one file with its scorer and one row here; settings, cache, receipts, cost plans,
sweeps, trade-offs and exports read the row.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from core.corpus.images import ImageOpener
from core.errors import SettingsError
from core.interfaces import PairScorer, PairTokens, Reranker, Scorer
from core.mllm.compression.grammar import NONE, PairCompression, parse_compression
from core.mllm.prompts import parse_prompt
from core.reranking.pipelines import Pipeline, StageCall, Step, parse_pipeline, parse_stage
from core.settings import IMPORT_NAME, Settings
from core.storage.imports import Imports
from core.storage.scores import ScoreStore
from core.storage.tokens import TokenStore
from core.types.corpus import ImageRecord
from core.types.scores import GEOMETRIC, MARGIN, MAXSIM, ScoreKind, imported_kind

Need = Literal["stored tokens", "language model", "pixels", "file of scores"]


@dataclass(frozen=True, slots=True)
class BuiltStage:
    """A stage's scorer and what it is shown of a pair.

    `pairs` is None where nothing is computed; then `reranker` reads the scores. `store` holds the
    candidates' tokens, None where the stage reads none. `facts` are what a receipt says besides,
    such as device and dtype.
    """

    scorer: Scorer
    pairs: "tuple[PairScorer, PairTokens] | None" = None
    store: TokenStore | None = None
    reranker: Reranker | None = None
    facts: Mapping[str, str] | None = None


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
    def reads_tokens(self) -> bool:
        """Whether stored tokens are read, so that a compression changes the scores."""
        return "stored tokens" in self.needs


def _compression(call: StageCall) -> PairCompression:
    return parse_compression(call.option)


def _geometric(parts: StageParts, _call: StageCall) -> BuiltStage:
    from core.reranking.geometric import GeometricScorer, KeypointSource

    found = KeypointSource(parts.images)
    scorer = GeometricScorer()
    facts = {"device": "cpu", "dtype": "float32"}
    return BuiltStage(scorer, (scorer, PairTokens(found, found)), facts=facts)


def _imported(parts: StageParts, call: StageCall) -> BuiltStage:
    from core.reranking.imported import ImportedReranker, ImportedScorer

    scorer = ImportedScorer(parts.imports.get(call.option))
    return BuiltStage(scorer, reranker=ImportedReranker(scorer, parts.scores, parts.database))


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
            "geometric",
            "RootSIFT matches that agree on one homography, no model call",
            ("pixels",),
            lambda _: GEOMETRIC,
            _geometric,
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


def score_kind(settings: Settings) -> ScoreKind:
    """Return what the scores of the last stage are called."""
    return kind_of(pipeline_of(settings).last)


def pipeline_of(settings: Settings) -> Pipeline:
    """Return the second stage that the settings name, short forms spelled out.

    `ranking.scorer` and `ranking.thin` are short for `SCORER` and `maxsim@DEPTH > mllm@THIN`. A
    stage that reads stored tokens and names no compression takes `model.compression`.

    Raises:
        SettingsError: It cannot be read, or names a stage that there is not.
    """
    ranking = settings.ranking
    if ranking.pipeline is not None:
        made = parse_pipeline(ranking.pipeline, ranking.depth)
    else:
        made = Pipeline((Step(parse_stage(ranking.scorer), ranking.depth),))
    if ranking.thin is not None:
        last = Step(made.last, ranking.thin)
        made = Pipeline((Step(StageCall("maxsim"), ranking.depth), last))
    compression = str(parse_compression(settings.model.compression))
    return Pipeline(
        tuple(replace(step, call=completed(step.call, compression)) for step in made.steps)
    )


def completed(call: StageCall, compression: str) -> StageCall:
    """Return a stage with its compression named where it reads stored tokens.

    Raises:
        SettingsError: There is no such stage.
    """
    if spec_of(call).reads_tokens and not call.mark:
        return StageCall(call.name, "/", compression)
    return call


def spelled(call: StageCall, compression: str) -> str:
    """Return a stage as pipelines write it, without a compression that is the bench's own."""
    is_usual = call.mark == "/" and call.option == str(parse_compression(compression))
    return call.name if is_usual else str(call)


def pipeline_text(settings: Settings, depth: int) -> str:
    """Return the pipeline as text, such as `maxsim@100 > mllm@20`, its first stage at a depth."""
    compression = settings.model.compression
    steps = pipeline_of(settings).at(depth).steps
    return " > ".join(f"{spelled(step.call, compression)}@{step.depth}" for step in steps)


def compressions_of(settings: Settings) -> tuple[str, ...]:
    """Return the compressions that the stages read stored tokens in, or the settings' own."""
    calls = [c for c in pipeline_of(settings).calls if spec_of(c).reads_tokens]
    found = dict.fromkeys(call.option for call in calls)
    return tuple(found) or (str(parse_compression(settings.model.compression)),)


def compression_of(settings: Settings) -> str:
    """Return the compression of the last stage that reads stored tokens, or the settings' own."""
    calls = [c for c in pipeline_of(settings).calls if spec_of(c).reads_tokens]
    return calls[-1].option if calls else compressions_of(settings)[0]


def check_stages(settings: Settings) -> None:
    """Refuse settings of model, prompt, compression and stages that cannot go together.

    Raises:
        SettingsError: One sentence.
    """
    settings.check_scorer()
    parse_prompt(settings.model.prompt)
    pipeline = pipeline_of(settings)
    if settings.server_address() is None:
        return
    if not any(spec_of(call).calls_model for call in pipeline.calls):
        raise SettingsError(
            f"Stage '{pipeline.last}' asks no server; leave the server out, or choose mllm."
        )
    asking = [call for call in pipeline.calls if spec_of(call).calls_model]
    packed = [call.option for call in asking if call.option != NONE]
    if packed:
        raise SettingsError(
            f"A server scores uncompressed images, so compression '{packed[0]}' cannot be used "
            "with it; use none."
        )


def imports_of(settings: Settings) -> tuple[str, ...]:
    """Return the imports that stages read, each once."""
    calls = pipeline_of(settings).calls
    return tuple(dict.fromkeys(c.option for c in calls if c.name == "import"))


def short_form(pipeline: Pipeline) -> tuple[str, int | None] | None:
    """Return `ranking.scorer` and `ranking.thin` where these say the same, else None."""
    calls = pipeline.calls
    if len(calls) == 1:
        call = calls[0]
        return (call.name if call.mark == "/" else str(call)), None
    is_thin = [c.name for c in calls] == ["maxsim", "mllm"] and calls[0].option == calls[1].option
    return ("mllm", pipeline.steps[1].depth) if is_thin else None
