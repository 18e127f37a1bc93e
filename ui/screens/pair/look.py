"""What is said of a pair: the terms of its evidence, its answer, the attribution, own words."""

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from core.types.jobs import JobView
from core.types.pairs import Anatomy, PairAttribution, PairPlace
from core.types.work import PairWords
from ui.screens.pair.chosen import Pair, ids, name_of
from ui.shared.screen import Page
from ui.shared.terms import Segment, steps


@dataclass(frozen=True, slots=True)
class AnatomyContext:
    """The answer to a pair in full, in both orders."""

    template: ClassVar[str] = "pair/anatomy.html"
    of: str
    anatomy: Anatomy
    place: PairPlace


@dataclass(frozen=True, slots=True)
class TermsContext:
    """The log-odds of a pair as a row per term of joined evidence, and `log_odds`, their sum.

    `zero` is where 0 nats lies on the axis that they share, in per cent from the left.
    """

    template: ClassVar[str] = "pair/terms.html"
    of: str
    place: PairPlace
    rows: tuple[Segment, ...]
    zero: float
    log_odds: Segment


@dataclass(frozen=True, slots=True)
class AttributionContext:
    """The maps, or the work that makes them.

    `view` is of the look, which begins by itself under `key`, or of the maps alone, `asked`, where
    they take long: `offered_s` is then how long at most, None until it is known or once they are
    there.
    """

    template: ClassVar[str] = "pair/attribution.html"
    of: str
    key: str
    view: JobView | None
    asked: JobView | None
    offered_s: float | None
    found: PairAttribution | None


@dataclass(frozen=True, slots=True)
class WordsContext:
    """The model's own words so far; `said` None: it was not asked."""

    template: ClassVar[str] = "pair/words.html"
    of: str
    key: str
    view: JobView | None
    said: PairWords | None


def show_anatomy(page: Page, place: PairPlace) -> Markup | None:
    """Return the panel of the score; None until the pair was looked at."""
    pair = ids(place)
    look = page.workbench.work.look(pair).result()
    return None if look is None else page.html(AnatomyContext(name_of(pair), look.anatomy, place))


def show_terms(page: Page, place: PairPlace) -> Markup | None:
    """Return what each term of joined evidence adds to the pair; None where nothing is joined."""
    if place.shares is None or place.margin is None:
        return None
    rows, log_odds, zero = steps(place.shares)
    return page.html(TermsContext(name_of(ids(place)), place, rows, zero, log_odds))


def show_attribution(page: Page, pair: Pair) -> Markup:
    """Return both maps, how far they are, or an offer to make them where they take long."""
    work = page.workbench.work
    look, alone = work.look(pair), work.attribution(pair)
    view, seen = look.view(), look.result()
    found = alone.result() or (None if seen is None else seen.attribution)
    offered_s = None
    is_over = view is not None and view.state == "done"
    if is_over and seen is not None and found is None:
        offered_s = seen.attribution_s
    context = AttributionContext(name_of(pair), look.key, view, alone.view(), offered_s, found)
    return page.html(context)


def show_words(page: Page, pair: Pair) -> Markup:
    """Return the model's own words, or the way to ask for them."""
    task = page.workbench.work.words(pair)
    return page.html(WordsContext(name_of(pair), task.key, task.view(), task.result()))
