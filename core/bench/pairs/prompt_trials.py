"""The prompts facet: wordings of the question, tried on one pair and on a shortlist."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from core.bench.orders import Orders
from core.bench.receipts import model_name
from core.bench.session import Session
from core.errors import ModelError, SettingsError
from core.mllm.prompts import LAYOUTS, PRESETS, RERANKER_PRESETS, Prompt, known_layout, parse_prompt
from core.storage.prompts import check_question, saved_prompts
from core.storage.scorers import ScorerCards
from core.types.orders import Fusion
from core.types.pairs import Flips, PromptText, Trial
from core.types.scores import PairScore

if TYPE_CHECKING:
    from core.interfaces import Reranker
    from core.mllm.playground import Playground


_NO_MODEL = (
    "The pairs are scored by a server with the prompt that it was opened with; open the bench with "
    "a local model to try others."
)


class PromptsFacet:
    """Presets, saved wordings, and what another wording would change."""

    def __init__(self, session: Session, orders: Orders) -> None:
        self._session = session
        self._orders = orders

    def all(self) -> tuple[PromptText, ...]:
        """Return the presets, then the saved wordings by name.

        Raises:
            SettingsError: A saved one cannot be read.
        """
        presets = [PromptText(p.name, p.question, p.layout, True) for p in PRESETS.values()]
        return (*presets, *saved_prompts(self._session.workspace.prompts).all())

    def own(self) -> PromptText:
        """Return the wording that the bench was opened with."""
        prompt = parse_prompt(self._session.settings.model.prompt)
        return PromptText("own", prompt.question, prompt.layout)

    def variants(self) -> tuple[PromptText, ...]:
        """Return every wording in every layout but for the bench's own as it is.

        Raises:
            SettingsError: A saved one cannot be read.
        """
        own = self.own()
        known = [one for one in self.all() if one.question != own.question]
        wordings = [replace(own, name="this bench's own"), *known]
        every = (replace(one, layout=layout) for one in wordings for layout in LAYOUTS)
        return tuple(
            one for one in every if (one.question, one.layout) != (own.question, own.layout)
        )

    def save(self, prompt: PromptText) -> None:
        """Keep a wording under its name; one of the same name is replaced.

        Raises:
            SettingsError: It has no usable name or question, or the name is a preset's.
            WorkspaceError: The disk is full or read-only.
        """
        check_question(prompt.question)
        known_layout(prompt.layout)
        if prompt.name.strip() in PRESETS:
            raise SettingsError(f"'{prompt.name.strip()}' is a preset; choose another name.")
        kept = replace(prompt, name=prompt.name.strip(), question=prompt.question.strip())
        saved_prompts(self._session.workspace.prompts).save(kept)

    def try_on_pair(self, query_id: str, candidate_id: str, prompt: PromptText) -> Trial:
        """Return the pair's answer to a wording, or why there is none.

        Raises:
            UnknownImageError: There is no such query or candidate.
            ImageError: One of them cannot be decoded.
            ModelError: Another machine scores.
        """
        playground = self._session.playground(_NO_MODEL)
        query, candidate = playground.tokens(
            self._session.record(query_id), self._session.record(candidate_id)
        )
        try:
            answer = playground.looker(as_prompt(prompt, playground.prompt)).look(query, candidate)
        except (ModelError, SettingsError) as error:
            return Trial(prompt, None, str(error))
        return Trial(prompt, answer)

    def flips(self, query_id: str, prompt: PromptText, fusion: Fusion) -> Iterator[Flips]:
        """Score the first `depth` candidates with the bench's own prompt and with another.

        Yields after every batch; both prompts' scores are kept, so closing loses one batch.

        Raises:
            UnknownImageError: There is no such query.
            ImageError: It cannot be decoded.
            SettingsError: The question cannot be asked, or there is no index yet.
            ModelError: The model failed, or another machine scores.
        """
        playground = self._session.playground(_NO_MODEL)
        asked = as_prompt(prompt, playground.prompt)
        query = self._session.record(query_id)
        shortlist = self._session.shortlist(query)
        if shortlist is None:
            raise SettingsError("The index is not built yet; wait for it or run `index`.")
        own: dict[str, float] = {}
        tried: dict[str, float] = {}
        total = min(fusion.depth, len(shortlist.image_ids))

        def so_far() -> Flips:
            both = [(own[i] > 0, tried[i] > 0) for i in own if i in tried]
            done = len(both) == total
            outcomes = [
                self._orders.outcome(query, self._orders.with_scores(query, fusion, scores))
                if done
                else None
                for scores in (own, tried)
            ]
            return Flips(
                prompt=prompt,
                n=len(both),
                total=total,
                to_yes=sum(now and not before for before, now in both),
                to_no=sum(before and not now for before, now in both),
                ap_own=None if outcomes[0] is None else outcomes[0].ap_after,
                ap_tried=None if outcomes[1] is None else outcomes[1].ap_after,
            )

        yield so_far()
        self._name(playground, asked)
        rerankers: tuple[tuple[Reranker, dict[str, float]], ...] = (
            (playground.reranker(playground.prompt), own),
            (playground.reranker(asked), tried),
        )
        for reranker, margins in rerankers:
            for batch in reranker.rerank(query, shortlist, fusion.depth):
                margins |= {p.image_id: p.margin for p in batch if isinstance(p, PairScore)}
                yield so_far()

    def _name(self, playground: "Playground", asked: Prompt) -> None:
        """Keep what the wording's scores are made with, so that they can be shown by name."""
        scorer = playground.scorer(asked)
        fields = {"model": model_name(self._session.settings), "scorer": "mllm"}
        cards = ScorerCards(self._session.workspace.scorers)
        cards.save(scorer.fingerprint, {**fields, **scorer.receipt_fields})


def as_prompt(text: PromptText, own: Prompt) -> Prompt:
    """Return the wording as a prompt; a known question keeps what else its prompt says.

    Raises:
        SettingsError: The question is empty or too long, or the layout is not known.
    """
    check_question(text.question)
    layout = known_layout(text.layout)
    known = (own, *PRESETS.values(), *RERANKER_PRESETS.values())
    asked = next((one for one in known if one.question == text.question), None)
    return replace(asked or Prompt("custom", text.question.strip()), layout=layout)
