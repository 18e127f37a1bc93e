"""A laid out figure as a file: SVG, PDF or PNG, the same bytes every time."""

import io
from typing import TYPE_CHECKING

from ui.paper.choices import Format, Width

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def figure_bytes(figure: "Figure", width: Width, form: Format, title: str, caption: str) -> bytes:
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
    from ui.paper.canvas import DPI, paper  # at the first figure: matplotlib takes long to import
    from ui.paper.layout import lay_out

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
