"""What a row of the table of stages holds, and what the composition root builds a stage from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from core.corpus.images import ImageOpener
from core.interfaces import PairTokens
from core.mllm.compression.grammar import PairCompression
from core.reranking.built import BuiltStage, RunningStage
from core.reranking.pipelines import StageCall
from core.retrieval.opened import OpenedIndex
from core.storage.fits import Fits
from core.storage.imports import Imports
from core.storage.scores import ScoreStore
from core.storage.tokens import DescriptorStore
from core.types.corpus import ImageRecord
from core.types.scores import ScoreKind

if TYPE_CHECKING:
    from core.mllm.token_source import TokenSource
    from core.reranking.descriptor_method import DescriptorMethod
    from core.reranking.several import Method
    from core.retrieval.neighbours import Graphs

Need = Literal[
    "stored tokens", "language model", "pixels", "descriptors", "file of scores", "a fit"
]


class StageParts(Protocol):
    """What the composition root holds ready for the stages of one bench."""

    @property
    def images(self) -> ImageOpener:
        """Opens image files."""
        ...

    @property
    def scores(self) -> ScoreStore:
        """The score cache."""
        ...

    @property
    def imports(self) -> Imports:
        """The imports of the workspace."""
        ...

    @property
    def database(self) -> Mapping[str, ImageRecord]:
        """Database images by id."""
        ...

    @property
    def vectors(self) -> DescriptorStore:
        """Descriptors by image SHA-256."""
        ...

    def query_key(self, query: ImageRecord) -> str:
        """Return the address of a query's vector in the first stage."""
        ...

    @property
    def opened(self) -> OpenedIndex:
        """Holds the index."""
        ...

    @property
    def graphs(self) -> "Graphs":
        """The nearest images of every indexed image."""
        ...

    @property
    def fits(self) -> Fits:
        """The fits of evidence that may be named."""
        ...

    def keypoints(self, most: int) -> "TokenSource":
        """Return where up to `most` stored keypoints an image are read, found on first use."""
        ...

    @property
    def descriptor(self) -> tuple[str, str]:
        """Name and fingerprint of the first stage's model."""
        ...

    def several(self, method: "Method", n: int, *, by_rank: bool = False) -> BuiltStage:
        """Return a stage that shows the model n candidates at once.

        Raises:
            ModelError: There is no model on this machine that takes several images.
        """
        ...

    def described(self, method: "DescriptorMethod") -> BuiltStage:
        """Return a stage that scores by the bench's descriptors alone."""
        ...

    def running(self, call: StageCall) -> RunningStage:
        """Return another stage, ready to score, with the bench's compression where it reads tokens.

        Raises:
            SettingsError: There is no such stage, or its option does not go with it.
            ModelError: It cannot be had.
        """
        ...

    def tokens(self, compression: PairCompression) -> PairTokens:
        """Return where stored tokens under a compression are read, encoded on first use."""
        ...

    def mllm(self, compression: PairCompression) -> BuiltStage:
        """Return the MLLM with the bench's prompt on tokens under a compression.

        Raises:
            ModelError: The prompt cannot be rendered or answered by one token per side.
        """
        ...

    def maxsim(self, compression: PairCompression) -> BuiltStage:
        """Return MaxSim on tokens under a compression."""
        ...


@dataclass(frozen=True, slots=True)
class Offers:
    """What a bench has that the option of a stage may name."""

    compressions: tuple[str, ...]
    imports: tuple[str, ...]
    fits: tuple[str, ...]


def _unchecked(_: str) -> None:
    """The pattern of the option says it all."""


def _nothing(_: Offers) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class StageSpec:
    """One row of the table.

    `form` is how the stage is written; `mark` joins name and option, `option` is the pattern of
    the option, and `needs_option` says that it cannot be left out; `offers` are some worth a try.
    `scores_images` says whether images that are not in the corpus can be scored, which sweeps and
    uploads need. `check` reads the option and refuses what cannot be used. `searches_again`
    says that the query is changed by the order before and searched for again: the whole shortlist
    is re-ordered, and a score holds for that order alone. `asks_of_several` says that the model is
    shown several candidates at once, so that a score holds for that list alone.
    """

    name: str
    form: str
    what: str
    needs: tuple[Need, ...]
    kind: Callable[[StageCall], ScoreKind]
    build: Callable[[StageParts, StageCall], BuiltStage]
    mark: str = ""
    option: str = ".*"
    needs_option: bool = False
    scores_images: bool = True
    searches_again: bool = False
    asks_of_several: bool = False
    check: Callable[[str], object] = _unchecked
    offers: Callable[[Offers], Sequence[str]] = _nothing

    @property
    def call(self) -> StageCall:
        """The stage without an option."""
        return StageCall(self.name)

    @property
    def calls_model(self) -> bool:
        """Whether every pair is a call of the language model."""
        return "language model" in self.needs

    @property
    def takes_compression(self) -> bool:
        """Whether a compression of the stored tokens is named behind the stage."""
        return self.mark == "/"

    @property
    def reads_order(self) -> bool:
        """Whether a score holds for the list that the stage is given in its order alone."""
        return self.searches_again or self.asks_of_several

    @property
    def reads_tokens(self) -> bool:
        """Whether stored tokens are read, so that a compression changes the scores."""
        return "stored tokens" in self.needs
