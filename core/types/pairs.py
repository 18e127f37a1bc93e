"""What the bench says about one pair: the answer in detail, attribution, a second opinion."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.types.corpus import Box, ImageRecord, Relation
from core.types.scores import ScoreKind


@dataclass(frozen=True, slots=True)
class NextToken:
    """A token that the model may say next, its probability in [0, 1] over the whole vocabulary.

    `side` says which answer it is a spelling of, None for any other token; `is_scored` that its
    logit is the one in the margin.
    """

    text: str
    token_id: int
    probability: float
    side: Literal["yes", "no"] | None
    is_scored: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """The MLLM's whole answer to one ordered pair: logits in nats, seconds of computing.

    `answer_mass` is the probability of all accepted yes and no variants, `tokens` the most probable
    next tokens, the first one first.
    """

    logit_yes: float
    logit_no: float
    answer_mass: float
    tokens: tuple[NextToken, ...]
    seconds: float

    @property
    def margin(self) -> float:
        """Logit of yes minus logit of no, in nats."""
        return self.logit_yes - self.logit_no


@dataclass(frozen=True, slots=True)
class Anatomy:
    """One pair in both orders: as the bench asks it, and with query and candidate swapped."""

    asked: Answer
    swapped: Answer
    question: str
    layout: str
    answer_tokens: str
    n_query_tokens: int
    n_candidate_tokens: int


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """What each cell of one image adds to the yes-margin.

    `nats` is (rows, columns): the margin of the whole pair minus the margin without the cell, so a
    positive cell speaks for yes and a negative one for no; NaN where the cell holds no stored
    token. `row_edges` (rows + 1,) and `column_edges` (columns + 1,) are the cells' borders as
    shares of the image's height and width.
    """

    nats: NDArray[np.float64]
    row_edges: NDArray[np.float64]
    column_edges: NDArray[np.float64]

    @property
    def noise(self) -> float:
        """Nats up to which a cell's plus says nothing: nine of ten minuses are smaller.

        Which cells speak for yes is not known, but that a cell of background moves the margin too,
        and as often down as up: so the minuses tell how large a plus without meaning is. 0 where no
        cell speaks for no.
        """
        minuses = -self.nats[self.nats < 0]
        return float(np.percentile(minuses, 90)) if minuses.size else 0.0

    @property
    def for_yes(self) -> NDArray[np.float64]:
        """Nats (rows, columns) of the cells that speak for yes above the noise, 0 elsewhere."""
        return np.where(self.nats > self.noise, self.nats, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class PairAttribution:
    """The maps of both images, and the margin in nats of the whole pair that they explain."""

    margin: float
    query: Attribution
    candidate: Attribution
    n_suffixes: int
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class SimilarityMaps:
    """What each visual token of both images adds to the first stage's cosine, exactly.

    `query` and `candidate` are (rows, columns) of their token grids; each sums to `cosine`, but for
    `query_rest` and `candidate_rest`, the parts of tokens that end an image and stand nowhere in
    it. Parts may be negative.
    """

    cosine: float
    query: NDArray[np.float64]
    candidate: NDArray[np.float64]
    query_rest: float = 0.0
    candidate_rest: float = 0.0


@dataclass(frozen=True, slots=True)
class CropStep:
    """One image in the chain from a whole picture to a crop of it.

    `box` is where it was cut out of the image of the step before, in that image's pixels; None for
    the whole picture. `margin` is its score against the other image of the pair, in nats, None
    until it was computed.
    """

    image_id: str
    box: Box | None
    margin: float | None = None


@dataclass(frozen=True, slots=True)
class Lineage:
    """How the two images of a pair were cropped: from the whole picture to the image in the pair.

    The margins of the query's steps are against the pair's candidate, those of the candidate's
    steps against the pair's query. A side that is no crop has one step.
    """

    query: tuple[CropStep, ...]
    candidate: tuple[CropStep, ...]


@dataclass(frozen=True, slots=True)
class PairPlace:
    """Where a pair stands in its query's ranking; ranks are 1-based.

    The candidate's fields are None where it is not in the query's shortlist, such as a crop.
    `margin` is the bench's own score of the pair, of this `kind`, with its `probability` where it
    is a log-odds, and `shares` what each term of joined evidence adds, as in `PairScore`. `ties`
    are the other scored candidates with the same one, in shortlist order; `previous_id` and
    `next_id` are its neighbours after re-ranking.
    """

    query: ImageRecord
    candidate: ImageRecord
    relation: Relation
    rank_before: int | None
    rank_after: int | None
    cosine: float | None
    margin: float | None
    kind: ScoreKind
    depth: int
    n_shortlist: int
    ties: tuple[str, ...]
    previous_id: str | None
    next_id: str | None
    probability: float | None = None
    shares: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class KeptTokens:
    """Where an image's tokens stay under a compression.

    `kept` is (h, w) bool over the token grid; without a grid of its own (h, w) is (0, 0).
    """

    kept: NDArray[np.bool_]

    @property
    def count(self) -> int:
        """Number of tokens that stay."""
        return int(self.kept.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Squeezed:
    """One pair under one compression; `problem` says in a sentence why there is no margin.

    `margin` in nats, `n_bytes` what is stored of the candidate: vectors, or the small picture.
    """

    compression: str
    margin: float | None
    n_bytes: int | None
    query: KeptTokens | None
    candidate: KeptTokens | None
    problem: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Local features of two images that agree on one homography.

    `query_xy` and `candidate_xy` are (M, 2) float32, pixels of the full images; row i of one
    matches row i of the other. `n_tentative` is how many passed the ratio test, `n_query` and
    `n_candidate` how many features were found.
    """

    query_xy: NDArray[np.float32]
    candidate_xy: NDArray[np.float32]
    n_tentative: int
    n_query: int
    n_candidate: int


@dataclass(frozen=True, slots=True)
class PromptText:
    """A named question and its layout; `builtin` presets cannot be replaced."""

    name: str
    question: str
    layout: str
    builtin: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """One wording tried on one pair; `problem` says in a sentence why there is no answer."""

    prompt: PromptText
    answer: Answer | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Flips:
    """A wording against the bench's own on the first candidates of a query.

    A pair flips when the sign of its margin changes. `n` pairs have both margins, `to_yes` and
    `to_no` of them flipped; the APs are None without ground truth or while pairs are missing.
    """

    prompt: PromptText
    n: int
    total: int
    to_yes: int
    to_no: int
    ap_own: float | None
    ap_tried: float | None

    @property
    def rate(self) -> float | None:
        """Share of the pairs that flipped, in [0, 1]; None before the first."""
        return (self.to_yes + self.to_no) / self.n if self.n else None
