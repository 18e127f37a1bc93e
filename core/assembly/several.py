"""Builds the stages that show the model several candidates at once."""

from core.assembly.models import Places
from core.bench.self_test_gate import several_self_test
from core.errors import ModelError
from core.interfaces import PairTokens
from core.mllm.selftest import SelfTest
from core.mllm.several import BEST, CHOOSE, RANK
from core.reranking.built import BuiltStage
from core.reranking.several import (
    FIRST,
    REPEATS,
    Asker,
    Method,
    SeveralReranker,
    SeveralScorer,
)
from core.reranking.windows import spans

_QUESTIONS: dict[Method, str] = {"set": CHOOSE, "listwise": RANK, "setwise": BEST}


def several_stage(
    method: Method,
    n: int,
    asker: Asker | None,
    tokens: PairTokens,
    places: Places,
    *,
    by_rank: bool = False,
) -> BuiltStage:
    """Return a stage of blocks of n candidates.

    Raises:
        ModelError: There is no model to ask.
    """
    if asker is None:
        raise ModelError(
            f"Stage '{method}:{n}' asks a model on this machine about several images, and there is "
            "none; start with a local --model."
        )
    scorer = SeveralScorer(asker, method, n, _QUESTIONS[method], by_rank)
    database = {record.image_id: record for record in places.corpus.database}

    def calls(n_listed: float) -> float:
        if method == "set":
            return REPEATS * -(-n_listed // n)
        if method == "listwise":
            return float(len(spans(round(n_listed), n, max(1, n // 2))))
        return n_listed / (n - 1) + FIRST  # about: it depends on the answers

    def own_test() -> SelfTest:
        return several_self_test(scorer, tokens, places.images, places.corpus)

    reranker = SeveralReranker(scorer, tokens, places.answers, database)
    return BuiltStage(
        scorer,
        store=getattr(tokens.candidates, "store", None),
        reranker=reranker,
        tally=reranker.tally,
        own_test=own_test,
        calls_for=calls,
    )
