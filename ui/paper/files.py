"""A laid out figure as a file: SVG, PDF or PNG, the same bytes every time."""

import io
from typing import Literal, get_args

import plotly.graph_objects as go

from core.errors import SettingsError
from ui.paper.canvas import DPI, Width, paper
from ui.paper.layout import lay_out

Format = Literal["svg", "pdf", "png"]
FORMATS: tuple[Format, ...] = get_args(Format)
MEDIA_TYPES = {"svg": "image/svg+xml", "pdf": "application/pdf", "png": "image/png"}


def format_named(name: str) -> Format:
    """Return the format of this name.

    Raises:
        SettingsError: There is none.
    """
    for known in FORMATS:
        if name == known:
            return known
    raise SettingsError(f"Figures are not written as '{name}'; use one of: {', '.join(FORMATS)}.")


def figure_bytes(figure: go.Figure, width: Width, form: Format, title: str, caption: str) -> bytes:
    """Return a plot of the screen, laid out for paper, as a file.

    Letters are paths in an SVG, an embedded subset of the font in a PDF. No date is written.

    Args:
        figure: Of the screen.
        width: One column or two.
        form: Of the file.
        title: Stands in the file's metadata.
        caption: Stands there too.

    Raises:
        ExchangeError: The plot draws what paper cannot show.
    """
    metadata: dict[str, dict[str, str | None]] = {
        "svg": {"Title": title, "Description": caption, "Date": None, "Creator": "Second Look"},
        "pdf": {
            "Title": title, "Subject": caption, "Creator": "Second Look",
            "Producer": None, "CreationDate": None,
        },
        "png": {"Title": title, "Description": caption, "Software": None},
    }  # fmt: skip
    with paper():
        made = lay_out(figure, width)
        buffer = io.BytesIO()
        made.savefig(buffer, format=form, dpi=DPI, metadata=metadata[form], facecolor="white")
    return buffer.getvalue()
