"""The pipeline on the Setup screen: its stages to change, and what it takes before it starts."""

from dataclasses import dataclass
from types import ModuleType
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.responses import Response

from core.errors import SecondLookError, SettingsError
from core.types.jobs import JobView
from core.types.pipelines import PipelineCheck, PresetChoice, StageChoice, StepNeed, WrittenStage
from core.types.setting import JobPlan
from ui.address_values import MAX_PIPELINE
from ui.screens.setup.corpus import ReopeningContext
from ui.selection import ViewState
from ui.server.responses import body_up_to, html_answer, refusing, said
from ui.shared import plan_words
from ui.shared.job_bar import Line, job_line
from ui.shared.screen import Asked, Page

_Body = Annotated[bytes | None, Depends(body_up_to(4 * MAX_PIPELINE))]


class _Wish(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    pipeline: str


@dataclass(frozen=True, slots=True)
class Row:
    """A stage of the builder; `choice` is None where there is no such stage."""

    stage: WrittenStage
    choice: StageChoice | None
    need: StepNeed | None


@dataclass(frozen=True, slots=True)
class PipelineContext:
    """The stages, each to be changed; `shortlist` is the most that a stage can re-order."""

    template: ClassVar[str] = "setup/pipeline.html"
    rows: tuple[Row, ...]
    choices: tuple[StageChoice, ...]
    presets: tuple[PresetChoice, ...]
    check: PipelineCheck
    shortlist: int


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What a pipeline takes, as far as that is known, and what can be started now.

    `plan` is None until it is measured. `lines` are the work on it that goes on or was interrupted.
    `is_busy` says that some goes on. `waits` says that the bench waits for its start. `refusal` is
    why no screen can be changed.
    """

    template: ClassVar[str] = "setup/plan.html"
    check: PipelineCheck
    plan: JobPlan | None
    lines: tuple[Line, ...]
    is_busy: bool
    run_id: str | None
    waits: bool
    refusal: str | None
    obstacle: str
    plan_words: ModuleType = plan_words


def show_pipeline(page: Page, state: ViewState) -> Markup:
    """Return the builder of the pipeline that the address names, else of the screens'."""
    workbench = page.workbench
    pipelines = workbench.pipelines
    check = _check(page, state)
    choices = pipelines.choices()
    by_name = {one.name: one for one in choices}
    stages = pipelines.written(check.text)
    needs = check.steps or (None,) * len(stages)
    found = zip(stages, needs, strict=True)
    rows = tuple(Row(stage, by_name.get(stage.name), need) for stage, need in found)
    presets = workbench.presets.choices()
    return page.html(PipelineContext(rows, choices, presets, check, workbench.info.shortlist))


def show_plan(page: Page, state: ViewState) -> Markup | None:
    """Return what the pipeline takes and what can be started; None where it cannot be used."""
    workbench = page.workbench
    check = _check(page, state)
    if check.faults:
        return None
    cost = workbench.work.pipeline_cost(check.text)
    evaluation = workbench.work.evaluate_pipeline(check.text)
    views = (cost.view(), evaluation.view())
    lines = tuple(job_line(view) for view in views if view is not None and _is_shown(view))
    nothing = workbench.runs.state(state.fusion)
    return page.html(
        PlanContext(
            check=check,
            plan=cost.result(),
            lines=lines,
            is_busy=any(view is not None and view.is_active for view in views),
            run_id=evaluation.result(),
            waits=workbench.jobs.plan() is not None,
            refusal=workbench.pipelines.refusal,
            obstacle="" if nothing.is_measurable else nothing.text,
        )
    )


def ask_cost(page: Page, state: ViewState, asked: Asked) -> str:
    """Measure what the pipeline takes, on the bench's board; return the job's key."""
    return asked.start(page.workbench.work.pipeline_cost(_usable(page, state)), state)


def ask_evaluation(page: Page, state: ViewState, asked: Asked) -> str:
    """Evaluate the pipeline on the bench's board; return the job's key."""
    return asked.start(page.workbench.work.evaluate_pipeline(_usable(page, state)), state)


def add_pipeline_route(router: APIRouter, page: Page) -> None:
    """Put a pipeline on every screen: `POST setting/pipeline`."""

    @router.post("/setting/pipeline")
    @refusing({SecondLookError: 422, ValidationError: 400}, said)
    def use(body: _Body) -> Response:
        wish = _Wish.model_validate_json(body or b"").pipeline
        page.workbench.pipelines.request(wish)
        context = ReopeningContext("pipeline", "Starting again with this pipeline …")
        return html_answer(page.html(context))


def _check(page: Page, state: ViewState) -> PipelineCheck:
    pipelines = page.workbench.pipelines
    return pipelines.check(state.pipeline or pipelines.present)


def _usable(page: Page, state: ViewState) -> str:
    """Return the address's pipeline as it is written.

    Raises:
        SettingsError: It cannot be used.
    """
    check = _check(page, state)
    if check.faults:
        raise SettingsError(check.faults[0])
    return check.text


def _is_shown(view: JobView) -> bool:
    return view.is_active or view.state in ("stopped", "failed")
