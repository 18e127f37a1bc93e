"""What a figure for papers is made of: a plot of the screen, and what its caption says."""

from collections.abc import Generator
from dataclasses import dataclass

import plotly.graph_objects as go

from core.errors import SettingsError
from core.types.runs import Progress, Receipt
from ui.selection import ViewState


@dataclass(frozen=True, slots=True)
class Drawn:
    """A plot of the screen, and what its caption says of it (see `captions.caption`)."""

    figure: go.Figure
    what: str
    n: str
    receipt: Receipt


Steps = Generator[Progress, None, Drawn]
"""The work until a plot can be drawn, which is none where everything is stored."""


def chosen_query(state: ViewState) -> str:
    """Return the query that a selection names; empty where a recipe does.

    Raises:
        SettingsError: It names neither.
    """
    if state.query is None and state.recipe is None:
        raise SettingsError("No query is chosen; choose one on the page, or give query=ID.")
    return state.query or ""
