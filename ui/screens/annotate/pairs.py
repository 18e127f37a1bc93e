"""What the Annotate screen's routes draw: a pair, an empty queue, agreement, labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from markupsafe import Markup

from core.types.annotation import Agreement, Queue, QueueItem, QueueSpec, RelabellingEffect
from core.types.corpus import ImageRecord
from core.types.scores import ScoreKind
from ui import messages
from ui.address_values import queue_text
from ui.screens.annotate import words
from ui.shared.screen import Page
from ui.shared.text import LARGE_PX


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair: two large pictures, and why it is in the queue; its score is of `kind`."""

    template: ClassVar[str] = "annotate/pair.html"
    item: QueueItem
    kind: ScoreKind
    query: ImageRecord
    image: ImageRecord
    side_px: int = LARGE_PX


@dataclass(frozen=True, slots=True)
class Tile:
    """A queue to begin with: its name in the address and on the screen, and what is in it."""

    key: str
    name: str
    about: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """What stands in the pair's place while no queue is chosen."""

    template: ClassVar[str] = "annotate/invitation.html"
    text: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """What a queue was made of: the rule of a mined one, and how much of it there is."""

    template: ClassVar[str] = "annotate/source.html"
    rule: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agreements:
    """Share and kappa of every two authors, and the table of the first two."""

    template: ClassVar[str] = "annotate/agreement.html"
    agreements: tuple[Agreement, ...]


@dataclass(frozen=True, slots=True)
class Labels:
    """mAP with and without the verdicts, what they change, and the exports under `query`."""

    template: ClassVar[str] = "annotate/labels.html"
    effect: RelabellingEffect
    offered: tuple[tuple[str, str], ...]
    query: str


def draw_pair(page: Page, item: QueueItem, kind: ScoreKind) -> Markup:
    """Return one pair."""
    record = page.workbench.queries.record
    return page.html(Pair(item, kind, record(item.query_id), record(item.image_id)))


def pictures(page: Page, item: QueueItem) -> list[str]:
    """Return the addresses of a pair's pictures, to be loaded ahead."""
    return [page.urls.url(image_id, LARGE_PX) for image_id in (item.query_id, item.image_id)]


def draw_invitation(page: Page, query_id: str | None) -> Markup:
    """Return the invitation to choose a queue."""
    with_truth = page.workbench.info.has_ground_truth
    text = messages.NO_QUEUE if with_truth else messages.NO_QUEUE_WITHOUT_TRUTH
    queues = words.invited_queues(query_id, with_truth=with_truth)
    return page.html(Invitation(text, tuple(map(_tile, queues))))


def draw_empty_queue(page: Page, queue: Queue) -> Markup:
    """Return why a queue has no pair."""
    return page.nothing(words.why_empty(queue, with_truth=page.workbench.info.has_ground_truth))


def draw_source(page: Page, queue: Queue) -> Markup:
    """Return what a queue was made of, or nothing where that is everything."""
    parts = words.source_parts(queue)
    return page.html(Source(queue.rule, parts)) if parts else Markup()


def draw_agreement(page: Page, agreements: Sequence[Agreement]) -> Markup:
    """Return how far every two authors agree."""
    return page.html(Agreements(tuple(one for one in agreements if one.n)))


def draw_labels(page: Page, effect: RelabellingEffect, authors: Sequence[str]) -> Markup:
    """Return what the verdicts do to the labels."""
    author = effect.relabelling.author
    query = "?" + urlencode({"author": author}) if author else ""
    return page.html(Labels(effect, tuple(words.author_choices(authors)), query))


def _tile(spec: QueueSpec) -> Tile:
    return Tile(queue_text(spec), *words.queue_words(spec))
