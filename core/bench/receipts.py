"""What a number's receipt says: everything that would change it."""

from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from core.analysis.metrics import METRIC
from core.bench.session import Session
from core.reranking.chosen import pipeline_of, pipeline_text, score_kind, short_form
from core.reranking.stages import PYTHON, spec_of
from core.settings import Settings
from core.types.orders import Fusion
from core.types.scores import MARGIN

TIE_RULE = "shortlist rank"
_SOFTWARE = ("second-look", "torch", "transformers", "faiss-cpu", "numpy", "pillow")


def receipt_fields(session: Session, fusion: Fusion) -> dict[str, str]:
    """Return the receipt of a ranking or evaluation, in a fixed order, all as text.

    Before the models are loaded their fields are missing, not guessed.
    """
    settings = session.settings
    projection = settings.retrieval.projection
    fields = {
        "corpus": session.corpus.name,
        "corpus fingerprint": session.corpus.fingerprint,
        "labels": session.corpus.labels_from.text,
        "model": model_name(settings),
        "descriptor": shown_name(settings.retrieval.descriptor),
        "projection": projection.name if projection is not None else "none",
        "shortlist": str(settings.retrieval.shortlist),
        "depth": str(fusion.depth),
        "scorer": scorer_text(settings),
        "middle stage": middle_stage_text(settings, fusion.depth),
        "pipeline": pipeline_text(settings, fusion.depth),
        "model calls per query": str(n_calls(session, fusion.depth)),
        "k": str(settings.ranking.k),
        "fusion": f"lam {fusion.lam:g}, gamma {fusion.gamma:g} per {_unit(settings)}",
        "metric": METRIC,
        "tie rule": TIE_RULE,
    }
    if settings.retrieval.shortlists is not None:
        lists = session.lists
        made = "not read" if lists is None else f"{lists.record.file}, {lists.record.sha256}"
        fields["shortlists"] = f"{settings.retrieval.shortlists} ({made})"
    n_texts = sum(bool(query.text) for query in session.corpus.queries)
    if n_texts:
        fields["query texts"] = f"{n_texts:,} of {len(session.corpus.queries):,} queries"
    if settings.model.untested:
        fields["self-test"] = "left out"
    if session.is_loaded:
        models = session.models()
        fields |= {
            "index": "exact (FAISS Flat, inner product)",
            "descriptor fingerprint": models.descriptor.fingerprint,
            "score fingerprint": models.scorer.fingerprint,
            **models.scorer.receipt_fields,
            **models.labels,
        }
        earlier = [stage.scorer.fingerprint for stage in models.cascade.stages[:-1]]
        if earlier:
            fields["middle stage fingerprint"] = ", ".join(earlier)
    return fields | {name: _version(name) for name in _SOFTWARE}


def n_listed(session: Session) -> int:
    """Return how many database images a shortlist holds."""
    return session.n_listed


def as_set(session: Session, fusion: Fusion) -> Fusion:
    """Return what was asked, with the depth of the settings where it makes no difference.

    A screen names no depth beyond the shortlist, and the settings may: both have one receipt.
    """
    listed, usual = n_listed(session), session.pipeline.depth
    if min(fusion.depth, listed) == min(usual, listed):
        return replace(fusion, depth=usual)
    return fusion


def is_set(session: Session, fusion: Fusion) -> bool:
    """Return whether depth, lam and gamma are those of the settings, not of a slider."""
    return as_set(session, fusion) == session.fusion(session.pipeline.depth)


def n_calls(session: Session, depth: int) -> int:
    """Return how often the language model is called for one query, a call per pair."""
    steps, listed = session.pipeline.at(depth).steps, n_listed(session)
    return sum(min(step.depth, listed) for step in steps if session.calls_model(step.call))


def middle_stage_text(settings: Settings, depth: int) -> str:
    """Return what the stages before the last do, for receipts and screens."""
    pipeline = pipeline_of(settings).at(depth)
    if len(pipeline.steps) == 1:
        return "none"
    short = short_form(pipeline)
    if short is None:
        return pipeline_text(settings, depth).rpartition(" > ")[0]
    return (
        f"MaxSim: of the first {depth} the best {short[1]} are scored, the others follow by MaxSim"
    )


def scorer_text(settings: Settings) -> str:
    """Return the last stage without its compression, which has a field of its own."""
    call = pipeline_of(settings).last
    return call.name if call.mark == "/" else str(call)


def model_name(settings: Settings) -> str:
    """Return the name of what scores the pairs of the last stage, with the server it is on.

    It says where the self-test of a scorer was left out; imported scores have none.
    """
    is_untested = settings.model.untested and pipeline_of(settings).last.name != "import"
    return _plain_name(settings) + (", untested" if is_untested else "")


def _plain_name(settings: Settings) -> str:
    call = pipeline_of(settings).last
    if call.name == "import":
        return f"imported scores '{call.option}'"
    if call.name == "maxsim":
        return f"MaxSim on tokens of {shown_name(settings.local_model)}"
    if call.name == "geometric":
        return "RootSIFT matches, MAGSAC++" + (f", {call.option} keypoints" if call.option else "")
    if call.name == PYTHON:
        return f"plug-in {call.option}"
    if not spec_of(call).calls_model:
        return f"{call}: {spec_of(call).what}"
    address = settings.server_address()
    if address is None:
        return shown_name(settings.model.name)
    return f"{address.model} at {address.url}"


def model_note(settings: Settings) -> str:
    """Return a sentence that must stand where the model is named, or nothing."""
    if settings.server_address() is None:
        return ""
    return (
        "The server scores uncompressed images; the descriptors come from "
        f"{shown_name(settings.local_model)} on this machine."
    )


def _unit(settings: Settings) -> str:
    kind = score_kind(settings)
    return "nat" if kind is MARGIN else f"unit of {kind.name}"


def shown_name(name: str) -> str:
    """Return a hub id as it is, and of a folder only its own name: no machine path on screen."""
    path = Path(name)
    return path.name if path.is_absolute() or path.is_dir() else name


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed as a package"
