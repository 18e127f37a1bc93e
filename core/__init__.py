"""The retrieval bench without a screen: corpus, descriptors, index, MLLM scores, metrics."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.opened import Corpus, open_bench

__all__ = ["Corpus", "open_bench"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever is asked for
    """Return what notebooks import from here; nothing of it is loaded before."""
    if name in __all__:
        from core import opened

        return getattr(opened, name)
    raise AttributeError(f"module 'core' has no attribute '{name}'")
