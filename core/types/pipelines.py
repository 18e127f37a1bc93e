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
