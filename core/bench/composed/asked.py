"""The composed facet: what reads a query's text, the query asked otherwise, and its words."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.bench.orders import Orders
from core.bench.session import Session
from core.corpus.uploads import PREFIX
from core.errors import SettingsError
from core.mllm.prompts import parse_prompt
from core.recent import Recent
from core.types.composed import N_COMPARED, AskedOtherwise, TextReading, TextWords, WordMargin
from core.types.corpus import ImageRecord
from core.types.jobs import Step
from core.types.orders import Fusion, Order
from core.types.query_text import ASKED, MAX_TEXT, Asked, read_text
from core.types.runs import Progress
from core.types.visitors import SCRIPT, Visitor

BLANK_PX, GREY = 224, 128
"""Side and colour of the picture that stands for no image."""
_WORDS_KEPT = 32
_NO_MODEL = (
    "Words can be left out only where a local model scores the pairs; open the bench with one."
)


class ComposedFacet:
    """Everything about a query's text."""

    def __init__(self, session: Session, orders: Orders) -> None:
        self._session = session
        self._orders = orders
        self._words = Recent[tuple[str, str], TextWords](_WORDS_KEPT)

    def reading(self, query_id: str) -> TextReading | None:
        """Return what reads a query's text; None for a query without one.

        Raises:
            UnknownImageError: There is no such query.
        """
        query = self._session.record(query_id)
        if not query.text:
            return None
        vectors = self._session.query_vectors() if self._session.is_loaded else None
        calls = self._session.pipeline.calls
        return TextReading(
            vectors is not None and vectors.reads_text(query),
            tuple(
                (str(call).removesuffix("/none"), self._session.calls_model(call)) for call in calls
            ),
        )

    @property
    def takes_texts(self) -> bool:
        """Whether a stage reads the text of a query, so that one can be asked with another."""
        prompt = parse_prompt(self._session.settings.model.prompt)
        leaves = [leaf for c in self._session.pipeline.calls for leaf in self._session.leaves(c)]
        return any(
            prompt.reads_text if leaf.name == "mllm" else self._session.calls_model(leaf)
            for leaf in leaves
        )

    def ask(self, query_id: str, asked: Asked, text: str, visitor: Visitor = SCRIPT) -> str:
        """Keep a query asked otherwise as one of the visitor's own; return its query id.

        It has the ground truth of the query that it was made from, and is scored when it is shown.

        Args:
            query_id: A query, with a text or without, or one that was asked otherwise itself.
            asked: With another text, without its text, or without its image.
            text: The other text; of the other two ways it is not read.
            visitor: Whose it is.

        Raises:
            UnknownImageError: There is no such query.
            SettingsError: The text is empty or too long, or there is none to ask with alone.
            ImageError: The query cannot be decoded.
            WorkspaceError: The quota for uploads is used up.
        """
        query = self.root(query_id)
        said = {"other text": read_text(text), "image alone": "", "text alone": query.text}[asked]
        if asked != "image alone" and not said:
            raise SettingsError("There is no text to ask with; write what is to be found.")
        if len(said) > MAX_TEXT:
            raise SettingsError(f"The text has {len(said):,} characters; write at most {MAX_TEXT}.")
        pixels = blank() if asked == "text alone" else self._session.images.load(query)
        kept = self._session.uploads.add_asked(pixels, query.image_id, asked, said, visitor.owner)
        return kept.image_id

    def root(self, query_id: str) -> ImageRecord:
        """Return the query that one was asked otherwise from; any other query itself."""
        query = self._session.record(query_id)
        return self._session.record(query.tags["parent"]) if query.tags.get("asked") else query

    def ways(
        self, query_id: str, fusion: Fusion, visitor: Visitor = SCRIPT
    ) -> tuple[AskedOtherwise, ...]:
        """Return the query as it is, then every way in which the visitor asked it otherwise.

        Raises:
            UnknownImageError: There is no such query.
            ImageError: The query cannot be decoded.
        """
        root = self.root(query_id)
        others = self._session.uploads.asked_of(root.image_id, visitor.owner)
        own = self._orders.of(root, fusion)
        return tuple(self._way(record, fusion, own) for record in (root, *others))

    def _way(self, query: ImageRecord, fusion: Fusion, own: Order | None) -> AskedOtherwise:
        order = self._orders.of(query, fusion)
        asked: Asked | None = _asked(query)
        if order is None:
            return AskedOtherwise(query.image_id, asked, query.text, (), 0, None, None, None, None)
        is_known = not order.pending and own is not None and not own.pending
        outcome = None if order.pending else self._orders.outcome(query, order)
        common, same = compared(own, order) if is_known and own is not None else (None, None)
        return AskedOtherwise(
            query_id=query.image_id,
            asked=asked,
            text=query.text,
            first=tuple(order.after[:N_COMPARED]),
            n_pending=len(order.pending),
            ap_before=None if outcome is None else outcome.ap_before,
            ap_after=None if outcome is None else outcome.ap_after,
            common=None if asked is None else common,
            same_first=None if asked is None else same,
        )

    def words(self, pair: tuple[str, str]) -> TextWords | None:
        """Return what was found of the words of a pair's query; None before it was asked."""
        return self._words.get(pair)

    def leave_out(self, pair: tuple[str, str]) -> Iterator[Step[TextWords]]:
        """Score a pair without each word of the query's text; yields what is found so far.

        Costs a prefix and a pair per word, from stored tokens.

        Raises:
            UnknownImageError: There is no such query or candidate.
            SettingsError: The query has no text.
            ImageError: One of the images cannot be decoded.
            ModelError: The model failed, or another machine scores.
        """
        playground = self._session.playground(_NO_MODEL)
        query, candidate = (self._session.record(one) for one in pair)
        if not query.text:
            raise SettingsError("The query has no text whose words could be left out.")
        asked, shown = playground.tokens(query, candidate)
        looker = playground.looker(playground.prompt)

        def margin(text: str) -> float:
            return looker.look(replace(asked, text=text), shown, 1).margin

        said = query.text.split()
        stage, total = "Leaving out one word at a time", len(said) + 2
        yield Progress(stage, 0, total, "answers")
        found = TextWords(query.text, margin(query.text), margin(""))
        for place, word in enumerate(said):
            yield Progress(stage, place + 2, total, "answers"), self._words.put(pair, found)
            left = margin(" ".join(said[:place] + said[place + 1 :]))
            found = replace(found, words=(*found.words, WordMargin(word, left)))
        yield Progress(stage, total, total, "answers"), self._words.put(pair, found)


def blank() -> NDArray[np.uint8]:
    """Return the (224, 224, 3) uint8 RGB picture that stands for no image: even grey."""
    return np.full((BLANK_PX, BLANK_PX, 3), GREY, np.uint8)


def compared(own: Order, other: Order) -> tuple[float, bool]:
    """Return the share in [0, 1] of the first `N_COMPARED` in common, and whether one is first."""
    first, second = own.after[:N_COMPARED], other.after[:N_COMPARED]
    return len({*first} & {*second}) / max(1, len(first)), first[:1] == second[:1]


def _asked(query: ImageRecord) -> Asked | None:
    if not query.image_id.startswith(PREFIX):
        return None
    return next((one for one in ASKED if one == query.tags.get("asked")), None)
