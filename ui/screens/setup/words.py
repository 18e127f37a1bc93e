"""The Setup screen's words: what was found, what models and compressions are, what a wish needs."""

import re
from collections.abc import Iterable, Sequence

from core.types.corpus import LabelSource
from core.types.corpus_report import CorpusReport, LeftOut, UnreadableImage
from core.types.evidence import Estimate, EvidenceFit
from core.types.number_text import MISSING, ap_text
from core.types.pipelines import MAX_STAGES as MAX_STAGES
from core.types.pipelines import PipelineCheck, PresetChoice, StageChoice, StepNeed, WrittenStage
from core.types.setting import (
    JobPlan,
    ModelChoice,
    SettingCheck,
    SettingFacts,
    StagePlan,
    StoredSize,
)
from ui import corpus_words
from ui.shared import plan_words
from ui.shared.model_words import kind_text, need_text
from ui.shared.text import cut

MAX_FAULTS = 50
FIT_COLUMNS = ("", "mAP, held out", "R@1, held out", "calibration error")
NO_FITS = "No fit of evidence yet."
FIT_NOTE = (
    "Weights are fitted by logistic regression to the scores of mllm, geometric and kreciprocal; "
    "what is not scored yet is computed. It reports what is reached on instances held out, and "
    "every pipeline can name it."
)
counts_line = corpus_words.counts_line


def labels_text(report: CorpusReport) -> str:
    """Return what folder names mean in this corpus; empty where they can be no labels."""
    n = f"{report.n_folders:,} folders" if report.n_folders != 1 else "1 folder"
    match report.labels_from.folders:
        case None:
            return ""
        case "guessed":
            return (
                f"Each of {n} is read as one instance, though nobody has said that it is one: "
                "until you decide, every AP rests on a guess."
            )
        case "confirmed":
            return f"It was confirmed that each of {n} holds the pictures of one instance."
        case "dropped":
            return (
                f"The names of {n} are not read as labels, so there is no ground truth of "
                "instances."
            )


def decisions(source: LabelSource) -> tuple[tuple[str, str], ...]:
    """Return what can be decided about folder names: the decision, and its button's text."""
    confirm = ("confirmed", "Confirm: each folder is one instance")
    drop = ("dropped", "Drop these labels")
    offered = {
        "guessed": (confirm, drop),
        "confirmed": (drop,),
        "dropped": (("confirmed", "Use them: each folder is one instance"),),
    }
    return () if source.folders is None else offered[source.folders]


def reopening_text(decision: str) -> str:
    """Return what is said while the corpus is opened again after a decision about labels."""
    without = " without" if decision == "dropped" else " with"
    return f"Opening the corpus again{without} labels from folder names …"


def unreadable_text(one: UnreadableImage) -> str:
    """Return why an image cannot be read; its name stands there once."""
    return one.reason if one.image_id in one.reason else f"{one.image_id}: {one.reason}"


def rest_text(n: int, n_shown: int) -> str:
    """Return how many are not listed, or nothing."""
    return f"and {n - n_shown:,} more" if n > n_shown else ""


def examples_text(one: LeftOut) -> str:
    """Return the first files of a kind that was left out."""
    return ", ".join(one.examples) + (", …" if one.n > len(one.examples) else "")


def kept_text(days: float) -> str:
    """Return how long uploads are kept, and who sees them."""
    return (
        f"Seen by you only, and removed by themselves after {days:g} "
        f"{'day' if days == 1 else 'days'}."
    )


def preset_name(one: PresetChoice) -> str:
    """Return a preset's name as words."""
    return one.name.replace("-", " ").capitalize()


def fit_rows(fits: Iterable[EvidenceFit]) -> list[tuple[str, ...]]:
    """Return the table of fits: what each reaches on instances held out."""
    return [
        (
            one.name,
            f"{ap_text(one.held_out.map_before)} → {_estimate(one.held_out.map_after)}",
            f"{ap_text(one.held_out.r1_before)} → {_estimate(one.held_out.r1_after)}",
            f"{ap_text(one.held_out.calibration_before)} → "
            f"{ap_text(one.held_out.calibration_after)}",
        )
        for one in fits
    ]


def _estimate(one: Estimate) -> str:
    if one.low is None or one.high is None:
        return ap_text(one.value)
    return f"{ap_text(one.value)} [{ap_text(one.low)}, {ap_text(one.high)}]"


def fit_origin(fit: EvidenceFit) -> str:
    """Return what a fit joins, and the labelled pairs that it was fitted on."""
    on = fit.fitted_on
    terms = ", ".join(term.stage for term in fit.terms)
    return (
        f"{terms}; {on.n_pairs:,} pairs of {on.n_queries:,} queries and {on.n_instances:,} "
        f"instances of {on.corpus}, the first {on.depth} of each shortlist, {on.labels}."
    )


def option_label(choice: StageChoice) -> str:
    """Return what the option of a stage is called: the word that its form has in capitals.

    Where the form has several, the option is a row of constants.
    """
    if "," in choice.form:
        return "Constants"
    found = re.findall("[A-Z]+", choice.form)
    return found[0].capitalize() if found else "Option"


def option_hint(choice: StageChoice) -> str:
    """Return what an empty option means."""
    return "needed" if choice.needs_option else "unchanged"


def needs_text(choice: StageChoice) -> str:
    """Return what a stage scores a pair from."""
    first, last = ", ".join(choice.needs[:-1]), choice.needs[-1:]
    return " and ".join(filter(None, (first, *last))) or "nothing"


def most_text(need: StepNeed) -> str:
    """Return how many pairs a stage is asked for at most, and whether each calls the model."""
    calls = ", each a call of the model" if need.n_calls else ""
    return f"at most {need.n_pairs:,} pairs{calls}"


def next_stage(stages: Sequence[WrittenStage], choices: Sequence[StageChoice]) -> str:
    """Return what is added below the last stage: a stage that needs no option, a fifth as deep."""
    name = next(one.name for one in choices if not one.needs_option)
    depth = next((stage.depth for stage in reversed(stages) if stage.depth), "")
    return f"{name}@{max(1, int(depth or 100) // 5)}"


def plan_rows(check: PipelineCheck, plan: JobPlan | None) -> list[tuple[str, ...]]:
    """Return the table of a plan, a row per stage; without one only what is asked for at most."""
    if plan is None:
        return [
            (_step(one), _most(one.n_pairs), MISSING, MISSING, _most(one.n_calls), *3 * (MISSING,))
            for one in check.steps
        ]
    n_stored = plan.n_images - plan.n_to_encode
    counts = (f"{plan.n_images:,}", f"{n_stored:,}", f"{plan.n_to_encode:,}")
    times = _times(plan.n_to_encode, plan.seconds_per_image)
    rows: list[tuple[str, ...]] = [("images encoded", *counts, "", "", *times)]
    for step, one in zip(check.steps, plan.stages, strict=True):
        rows.append((_step(step), *_stage_cells(one, "" if plan.is_exact else "≤ ")))
    return rows


def is_stored(plan: JobPlan) -> bool:
    """Return whether nothing of a plan is left to compute."""
    return not (plan.n_to_encode or plan.n_to_score)


def plan_sum(plan: JobPlan) -> str:
    """Return how long all of a plan takes, and what is written."""
    if is_stored(plan):
        return "Everything is stored: nothing is left to compute."
    return f"In all {plan_words.time(plan)}. {plan_words.written(plan)}"


def start_text(
    check: PipelineCheck,
    plan: JobPlan | None,
    run_id: str | None,
    refusal: str | None,
    obstacle: str,
) -> str:
    """Return what a start does, and why something cannot be started."""
    if check.is_present:
        return "The screens show this pipeline."
    if obstacle:
        return obstacle
    if run_id is not None:
        done = "It was evaluated: its run is listed under Runs, and every score is stored."
    elif plan is None:
        done = "Once it is planned it can be started: it is evaluated beside what the screens show."
    else:
        done = "A start evaluates it beside what the screens show; its run is listed under Runs."
    return done if refusal is None else f"{done} {refusal}"


def _step(need: StepNeed) -> str:
    return f"{need.stage}@{need.depth:,}"


def _most(n: int) -> str:
    return f"≤ {n:,}" if n else "0"


def _times(n: int, seconds: float | None) -> tuple[str, str]:
    """Return the pace of one, and the time of all that is left."""
    if not n:
        return "", "0 s"
    if seconds is None:
        return MISSING, MISSING
    return plan_words.pace(seconds), plan_words.duration(n * seconds)


def _stage_cells(one: StagePlan, most: str) -> tuple[str, ...]:
    tokens = MISSING if one.n_tokens is None else f"{one.n_tokens:,}"
    counts = (f"{one.n_pairs:,}", f"{one.n_pairs - one.n_to_score:,}", f"{most}{one.n_to_score:,}")
    calls = f"{most}{one.n_calls:,}" if one.n_calls else "0"
    return (*counts, calls, tokens, *_times(one.n_to_score, one.seconds_per_pair))


def moved_text(facts: SettingFacts) -> str:
    """Return the sentence for pages that still show another setting."""
    return (
        "The setting was changed in another window: "
        f"{facts.model}, “{cut(facts.question)}”, compression {facts.compression}, pipeline "
        f"{facts.pipeline}."
    )


def check_lines(check: SettingCheck) -> list[str]:
    """Return what a wish without faults needs and does."""
    lines = [] if check.memory is None else [need_text(check.memory)]
    if check.size is not None:
        lines.append(size_text(check.size))
    if check.is_present:
        lines.append("This is the present setting.")
    elif check.changes_model:
        lines.append(
            "The page starts again with this model; then what the work takes is measured and "
            "stated, and waits for your Start."
        )
    else:
        lines.append(
            "The page starts again; then what is still to be encoded and scored is stated with its "
            "time, and waits for your Start. What is stored already comes back at once."
        )
    return lines


def shown_faults(faults: Sequence[str]) -> list[str]:
    """Return the first faults, and how many more there are."""
    shown = list(faults[:MAX_FAULTS])
    if len(faults) > MAX_FAULTS:
        shown.append(f"and {len(faults) - MAX_FAULTS} more")
    return shown


def problem(one: ModelChoice) -> str:
    """Return why a model cannot be opened, or nothing."""
    return "" if one.folder is None else one.folder.problem or ""


def model_text(one: ModelChoice) -> str:
    """Return what a model is called, with family, dtype and size."""
    folder = one.folder
    if folder is None:
        return one.name
    if folder.problem is not None:
        return f"{one.name}: cannot be opened"
    return f"{one.name}: {kind_text(folder)}"


def compression_text(one: StoredSize) -> str:
    """Return a compression with the bytes it stores."""
    if one.problem is not None:
        return f"{one.compression}: not for this model"
    if one.n_bytes is None:
        return one.compression
    return f"{one.compression}: {one.n_bytes:,.0f} bytes per image"


def size_text(one: StoredSize) -> str:
    """Return what a compression stores, and of how many images that is the mean."""
    if one.n_bytes is None:
        return "The bytes per image are known once the model is loaded."
    return (
        f"{one.compression}: {one.n_bytes:,.0f} bytes per image (mean of n = {one.n_images} images "
        "of the database)."
    )
