"""What the stages of a pipeline cost: pairs, model calls, stored tokens, seconds."""

from collections.abc import Sequence

from core.analysis.evaluation import Counts, StageCount
from core.bench.session import Session
from core.reranking.built import RunningStage
from core.reranking.stages import spelled
from core.sampling import spread
from core.types.runs import StageUse

_SAMPLE = 32
"""Database images whose stored tokens are counted, evenly spread."""


def stage_names(session: Session) -> tuple[str, ...]:
    """Return the stages as they are written, in order."""
    compression = session.settings.model.compression
    return tuple(spelled(call, compression) for call in session.pipeline.calls)


def tokens_per_image(session: Session, stage: RunningStage) -> float | None:
    """Return how many stored visual tokens a candidate has, in the mean over a few images.

    None where the stage reads no stored tokens, or none of the few is stored yet.
    """
    store = stage.built.store
    if store is None:
        return None
    keys = [one.sha256 for one in spread(session.corpus.database, _SAMPLE)]
    counts = [len(store.get(key).tokens) for key in keys if key in store]
    return sum(counts) / len(counts) if counts else None


def stage_uses(
    session: Session, queries: Sequence[Counts], tokens: Sequence[float | None]
) -> tuple[StageUse, ...]:
    """Return what every stage costs per query, in the mean over some queries; empty without any.

    Args:
        session: The opened corpus.
        queries: Of each query what its stages were asked, all of the bench's pipeline.
        tokens: `tokens_per_image` of each stage.
    """
    if not queries:
        return ()
    stages = session.models().cascade.stages
    found = zip(stage_names(session), stages, zip(*queries, strict=True), tokens, strict=True)
    return tuple(_use(*one) for one in found)


def _use(
    name: str, stage: RunningStage, counts: Sequence[StageCount], tokens: float | None
) -> StageUse:
    n_pairs = sum(one.n_asked for one in counts) / len(counts)
    known = [one.seconds for one in counts if one.seconds is not None]
    return StageUse(
        stage=name,
        n_pairs=n_pairs,
        n_unscored=sum(one.n_unscored for one in counts) / len(counts),
        n_calls=stage.n_calls(n_pairs),
        n_tokens=None if tokens is None else tokens * n_pairs,
        seconds=sum(known) / len(known) if len(known) == len(counts) else None,
    )
