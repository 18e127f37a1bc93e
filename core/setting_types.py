"""What a setting may hold: values that every part of the product can work with."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

MOST = 1_000_000_000
MOST_SIDE = 20_000
MOST_THREADS = 1024
_MOST_PATH_BYTES = 4000
_MOST_NAME_BYTES = 255
_MOST_LETTERS = 10_000
_DEVICES = r"auto|cpu|mps|(?:cuda|xpu)(?::[0-9]{1,2})?"


def _usable_text(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty; leave the key out to use the default")
    if len(text) > _MOST_LETTERS:
        raise ValueError(f"it is longer than {_MOST_LETTERS:,} characters")
    if any(ord(letter) < 32 and letter not in "\t\n" for letter in text):
        raise ValueError("it holds control characters")
    return text


def _countable(n: int) -> int:
    if n > MOST:
        raise ValueError(f"it is more than {MOST:,}")
    return n


def _usable_path(path: Path) -> Path:
    try:
        full = os.fsencode(path.expanduser().absolute())
    except (RuntimeError, UnicodeEncodeError) as error:
        raise ValueError("it names a folder that no system has") from error
    if b"\0" in full:
        raise ValueError("it holds a zero byte")
    if len(full) > _MOST_PATH_BYTES or max(map(len, full.split(b"/"))) > _MOST_NAME_BYTES:
        raise ValueError(
            f"it is longer than a system takes: {_MOST_PATH_BYTES:,} bytes, and "
            f"{_MOST_NAME_BYTES} for a folder or file"
        )
    return path


Share = Annotated[float, Field(ge=0.0, le=1.0)]
Count = Annotated[int, Field(ge=1), AfterValidator(_countable)]
Slope = Annotated[float, Field(gt=0.0, le=1e6)]
Text = Annotated[str, AfterValidator(_usable_text)]
"""A name or a sentence: not empty, without control characters."""
Place = Annotated[Path, AfterValidator(_usable_path)]
"""A path that the system can be asked about."""
Device = Annotated[str, Field(pattern=rf"^(?:{_DEVICES})$")]
