"""How a model is to be loaded, in the words of the settings."""

from dataclasses import dataclass
from typing import Literal

Quantise = Literal["none", "8bit", "4bit"]
"""What is done to unquantised weights while they are loaded."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a model is to be loaded; names as in the settings.

    Args:
        device: auto (cuda, else mps, else cpu) or a torch device such as `cuda:1`.
        dtype: auto (bfloat16 on cuda, float16 on mps; on a CPU float32, or bfloat16 where float32
            would take most of the machine's memory) or a name of those.
        adapter: Folder or hub id of a PEFT adapter; `none` leaves out the one of the folder; None
            takes it.
        quantise: What is done to the language model's linear layers (bitsandbytes).
    """

    device: str = "auto"
    dtype: str = "auto"
    adapter: str | None = None
    quantise: Quantise = "none"


AS_IT_IS = Wanted()
"""Nothing is asked for."""
