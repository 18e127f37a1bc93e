"""What the Annotate screen shows: the list of queues, and the desk that the script fills.

The pairs, the answers and the panels travel through `routes`, since an answer names its pair and
must be on disk when it is acknowledged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from core.types.annotation import MINED_KINDS, VERDICTS, QueueKind, QueueSpec, Verdict
from ui.address_values import queue_text
from ui.screens.annotate import words
from ui.screens.annotate.routes import add_annotation_routes
from ui.selection import ViewState
from ui.shared.screen import Page, Part, Screen


@dataclass(frozen=True, slots=True)
class Group:
    """Queues of one sort in the list: their names in the address, and their lines."""

    name: str
    offered: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Chooser:
    """The list of queues; the chosen one is always in it."""

    template: ClassVar[str] = "annotate/chooser.html"
    groups: tuple[Group, ...]
    chosen: str | None


@dataclass(frozen=True, slots=True)
class Desk:
    """The frame of the screen, which `assets/js/annotate` fills.

    `workspace` tells answers that wait in the browser apart from those of another corpus.
    """

    template: ClassVar[str] = "annotate/desk.html"
    workspace: str
    verdicts: tuple[Verdict, ...] = VERDICTS


def show_chooser(page: Page, state: ViewState) -> Markup:
    """Return the list of queues."""
    choices = page.workbench.annotations.choices(state.fusion)
    with_truth = page.workbench.info.has_ground_truth
    general = words.general_queues(state.query, with_truth=with_truth)
    listed = {*general, *(spec for spec, _ in choices)}
    if state.queue is not None and state.queue not in listed:
        general.append(state.queue)
    groups = (
        Group("Queues", tuple((queue_text(spec), words.queue_title(spec)) for spec in general)),
        _group("Hard-case mining", choices, MINED_KINDS),
        _group("Alike and unlike, by two descriptors", choices, ("unlike",)),
        _group("Failure classes", choices, ("class",)),
        _group("Slices", choices, ("slice",)),
    )
    return page.html(Chooser(groups, None if state.queue is None else queue_text(state.queue)))


def show_desk(page: Page, _: ViewState) -> Markup:
    """Return the frame of the screen; it depends on nothing and is drawn once."""
    return page.html(Desk(page.urls.version))


def _group(
    name: str, choices: Sequence[tuple[QueueSpec, int]], kinds: Sequence[QueueKind]
) -> Group:
    found = ((spec, n) for spec, n in choices if spec.kind in kinds)
    return Group(name, tuple((queue_text(spec), words.queue_title(spec, n)) for spec, n in found))


SCREEN = Screen(
    "annotate",
    (
        Part("chooser", show_chooser, "queue"),
        Part("desk", show_desk, signals=()),
    ),
    words,
    routes=add_annotation_routes,
)
