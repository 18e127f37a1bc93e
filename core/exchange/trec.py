"""A run's whole rankings as a TREC run, and the ground truth as qrels."""

from collections.abc import Iterable, Mapping, Sequence

from core.errors import ExchangeError
from core.types.corpus import Relevance


def ranking_run(rankings: Iterable[tuple[str, Sequence[str]]], tag: str) -> str:
    """Return `query Q0 image rank score tag` for every place of every ranking.

    The score is the number of places from the end, so that tools which sort by it find this order
    with no ties; the tools' tie rules never matter.

    Args:
        rankings: Query ids and their images, best first, junk already left out.
        tag: The run's name.

    Raises:
        ExchangeError: An id holds a space.
    """
    lines: list[str] = []
    for query_id, image_ids in rankings:
        n = len(image_ids)
        for place, image_id in enumerate(image_ids):
            names = f"{_name(query_id)} Q0 {_name(image_id)}"
            lines.append(f"{names} {place + 1} {n - place} {tag}\n")
    return "".join(lines)


def qrels(relevance: Mapping[str, Relevance], query_ids: Sequence[str]) -> str:
    """Return `query 0 image 1` for every positive; what is not named is a negative.

    Junk is in neither file: it counts for nothing.

    Raises:
        ExchangeError: An id holds a space.
    """
    return "".join(
        f"{_name(query_id)} 0 {_name(image_id)} 1\n"
        for query_id in query_ids
        for image_id in sorted(relevance[query_id].positives - relevance[query_id].junk)
    )


def _name(text: str) -> str:
    if len(text.split()) != 1:
        raise ExchangeError(
            f"A TREC file cannot hold the id '{text}': its ids are single words without spaces; "
            "export to CSV or JSONL."
        )
    return text
