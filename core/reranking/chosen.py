"""The pipeline that the settings name, and what follows from it before any model is loaded."""

from dataclasses import replace

from core.errors import SettingsError
from core.mllm.compression.grammar import NONE, parse_compression
from core.mllm.prompts import parse_prompt
from core.reranking.pipelines import Pipeline, StageCall, Step, parse_pipeline, parse_stage
from core.reranking.presets import preset_named
from core.reranking.stages import STAGES, completed, kind_of, spec_of, spelled
from core.settings import RankingSettings, Settings
from core.types.scores import ScoreKind


def score_kind(settings: Settings) -> ScoreKind:
    """Return what the scores of the last stage are called."""
    return kind_of(pipeline_of(settings).last)


def pipeline_of(settings: Settings) -> Pipeline:
    """Return the second stage that the settings name, short forms spelled out.

    `ranking.preset` is short for a whole pipeline, `ranking.scorer` and `ranking.thin` for `SCORER`
    and `maxsim@DEPTH > mllm@THIN`. A stage that reads stored tokens and names no compression takes
    `model.compression`.

    Raises:
        SettingsError: It cannot be read, or names a stage that there is not.
    """
    ranking = settings.ranking
    if ranking.preset is not None:
        made = read_pipeline(settings, preset_named(ranking.preset).pipeline)
    elif ranking.pipeline is not None:
        made = read_pipeline(settings, ranking.pipeline)
    else:
        made = Pipeline((Step(parse_stage(ranking.scorer), ranking.depth),))
    if ranking.thin is not None:
        last = Step(made.last, ranking.thin)
        made = Pipeline((Step(StageCall("maxsim"), ranking.depth), last))
    compression = str(parse_compression(settings.model.compression))
    return Pipeline(
        tuple(replace(step, call=completed(step.call, compression)) for step in made.steps)
    )


def read_pipeline(settings: Settings, text: str) -> Pipeline:
    """Read a pipeline; a stage that searches again re-orders the whole shortlist.

    Raises:
        SettingsError: It cannot be read.
    """
    listed = settings.retrieval.shortlist
    own = {name: listed for name, spec in STAGES.items() if spec.searches_again}
    return parse_pipeline(text, settings.ranking.depth, own)


def with_pipeline(settings: Settings, pipeline: Pipeline) -> Settings:
    """Return the settings with another pipeline, its stages checked.

    Raises:
        SettingsError: A stage cannot be used here.
    """
    first, *later = pipeline.steps
    stages = " > ".join([str(first.call), *map(str, later)])  # `depth` says the first one's
    own = {"pipeline": stages, "depth": pipeline.depth, "thin": None, "preset": None}
    ranking = settings.ranking.model_dump() | own | {"scorer": RankingSettings().scorer}
    made = settings.model_copy(update={"ranking": RankingSettings.model_validate(ranking)})
    check_stages(made)
    return made


def pipeline_text(settings: Settings, depth: int) -> str:
    """Return the pipeline as text, such as `maxsim@100 > mllm@20`, its first stage at a depth."""
    compression = settings.model.compression
    steps = pipeline_of(settings).at(depth).steps
    return " > ".join(f"{spelled(step.call, compression)}@{step.depth}" for step in steps)


def compressions_of(settings: Settings) -> tuple[str, ...]:
    """Return the compressions that the stages read stored tokens in, or the settings' own."""
    usual = str(parse_compression(settings.model.compression))
    calls = [c for c in pipeline_of(settings).calls if spec_of(c).reads_tokens]
    found = dict.fromkeys(c.option if spec_of(c).takes_compression else usual for c in calls)
    return tuple(found) or (usual,)


def compression_of(settings: Settings) -> str:
    """Return the compression of the last stage that reads stored tokens, or the settings' own."""
    calls = [c for c in pipeline_of(settings).calls if spec_of(c).reads_tokens]
    if calls and spec_of(calls[-1]).takes_compression:
        return calls[-1].option
    return str(parse_compression(settings.model.compression))


def check_stages(settings: Settings) -> None:
    """Refuse settings of model, prompt, compression and stages that cannot go together.

    Raises:
        SettingsError: One sentence.
    """
    settings.check_scorer()
    parse_prompt(settings.model.prompt)
    pipeline = pipeline_of(settings)
    _check_calls(settings, pipeline)
    if settings.server_address() is None:
        return
    _check_served(pipeline)


def _check_calls(settings: Settings, pipeline: Pipeline) -> None:
    """Refuse options that cannot be used, and stages that do not go at their place."""
    for call in pipeline.calls:
        spec_of(call).check(call.option)
    if spec_of(pipeline.calls[0]).searches_again:
        raise SettingsError(
            f"Stage '{pipeline.calls[0]}' needs the order of a stage before it; write mllm@20 > "
            f"{pipeline.calls[0]}, or aqe to expand the query by its nearest images."
        )
    for call in (pipeline.last,) if settings.ranking.lam else ():
        if kind_of(call).is_order:
            raise SettingsError(
                f"Stage '{call}' gives an order without scores, so the cosine cannot be fused with "
                "it; set ranking.lam to 0."
            )


def _check_served(pipeline: Pipeline) -> None:
    """Refuse what a server cannot be asked."""
    for call in pipeline.calls:
        if spec_of(call).asks_of_several:
            raise SettingsError(
                f"Stage '{call}' asks a model on this machine, not a server; leave the server out."
            )
    if not any(spec_of(call).calls_model for call in pipeline.calls):
        raise SettingsError(
            f"Stage '{pipeline.last}' asks no server; leave the server out, or choose mllm."
        )
    asking = [call for call in pipeline.calls if spec_of(call).calls_model]
    packed = [c.option for c in asking if spec_of(c).takes_compression and c.option != NONE]
    if packed:
        raise SettingsError(
            f"A server scores uncompressed images, so compression '{packed[0]}' cannot be used "
            "with it; use none."
        )


def imports_of(settings: Settings) -> tuple[str, ...]:
    """Return the imports that stages read, each once."""
    calls = pipeline_of(settings).calls
    return tuple(dict.fromkeys(c.option for c in calls if c.name == "import"))


def fits_of(settings: Settings) -> tuple[str, ...]:
    """Return the fits of evidence that stages name, each once; empty where none is named."""
    calls = pipeline_of(settings).calls
    return tuple(dict.fromkeys(c.option for c in calls if c.name == "evidence"))


def short_form(pipeline: Pipeline) -> tuple[str, int | None] | None:
    """Return `ranking.scorer` and `ranking.thin` where these say the same, else None."""
    calls = pipeline.calls
    if len(calls) == 1:
        call = calls[0]
        return (call.name if call.mark == "/" else str(call)), None
    is_thin = [c.name for c in calls] == ["maxsim", "mllm"] and calls[0].option == calls[1].option
    return ("mllm", pipeline.steps[1].depth) if is_thin else None
