"""What the model's answers about several candidates were, over the evaluated queries."""

from core.bench.orders import Orders
from core.bench.session import Session
from core.bench.stage_use import stage_names
from core.types.orders import AnswerTally, Fusion


def answer_tallies(session: Session, orders: Orders, fusion: Fusion) -> dict[str, AnswerTally]:
    """Return by stage, as the pipeline writes it, what its answers were; of those that ask so."""
    found: dict[str, AnswerTally] = {}
    running = session.models().cascade.stages
    for query_id, order in orders.orders(fusion).items():
        query = session.queries[query_id]
        for name, stage, made in zip(stage_names(session), running, order.stages, strict=True):
            if stage.built.tally is not None:
                told = stage.built.tally(query, list(made.scores))
                found[name] = found.get(name, AnswerTally()).plus(told)
    return found
