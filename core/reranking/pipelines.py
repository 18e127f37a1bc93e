"""The grammar of pipelines: `STAGE[@DEPTH] > STAGE[@DEPTH]`, in one canonical spelling."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.errors import SettingsError
from core.mllm.compression.grammar import parse_compression
from core.types.pipelines import MAX_STAGES

_STAGE = re.compile(
    r"(?P<name>[a-z][a-z0-9_]*)(?P<mark>[/:]?)(?P<option>[^@>]*)(?:@(?P<depth>[1-9][0-9]{0,6}))?"
)


@dataclass(frozen=True, slots=True)
class StageCall:
    """One stage as a pipeline names it: `mllm/int8`, `import:ames`, `maxsim`.

    `mark` is what joins name and option, empty where there is no option.
    """

    name: str
    mark: str = ""
    option: str = ""

    def __str__(self) -> str:
        """Return the stage as it is written."""
        return f"{self.name}{self.mark}{self.option}"


@dataclass(frozen=True, slots=True)
class Step:
    """A stage and how many candidates of the order before it it re-orders."""

    call: StageCall
    depth: int

    def __str__(self) -> str:
        """Return the step as it is written."""
        return f"{self.call}@{self.depth}"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The second stage: at least one step, in the order in which they run."""

    steps: tuple[Step, ...]

    def __str__(self) -> str:
        """Return the canonical spelling."""
        return " > ".join(str(step) for step in self.steps)

    @property
    def depth(self) -> int:
        """How many of the shortlist the first stage re-orders."""
        return self.steps[0].depth

    @property
    def last(self) -> StageCall:
        """The stage whose scores order the first places."""
        return self.steps[-1].call

    @property
    def calls(self) -> tuple[StageCall, ...]:
        """The stages in order."""
        return tuple(step.call for step in self.steps)

    def at(self, depth: int) -> "Pipeline":
        """Return the same with another depth of the first stage."""
        return Pipeline((replace(self.steps[0], depth=depth), *self.steps[1:]))

    def names(self, kind: str) -> tuple[str, ...]:
        """Return the options of the stages called `kind`, each once, in order."""
        return tuple(dict.fromkeys(c.option for c in self.calls if c.name == kind))


def parse_stage(text: str) -> StageCall:
    """Read one stage without a depth, such as `mllm/divprune:16`.

    Raises:
        SettingsError: It cannot be read.
    """
    call, depth = _parse_step(text)
    if depth is not None:
        raise SettingsError(f"Stage '{text.strip()[:80]}' has a depth; name the stage alone.")
    return call


def parse_pipeline(text: str, depth: int, own_depths: Mapping[str, int] | None = None) -> Pipeline:
    """Read a pipeline.

    A stage without `@DEPTH` takes the depth of the stage before it; the first takes `depth`.

    Args:
        text: Stages between `>`.
        depth: Of the first stage.
        own_depths: By name, the stages that have a depth of their own where none is written.

    Raises:
        SettingsError: It cannot be read.
    """
    parts = text.split(">")
    if len(parts) > MAX_STAGES:
        raise SettingsError(f"Pipeline has {len(parts)} stages; at most {MAX_STAGES} can be used.")
    steps: list[Step] = []
    for part in parts:
        call, given = _parse_step(part)
        own = (own_depths or {}).get(call.name)
        if own is None or given is not None:
            depth = depth if given is None else given
        steps.append(Step(call, own if own is not None and given is None else depth))
    return Pipeline(tuple(steps))


def split_stages(text: str) -> list[tuple[str, str, str]]:
    """Return name, option and depth of each stage as they are written, right or wrong.

    A stage that does not look like one has everything in its name.
    """
    found: list[tuple[str, str, str]] = []
    for part in text.split(">")[:MAX_STAGES]:
        match = _STAGE.fullmatch(part.strip())
        if match is None:
            found.append((part.strip(), "", ""))
        else:
            found.append((match["name"], match["option"].strip(), match["depth"] or ""))
    return found


def _parse_step(text: str) -> tuple[StageCall, int | None]:
    match = _STAGE.fullmatch(text.strip())
    option = "" if match is None else match["option"].strip()
    if match is None or bool(match["mark"]) != bool(option):
        raise SettingsError(
            f"Stage '{text.strip()[:80]}' cannot be read; write NAME, NAME/OPTION or NAME:OPTION, "
            "with @DEPTH of 1 or more behind it, and > between stages: maxsim@100 > mllm@20."
        )
    call = StageCall(match["name"], match["mark"], option)
    if call.mark == "/":
        call = replace(call, option=str(parse_compression(option)))
    return call, None if match["depth"] is None else int(match["depth"])
