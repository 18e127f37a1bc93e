"""The one module that imports the renderer, with its scalar variant."""

from __future__ import annotations

from typing import Any

import drjit
import mitsuba

mitsuba.set_variant("scalar_rgb")
mi: Any = mitsuba
"""The renderer; untyped, since its stubs describe one variant at a time."""


def use_one_core() -> None:
    """Let the renderer work in one thread."""
    drjit.set_thread_count(1)
