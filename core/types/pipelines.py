"""A pipeline as it is built in the page: what can be chosen, what was written, what it asks for."""

from dataclasses import dataclass

MAX_STAGES = 8
"""Of one pipeline."""


@dataclass(frozen=True, slots=True)
class StageChoice:
    """A row of the table of stages, as somebody chooses it.

    `mark` joins name and option, empty where there is no option; `offers` are the options that this
    bench knows of. `needs` are what a pair is scored from, in words.
    """

    name: str
    form: str
    what: str
    needs: tuple[str, ...]
    calls_model: bool
    mark: str
    needs_option: bool
    offers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PresetChoice:
    """A pipeline by name, as somebody chooses it.

    `pipeline` names every depth. `fault` is one sentence that says why it cannot be used here, None
    where it can. `is_present` says that the screens show it.
    """

    name: str
    pipeline: str
    what: str
    fault: str | None
    is_present: bool


@dataclass(frozen=True, slots=True)
class PresetOffer:
    """A preset that puts the right image first more often, and where that was measured.

    `run_id` is a run of it on this corpus; None where `where` names the corpus on which its fit was
    measured, on instances held out. R@1 and mAP are fractions, before re-ranking and after.
    """

    preset: PresetChoice
    run_id: str | None
    where: str
    r1_before: float
    r1_after: float
    map_before: float
    map_after: float | None


@dataclass(frozen=True, slots=True)
class WrittenStage:
    """One stage as it was written, right or wrong; `depth` is empty where none was."""

    name: str
    option: str
    depth: str


@dataclass(frozen=True, slots=True)
class StepNeed:
    """What a stage is asked for over all queries, at most: `n_calls` of `n_pairs` call the MLLM."""

    stage: str
    depth: int
    n_pairs: int
    n_calls: int


@dataclass(frozen=True, slots=True)
class PipelineCheck:
    """Whether a pipeline can be used, and what it asks for.

    `text` names every depth; it is as it was written where there are `faults`, which are one
    sentence each, and then there are no `steps`. `is_present` says that the screens show it.
    """

    text: str
    steps: tuple[StepNeed, ...]
    faults: tuple[str, ...]
    is_present: bool
