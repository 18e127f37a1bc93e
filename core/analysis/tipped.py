"""Which term of joined evidence put an intruder before the best positive."""

from collections.abc import Iterator, Mapping, Sequence

from core.types.corpus import Relevance
from core.types.failures import Tipped, TippedTerm
from core.types.orders import Order
from core.types.rankings import QueryOutcome
from core.types.scores import OFFSET


def tipping_term(
    intruder: Mapping[str, float], positive: Mapping[str, float]
) -> tuple[str, float] | None:
    """Return the term in which an intruder exceeds a positive most, and by how much in nats.

    None where it exceeds it in no term: the order is then not that of the log-odds.

    Args:
        intruder: Shares by term, as in `PairScore`; the offset says nothing of a pair.
        positive: Shares of the same terms.
    """
    apart = {term: share - positive[term] for term, share in intruder.items() if term != OFFSET}
    term = max(apart, key=lambda name: apart[name], default=None)
    return None if term is None or apart[term] <= 0 else (term, apart[term])


def tipped(outcome: QueryOutcome, order: Order, relevance: Relevance) -> Iterator[Tipped]:
    """Yield what tipped it for each of a query's intruders, from the best rank down.

    An intruder is left out where it or the best positive has no shares: nothing is joined, or the
    last stage was not asked about it.
    """
    shares = order.last.shares
    positive = next((i for i in order.after if relevance.relation(i) == "positive"), None)
    if positive is None or positive not in shares:
        return
    for image_id in outcome.intruder_ids:
        found = tipping_term(shares[image_id], shares[positive]) if image_id in shares else None
        if found is not None:
            yield Tipped(outcome.query_id, image_id, positive, *found)


def tipped_terms(found: Sequence[Tipped], terms: Sequence[str]) -> tuple[TippedTerm, ...]:
    """Return per term how many intruders it put first, the terms in their order.

    Args:
        found: Of all queries.
        terms: All terms of the fit, also those that tipped nothing.
    """
    made: list[TippedTerm] = []
    for term in terms:
        of = [one for one in found if one.term == term]
        worst = sorted(of, key=lambda one: (-one.nats, one.query_id, one.image_id))
        made.append(TippedTerm(term, len(of), len({one.query_id for one in of}), tuple(worst)))
    return tuple(made)
