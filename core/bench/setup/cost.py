"""What a setting costs before it can be looked at: what is missing, times a pace measured now."""

import shutil
import time
from collections.abc import Generator, Sequence
from itertools import cycle, islice

import numpy as np
from numpy.typing import NDArray

from core.bench.evaluation import RunsFacet
from core.bench.session import Models, Session
from core.errors import ImageError, ModelError
from core.interfaces import PairScorer
from core.retrieval.indexing import Missing, Trial
from core.robustness.sets import spread
from core.types.corpus import ImageRecord
from core.types.runs import Progress
from core.types.scores import Unscored, VisualTokens
from core.types.setting import JobPlan

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
    if missing.n_vectors == 0 and database:
        runs.open_index()
    ranking = session.settings.ranking
    depth = min(ranking.depth, session.settings.retrieval.shortlist, len(database))
    n_pairs, n_to_score, is_exact = yield from _pairs(session, depth)
    yield Progress("measure pace", 0, 1, "trial")
    trial = _trial(models, database, missing, n_to_score)
    per_image = None if trial is None or not missing.n_to_encode else trial.seconds / trial.n
    pace = _pair_pace(session, models, trial) if n_to_score else None
    return JobPlan(
        n_images=missing.n_images,
        n_to_encode=missing.n_to_encode,
        seconds_per_image=per_image,
        n_pairs=n_pairs,
        n_to_score=n_to_score,
        is_exact=is_exact,
        seconds_per_pair=None if pace is None else pace[0],
        n_bytes=0 if trial is None else _bytes(missing, trial),
        free_bytes=shutil.disk_usage(session.workspace.folder).free,
        depth=depth,
        n_images_timed=0 if per_image is None or trial is None else trial.n,
        n_pairs_timed=0 if pace is None else pace[1],
    )


def _pairs(session: Session, depth: int) -> Generator[Progress, None, tuple[int, int, bool]]:
    """Return how many pairs an evaluation needs, how many are not stored, and if that is exact."""
    queries = session.measurable
    each = min(session.settings.ranking.thin or depth, depth)
    if session.index is None:
        return len(queries) * each, len(queries) * each, True
    reranker = session.models().reranker
    n_pairs = n_to_score = 0
    is_exact = True
    for done, query in enumerate(queries):
        if done % _OFTEN == 0:
            yield Progress("count pairs", done, len(queries), "queries")
        shortlist = session.shortlist(query)
        assert shortlist is not None, "there is an index"
        chosen = reranker.selection(query, shortlist, depth)
        n = min(each, len(shortlist.image_ids))
        is_exact = is_exact and not chosen.missing
        stored = len(reranker.cached(query, chosen.image_ids)) if not chosen.missing else 0
        n_pairs += n
        n_to_score += max(0, n - stored)
    return n_pairs, n_to_score, is_exact


def _trial(
    models: Models, database: Sequence[ImageRecord], missing: Missing, n_to_score: int
) -> Trial | None:
    """Encode a few images, after one to warm up; None where nothing is to do."""
    if not database or not (missing.n_to_encode or n_to_score):
        return None
    models.indexer.trial(database[:1])
    return models.indexer.trial(spread(database, N_TIMED_IMAGES))


def _pair_pace(session: Session, models: Models, trial: Trial | None) -> tuple[float, int] | None:
    """Return the seconds of a pair and how many were timed; None without pictures to time."""
    if models.timed is None or trial is None:
        return None
    scorer, tokens = models.timed
    pixels = _first_readable(session)
    if pixels is None:
        return None
    (query,) = tokens.queries.encode([pixels])
    # another machine is shown pictures, not tokens
    shown = trial.shown if models.playground is not None else tokens.candidates.encode([pixels])
    depth = min(session.settings.ranking.thin or session.settings.ranking.depth, MOST_TIMED_PAIRS)
    list(scorer.score(query, shown[:1]))  # warms up
    each, n_timed = _timed(scorer, query, list(islice(cycle(shown), depth)))
    return each + (
        trial.unpack_seconds / trial.n if models.playground is not None else 0.0
    ), n_timed


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
    total = missing.n_candidates * trial.candidate_bytes + missing.n_queries * trial.query_bytes
    return round(total + missing.n_vectors * trial.vector_bytes)
