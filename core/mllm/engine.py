"""The MLLM at work: encode images once, score a query against stored candidates."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import ModelError
from core.interfaces import PairScorer
from core.mllm.answers import AnswerTokens, answer_mass, find_answers, log_probabilities, logits_of
from core.mllm.batching import BatchLimits
from core.mllm.model import Mllm
from core.mllm.prefix import hidden_states
from core.mllm.prompt_layout import PairAssembler, PairPrompt, Segment, render
from core.mllm.prompts import Prompt
from core.mllm.selftest import drawn_images
from core.mllm.tokens import encode_images
from core.recent import Recent
from core.types.scores import PairLogits, VisualTokens

_ENCODING = BatchLimits(items=32, tokens=4096)
_SCORING = BatchLimits(items=32, tokens=8192)
_MASS_FIRST = 8
_TEXTS_KEPT = 16


def _uncompressed() -> Mapping[str, str]:
    return {"compression": "none"}


class MllmEncoder:
    """Visual tokens of images, under the model's own pixel bounds or a smaller one."""

    def __init__(self, loaded: Mllm, limits: BatchLimits = _ENCODING) -> None:
        self._loaded = loaded
        self._limits = limits

    @property
    def tower_fingerprint(self) -> str:
        """Hash of weights, tower dtype, image processor backend and pixel bounds."""
        return self._loaded.tower_fingerprint

    def encode(self, images: Sequence[NDArray[np.uint8]]) -> list[VisualTokens]:
        """Return the visual tokens of each (H, W, 3) uint8 RGB image, in order.

        Raises:
            ImageError: An image is too elongated to encode.
            ModelError: A single image does not fit in memory, or its tokens are not finite.
        """
        return encode_images(self._loaded, images, self._limits)


class MllmScorer(PairScorer):
    """P(yes) of pairs, from stored visual tokens, for one prompt.

    Construction runs four small pairs to choose the form of yes and no.

    Args:
        loaded: The model.
        prompt: The question.
        limits: How much goes through the model at once.
        compression: What was done to the tokens, in words: asked whenever the fingerprint is, since
            a codebook may be learned later.

    Raises:
        ModelError: The prompt cannot be rendered or answered by one token per side.
    """

    def __init__(
        self,
        loaded: Mllm,
        prompt: Prompt,
        limits: BatchLimits = _SCORING,
        compression: Callable[[], Mapping[str, str]] = _uncompressed,
    ) -> None:
        self._loaded = loaded
        self._limits = limits
        self._compression = compression
        self._prompt = prompt
        self._pair_prompt = render(loaded, prompt)
        self._composed: Recent[str, PairPrompt] = Recent(_TEXTS_KEPT)
        self.answers = find_answers(loaded, prompt, self._pair_prompt.text, self._calibrate)
        self._fields = _score_fields(loaded, prompt, self._pair_prompt, self.answers)

    @property
    def receipt_fields(self) -> Mapping[str, str]:
        """What the fingerprint hashes, in words, for receipts."""
        return {**self._loaded.tower_fields, **self._compression(), **self._fields}

    def score(
        self,
        query_tokens: VisualTokens,
        candidates: Sequence[VisualTokens],
        mass_first: int = _MASS_FIRST,
    ) -> Iterator[list[PairLogits]]:
        """Yield the logits of each batch of candidates, in order.

        The prompt's prefix with the query is run once and shared by all candidates; its seconds are
        in the first batch.

        Args:
            query_tokens: The query image, with what the query says.
            candidates: The candidate images.
            mass_first: The answer mass is computed for this many first candidates.

        Raises:
            ModelError: Tokens of another model, a logit that is not finite, a single pair that does
                not fit in memory, or a text for which the prompt has no place.
        """
        clock = time.perf_counter()
        done = 0
        for hidden in self._hidden(query_tokens, candidates):
            with torch.inference_mode():
                batch = self._read(hidden, mass_first - done)
            now = time.perf_counter()
            seconds = (now - clock) / len(batch)
            done += len(batch)
            yield [PairLogits(yes, no, mass, seconds) for yes, no, mass in batch]
            clock = time.perf_counter()

    def rendered(self, text: str) -> PairPrompt:
        """Return the prompt of a query that says `text`; the last few are kept.

        Raises:
            ModelError: The query has a text, and the prompt no place for it.
        """
        if not text:
            return self._pair_prompt
        return self._composed.get_or_make(
            text, lambda: render(self._loaded, self._prompt, query_text=text)
        )

    def _hidden(
        self, query: VisualTokens, candidates: Sequence[VisualTokens]
    ) -> Iterator[torch.Tensor]:
        """Yield the last hidden states (B, C) of each batch."""
        if not candidates:
            return
        self._refuse_foreign((query, *candidates))
        pair_prompt = self.rendered(query.text)
        assembler = PairAssembler(self._loaded, pair_prompt, query)

        def rests(span: slice) -> list[Segment]:
            return [assembler.suffix(candidate) for candidate in candidates[span]]

        n_tail = len(pair_prompt.tail)
        lengths = [len(candidate.positions) + n_tail for candidate in candidates]
        yield from hidden_states(self._loaded, assembler.prefix(), lengths, rests, self._limits)

    def _read(self, hidden: torch.Tensor, n_mass: int) -> list[tuple[float, float, float | None]]:
        answers = self.answers
        scored = (answers.yes.token_id, answers.no.token_id)
        pairs: list[list[float]] = logits_of(self._loaded, hidden, scored).tolist()
        if not all(math.isfinite(logit) for pair in pairs for logit in pair):
            raise ModelError(
                f"Model {self._loaded.name} answered a pair with a logit that is not finite in "
                f"{self._loaded.dtype}; load it with dtype float32 or bfloat16."
            )
        masses: list[float | None] = [None] * len(pairs)
        if n_mass > 0:
            known = answer_mass(self._loaded, hidden[:n_mass], answers.all_ids).tolist()
            masses[: len(known)] = known
        return [(yes, no, mass) for (yes, no), mass in zip(pairs, masses, strict=True)]

    def _calibrate(self, ids: Sequence[int]) -> Sequence[float]:
        """Return the log of each id's mean probability over pairs of the same and other images."""
        images = encode_images(self._loaded, drawn_images(2), _ENCODING)
        with torch.inference_mode():
            hidden = torch.cat([h for one in images for h in self._hidden(one, images)])
            logs = log_probabilities(self._loaded, hidden, ids).logsumexp(dim=0)
        mean: list[float] = (logs - math.log(len(hidden))).tolist()
        return mean

    def _refuse_foreign(self, images: Iterable[VisualTokens]) -> None:
        loaded = self._loaded
        own = (loaded.dimension, loaded.dtype, loaded.n_extra)
        for one in images:
            n_extra = 0 if one.extra is None else len(one.extra)
            found = (one.tokens.shape[1], one.dtype, n_extra)
            if found != own:
                raise ModelError(
                    f"Visual tokens of length {found[0]} in {found[1]} with {found[2]} extra "
                    f"layers are not of model {loaded.name} ({own[0]}, {own[1]}, {own[2]}); encode "
                    "the images with this model."
                )


def _score_fields(
    loaded: Mllm, prompt: Prompt, pair_prompt: PairPrompt, answers: AnswerTokens
) -> dict[str, str]:
    template = sha256(str(loaded.processor.chat_template).encode()).hexdigest()
    ids = (pair_prompt.head, pair_prompt.middle, pair_prompt.tail)
    return {
        "prompt": prompt.question,
        "layout": prompt.layout,
        "system": "the chat template's own" if prompt.system is None else prompt.system,
        "chat template": template,
        "prompt tokens": sha256(repr(ids).encode()).hexdigest(),
        "answer tokens": answers.in_words(),
        "attention kernel": loaded.attention,
        "dtype": loaded.dtype,
    }
