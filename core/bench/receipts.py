"""What a number's receipt says: everything that would change it."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from core.analysis.metrics import METRIC
from core.bench.scorer_choice import middle_stage_text, score_kind
from core.bench.session import Session
from core.settings import Settings
from core.types.scores import MARGIN

TIE_RULE = "shortlist rank"
_SOFTWARE = ("second-look", "torch", "transformers", "faiss-cpu", "numpy", "pillow")


def receipt_fields(session: Session, depth: int, lam: float, gamma: float) -> dict[str, str]:
    """Return the receipt of a ranking or evaluation, in a fixed order, all as text.

    Before the models are loaded their fields are missing, not guessed.
    """
    settings = session.settings
    projection = settings.retrieval.projection
    fields = {
        "corpus": session.corpus.name,
        "corpus fingerprint": session.corpus.fingerprint,
        "model": model_name(settings),
        "descriptor": shown_name(settings.retrieval.descriptor),
        "projection": projection.name if projection is not None else "none",
        "shortlist": str(settings.retrieval.shortlist),
        "depth": str(depth),
        "scorer": settings.ranking.scorer,
        "middle stage": middle_stage_text(settings.ranking, depth),
        "k": str(settings.ranking.k),
        "fusion": f"lam {lam:g}, gamma {gamma:g} per {_unit(settings)}",
        "metric": METRIC,
        "tie rule": TIE_RULE,
    }
    if session.is_loaded:
        models = session.models()
        fields |= {
            "index": "exact (FAISS Flat, inner product)",
            "descriptor fingerprint": models.descriptor.fingerprint,
            "score fingerprint": models.scorer.fingerprint,
            **models.scorer.receipt_fields,
            **models.labels,
        }
        if models.middle is not None:
            fields["middle stage fingerprint"] = models.middle.fingerprint
    return fields | {name: _version(name) for name in _SOFTWARE}


def n_listed(session: Session) -> int:
    """Return how many database images a shortlist holds."""
    index = session.index
    n_rows = len(session.corpus.database) if index is None else len(index.image_ids)
    return min(session.settings.retrieval.shortlist, n_rows)


def n_chosen(session: Session, depth: int) -> int:
    """Return how many pairs of one query the second stage is to score."""
    return min(depth, session.settings.ranking.thin or depth, n_listed(session))


def model_name(settings: Settings) -> str:
    """Return the name of what scores the pairs, with the server it is on."""
    if settings.import_name is not None:
        return f"imported scores '{settings.import_name}'"
    if settings.ranking.scorer == "maxsim":
        return f"MaxSim on tokens of {shown_name(settings.local_model)}"
    if settings.ranking.scorer == "geometric":
        return "RootSIFT matches, MAGSAC++"
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
