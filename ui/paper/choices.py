"""What a figure for a paper may be: its widths and its formats, as an address names them."""

from typing import Literal, get_args

from core.errors import known_name

Width = Literal["one", "two"]
WIDTHS: tuple[Width, ...] = get_args(Width)
"""Columns of a conference's page."""
Format = Literal["svg", "pdf", "png"]
FORMATS: tuple[Format, ...] = get_args(Format)
MEDIA_TYPES = {"svg": "image/svg+xml", "pdf": "application/pdf", "png": "image/png"}


def width_named(name: str) -> Width:
    """Return the width of this name.

    Raises:
        SettingsError: There is none.
    """
    return known_name(name, WIDTHS, "Width")


def format_named(name: str) -> Format:
    """Return the format of this name.

    Raises:
        SettingsError: There is none.
    """
    return known_name(name, FORMATS, "Figure format")
