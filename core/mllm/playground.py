"""The local MLLM opened up: any pair in any wording, for the screens that look inside."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.interfaces import PairTokens, Reranker
from core.mllm.compression.grammar import Compression, parse_compression
from core.mllm.compression.packing import Packer
from core.mllm.engine import MllmScorer
from core.mllm.inspection import PairInspector
from core.mllm.model import Mllm
from core.mllm.prompts import Prompt
from core.mllm.writing import write
from core.recent import Recent
from core.types.corpus import ImageRecord
from core.types.pairs import KeptTokens, Squeezed
from core.types.scores import VisualTokens

_KEPT = 8
_WORDS = (
    "Describe in a few short sentences what the main objects in these two images have in common "
    "and where they differ."
)
_ANSWERS_ONLY = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Playground:
    """Scorers and lookers of any wording over one loaded model; the last few are kept.

    Args:
        loaded: The model.
        prompt: The bench's own prompt.
        make_scorer: Makes the scorer of a prompt.
        stored: What the scorer is shown of a query and of a candidate.
        make_reranker: Makes what scores shortlists with a scorer and keeps its scores.
        make_packer: Makes what does a compression; its codebooks are the workspace's.
    """

    loaded: Mllm
    prompt: Prompt
    make_scorer: Callable[[Prompt], MllmScorer]
    stored: PairTokens
    make_reranker: Callable[[MllmScorer], Reranker]
    make_packer: Callable[[Compression], Packer]
    _scorers: Recent[Prompt, MllmScorer] = field(
        init=False, default_factory=lambda: Recent[Prompt, MllmScorer](_KEPT)
    )
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def scorer(self, prompt: Prompt) -> MllmScorer:
        """Return the scorer of a wording; a new one runs four small pairs.

        Raises:
            ModelError: The prompt cannot be rendered or answered by one token per side.
        """
        key = self.prompt if _same(prompt, self.prompt) else replace(prompt, name="")
        with self._lock:
            self._scorers.get(self.prompt)  # used at every call, so never the one that goes
            return self._scorers.get_or_make(key, lambda: self.make_scorer(prompt))

    def tokens(
        self, query: ImageRecord, candidate: ImageRecord
    ) -> tuple[VisualTokens, VisualTokens]:
        """Return what the scorer is shown of a pair, encoded and stored on first use.

        Raises:
            ImageError: One of the images cannot be decoded.
        """
        return self.stored.queries.tokens(query), self.stored.candidates.tokens(candidate)

    def reranker(self, prompt: Prompt) -> Reranker:
        """Return what scores shortlists with a wording; its scores are kept like the bench's own.

        Raises:
            ModelError: The prompt cannot be rendered or answered by one token per side.
        """
        return self.make_reranker(self.scorer(prompt))

    def looker(self, prompt: Prompt) -> PairInspector:
        """Return what looks inside the answers to a wording.

        Raises:
            ModelError: The prompt cannot be rendered or answered by one token per side.
        """
        return PairInspector(self.loaded, prompt, self.scorer(prompt).answers)

    def squeeze(
        self, compression: str, query: NDArray[np.uint8], candidate: NDArray[np.uint8]
    ) -> Squeezed:
        """Ask the bench's own question about a pair under any compression; nothing is stored.

        Costs two vision passes and one pass over the pair.

        Args:
            compression: In the grammar of `--compression`.
            query: (H, W, 3) uint8 RGB.
            candidate: (H, W, 3) uint8 RGB.

        Raises:
            SettingsError: The compression cannot be read.
            ModelError: The model's family cannot do it, its codebooks are not trained yet, or the
                pair does not fit in memory.
        """
        wanted = parse_compression(compression)
        asked, _ = self._packed(wanted.query, query)
        shown, n_bytes = self._packed(wanted.candidate, candidate)
        answer = self.looker(self.prompt).look(asked, shown, 1)
        return Squeezed(str(wanted), answer.margin, n_bytes, _kept(asked), _kept(shown))

    def _packed(
        self, compression: Compression, pixels: NDArray[np.uint8]
    ) -> tuple[VisualTokens, int]:
        """Return what the scorer is shown, and the bytes that would be stored of it."""
        packer = self.make_packer(compression)
        if packer.n_to_learn:
            raise ModelError(
                f"The codebooks of '{compression}' are learned from the database; run `index "
                f"--compression {compression}` in this workspace first."
            )
        (stored,) = packer.pack([pixels])
        n_bytes = stored.tokens.nbytes + (0 if stored.extra is None else stored.extra.nbytes)
        return packer.unpack(stored), n_bytes

    def tower_tokens(self, images: Sequence[NDArray[np.uint8]]) -> list[VisualTokens]:
        """Return the tower's own tokens of (H, W, 3) uint8 RGB images, a vision pass each."""
        return self.make_packer(Compression()).select(images)

    def stored_bytes(
        self,
        compression: str,
        images: Sequence[NDArray[np.uint8]],
        tower_tokens: Sequence[VisualTokens],
    ) -> float:
        """Return the mean bytes that a store takes per image as a candidate; needs no codebook.

        Costs a vision pass per image where the compression changes the resolution.

        Raises:
            SettingsError: The compression cannot be read.
            ModelError: The model's family cannot do it.
        """
        wanted = parse_compression(compression)
        self.make_packer(wanted.query)  # refuses what the family cannot do
        packer = self.make_packer(wanted.candidate)
        return sum(map(packer.n_bytes, packer.select(images, tower_tokens))) / len(images)

    def words(self, query: VisualTokens, candidate: VisualTokens) -> Iterator[str] | None:
        """Return the model's text about the pair as it grows, or None where it cannot write.

        It cannot where it goes on to say yes or no when it is asked to describe: such a model was
        trained to answer one question.

        Raises:
            ModelError: The pair does not fit in memory.
        """
        ask = replace(self.prompt, name="words", question=_WORDS, layout="images_then_question")
        looker = PairInspector(self.loaded, ask, self.scorer(self.prompt).answers)
        if looker.look(query, candidate, 1).answer_mass >= _ANSWERS_ONLY:
            return None
        return write(self.loaded, ask, query, candidate)


def _kept(tokens: VisualTokens) -> KeptTokens:
    kept = np.zeros(tokens.grid, bool)
    inside = tokens.positions[tokens.positions[:, 0] < tokens.grid[0]]
    kept[inside[:, 0], inside[:, 1]] = True
    kept.setflags(write=False)
    return KeptTokens(kept)


def _same(one: Prompt, other: Prompt) -> bool:
    return replace(one, name="") == replace(other, name="")
