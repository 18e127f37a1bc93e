"""What may be changed in the page: model, prompt and compression, and what it would take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """Bytes that weights take once loaded as `dtype`, and that are free for them on `device`.

    What the present model gives back counts as free; None where the system does not tell.
    """

    n_bytes: int
    free_bytes: int | None
    dtype: str
    device: str


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a model's files say before it is loaded.

    `family`, `dtype`, `n_bytes` (the weights on the disk) and `memory` are None where it is not
    known, as with a `problem`: why it cannot be opened, in one sentence. `attention` is the kernel
    that it runs with, `revision` the commit of the hub's repository, `note` what is done otherwise
    than its configuration says.
    """

    name: str
    family: str | None
    dtype: str | None
    n_bytes: int | None
    problem: str | None
    memory: MemoryNeed | None = None
    quantisation: str = "none"
    adapter: str = "none"
    attention: str = ""
    revision: str = "none"
    note: str = ""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model that a wish may name by `key`; `folder` is None for one that is no folder here."""

    key: str
    name: str
    folder: ModelFacts | None


@dataclass(frozen=True, slots=True)
class StoredSize:
    """Bytes stored per image under a compression: the mean of `n_images` images of the database.

    `n_bytes` is None where the model is not loaded yet, or cannot do it, as `problem` says.
    """

    compression: str
    n_bytes: float | None
    n_images: int
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class SettingWish:
    """A setting as the page asks for it: a model's key, a question, its layout, a compression."""

    model: str
    question: str
    layout: str
    compression: str


@dataclass(frozen=True, slots=True)
class SettingFacts:
    """The setting that every number on screen was made under.

    `setting_id` differs between settings; `refusal` is why nothing can be changed from the page,
    or None where it can. `pipeline` has every depth.
    """

    setting_id: str
    model: str
    question: str
    layout: str
    compression: str
    refusal: str | None
    pipeline: str = ""


@dataclass(frozen=True, slots=True)
class SettingCheck:
    """What speaks against a wish, one sentence each, and what it would need."""

    faults: tuple[str, ...]
    is_present: bool
    changes_model: bool
    memory: MemoryNeed | None
    size: StoredSize | None


@dataclass(frozen=True, slots=True)
class StagePlan:
    """What one stage of the pipeline has to do for an evaluation.

    Of `n_pairs` pairs `n_to_score` have no stored score; `n_calls` of these call the language
    model. `n_tokens` stored visual tokens of candidates are read for them, None where the stage
    reads none or they are not stored yet.
    """

    stage: str
    n_pairs: int
    n_to_score: int
    n_calls: int
    n_tokens: int | None
    seconds_per_pair: float | None


@dataclass(frozen=True, slots=True)
class JobPlan:
    """What a setting costs before it can be looked at, with the pace measured just now.

    Of `n_images` images `n_to_encode` are to be read and encoded, `seconds_per_image` each; of
    `n_pairs` pairs `n_to_score`, `seconds_per_pair` each (None: nothing to do, or no time known).
    `is_exact` says whether `n_to_score` is exact or the most that it can be. About `n_bytes` are
    to be written, of `free_bytes` on the disk.
    """

    n_images: int
    n_to_encode: int
    seconds_per_image: float | None
    n_pairs: int
    n_to_score: int
    is_exact: bool
    seconds_per_pair: float | None
    n_bytes: int
    free_bytes: int
    depth: int
    n_images_timed: int
    n_pairs_timed: int
    stages: tuple[StagePlan, ...] = ()

    @property
    def seconds(self) -> float | None:
        """The estimate, or None where a pace that it needs is not known."""
        parts = (
            (self.n_to_encode, self.seconds_per_image),
            (self.n_to_score, self.seconds_per_pair),
        )
        if any(n and pace is None for n, pace in parts):
            return None
        return sum(n * (pace or 0.0) for n, pace in parts)
