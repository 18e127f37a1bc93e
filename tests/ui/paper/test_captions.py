"""Captions: what, how many, of what, receipt."""

from core.types.runs import Receipt
from ui.paper.captions import caption


def test_a_caption_ends_with_the_receipt_and_leaves_out_what_it_does_not_hold():
    receipt = Receipt("0a1b", {"corpus": "demo", "depth": "50", "fusion": "lam 0.1, gamma 1"})
    assert caption("Ranks.", "n = 3 queries", receipt) == (
        "Ranks. n = 3 queries, corpus demo, depth 50, lam 0.1, gamma 1. Receipt 0a1b."
    )
