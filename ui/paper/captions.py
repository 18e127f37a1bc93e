"""What stands under a figure or a table: what it shows, of what, and where its numbers are from."""

from core.types.runs import Receipt

_FIELDS = (
    ("corpus", "corpus {}"),
    ("descriptor", "descriptor {}"),
    ("model", "model {}"),
    ("pipeline", "pipeline {}"),
    ("depth", "depth {}"),
    ("fusion", "{}"),
    ("metric", "{}"),
)
"""Fields of a receipt in their order, and how each is written; one that is missing is left out."""


def caption(what: str, n: str, receipt: Receipt) -> str:
    """Return a caption.

    Args:
        what: Sentences that say what is shown.
        n: How many of what, such as `n = 120 queries`.
        receipt: Where the numbers come from; its id comes last.
    """
    facts = [
        words.format(receipt.fields[name]) for name, words in _FIELDS if name in receipt.fields
    ]
    return f"{what} {', '.join([n, *facts])}. Receipt {receipt.receipt_id}."
