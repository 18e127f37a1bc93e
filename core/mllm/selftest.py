"""Can this scorer tell an image from another? Asked once, before its numbers are shown."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import mean
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.interfaces import PairScorer, TokenEncoder, TokenReader
from core.types.runs import Progress
from core.types.scores import MARGIN, PairLogits, PlainScore, ScoreKind, Unscored

STAGE = "self-test of the scorer"
LEAST_MASS = 0.5
"""Least mean answer mass of a scorer that is trusted."""
LEAST_SPREAD = 1e-3
"""Scores that differ by less count as constant (nats or cosines); rounding is about 1e-6."""
_SIDE_PX = 224
_CELLS = 7


@dataclass(frozen=True, slots=True)
class SelfTest:
    """Scores of the three kinds of pairs, of an MLLM margins in nats, and what follows from them.

    `random[i]` is image i against image i + 1, `swapped[i]` the same two the other way round.
    `answer_mass` is the mean over the pairs where it is known, None where it never is; `reason`
    is one sentence.
    """

    identical: tuple[float, ...]
    random: tuple[float, ...]
    swapped: tuple[float, ...]
    answer_mass: float | None
    verdict: Literal["passed", "refused"]
    reason: str

    def as_json(self) -> dict[str, Any]:
        """Return plain values for `json.dumps`."""
        return asdict(self)

    def require(self) -> None:
        """Do nothing if the scorer passed.

        Raises:
            ModelError: It did not; the text is the reason.
        """
        if self.verdict == "refused":
            raise ModelError(self.reason)


def run_self_test(
    encoder: TokenEncoder | TokenReader,
    scorer: PairScorer,
    images: Sequence[NDArray[np.uint8]] | None = None,
    candidate_encoder: TokenReader | None = None,
    kind: ScoreKind = MARGIN,
    watch: Callable[[Progress], None] = lambda _: None,
) -> SelfTest:
    """Score identical, random and swapped pairs of images that show different things.

    One short call of the scorer per image, so that it computes the answer mass of every pair.

    Args:
        encoder: Makes the visual tokens of queries, and of candidates too.
        scorer: Is tested.
        images: At least two (H, W, 3) uint8 RGB images of different instances; None draws four.
        candidate_encoder: Makes those of candidates where they are compressed otherwise.
        kind: What the scores are called in the reason.
        watch: Is told how many pairs are scored, the first time before any is.

    Raises:
        ModelError: A pair could not be scored.
    """
    pixels = drawn_images(4) if images is None else images
    n = len(pixels)
    assert n >= 2, "random pairs need two images"
    watch(Progress(STAGE, 0, 3 * n, "pairs"))
    queries = encoder.encode(pixels)
    shown = queries if candidate_encoder is None else candidate_encoder.encode(pixels)
    answers: list[list[PairLogits | PlainScore]] = []
    for row, query in enumerate(queries):
        others = [shown[row], shown[(row + 1) % n], shown[(row - 1) % n]]
        answers.append([_scored(one) for batch in scorer.score(query, others) for one in batch])
        watch(Progress(STAGE, 3 * (row + 1), 3 * n, "pairs"))
    margins = [
        [one.score if isinstance(one, PlainScore) else one.margin for one in row] for row in answers
    ]
    identical = tuple(row[0] for row in margins)
    random = tuple(row[1] for row in margins)
    swapped = tuple(margins[(row + 1) % n][2] for row in range(n))
    told = [one.answer_mass for row in answers for one in row if isinstance(one, PairLogits)]
    known = [mass for mass in told if mass is not None]
    mass = mean(known) if known else None
    verdict, reason = judge(identical, random + swapped, mass, kind)
    return SelfTest(identical, random, swapped, mass, verdict, reason)


def _scored(answer: PairLogits | PlainScore | Unscored) -> PairLogits | PlainScore:
    if isinstance(answer, Unscored):
        raise ModelError(f"The self-test could not score a pair. {answer.reason}")
    return answer


def judge(
    identical: Sequence[float],
    different: Sequence[float],
    mass: float | None,
    kind: ScoreKind = MARGIN,
) -> tuple[Literal["passed", "refused"], str]:
    """Return the verdict and one sentence; scores of a kind, mass in [0, 1], None = not known."""
    margins = (*identical, *different)
    if max(margins) - min(margins) < LEAST_SPREAD:
        return "refused", (
            f"The model gives every pair the same {kind.name} ({margins[0]:.3f}), so it does not "
            "look at the images; choose another model."
        )
    if mean(identical) <= mean(different):
        return "refused", (
            f"The model finds an image less like itself ({kind.name} {mean(identical):.3f}) than "
            f"like others ({mean(different):.3f}); choose another model or prompt."
        )
    if mass is not None and mass < LEAST_MASS:
        return "refused", (
            f"The model answers yes or no with a probability of only {mass:.2f} in total, so its "
            "margins mean little; choose another prompt or model."
        )
    gap = f"Identical images score {mean(identical) - mean(different):.2f} {kind.unit}"
    if not kind.has_probability:
        return "passed", f"{gap} above different ones; {kind.name} has no answer mass."
    shown = "not known" if mass is None else f"{mass:.2f}"
    return "passed", f"{gap} above different ones, answer mass {shown}."


def drawn_images(n: int) -> list[NDArray[np.uint8]]:
    """Return n different colour mosaics, (224, 224, 3) uint8 RGB, the same ones at every call."""
    size = _SIDE_PX // _CELLS
    images: list[NDArray[np.uint8]] = []
    for seed in range(n):
        cells = np.random.default_rng(seed).integers(0, 256, (_CELLS, _CELLS, 3), np.uint8)
        images.append(cells.repeat(size, axis=0).repeat(size, axis=1))
    return images
