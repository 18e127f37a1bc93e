"""The self-test of a scorer on the corpus's own images: once per scorer and workspace."""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from core.errors import ImageError, SettingsError, StaleIndexError
from core.interfaces import ImageSource, PairScorer, PairTokens
from core.mllm.selftest import SelfTest, run_self_test
from core.reranking.pipelines import StageCall
from core.storage.documents import json_kind
from core.storage.workspace import Workspace
from core.types.corpus import Corpus, ImageRecord
from core.types.scores import MARGIN, ScoreKind

N_IMAGES = 4
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
) -> SelfTest:
    """Run the self-test on images of different instances, evenly spread over the database.

    A corpus with fewer than two such images is tested on drawn ones.
    """
    pixels = _spread(images, corpus)
    enough = pixels if len(pixels) >= 2 else None
    return run_self_test(tokens.queries, scorer, enough, tokens.candidates, kind)


def require_trusted(
    workspace: Workspace,
    tokens: PairTokens,
    scorer: PairScorer,
    images: ImageSource,
    corpus: Corpus,
    kind: ScoreKind = MARGIN,
) -> None:
    """Run the self-test unless this scorer has passed it in this workspace.

    Where the record of it is damaged, it is run again.

    Raises:
        ModelError: It did not pass; the text is the reason.
    """
    path = workspace.self_test(scorer.fingerprint)
    if _has_passed(path):
        return
    result = self_test(tokens, scorer, images, corpus, kind)
    result.require()
    _RECORD.save(path, result)


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
