"""How far two authors agree: raw share and Cohen's kappa over the pairs that both judged."""

from collections.abc import Sequence

from core.types.annotation import VERDICTS, Agreement, Annotation


def agreement(first: Sequence[Annotation], second: Sequence[Annotation]) -> Agreement:
    """Return the agreement of two authors' words; pairs without both verdicts are left out.

    kappa = (p_o - p_e) / (1 - p_e), with p_o the share of equal verdicts and p_e the share that
    two independent authors with these frequencies would reach; not defined where p_e is 1, which
    is when both used one and the same verdict throughout. Source: J. Cohen, A coefficient of
    agreement for nominal scales, Educational and Psychological Measurement 20 (1960), 37-46.

    Args:
        first: All words of one author, at least one.
        second: All words of another author, at least one.
    """
    others = {(a.query_id, a.image_id): a.content.verdict for a in second}
    table = [[0] * len(VERDICTS) for _ in VERDICTS]
    for word in first:
        mine, other = word.content.verdict, others.get((word.query_id, word.image_id))
        if mine is not None and other is not None:
            table[VERDICTS.index(mine)][VERDICTS.index(other)] += 1
    n = sum(map(sum, table))
    hits = sum(table[i][i] for i in range(len(VERDICTS)))
    chance = sum(
        sum(row) * sum(column) for row, column in zip(table, zip(*table, strict=True), strict=True)
    )  # n² p_e, kept whole: 1 - p_e must be exactly 0 where it is 0
    return Agreement(
        first=first[0].author,
        second=second[0].author,
        n=n,
        share=hits / n if n else None,
        kappa=(hits * n - chance) / (n * n - chance) if n * n > chance else None,
        table=tuple(map(tuple, table)),
    )
