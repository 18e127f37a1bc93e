"""The grid of a trade-off table: scorers x resolutions x compressions x depths, in order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from core.errors import SettingsError
from core.mllm.compression.grammar import PairCompression, parse_compression
from core.reranking.chosen import pipeline_text, read_pipeline, with_pipeline
from core.reranking.pipelines import parse_stage
from core.reranking.stages import STAGES, spec_of
from core.settings import RankingSettings, Settings
from core.types.tradeoff import TradeoffSetting

FULL = "full"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Variant:
    """Settings that share their stored tokens and scores and differ in depth alone."""

    settings: tuple[TradeoffSetting, ...]

    @property
    def name(self) -> str:
        """Return what is stored and who scores it."""
        first = self.settings[0]
        return first.scorer if is_pipeline(first.scorer) else f"{first.stored}, {first.scorer}"

    def of(self, settings: Settings) -> Settings:
        """Return the bench's settings with this compression, scorer and its greatest depth."""
        first = self.settings[0]
        if is_pipeline(first.scorer):
            return with_pipeline(settings, read_pipeline(settings, first.scorer))
        depth = max(one.depth for one in self.settings)
        ranking = settings.ranking.model_dump() | {"scorer": first.scorer, "depth": depth}
        model = settings.model.model_copy(update={"compression": first.stored})
        return settings.model_copy(
            update={"model": model, "ranking": RankingSettings.model_validate(ranking)}
        )


def make_grid(settings: Settings, n_database: int) -> tuple[Variant, ...]:
    """Return the variants to measure: of each scorer the uncompressed tokens first.

    Compressions that choose their own pixels (`jpeg:SIDE`) go with the full resolution only.

    Args:
        settings: Of the bench; `settings.tradeoff` spans the grid.
        n_database: Database images; no depth is greater.

    Raises:
        SettingsError: A value cannot be used, or the bench chooses for itself what the grid varies.
    """
    _refuse_choices(settings)
    grid = settings.tradeoff
    for scorer in grid.scorers:
        _check_scorer(scorer)
    resolutions = _unique([_side(text) for text in grid.resolutions])
    compressions = _unique([str(_compression(text)) for text in grid.compressions])
    deepest = min(settings.retrieval.shortlist, n_database)
    depths = sorted({min(depth, deepest) for depth in grid.depths})
    plain = (None, str(PairCompression()))
    stored = _unique([plain, *_pixels_and_tokens(resolutions, compressions)])
    varied = tuple(
        Variant(tuple(TradeoffSetting(scorer, side, text, depth) for depth in depths))
        for scorer in _unique(list(grid.scorers))
        for side, text in stored
    )
    return (*varied, *(_pipeline(settings, text) for text in _unique(list(grid.pipelines))))


def is_pipeline(scorer: str) -> bool:
    """Return whether a row is of a whole pipeline, which names every depth, and not of a scorer."""
    return "@" in scorer


def _pipeline(settings: Settings, text: str) -> Variant:
    """Return a pipeline beside the grid: uncompressed, at its own depths.

    Raises:
        SettingsError: It cannot be read or used here.
    """
    chosen = with_pipeline(settings, read_pipeline(settings, text))
    depth = chosen.ranking.depth
    written = pipeline_text(chosen, depth)
    return Variant((TradeoffSetting(written, None, str(PairCompression()), depth),))


def _pixels_and_tokens(
    resolutions: Sequence[int | None], compressions: Sequence[str]
) -> Iterator[tuple[int | None, str]]:
    for side in resolutions:
        for text in compressions:
            if side is None or parse_compression(text).candidate.pixels is None:
                yield side, text


def _refuse_choices(settings: Settings) -> None:
    if settings.server_address() is not None:
        raise SettingsError(
            "A server scores uncompressed images, so there is no trade-off to measure; leave the "
            "server out."
        )
    if parse_compression(settings.model.compression) != PairCompression():
        raise SettingsError(
            f"The grid chooses the compressions, so '{settings.model.compression}' cannot be set "
            "beside it; name it in --compressions."
        )
    usual, ranking = RankingSettings(), settings.ranking
    chosen = (ranking.scorer, ranking.thin, ranking.pipeline, ranking.preset)
    if chosen != (usual.scorer, usual.thin, usual.pipeline, usual.preset):
        raise SettingsError(
            "The grid chooses the scorers and scores whole depths; name scorers in --scorers, and "
            "leave out --scorer, --thin, --pipeline and --preset."
        )


def _check_scorer(text: str) -> None:
    """Refuse a stage whose scores no compression changes, or that names one of its own."""
    call = parse_stage(text)
    if call.mark == "/" or not spec_of(call).reads_tokens:
        known = ", ".join(one.name for one in STAGES.values() if one.reads_tokens)
        raise SettingsError(
            f"The grid cannot measure '{text[:80]}' under its compressions; name scorers of: "
            f"{known}."
        )


def _side(text: str) -> int | None:
    if text == FULL:
        return None
    part = parse_compression(f"res:{text}").candidate.pixels if text.isdecimal() else None
    if part is None:
        raise SettingsError(
            f"Resolution '{text}' is neither '{FULL}' nor a side in pixels; write such as "
            f"{FULL},112."
        )
    return part.n


def _compression(text: str) -> PairCompression:
    made = parse_compression(text)
    if made.candidate.pixels is not None and made.candidate.pixels.name == "res":
        raise SettingsError(
            f"Compression '{text}' chooses a resolution of its own; name the side in --resolutions."
        )
    return made


def _unique(values: Sequence[_T]) -> list[_T]:
    return list(dict.fromkeys(values))
