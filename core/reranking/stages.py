"""The table of second stages: what each needs, what it gives, and how it is built.

A new stage is one file with its scorer and one row here; settings, cache, receipts, cost plans,
sweeps, trade-offs and exports read the row.
"""

import re

from core.errors import SettingsError
from core.mllm.compression.grammar import parse_compression
from core.plugins import PLUGIN_NAME, STAGES_GROUP, words_of
from core.reranking import builders
from core.reranking.pipelines import StageCall
from core.reranking.stage_spec import StageSpec
from core.settings import IMPORT_NAME
from core.storage.fits import FIT_NAME
from core.types.scores import (
    AQE,
    DBA,
    DIFFUSION,
    FEEDBACK,
    GEOMETRIC,
    MARGIN,
    MAXSIM,
    RECIPROCAL,
    SET,
    SUPERGLOBAL,
    ScoreKind,
    evidence_kind,
    imported_kind,
    order_kind,
    python_kind,
)

PYTHON = "python"
"""The stage that runs a user's own code."""
EVIDENCE = "evidence"
"""The stage that joins others by a fit."""
STAGES: dict[str, StageSpec] = {
    one.name: one
    for one in (
        StageSpec(
            "mllm",
            "mllm[/COMPRESSION]",
            "margin of yes against no for query and candidate shown together",
            ("stored tokens", "language model"),
            lambda _: MARGIN,
            lambda parts, call: parts.mllm(builders.compression(call)),
            mark="/",
            offers=lambda of: of.compressions,
        ),
        StageSpec(
            "maxsim",
            "maxsim[/COMPRESSION]",
            "late interaction on stored tokens, no model call",
            ("stored tokens",),
            lambda _: MAXSIM,
            lambda parts, call: parts.maxsim(builders.compression(call)),
            mark="/",
            offers=lambda of: of.compressions,
        ),
        StageSpec(
            "geometric",
            "geometric[:KEYPOINTS]",
            "RootSIFT matches that agree on one homography, no model call",
            ("pixels",),
            lambda _: GEOMETRIC,
            builders.build_geometric,
            mark=":",
            option="[1-9][0-9]{1,3}",
        ),
        StageSpec(
            "kreciprocal",
            "kreciprocal[:K1,K2,LAMBDA]",
            "neighbours that the query and a candidate share, from descriptors, no model call",
            ("descriptors",),
            lambda _: RECIPROCAL,
            builders.build_reciprocal,
            mark=":",
            check=builders.check_kreciprocal,
        ),
        StageSpec(
            "superglobal",
            "superglobal[:M,K,BETA]",
            "the nearest images refined by each other, from descriptors, no model call",
            ("descriptors",),
            lambda _: SUPERGLOBAL,
            builders.build_superglobal,
            mark=":",
            check=builders.check_superglobal,
        ),
        StageSpec(
            "aqe",
            "aqe[:K,ALPHA]",
            "cosine to the query expanded by its nearest images, no model call",
            ("descriptors",),
            lambda _: AQE,
            builders.build_aqe,
            mark=":",
            check=builders.check_aqe,
        ),
        StageSpec(
            "dba",
            "dba[:K,KQ,ALPHA]",
            "cosine to images that are joined by their own nearest, no model call",
            ("descriptors",),
            lambda _: DBA,
            builders.build_dba,
            mark=":",
            check=builders.check_dba,
        ),
        StageSpec(
            "diffusion",
            "diffusion[:KQ,KD,ALPHA]",
            "the query's similarity spread over the graph of near images, no model call",
            ("descriptors",),
            lambda _: DIFFUSION,
            builders.build_diffusion,
            mark=":",
            check=builders.check_diffusion,
        ),
        StageSpec(
            "feedback",
            "feedback:N[,ALPHA]",
            "cosine to the query expanded by the first N of the order before, searched for again",
            ("descriptors",),
            lambda _: FEEDBACK,
            builders.build_feedback,
            mark=":",
            needs_option=True,
            scores_images=False,
            searches_again=True,
            check=builders.check_feedback,
            offers=lambda _: ("2", "3"),
        ),
        StageSpec(
            "evidence",
            "evidence[:NAME]",
            "log-odds joined from several stages' scores by weights fitted on labelled pairs",
            ("a fit", "stored tokens", "language model", "pixels", "descriptors"),
            lambda call: evidence_kind(str(call)),
            builders.build_evidence,
            mark=":",
            option=FIT_NAME,
            offers=lambda of: of.fits,
        ),
        StageSpec(
            "set",
            "set:N[,pagerank]",
            "candidates shown together, by the next-token probability of their numbers",
            ("stored tokens", "language model"),
            lambda _: SET,
            builders.build_set,
            mark=":",
            option="[2-9](,pagerank)?",
            needs_option=True,
            scores_images=False,
            asks_of_several=True,
            offers=lambda _: ("4",),
        ),
        StageSpec(
            "listwise",
            "listwise:N",
            "windows of N candidates whose order the model writes",
            ("stored tokens", "language model"),
            lambda _: order_kind("listwise"),
            builders.build_listwise,
            mark=":",
            option="[2-9]|1[0-9]|20",
            needs_option=True,
            scores_images=False,
            asks_of_several=True,
            offers=lambda _: ("4",),
        ),
        StageSpec(
            "setwise",
            "setwise:N",
            "the best of N candidates, again and again, as the model writes it",
            ("stored tokens", "language model"),
            lambda _: order_kind("setwise"),
            builders.build_setwise,
            mark=":",
            option="[2-9]",
            needs_option=True,
            scores_images=False,
            asks_of_several=True,
            offers=lambda _: ("4",),
        ),
        StageSpec(
            PYTHON,
            "python:MODULE:NAME",
            "a re-ranker of your own, named on the command line",
            ("pixels",),
            lambda call: python_kind(*words_of(call.option, STAGES_GROUP)),
            builders.build_python,
            mark=":",
            option=PLUGIN_NAME,
            needs_option=True,
        ),
        StageSpec(
            "import",
            "import:NAME",
            "scores made elsewhere, brought in by `import`",
            ("file of scores",),
            lambda call: imported_kind(call.option),
            builders.build_imported,
            mark=":",
            option=IMPORT_NAME,
            needs_option=True,
            scores_images=False,
            offers=lambda of: of.imports,
        ),
    )
}
"""By name, in the order in which they are offered."""


def spec_of(call: StageCall) -> StageSpec:
    """Return a stage's row.

    Raises:
        SettingsError: There is no such stage, or its option does not go with it.
    """
    spec = STAGES.get(call.name)
    if spec is None:
        known = ", ".join(one.form for one in STAGES.values())
        raise SettingsError(f"Stage '{str(call)[:80]}' is not known; use one of: {known}.")
    if call.mark:
        fits = call.mark == spec.mark and re.fullmatch(spec.option, call.option) is not None
    else:
        fits = not spec.needs_option
    if not fits:
        raise SettingsError(
            f"Stage '{str(call)[:80]}' cannot be used; write {spec.form}, where NAME was given to "
            "`import`."
            if spec.name == "import"
            else f"Stage '{str(call)[:80]}' cannot be used; write {spec.form}."
        )
    return spec


def import_call(name: str) -> StageCall:
    """Return the stage that reads an import."""
    return StageCall("import", ":", name)


def kind_of(call: StageCall) -> ScoreKind:
    """Return what a stage's scores are called; known before any model is loaded.

    Raises:
        SettingsError: There is no such stage.
    """
    return spec_of(call).kind(call)


def completed(call: StageCall, compression: str) -> StageCall:
    """Return a stage with its compression named where it reads stored tokens.

    Raises:
        SettingsError: There is no such stage.
    """
    if spec_of(call).takes_compression and not call.mark:
        return StageCall(call.name, "/", compression)
    return call


def spelled(call: StageCall, compression: str) -> str:
    """Return a stage as pipelines write it, without a compression that is the bench's own."""
    is_usual = call.mark == "/" and call.option == str(parse_compression(compression))
    return call.name if is_usual else str(call)
