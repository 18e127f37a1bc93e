"""The terms of joined evidence on screen: words, colours, and the bar of what each one adds."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate

from core.types.evidence import term_word
from core.types.number_text import signed
from core.types.scores import OFFSET

_COLOURS = {
    "mllm": "#6366f1",
    "geometric": "#d97706",
    "kreciprocal": "#0891b2",
    "maxsim": "#db2777",
    OFFSET: "#64748b",
}
_OTHER = ("#7c3aed", "#65a30d", "#0d9488", "#be123c")
"""Of imports, in the order in which a fit names them."""
SUM = "log-odds"
Shares = Mapping[str, float]
"""Nats by term, in the order of the fit, `OFFSET` last."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far bars that share an axis go, in nats: `low` <= 0 <= `high`."""

    low: float
    high: float

    def place(self, nats: float) -> float:
        """Return where a value lies on the axis, in per cent from the left."""
        span = self.high - self.low
        return 100 * (nats - self.low) / span if span else 0.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A term's part of a bar; `left` and `width` are per cent of the axis."""

    word: str
    share: float
    colour: str
    left: float
    width: float


def colour_of(stage: str, stages: Iterable[str]) -> str:
    """Return a term's colour, which is the same on every screen.

    Args:
        stage: The term.
        stages: All terms of its fit in order, which tell imports apart.
    """
    known = _COLOURS.get(stage.partition(":")[0])
    if known is not None:
        return known
    others = [one for one in stages if one.partition(":")[0] not in _COLOURS]
    return _OTHER[others.index(stage) % len(_OTHER)]


def terms_text(shares: Shares) -> str:
    """Return what every term adds, in words: `model +1.90, print +2.10, offset -3.90`."""
    return ", ".join(f"{term_word(stage)} {signed(share, 2)}" for stage, share in shares.items())


def reach_of(bars: Iterable[Shares | None]) -> Reach | None:
    """Return the axis on which all of these bars fit; None where there is none."""
    known = [shares for shares in bars if shares]
    if not known:
        return None
    return Reach(
        min(sum(share for share in shares.values() if share < 0) for shares in known),
        max(sum(share for share in shares.values() if share > 0) for shares in known),
    )


def segments(shares: Shares | None, reach: Reach) -> tuple[Segment, ...]:
    """Return a bar: what speaks for a match to the right of zero, what speaks against to the left.

    Args:
        shares: Of one candidate; None gives no bar.
        reach: The axis, shared with the bars beside it.
    """
    found: list[Segment] = []
    ends = {True: 0.0, False: 0.0}
    for stage, share in (shares or {}).items():
        start = ends[share > 0]
        ends[share > 0] = start + share
        found.append(_segment(stage, share, shares or {}, (start, start + share), reach))
    return tuple(found)


def steps(shares: Shares) -> tuple[tuple[Segment, ...], Segment, float]:
    """Return a row per term, each from where the row before ended: the last ends at the sum.

    Returns:
        The rows, the bar of their sum, and where zero lies, in per cent of the axis they share.
    """
    ends = list(accumulate(shares.values(), initial=0.0))
    reach = Reach(min(ends), max(ends))
    rows = (
        _segment(stage, share, shares, (start, start + share), reach)
        for (stage, share), start in zip(shares.items(), ends, strict=False)
    )
    total = math.fsum(shares.values())
    left, right = sorted((reach.place(0.0), reach.place(total)))
    whole = Segment(SUM, total, "currentColor", round(left, 2), round(right - left, 2))
    return tuple(rows), whole, round(reach.place(0.0), 2)


def _segment(
    stage: str, share: float, shares: Shares, ends: tuple[float, float], reach: Reach
) -> Segment:
    left, right = sorted(reach.place(end) for end in ends)
    return Segment(
        word=term_word(stage),
        share=share,
        colour=colour_of(stage, shares),
        left=round(left, 2),
        width=round(right - left, 2),
    )
