"""How each row of the table of stages is built, and what it makes of its option.

What is imported inside a function is loaded with the models, or where a pipeline names the stage.
"""

from core.interfaces import PairTokens
from core.mllm.compression.grammar import PairCompression, parse_compression
from core.reranking.built import BuiltStage
from core.reranking.pipelines import StageCall, parse_stage
from core.reranking.stage_spec import StageParts

_CPU = {"device": "cpu", "dtype": "float32"}


def compression(call: StageCall) -> PairCompression:
    """Return the compression behind a stage."""
    return parse_compression(call.option)


def build_geometric(parts: StageParts, call: StageCall) -> BuiltStage:
    """Return `geometric`, ready to score."""
    from core.reranking.geometric import GeometricScorer, KeypointPacker
    from core.reranking.keypoints import N_FEATURES

    most = int(call.option) if call.option else N_FEATURES
    found = parts.keypoints(most)
    scorer = GeometricScorer(KeypointPacker(most))
    return BuiltStage(scorer, (scorer, PairTokens(found, found)), facts=_CPU, side=(found, found))


def build_reciprocal(parts: StageParts, call: StageCall) -> BuiltStage:
    """Return `kreciprocal`, ready to score."""
    from core.reranking.kreciprocal import reciprocal_method

    return parts.described(reciprocal_method(call.option))


def build_superglobal(parts: StageParts, call: StageCall) -> BuiltStage:
    """Return `superglobal`, ready to score."""
    from core.reranking.superglobal import superglobal_method

    return parts.described(superglobal_method(call.option))


def build_aqe(parts: StageParts, call: StageCall) -> BuiltStage:
    """Return `aqe`, ready to score."""
    from core.reranking.expansion import query_expansion

    return parts.described(query_expansion(call.option))


def build_dba(parts: StageParts, call: StageCall) -> BuiltStage:
    """Return `dba`, ready to score."""
    from core.reranking.expansion import augmentation

    return parts.described(augmentation(call.option, parts.graphs))


def build_diffusion(parts: StageParts, call: StageCall) -> BuiltStage:
    """Return `diffusion`, ready to score."""
    from core.reranking.diffusion import diffusion

    return parts.described(diffusion(call.option, parts.graphs))


def build_feedback(parts: StageParts, call: StageCall) -> BuiltStage:
    """Return `feedback`, ready to score."""
    from core.reranking.feedback import feedback

    return feedback(parts, call.option)


def build_evidence(parts: StageParts, call: StageCall) -> BuiltStage:
    """Return `evidence`, ready to score."""
    from core.reranking.evidence import joined_stages

    fit = parts.fits.get(call.option)
    return joined_stages(fit, tuple(parts.running(parse_stage(one.stage)) for one in fit.terms))


def build_set(parts: StageParts, call: StageCall) -> BuiltStage:
    """Return `set`, ready to ask."""
    n, _, join = call.option.partition(",")
    return parts.several("set", int(n), by_rank=bool(join))


def build_listwise(parts: StageParts, call: StageCall) -> BuiltStage:
    """Return `listwise`, ready to ask."""
    return parts.several("listwise", int(call.option))


def build_setwise(parts: StageParts, call: StageCall) -> BuiltStage:
    """Return `setwise`, ready to ask."""
    return parts.several("setwise", int(call.option))


def build_python(parts: StageParts, call: StageCall) -> BuiltStage:
    """Return `python`, ready to score."""
    from core.reranking.python import python_stage

    return python_stage(call.option, parts.images)


def build_imported(parts: StageParts, call: StageCall) -> BuiltStage:
    """Return `import:NAME`, ready to score."""
    from core.reranking.imported import ImportedReranker, ImportedScorer

    scorer = ImportedScorer(parts.imports.get(call.option))
    return BuiltStage(scorer, reranker=ImportedReranker(scorer, parts.scores, parts.database))


def check_kreciprocal(option: str) -> object:
    """Return the constants of `kreciprocal`; a SettingsError says what is wrong."""
    from core.reranking.kreciprocal import parse_reciprocal

    return parse_reciprocal(option)


def check_superglobal(option: str) -> object:
    """Return the constants of `superglobal`; a SettingsError says what is wrong."""
    from core.reranking.superglobal import superglobal_method

    return superglobal_method(option)


def check_aqe(option: str) -> object:
    """Return the constants of `aqe`; a SettingsError says what is wrong."""
    from core.reranking.expansion import query_expansion

    return query_expansion(option)


def check_dba(option: str) -> object:
    """Return the constants of `dba`; a SettingsError says what is wrong."""
    from core.reranking.expansion import augmentation_constants

    return augmentation_constants(option)


def check_diffusion(option: str) -> object:
    """Return the constants of `diffusion`; a SettingsError says what is wrong."""
    from core.reranking.diffusion import diffusion_constants

    return diffusion_constants(option)


def check_feedback(option: str) -> object:
    """Return the constants of `feedback`; a SettingsError says what is wrong."""
    from core.reranking.feedback import feedback_constants

    return feedback_constants(option)
