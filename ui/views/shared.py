"""Arguments that events of Gradio share."""

from typing import Literal, TypedDict


class Quiet(TypedDict):
    """The type of `QUIET`."""

    queue: bool
    show_progress: Literal["hidden"]
    api_visibility: Literal["private"]


QUIET: Quiet = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
"""Arguments of every event that only renders: no queue, no veil over the panel, no public API."""
