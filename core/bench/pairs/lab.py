"""The lab facet: what takes a while about one pair, and what was found of it so far."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from core.bench.pairs.inspect import PairsFacet
from core.bench.pairs.prompt_trials import PromptsFacet
from core.recent import Recent
from core.types.jobs import Step
from core.types.orders import Fusion
from core.types.pairs import Flips, Matches, PairAttribution, PromptText, Squeezed, Trial
from core.types.runs import Progress
from core.types.work import PairLook, PairWords, Tried

ATTRIBUTION_UNASKED_S = 60.0
"""Maps that may take longer, one prompt after the other, are made when somebody asks for them.

Prompts of a small model run in batches: the embedded one needs a fiftieth of this bound."""
_N_PROMPTS = 64
_PAIRS_KEPT = 32
_MOST_TRIALS = 40
_MOST_COMPRESSIONS = 24

Pair = tuple[str, str]
"""The ids of a query and of a candidate."""


class LabFacet:
    """Trials on pairs; what was found of the last pairs is kept while the bench is open."""

    def __init__(self, pairs: PairsFacet, prompts: PromptsFacet) -> None:
        self._pairs = pairs
        self._prompts = prompts
        self._tried = Recent[Pair, Tried](_PAIRS_KEPT)
        self._squeezed = Recent[Pair, tuple[Squeezed, ...]](_PAIRS_KEPT)
        self._matches = Recent[Pair, Matches](_PAIRS_KEPT)
        self._lock = threading.Lock()

    def look(self, pair: Pair) -> Iterator[Step[PairLook]]:
        """Yield the answers in both orders, then the lineage of crops, then the attribution.

        Attribution that may take longer than `ATTRIBUTION_UNASKED_S` is left out.

        Raises:
            SecondLookError: See `PairsFacet.look`.
        """
        yield _pair_step("Scoring the pair in both orders", 0)
        anatomy = self._pairs.look(*pair)
        seconds = _N_PROMPTS * min(anatomy.asked.seconds, anatomy.swapped.seconds)
        found = PairLook(anatomy, attribution_s=seconds)
        yield _pair_step("Scoring the steps of its crops", 1), found
        found = replace(found, lineage=self._pairs.lineage(*pair))
        yield _pair_step("Leaving out one region at a time", 2), found
        if seconds <= ATTRIBUTION_UNASKED_S:
            found = replace(found, attribution=self._pairs.attribution(*pair))
        yield _pair_step("Leaving out one region at a time", 3), found

    def attribution(self, pair: Pair) -> Iterator[Step[PairAttribution]]:
        """Yield what each region adds to the margin, however long it takes.

        Raises:
            SecondLookError: See `PairsFacet.attribution`.
        """
        stage = "Leaving out one region at a time"
        yield Progress(stage, 0, 1, "pairs")
        yield Progress(stage, 1, 1, "pairs"), self._pairs.attribution(*pair)

    def words(self, pair: Pair) -> Iterator[Step[PairWords]]:
        """Yield the model's own words as they come, or at once that it cannot write.

        Raises:
            SecondLookError: See `PairsFacet.words`.
        """
        started, ended = (Progress("Describing the pair", n, 1, "texts") for n in (0, 1))
        yield started
        texts = self._pairs.words(*pair)
        found = PairWords(None if texts is None else "")
        for text in texts or ():
            found = PairWords(text)
            yield started, found
        yield ended, found

    def matches(self, pair: Pair) -> Matches:
        """Return the local features that agree on one homography; calls no model.

        Raises:
            SecondLookError: See `PairsFacet.matches`.
        """
        return self._matches.get(pair) or self._matches.put(pair, self._pairs.matches(*pair))

    def tried(self, pair: Pair) -> Tried:
        """Return what was found of wordings on a pair."""
        return self._tried.get(pair) or Tried()

    def wordings(self, pair: Pair, prompts: Sequence[PromptText]) -> Iterator[Step[Tried]]:
        """Try wordings on a pair one by one; yields all that was found of it.

        Raises:
            SecondLookError: See `PromptsFacet.try_on_pair`.
        """
        self._ask_own(pair)
        for done, prompt in enumerate(prompts):
            yield Progress("Trying wordings", done, len(prompts), "wordings"), self.tried(pair)
            trial = self._prompts.try_on_pair(*pair, prompt)
            self._note(pair, partial(_with_trial, trial))
        yield Progress("Trying wordings", len(prompts), len(prompts), "wordings"), self.tried(pair)

    def flips(self, pair: Pair, prompt: PromptText, fusion: Fusion) -> Iterator[Step[Tried]]:
        """Score the query's shortlist with a wording; yields all that was found of the pair.

        Raises:
            SecondLookError: See `PromptsFacet.flips`.
        """
        self._ask_own(pair)
        for found in self._prompts.flips(pair[0], prompt, fusion):
            known = self._note(pair, partial(_with_flips, found))
            yield Progress("Scoring the shortlist", found.n, found.total, "pairs"), known

    def squeezed(self, pair: Pair) -> tuple[Squeezed, ...]:
        """Return what was found of compressions on a pair."""
        return self._squeezed.get(pair) or ()

    def compressions(
        self, pair: Pair, wanted: Sequence[str] | None
    ) -> Iterator[Step[tuple[Squeezed, ...]]]:
        """Try compressions on a pair, none first; yields all that was found of it.

        Args:
            pair: A query and a candidate.
            wanted: In the grammar of `--compression`; None = those that are worth a look.

        Raises:
            SecondLookError: See `PairsFacet.squeeze`.
        """
        asked = self._pairs.compressions(*pair) if wanted is None else ("none", *wanted)
        known = {row.compression for row in self.squeezed(pair)}
        todo = [text for text in dict.fromkeys(asked) if text not in known]
        for done, text in enumerate(todo):
            yield Progress(f"Trying {text}", done, len(todo), "compressions"), self.squeezed(pair)
            row = self._pairs.squeeze(*pair, text)
            with self._lock:
                others = (one for one in self.squeezed(pair) if one.compression != text)
                self._squeezed.put(pair, (*others, row)[:_MOST_COMPRESSIONS])
        ended = Progress("Trying compressions", len(todo), len(todo), "compressions")
        yield ended, self.squeezed(pair)

    def _ask_own(self, pair: Pair) -> None:
        """Ask the bench's own question, which the others stand beside."""
        if self.tried(pair).own is None:
            own = self._prompts.try_on_pair(*pair, self._prompts.own())
            self._note(pair, partial(replace, own=own))

    def _note(self, pair: Pair, change: Callable[[Tried], Tried]) -> Tried:
        with self._lock:
            return self._tried.put(pair, change(self.tried(pair)))


def _pair_step(stage: str, done: int) -> Progress:
    return Progress(stage, done, 3, "steps")


def _with_trial(trial: Trial, known: Tried) -> Tried:
    others = (one for one in known.trials if one.prompt != trial.prompt)
    return replace(known, trials=(*others, trial)[-_MOST_TRIALS:])


def _with_flips(flips: Flips, known: Tried) -> Tried:
    others = (one for one in known.flips if one.prompt != flips.prompt)
    return replace(known, flips=(*others, flips)[-_MOST_TRIALS:])
