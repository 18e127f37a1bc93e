"""A stage as it was built: its scorer, what it is shown, and what it joins."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.interfaces import LevelScorer, PairScorer, PairTokens, Reranker, Scorer
from core.mllm.selftest import SelfTest
from core.reranking.pipelines import Step
from core.storage.tokens import TokenStore
from core.types.corpus import ImageRecord
from core.types.orders import AnswerTally
from core.types.runs import Progress
from core.types.scores import ScoreKind

if TYPE_CHECKING:
    from core.mllm.token_source import TokenSource


@dataclass(frozen=True, slots=True)
class BuiltStage:
    """A stage's scorer and what it is shown of a pair.

    `pairs` is None where no pair is scored by itself; then `reranker` gives the scores. `store`
    holds the candidates' visual tokens, None where the stage reads none. `facts` are what a receipt
    says besides, such as device and dtype. `side` is where what the index stores of queries and
    candidates comes from, beside the visual tokens of the bench's compressions. `levels` scores
    damaged images where it is not done pair by pair. `terms` are the stages that a stage joins.
    `time_query` runs what a stage computes once for a query's whole list. `prepare` does what
    it needs once for the whole index, and keeps it; it does nothing where that is done. `at_once`
    is how many candidates are held together, where all are too many; None = all. `own_test` is the
    self-test of a stage that scores no pair by itself; `calls_for` says how many calls a number of
    candidates takes, None = one each. `tally` says
    what the answers about a list were, where the model answers about several candidates.
    """

    scorer: Scorer
    pairs: "tuple[PairScorer, PairTokens] | None" = None
    store: TokenStore | None = None
    reranker: Reranker | None = None
    facts: Mapping[str, str] | None = None
    side: "tuple[TokenSource, TokenSource] | None" = None
    levels: LevelScorer | None = None
    terms: "tuple[RunningStage, ...]" = ()
    time_query: Callable[[], object] | None = None
    prepare: Callable[[], Iterator[Progress]] | None = None
    at_once: int | None = None
    own_test: Callable[[], SelfTest] | None = None
    calls_for: Callable[[float], float] | None = None
    tally: Callable[[ImageRecord, Sequence[str]], AnswerTally] | None = None


@dataclass(frozen=True, slots=True)
class RunningStage:
    """A step of the pipeline with what scores it.

    `levels` scores damaged images; None where the stage cannot. `asks` says whether a pair that it
    scores itself is a call of the language model. `reads_order` says that a score holds for the
    order that the stage is given alone, so that its re-ranker must be told the candidates in it.
    """

    step: Step
    kind: ScoreKind
    reranker: Reranker
    built: BuiltStage
    levels: LevelScorer | None
    asks: bool
    reads_order: bool = False

    @property
    def scorer(self) -> Scorer:
        """What scores the stage's pairs."""
        return self.built.scorer

    @property
    def leaves(self) -> "tuple[RunningStage, ...]":
        """The stages that it joins, or itself where it joins none."""
        return self.built.terms or (self,)

    def n_calls(self, n_pairs: float) -> float:
        """Return how many calls of the language model some pairs of a query take."""
        if not self.calls_model:
            return 0.0
        return n_pairs if self.built.calls_for is None else self.built.calls_for(n_pairs)

    @property
    def calls_model(self) -> bool:
        """Whether every pair is a call of the language model."""
        return any(leaf.asks for leaf in self.leaves)
