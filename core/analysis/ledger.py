"""Split 1 into the AP that a query has and what retrieval, each stage and the fusion lost."""

from collections.abc import Sequence
from itertools import pairwise

from core.types.failures import FUSION, RETRIEVAL, Ledger, LedgerLine, ledger_parts
from core.types.rankings import QueryOutcome

LOSS = 1e-9
"""AP above which a part counts as a loss (or, below its negative, as a gain)."""


def ledger(outcome: QueryOutcome) -> Ledger:
    """Return one query's ledger: 1 = kept + retrieval + the stages + fusion.

    Let A_0 = AP_oracle, what an ideal order of the first stage's candidates would have; A_i the AP
    of stage i's order with the positives among the candidates that stage i + 1 re-orders put
    first; A_n the AP of the last stage's order. Then

    - retrieval = 1 - A_0: what no order of the first `depth` could bring back;
    - stage i = A_(i-1) - A_i: what the ideal of its input lost by its order, below 0 where the next
      stage looks deeper and can win more than it could have before;
    - fusion = A_n - AP_after, below 0 where fusing gained AP.

    The sum telescopes, so it is exact whatever the pipeline.
    """
    ideals = (outcome.ap_oracle, *outcome.ap_ideals, outcome.ap_margin)
    return Ledger(
        n=1,
        kept=outcome.ap_after,
        retrieval=1.0 - outcome.ap_oracle,
        stages=tuple(had - left for had, left in pairwise(ideals)),
        fusion=outcome.ap_margin - outcome.ap_after,
    )


def mean_ledger(outcomes: Sequence[QueryOutcome]) -> Ledger | None:
    """Return the means over queries of one pipeline, which are additive too; None without any."""
    n = len(outcomes)
    if n == 0:
        return None
    lines = [ledger(outcome) for outcome in outcomes]
    return Ledger(
        n=n,
        kept=sum(line.kept for line in lines) / n,
        retrieval=sum(line.retrieval for line in lines) / n,
        stages=tuple(sum(of) / n for of in zip(*(line.stages for line in lines), strict=True)),
        fusion=sum(line.fusion for line in lines) / n,
    )


def lost(outcome: QueryOutcome, part: str) -> float:
    """Return the AP that one part took from one query; below 0 it gave some.

    A stage that the outcome's pipeline does not have took nothing.
    """
    line = ledger(outcome)
    if part == RETRIEVAL:
        return line.retrieval
    if part == FUSION:
        return line.fusion
    parts = ledger_parts(len(line.stages))
    return line.stages[parts.index(part) - 1] if part in parts else 0.0


def ledger_lines(
    outcomes: Sequence[QueryOutcome], stages: Sequence[str] = ("",)
) -> tuple[LedgerLine, ...]:
    """Return the parts in order, with how many queries lost and gained AP there.

    Args:
        outcomes: Of one pipeline.
        stages: What its stages are called, in order.
    """
    lines: list[LedgerLine] = []
    for part, stage in zip(ledger_parts(len(stages)), ("", *stages, ""), strict=True):
        losses = [lost(outcome, part) for outcome in outcomes]
        lines.append(
            LedgerLine(
                part=part,
                lost=sum(losses) / max(1, len(losses)),
                n_losing=sum(loss > LOSS for loss in losses),
                n_gaining=sum(loss < -LOSS for loss in losses),
                stage=stage,
            )
        )
    return tuple(lines)
