"""HEIC, which phones write: opened where the extra `heic` (pillow-heif) is installed."""

import logging
from functools import cache
from importlib.util import find_spec

SUFFIXES = frozenset({".heic", ".heif", ".hif"})
FORMAT = "HEIF"
NEEDED = "is HEIC, which pillow-heif opens"
REMEDY = "run `python -m pip install pillow-heif` and start again, or convert it to JPEG"
_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_log = logging.getLogger(__name__)


@cache
def is_installed() -> bool:
    """Return whether pillow-heif is there; imports nothing."""
    return find_spec("pillow_heif") is not None


def is_heif(data: bytes) -> bool:
    """Return whether a file's first bytes are those of HEIC; AVIF's are others."""
    return data[4:8] == b"ftyp" and data[8:12] in _BRANDS


@cache
def can_open() -> bool:
    """Teach Pillow the format, once; return whether that could be done."""
    if not is_installed():
        return False
    try:
        from pillow_heif import (  # pyright: ignore[reportMissingImports]
            register_heif_opener,
        )
    except ImportError as error:
        _log.warning("pillow-heif is installed and cannot be used: %s", error)
        return False
    register_heif_opener(thumbnails=False)
    return True
