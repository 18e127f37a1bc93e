"""What a number's receipt says: everything that would change it."""

from importlib.metadata import PackageNotFoundError, version

from core.analysis.metrics import METRIC
from core.workbench.shared import Shared

TIE_RULE = "shortlist rank"
_SOFTWARE = ("second-look", "torch", "transformers", "faiss-cpu", "numpy", "pillow")


def receipt_fields(shared: Shared, depth: int, lam: float, gamma: float) -> dict[str, str]:
    """Return the receipt of a ranking or evaluation, in a fixed order, all as text.

    Before the models are loaded their fields are missing, not guessed.
    """
    settings = shared.settings
    fields = {
        "corpus": shared.corpus.name,
        "corpus fingerprint": shared.corpus.fingerprint,
        "model": settings.model.name,
        "descriptor": settings.retrieval.descriptor,
        "projection": str(settings.retrieval.projection or "none"),
        "shortlist": str(settings.retrieval.shortlist),
        "depth": str(depth),
        "k": str(settings.ranking.k),
        "fusion": f"lam {lam:g}, gamma {gamma:g} per nat",
        "metric": METRIC,
        "tie rule": TIE_RULE,
    }
    if shared.is_loaded:
        models = shared.models()
        fields |= {
            "index": "exact (FAISS Flat, inner product)",
            "descriptor fingerprint": models.descriptor.fingerprint,
            "score fingerprint": models.scorer.fingerprint,
            **models.scorer.receipt_fields,
            **models.labels,
        }
    return fields | {name: _version(name) for name in _SOFTWARE}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed as a package"
