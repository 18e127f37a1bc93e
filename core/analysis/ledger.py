"""Split 1 into the AP that a query has and what retrieval, the re-ranker and fusion lost."""

from collections.abc import Sequence

from core.types.failures import LEDGER_PARTS, Ledger, LedgerLine, LedgerPart
from core.types.rankings import QueryOutcome

LOSS = 1e-9
"""AP above which a part counts as a loss (or, below its negative, as a gain)."""


def ledger(outcome: QueryOutcome) -> Ledger:
    """Return one query's ledger: 1 = kept + retrieval + re-ranker + fusion.

    retrieval = 1 - AP_oracle: what no order of the first `depth` could bring back; re-ranker =
    AP_oracle - AP_margin; fusion = AP_margin - AP_after, below 0 where fusing gained AP.
    """
    return Ledger(
        n=1,
        kept=outcome.ap_after,
        retrieval=1.0 - outcome.ap_oracle,
        reranker=outcome.ap_oracle - outcome.ap_margin,
        fusion=outcome.ap_margin - outcome.ap_after,
    )


def mean_ledger(outcomes: Sequence[QueryOutcome]) -> Ledger | None:
    """Return the means over queries, which are additive too; None without a query."""
    n = len(outcomes)
    if n == 0:
        return None
    lines = [ledger(outcome) for outcome in outcomes]
    return Ledger(
        n=n,
        kept=sum(line.kept for line in lines) / n,
        retrieval=sum(line.retrieval for line in lines) / n,
        reranker=sum(line.reranker for line in lines) / n,
        fusion=sum(line.fusion for line in lines) / n,
    )


def lost(outcome: QueryOutcome, part: LedgerPart) -> float:
    """Return the AP that one part took from one query; below 0 it gave some."""
    line = ledger(outcome)
    return {"retrieval": line.retrieval, "re-ranker": line.reranker, "fusion": line.fusion}[part]


def ledger_lines(outcomes: Sequence[QueryOutcome]) -> tuple[LedgerLine, ...]:
    """Return the parts in order, with how many queries lost and gained AP there."""
    lines: list[LedgerLine] = []
    for part in LEDGER_PARTS:
        losses = [lost(outcome, part) for outcome in outcomes]
        lines.append(
            LedgerLine(
                part=part,
                lost=sum(losses) / max(1, len(losses)),
                n_losing=sum(loss > LOSS for loss in losses),
                n_gaining=sum(loss < -LOSS for loss in losses),
            )
        )
    return tuple(lines)
