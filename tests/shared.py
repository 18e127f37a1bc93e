"""Where inputs and golden files that are not part of the project lie, if they are at hand."""

import os
from pathlib import Path

import pytest

_DEFAULT = Path(__file__).resolve().parents[2] / "shared"


def shared(part: str) -> Path:
    """Return a folder of the shared inputs, or skip the test and say why."""
    folder = Path(os.environ.get("SECOND_LOOK_SHARED") or _DEFAULT) / part
    if not folder.is_dir():
        pytest.skip(f"SECOND_LOOK_SHARED names no folder with {part}")
    return folder
