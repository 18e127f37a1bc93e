"""What a model is and takes, in words: the same in `check` and on the Setup screen."""

from core.types.setting import MemoryNeed, ModelFacts
from ui.shared.text import bytes_text


def model_line(facts: ModelFacts) -> str:
    """Return a model in one line, or why it cannot be opened."""
    if facts.problem is not None:
        return facts.problem
    parts = [f"{facts.name}: {kind_text(facts)}"]
    parts += [f"revision {facts.revision}"] if facts.revision != "none" else []
    parts += [f"attention {facts.attention}"]
    needs = "" if facts.memory is None else f" {need_text(facts.memory)}"
    note = f" {facts.note}" if facts.note else ""
    return f"{', '.join(parts)}.{needs}{note}"


def kind_text(facts: ModelFacts) -> str:
    """Return family, number type, quantisation, adapter and size on disk."""
    size = "" if facts.n_bytes is None else f"{' '.join(bytes_text(facts.n_bytes))} on disk"
    packed = "" if facts.quantisation == "none" else facts.quantisation
    adapter = "" if facts.adapter == "none" else f"adapter {facts.adapter}"
    return ", ".join(filter(None, (facts.family, facts.dtype, packed, adapter, size)))


def need_text(need: MemoryNeed) -> str:
    """Return what the weights take, and what is free for them."""
    takes = " ".join(bytes_text(need.n_bytes))
    if need.free_bytes is None:
        return f"The weights take {takes} in {need.dtype}; how much is free cannot be told here."
    free = " ".join(bytes_text(need.free_bytes))
    return f"The weights take {takes} in {need.dtype}; {free} are free for them on {need.device}."
