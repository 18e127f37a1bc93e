"""What the Pair view's hidden text fields hold: the pair on screen, and what is wished for it."""

import json
from typing import Any
from urllib.parse import parse_qs, urlencode

from core.types.pairs import PairPlace

MAX_WISH = 8192


def pair_key(place: PairPlace) -> str:
    """Return the pair on screen as one line of text."""
    return urlencode({"query": place.query.image_id, "candidate": place.candidate.image_id})


def pair_of(asked: str) -> tuple[str, str] | None:
    """Return the query and the candidate of a pair on screen, None before there is one."""
    fields = parse_qs(asked)
    if "query" not in fields or "candidate" not in fields:
        return None
    return fields["query"][0], fields["candidate"][0]


def read_wish(text: str) -> dict[str, str]:
    """Return the wish that the page wrote; it comes from the browser and is not trusted."""
    try:
        document: Any = json.loads(text[:MAX_WISH])
    except ValueError:
        return {}
    if not isinstance(document, dict):
        return {}
    return {str(key): value for key, value in document.items() if isinstance(value, str)}
