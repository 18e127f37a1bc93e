"""Jinja2 templates of the page: escaped by default, and a name that is missing is an error.

Every template is filled from a context, a frozen dataclass that names the template and has a field
for each of its variables. `tests/ui/shared/test_templates.py` holds the two equal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from core.types.number_text import MISSING, ap_text, interval_text, p_text, signed, sureness_text
from ui import messages
from ui.address_values import slice_text
from ui.shared import wordings
from ui.shared.slice_words import slice_words
from ui.shared.text import (
    CLASS_LOOKS,
    RELATION_GLYPHS,
    ThumbnailUrls,
    bytes_text,
    change_kind,
    clock_text,
    counted,
    file_name,
    movement_text,
    probability_text,
    scored,
    scored_in,
    seconds_text,
    short,
    shown_name,
    with_code,
)

UI = Path(__file__).resolve().parents[1]
FOLDERS = (UI / "screens", UI)
"""Where templates are found: `runs/list.html` of a screen, `shared/macros.html` of the page."""

FILTERS: Mapping[str, Callable[..., Any]] = {
    "ap": ap_text,
    "bytes": bytes_text,
    "change_kind": change_kind,
    "clock": clock_text,
    "code": with_code,
    "file_name": file_name,
    "interval": interval_text,
    "movement": movement_text,
    "n": counted,
    "p": p_text,
    "probability": probability_text,
    "scored": scored,
    "scored_in": scored_in,
    "seconds": seconds_text,
    "short": short,
    "shown": shown_name,
    "signed": signed,
    "sureness": sureness_text,
}
"""How a template writes a number or a name: `{{ outcome.ap_before | ap }}`."""


class Context(Protocol):
    """A frozen dataclass with one field per variable of its template."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    template: ClassVar[str]
    """The template's name: `runs/list.html`."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """A sentence in the place of a drawing."""

    template: ClassVar[str] = "shared/nothing.html"
    text: str
    is_error: bool = False


def make_environment(urls: ThumbnailUrls, words: Mapping[str, ModuleType]) -> Environment:
    """Return the templates with their filters and what all of them may name.

    Args:
        urls: `thumbnail(id, px)` and `whole(id)` are the addresses of a picture.
        words: Of each screen: `{{ runs.run_title(report) }}` calls `ui/screens/runs/words.py`.
    """
    environment = Environment(
        loader=FileSystemLoader(FOLDERS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= FILTERS
    known: dict[str, Any] = {
        "thumbnail": urls.url,
        "whole": urls.whole,
        "class_looks": CLASS_LOOKS,
        "relation_glyphs": RELATION_GLYPHS,
        "messages": messages,
        "slice_text": slice_text,
        "slice_words": slice_words,
        "wordings": wordings,
        "missing": MISSING,
        **words,
    }
    environment.globals.update(known)
    return environment


def render(environment: Environment, context: Context) -> Markup:
    """Return a template filled from its context.

    Raises:
        jinja2.UndefinedError: The template names what the context has not; our own mistake.
    """
    values = {field.name: getattr(context, field.name) for field in fields(context)}
    return Markup(environment.get_template(context.template).render(values))
