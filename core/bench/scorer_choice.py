"""Which scorer orders the candidates: the part of the composition root that settings choose."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.errors import SettingsError
from core.interfaces import PairScorer, PairTokens, Reranker, Scorer
from core.mllm.compression.grammar import PairCompression, parse_compression
from core.mllm.prompts import parse_prompt
from core.mllm.selftest import SelfTest
from core.reranking.imported import ImportedReranker, ImportedScorer
from core.reranking.pointwise import PointwiseReranker
from core.reranking.thinning import ThinnedReranker
from core.settings import RankingSettings, Settings
from core.storage.imports import Imports
from core.storage.scores import ScoreStore
from core.types.corpus import ImageRecord
from core.types.scores import GEOMETRIC, MARGIN, MAXSIM, ScoreKind, imported_kind


@dataclass(frozen=True, slots=True)
class SecondStage:
    """The scorer behind the numbers and the re-ranker that applies it.

    `scores_images` says whether it can score images that are not in the corpus; `middle` is the
    scorer that thins the shortlist before it, if any.
    """

    scorer: Scorer
    reranker: Reranker
    scores_images: bool
    middle: Scorer | None = None


def check_settings(settings: Settings) -> None:
    """Refuse settings of model, prompt, compression and scorer that cannot go together.

    Raises:
        SettingsError: One sentence.
    """
    settings.check_scorer()
    parse_prompt(settings.model.prompt)
    compression = parse_compression(settings.model.compression)
    if settings.server_address() is not None and compression != PairCompression():
        raise SettingsError(
            f"A server scores uncompressed images, so compression '{compression}' cannot be used "
            "with it; use none."
        )


def score_kind(settings: Settings) -> ScoreKind:
    """Return what the scorer's scores are called; known before any model is loaded."""
    if settings.import_name is not None:
        return imported_kind(settings.import_name)
    return {"maxsim": MAXSIM, "geometric": GEOMETRIC}.get(settings.ranking.scorer, MARGIN)


def second_stage(
    settings: Settings,
    scorer: tuple[PairScorer, PairTokens],
    maxsim: tuple[PairScorer, PairTokens],
    scores: ScoreStore,
    imports: Imports,
    database: Mapping[str, ImageRecord],
) -> SecondStage:
    """Return the second stage that the settings name.

    Args:
        settings: As the bench was opened.
        scorer: What scores pairs where nothing is imported, and what it is shown of a pair.
        maxsim: The middle stage, and where it reads stored tokens.
        scores: The score cache.
        imports: The workspace's imports.
        database: Database images by id.

    Raises:
        SettingsError: There is no import of the name given.
    """
    if settings.import_name is not None:
        imported = ImportedScorer(imports.get(settings.import_name))
        return SecondStage(imported, ImportedReranker(imported, scores, database), False)
    last = PointwiseReranker(*scorer, scores, database)
    if settings.ranking.thin is None:
        return SecondStage(scorer[0], last, True)
    middle = PointwiseReranker(*maxsim, scores, database)
    thinned = ThinnedReranker(middle, last, settings.ranking.thin)
    return SecondStage(scorer[0], thinned, True, maxsim[0])


def middle_stage_text(ranking: RankingSettings, depth: int) -> str:
    """Return what the middle stage does, for receipts and screens."""
    if ranking.thin is None:
        return "none"
    return (
        f"MaxSim: of the first {depth} the best {ranking.thin} are scored, the others follow by "
        "MaxSim"
    )


def without_self_test(name: str) -> Callable[[], SelfTest]:
    """Return the self-test of an import, which ends in one sentence."""

    def refuse() -> SelfTest:
        raise SettingsError(
            f"Imported scores such as '{name}' cannot be tested, since there is no model to ask; "
            "run `check` with --scorer mllm or maxsim."
        )

    return refuse
