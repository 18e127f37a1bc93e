"""How a screen is declared: its parts, what each depends on, and what draws it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import TYPE_CHECKING, Protocol

import plotly.graph_objects as go
from fastapi import APIRouter
from jinja2 import Environment
from markupsafe import Markup

from core.errors import UnknownImageError
from ui.selection import Limits, ViewState, parse_address
from ui.server.visitors import current_visitor
from ui.shared.templates import Context, Nothing, make_environment, render
from ui.shared.text import ThumbnailUrls

if TYPE_CHECKING:
    from core.workbench import Workbench, WorkbenchInfo

Drawing = Markup | go.Figure | None


@dataclass(frozen=True, slots=True)
class Page:
    """What draws: the workbench, the addresses of thumbnails, and the templates."""

    workbench: "Workbench"
    urls: ThumbnailUrls
    templates: Environment

    def html(self, context: Context) -> Markup:
        """Return a template filled from its context."""
        return render(self.templates, context)

    def nothing(self, text: str, *, error: bool = False) -> Markup:
        """Return a sentence in the place of a drawing: an invitation, or what went wrong."""
        return self.html(Nothing(text, error))


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a screen that one request draws: `part/SCREEN/NAME?selection`.

    `draw` returns HTML, a figure, or None where there is nothing to show. It is asked again when a
    field of the address in one of the groups `reads`, or one of `signals`, changes: `outcomes` may
    have changed, or more work of a kind (`core.bench.jobs`) was done.

    `is_later`: drawn when its place comes into view, as all figures are, and not with the screen.
    `is_patient`: goes over all queries, so while a slider moves it waits for rest.
    """

    name: str
    draw: Callable[[Page, ViewState], Drawing]
    reads: str = ""
    signals: tuple[str, ...] = ("outcomes",)
    is_later: bool = False
    is_patient: bool = False


class Startable(Protocol):
    """A task of `workbench.work`."""

    def ask(self, owner: str, place: str) -> str:
        """Start it for a browser's tab, from a selection; return the job's key."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for work, the browser tab's id, and the texts of the screen's fields by name."""

    owner: str
    texts: Mapping[str, str]

    def start(self, task: Startable, state: ViewState) -> str:
        """Put a task on the bench's board for this tab, at the selection; return the job's key."""
        return task.ask(self.owner, state.to_address())


@dataclass(frozen=True, slots=True)
class Job:
    """Long work that a screen asks for: `POST job/SCREEN/NAME?selection`.

    `ask` starts it on the bench's board, or finds it there, and returns its key. Parts read its
    value from the board, and name its kind in `signals` to be drawn again as it grows.
    """

    name: str
    ask: Callable[[Page, ViewState, Asked], str]


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen: its name in the address, its folder and its tab.

    Its template `screen.html` places the parts; its templates call `words` by the screen's name.
    `routes` adds addresses of its own, for what is no drawing.
    """

    name: str
    parts: tuple[Part, ...]
    words: ModuleType | None = None
    jobs: tuple[Job, ...] = ()
    routes: Callable[[APIRouter, Page], None] | None = None

    @property
    def title(self) -> str:
        """The tab's text."""
        return self.name.capitalize()

    @property
    def template(self) -> str:
        """The template that places the parts."""
        return f"{self.name}/screen.html"

    def part(self, name: str) -> Part | None:
        """Return the part of a name, or None."""
        return next((part for part in self.parts if part.name == name), None)


def make_page(workbench: "Workbench", screens: Sequence[Screen]) -> Page:
    """Return what draws the screens of a workbench."""
    urls = thumbnail_urls(workbench)
    words = {screen.name: screen.words for screen in screens if screen.words is not None}
    return Page(workbench, urls, make_environment(urls, words))


def default_state(info: "WorkbenchInfo") -> ViewState:
    """Return the selection of an empty address."""
    return ViewState(depth=info.default_depth, lam=info.lam, gamma=info.gamma)


def least_depth(info: "WorkbenchInfo") -> int:
    """Return the smallest depth that can be chosen.

    A thinned shortlist has one depth: at another one, other candidates would have to be scored.
    """
    return 1 if info.thin is None else info.max_depth


def read_state(workbench: "Workbench", address: str | None) -> ViewState:
    """Return the selection that an address names, checked against the corpus.

    An upload of another visitor is no image to the present one.
    """
    info, visitor = workbench.info, current_visitor()

    def is_query(image_id: str) -> bool:
        try:
            is_known = workbench.queries.record(image_id).role != "database"
        except UnknownImageError:
            return False
        return is_known and workbench.uploads.may_see(image_id, visitor)

    state = parse_address(
        address or "", Limits(is_query, info.max_depth, default_state(info), least_depth(info))
    )
    if state.candidate is not None and not workbench.uploads.may_see(state.candidate, visitor):
        state = replace(state, candidate=None)
    return replace(state, visitor=visitor)


def thumbnail_urls(workbench: "Workbench") -> ThumbnailUrls:
    """Return the addresses of thumbnails, versioned by what the corpus is."""
    state = default_state(workbench.info)
    receipt = workbench.runs.receipt(state.fusion)
    return ThumbnailUrls(receipt.fields.get("corpus fingerprint", receipt.receipt_id)[:12])
