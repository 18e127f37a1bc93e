"""What a setting costs before it can be looked at: what is missing, times a pace measured now."""

import shutil
import time
from collections.abc import Callable, Generator, Sequence
from itertools import cycle, islice

import numpy as np
from numpy.typing import NDArray

from core.analysis.evaluation import StageCount
from core.bench.evaluation import RunsFacet
from core.bench.session import Models, Session
from core.bench.stage_use import stage_names, tokens_per_image
from core.errors import ImageError, ModelError
from core.interfaces import PairScorer, TokenReader
from core.mllm.token_source import TokenSource
from core.reranking.built import RunningStage
from core.retrieval.indexing import Missing
from core.retrieval.trial import Trial
from core.sampling import spread
from core.types.corpus import ImageRecord
from core.types.orders import Fusion
from core.types.runs import Progress
from core.types.scores import Unscored, VisualTokens
from core.types.setting import JobPlan, StagePlan

N_TIMED_IMAGES = 4
MOST_TIMED_PAIRS = 100
TIMED_SECONDS = 2.0
"""No further batch is timed after this long."""
_OFTEN = 50


def make_plan(session: Session, runs: RunsFacet) -> Generator[Progress, None, JobPlan]:
    """Return what `build_index` and `evaluate` at the default depth would do; nothing is stored.

    Loads the models. Where every descriptor is stored, the index is opened too, so that scores
    that are stored already can be counted and shown.

    Raises:
        ModelError: The models cannot be had, or failed.
        StaleIndexError: A stored file is damaged.
    """
    yield Progress("load model", 0, 1, "model")
    models = session.models()
    database = [record for record in session.corpus.database if record.problem is None]
    queries = [record for record in session.corpus.queries if record.problem is None]
    missing = models.indexer.missing(database, queries)
    if session.index is None and missing.n_vectors == 0 and database:
        runs.open_index()
    depth = min(session.pipeline.depth, session.settings.retrieval.shortlist, len(database))
    counts, is_exact = yield from _pairs(session, depth)
    n_to_score = sum(one.n_unscored for one in counts)
    yield Progress("measure pace", 0, 1, "trial")
    trial = _trial(models, database, missing, n_to_score)
    per_image = None if trial is None or not missing.n_to_encode else trial.seconds / trial.n
    running = models.cascade.stages
    paces = [_pace(session, stage, trial) if n_to_score else None for stage in running]
    found = zip(stage_names(session), running, counts, paces, strict=True)
    stages = tuple(_stage_plan(session, *of) for of in found)
    return JobPlan(
        n_images=missing.n_images,
        n_to_encode=missing.n_to_encode,
        seconds_per_image=per_image,
        n_pairs=sum(one.n_pairs for one in stages),
        n_to_score=n_to_score,
        is_exact=is_exact,
        seconds_per_pair=_mean_pace(stages),
        n_bytes=0 if trial is None else _bytes(missing, trial),
        free_bytes=shutil.disk_usage(session.workspace.folder).free,
        depth=depth,
        n_images_timed=0 if per_image is None or trial is None else trial.n,
        n_pairs_timed=sum(pace[1] for pace in paces if pace is not None),
        stages=stages,
    )


def _stage_plan(
    session: Session,
    name: str,
    stage: RunningStage,
    count: StageCount,
    pace: tuple[float, int] | None,
) -> StagePlan:
    tokens = tokens_per_image(session, stage)
    calls = count.n_unscored if stage.calls_model else 0
    return StagePlan(
        stage=name,
        n_pairs=count.n_asked,
        n_to_score=count.n_unscored,
        n_calls=calls,
        n_tokens=None if tokens is None else round(tokens * count.n_unscored),
        seconds_per_pair=None if pace is None else pace[0],
    )


def _mean_pace(stages: Sequence[StagePlan]) -> float | None:
    """Return the mean seconds of the pairs to score; None where a pace is not known."""
    todo = [one for one in stages if one.n_to_score]
    known = [one.n_to_score * one.seconds_per_pair for one in todo if one.seconds_per_pair]
    if not todo or len(known) < len(todo):
        return None
    return sum(known) / sum(one.n_to_score for one in todo)


def _pairs(
    session: Session, depth: int
) -> Generator[Progress, None, tuple[tuple[StageCount, ...], bool]]:
    """Return what an evaluation asks of every stage and what is not stored, and if that is exact.

    Where a stage's scores are not all stored, which pairs the next one is asked for is not known:
    all of its depth are counted, which is the most that it can be.
    """
    queries, steps = session.measurable, session.pipeline.at(depth).steps
    n_rows = len(session.database)
    if session.index is None:
        most = [len(queries) * min(step.depth, n_rows) for step in steps]
        return tuple(StageCount(n, n, None) for n in most), True
    n_asked, n_missing, is_exact = [0] * len(steps), [0] * len(steps), True
    cascade = session.models().cascade
    for done, query in enumerate(queries):
        if done % _OFTEN == 0:
            yield Progress("count pairs", done, len(queries), "queries")
        shortlist = session.shortlist(query)
        assert shortlist is not None, "there is an index"
        is_known = True
        for place, stage in enumerate(
            cascade.order(query, shortlist, Fusion(depth, 0.0, 1.0)).stages
        ):
            n_asked[place] += stage.n_asked
            n_missing[place] += len(stage.unscored) if is_known else stage.n_asked
            is_exact = is_exact and is_known
            is_known = is_known and not stage.unscored
    counts = zip(n_asked, n_missing, strict=True)
    return tuple(StageCount(asked, missing, None) for asked, missing in counts), is_exact


def _trial(
    models: Models, database: Sequence[ImageRecord], missing: Missing, n_to_score: int
) -> Trial | None:
    """Encode a few images, after one to warm up; None where nothing is to do."""
    if not database or not (missing.n_to_encode or n_to_score):
        return None
    models.indexer.trial(database[:1])
    return models.indexer.trial(spread(database, N_TIMED_IMAGES))


def _pace(session: Session, stage: RunningStage, trial: Trial | None) -> tuple[float, int] | None:
    """Return the seconds of a pair by all that a stage joins, and how many pairs were timed.

    None where one of them cannot be timed.
    """
    found = [_pair_pace(session, leaf, stage.step.depth, trial) for leaf in stage.leaves]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return None
    return sum(each for each, _ in known), sum(n for _, n in known)


def _pair_pace(
    session: Session, stage: RunningStage, depth: int, trial: Trial | None
) -> tuple[float, int] | None:
    """Return the seconds of a pair and how many were timed; None without pictures to time."""
    if stage.built.time_query is not None:
        return _query_pace(session, stage.built.time_query, depth)
    if stage.built.pairs is None or trial is None:
        return None
    scorer, tokens = stage.built.pairs
    pixels = _first_readable(session)
    if pixels is None:
        return None
    (query,) = _tried(tokens.queries, pixels)
    # The trial packed for the stages that read what is stored; a server is shown one picture.
    source = tokens.candidates
    packed = trial.packed.get(source) if isinstance(source, TokenSource) else None
    shown = _tried(source, pixels) if packed is None else packed.shown
    n_pairs = min(depth, MOST_TIMED_PAIRS)
    list(scorer.score(query, shown[:1]))  # warms up
    each, n_timed = _timed(scorer, query, list(islice(cycle(shown), n_pairs)))
    return each + (0.0 if packed is None else packed.unpack_seconds / trial.n), n_timed


def _query_pace(
    session: Session, run: Callable[[], object], depth: int
) -> tuple[float, int] | None:
    """Return a pair's share of what is computed once per query; None before there is an index."""
    if session.index is None:
        return None
    n_pairs = min(depth, session.settings.retrieval.shortlist, len(session.index.image_ids))
    run()  # warms up
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) / n_pairs, n_pairs


def _tried(reader: TokenReader, pixels: NDArray[np.uint8]) -> Sequence[VisualTokens]:
    """Return what a scorer is shown of a picture, also before codebooks are learned."""
    is_stored = isinstance(reader, TokenSource)
    return reader.trial([pixels]) if is_stored else reader.encode([pixels])


def _timed(
    scorer: PairScorer, query: VisualTokens, candidates: Sequence[VisualTokens]
) -> tuple[float, int]:
    """Return the seconds of a pair among as many candidates, and how many pairs were timed.

    A query's own share is told from the first batch, which has it, and the later ones.

    Raises:
        ModelError: No pair could be scored; the text is the scorer's reason.
    """
    batches: list[tuple[int, float]] = []
    started = clock = time.perf_counter()
    for batch in scorer.score(query, candidates):
        refused = [answer for answer in batch if isinstance(answer, Unscored)]
        if refused:
            raise ModelError(refused[0].reason)
        now = time.perf_counter()
        batches.append((len(batch), now - clock))
        clock = now
        if now - started > TIMED_SECONDS:
            break
    n_timed = sum(n for n, _ in batches)
    (n_first, first), later = batches[0], batches[1:]
    if not later:
        return first / n_first, n_timed
    each = sum(seconds for _, seconds in later) / sum(n for n, _ in later)
    own = max(0.0, first - n_first * each)
    return each + own / len(candidates), n_timed


def _first_readable(session: Session) -> NDArray[np.uint8] | None:
    for record in session.measurable:
        try:
            return session.images.load(record)
        except ImageError:
            continue  # the indexer lists it
    return None


def _bytes(missing: Missing, trial: Trial) -> int:
    total = sum(n * trial.packed[source].n_bytes for source, n in missing.n_lacking.items())
    return round(total + missing.n_vectors * trial.vector_bytes)
