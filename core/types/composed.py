"""What is seen in queries of an image and a text."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Literal, get_args

from core.types.query_text import Asked

N_COMPARED = 10
"""How many first images of two orders are compared."""
LEAST_COMMON = 0.9
"""From this share of them on, an order has barely changed, if its first image is the same too."""
WAYS = ("as asked", "image alone", "text alone")
"""How a composed query is scored to see what its order rests on."""
Ignored = Literal["text ignored", "image ignored"]
IGNORED: tuple[Ignored, ...] = get_args(Ignored)


@dataclass(frozen=True, slots=True)
class TextReading:
    """Which stages of a bench read a query's text; the others are asked with its image alone."""

    first_stage: bool
    stages: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class AskedOtherwise:
    """One way in which a query is asked, with what its order begins with.

    `asked` is None for the query as it is. `first` are the first images after re-ranking, empty
    before there is an index; `n_pending` pairs are still to be scored, and then nothing is
    compared. `common` is the share of the first `N_COMPARED` that the query as it is has too.
    """

    query_id: str
    asked: Asked | None
    text: str
    first: tuple[str, ...]
    n_pending: int
    ap_before: float | None
    ap_after: float | None
    common: float | None
    same_first: bool | None


@dataclass(frozen=True, slots=True)
class WordMargin:
    """One word of a query's text, and the pair's margin in nats with this word left out."""

    word: str
    margin: float


@dataclass(frozen=True, slots=True)
class TextWords:
    """What every word of a text adds to one pair's margin, in nats.

    `margin` is that of the whole text, `without_text` that of the image alone. `words` are in the
    text's order; fewer than it has while they are computed.
    """

    text: str
    margin: float
    without_text: float
    words: tuple[WordMargin, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryParts:
    """How far one query's order is that of its image, or of its text, alone.

    `without_text` and `without_image` are the shares in [0, 1] of the first `N_COMPARED` that stay
    when the text, or the image, is taken away; the flags say whether the first image stays too.
    `aps` are the AP@k of the `WAYS`, None for a query without a positive.
    """

    query_id: str
    text: str
    without_text: float
    first_without_text: bool
    without_image: float
    first_without_image: bool
    aps: tuple[float, ...] | None = None

    @property
    def classes(self) -> tuple[Ignored, ...]:
        """What the order barely depends on."""
        text = self.first_without_text and self.without_text >= LEAST_COMMON
        image = self.first_without_image and self.without_image >= LEAST_COMMON
        found: tuple[tuple[Ignored, bool], ...] = (("text ignored", text), ("image ignored", image))
        return tuple(name for name, holds in found if holds)


@dataclass(frozen=True, slots=True)
class PartsReport:
    """All composed queries with and without their texts and images.

    `queries` are those that are scored in all `WAYS`, of `n_queries`.
    """

    n_queries: int
    queries: tuple[QueryParts, ...] = ()

    @property
    def means(self) -> Mapping[str, float]:
        """mAP@k by way of asking, over the queries with a positive; empty where there is none."""
        known = [one.aps for one in self.queries if one.aps is not None]
        if not known:
            return {}
        return {way: fmean(aps) for way, aps in zip(WAYS, zip(*known, strict=True), strict=True)}

    def members(self, ignored: Ignored) -> tuple[QueryParts, ...]:
        """Return the queries of a class."""
        return tuple(one for one in self.queries if ignored in one.classes)
