"""Handles that more than one view uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypedDict

import gradio as gr

from ui.shared.text import ThumbnailUrls


class Streaming(TypedDict):
    """The type of `STREAMING`."""

    show_progress: Literal["hidden"]
    api_visibility: Literal["private"]


class OnModel(Streaming):
    """The type of `ON_MODEL`."""

    concurrency_id: str
    concurrency_limit: int
    trigger_mode: Literal["multiple"]


class Quiet(TypedDict):
    """The type of `QUIET`."""

    queue: bool
    show_progress: Literal["hidden"]
    api_visibility: Literal["private"]


STREAMING: Streaming = {"show_progress": "hidden", "api_visibility": "private"}
"""Arguments of every generator: queued, without Gradio's own progress, no public API."""
ON_MODEL: OnModel = {
    **STREAMING,
    "concurrency_id": "model",
    "concurrency_limit": 1,
    "trigger_mode": "multiple",
}
"""Arguments of a generator that calls the model: one at a time, and none is dropped."""
QUIET: Quiet = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
"""Arguments of every event that only renders: no queue, no veil over the panel, no public API."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What views have in common; the fields are hidden and carry events across views.

    `address` holds the selection and is its single source. The fields `on`, one for each of
    `PARTS`, are written from it by `assets/app.js` and change only when a view has something else
    to show, so that a click costs one request and not one per view. Each has one listener only, as
    has every field of a view that is heard under `always_last`: Gradio 6.31 answers a second change
    of such a field by dispatching the whole event again, so that two listeners can keep each other
    going for ever.
    """

    address: gr.Textbox
    on: Mapping[str, gr.Textbox]
    urls: ThumbnailUrls
