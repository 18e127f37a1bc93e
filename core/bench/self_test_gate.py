"""The self-test of a scorer on the corpus's own images: once per scorer and workspace."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from core.errors import ImageError, SettingsError, StaleIndexError
from core.interfaces import ImageSource, PairScorer, PairTokens
from core.mllm.selftest import LEAST_MASS, SelfTest, drawn_images, run_self_test
from core.reranking.pipelines import StageCall
from core.reranking.several import SeveralScorer
from core.reranking.written_orders import read_order
from core.storage.documents import json_kind
from core.storage.workspace import Workspace
from core.types.corpus import Corpus, ImageRecord
from core.types.runs import Progress
from core.types.scores import MARGIN, ScoreKind, VisualTokens

N_IMAGES = 4
LEAST_RIGHT = 0.75
"""Share of blocks in which the query itself must be named."""
_RECORD = json_kind(
    TypeAdapter(SelfTest), "The self-test {folder}/{file} cannot be read; it is run again."
)
_log = logging.getLogger(__name__)


def self_test(
    tokens: PairTokens,
    scorer: PairScorer,
    images: ImageSource,
    corpus: Corpus,
    kind: ScoreKind = MARGIN,
    watch: Callable[[Progress], None] = lambda _: None,
) -> SelfTest:
    """Run the self-test on images of different instances, evenly spread over the database.

    A corpus with fewer than two such images is tested on drawn ones. `watch` is told how many pairs
    are scored.
    """
    pixels = _spread(images, corpus)
    enough = pixels if len(pixels) >= 2 else None
    return run_self_test(tokens.queries, scorer, enough, tokens.candidates, kind, watch)


def require_trusted(
    workspace: Workspace,
    tokens: PairTokens,
    scorer: PairScorer,
    images: ImageSource,
    corpus: Corpus,
    kind: ScoreKind = MARGIN,
    watch: Callable[[Progress], None] = lambda _: None,
) -> None:
    """Run the self-test unless this scorer has passed it in this workspace.

    Where the record of it is damaged, it is run again.

    Raises:
        ModelError: It did not pass; the text is the reason.
    """
    test = partial(self_test, tokens, scorer, images, corpus, kind, watch)
    require_passed(workspace, scorer.fingerprint, test)


def require_passed(workspace: Workspace, fingerprint: str, test: Callable[[], SelfTest]) -> None:
    """Run a self-test unless this scorer has passed it in this workspace.

    Raises:
        ModelError: It did not pass; the text is the reason.
    """
    path = workspace.self_test(fingerprint)
    if _has_passed(path):
        return
    result = test()
    result.require()
    _RECORD.save(path, result)


def several_self_test(
    scorer: SeveralScorer, tokens: PairTokens, images: ImageSource, corpus: Corpus
) -> SelfTest:
    """Ask which of several images is the query itself, at every place, and judge the answers.

    `identical` holds the share that is right, `random` what guessing reaches, `swapped` the share
    of answers that name each place.
    """
    pixels = _spread(images, corpus)
    shown = tokens.queries.encode(pixels if len(pixels) >= 2 else drawn_images(N_IMAGES))
    n = min(scorer.n, len(shown))
    named: list[tuple[int, int | None]] = []
    masses: list[float] = []
    for own in range(n):
        for place in range(n):
            block = [shown[(own + i - place) % n] for i in range(n)]
            answer, mass = _first_named(scorer, shown[own], block)
            named.append((place, answer))
            masses.extend([] if mass is None else [mass])
    right = sum(place == answer for place, answer in named) / len(named)
    shares = tuple(sum(a == p for _, a in named) / len(named) for p in range(n))
    mass = mean(masses) if masses else None
    verdict, reason = _judge_several(right, shares, mass)
    return SelfTest((right,), (1.0 / n,), shares, mass, verdict, reason)


def _first_named(
    scorer: SeveralScorer, query: VisualTokens, block: list[VisualTokens]
) -> tuple[int | None, float | None]:
    if scorer.method == "set":
        chosen = scorer.asker.choose(query, block)
        return int(np.argmax(chosen.log_probabilities)), chosen.mass
    return read_order(scorer.asker.say(scorer.question, query, block), len(block)).first, None


def _judge_several(
    right: float, shares: Sequence[float], mass: float | None
) -> tuple[Literal["passed", "refused"], str]:
    place = 1 + int(np.argmax(shares))
    told = f"place {place} is named in {max(shares):.0%} of the answers"
    if not max(shares):
        told = "no answer names a place"
    if right < LEAST_RIGHT:
        return "refused", (
            f"Shown the query itself among others at every place, the model names it in "
            f"{right:.0%} of the answers ({told}); choose another model, or a stage that shows "
            "pairs."
        )
    if mass is not None and mass < LEAST_MASS:
        return "refused", (
            f"The model answers with a candidate's number with a probability of only {mass:.2f}; "
            "choose another model."
        )
    return "passed", f"The query itself is named in {right:.0%} of the answers; {told}."


def _has_passed(path: Path) -> bool:
    try:
        record = _RECORD.load_if_there(path)
    except StaleIndexError as error:
        _log.warning("%s", error)
        return False
    return record is not None and record.verdict == "passed"


def _spread(images: ImageSource, corpus: Corpus) -> list[NDArray[np.uint8]]:
    readable = [record for record in corpus.database if record.problem is None]
    # Not `even_rows`: which images these are decides a stored self-test, and a step of whole rows
    # leaves more of them than are needed, since some are of one instance or cannot be decoded.
    step = max(1, len(readable) // (4 * N_IMAGES))
    chosen: dict[str, ImageRecord] = {}
    for record in readable[::step]:
        chosen.setdefault(record.instance_id or record.image_id, record)
    pixels: list[NDArray[np.uint8]] = []
    for record in chosen.values():
        if len(pixels) == N_IMAGES:
            break
        try:
            pixels.append(images.load(record))
        except ImageError:
            continue  # listed by the indexer; another image serves as well
    return pixels


def without_self_test(call: StageCall) -> Callable[[], SelfTest]:
    """Return the self-test of a stage that scores no pair by itself: it ends in one sentence."""

    def refuse() -> SelfTest:
        what = f"Imported scores such as '{call.option}'"
        if call.name != "import":
            what = f"Scores of stage '{call}'"
        raise SettingsError(
            f"{what} cannot be tested, since there is no model to ask; run `check` with --scorer "
            "mllm or maxsim."
        )

    return refuse
