"""What surrounds every screen: header, sidebar, receipt, key help, and the screen as code."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from markupsafe import Markup

from core.errors import SecondLookError
from core.types.annotation import VERDICTS
from core.types.runs import Receipt
from core.types.setting import SettingFacts
from ui import messages
from ui.address_values import number_text
from ui.frame.code import code_of
from ui.selection import FIELDS, GAMMA_RANGE, ViewState
from ui.server.parts import draw_screen
from ui.shared.screen import Page, Part, Screen, default_state, least_depth
from ui.shared.text import cut

if TYPE_CHECKING:
    from core.workbench import WorkbenchInfo

KEYS = (
    ("J", "next query or pair; in Pair, next candidate"),
    ("K", "previous query or pair; in Pair, previous candidate"),
    ("/", "search the list"),
    ("M", "Queries: more results in the strips"),
    ("P", "Queries: pair of the query and the chosen card"),
    ("E", "Pair: attribution on or off"),
    ("+ − 0", "Pair, Annotate: zoom in, out, whole; arrows move the pictures"),
    ("A", "Queries: add the chosen card to your selection"),
    ("1 to 5", f"Annotate: {', '.join(VERDICTS)}"),
    ("T", "Annotate: tags"),
    ("N", "Annotate: note"),
    ("U", "Annotate: undo"),
    ("R or Shift U", "Annotate: redo"),
    ("L", "Annotate: hide or show label, score and reason"),
    ("Space", "Annotate: pictures blink in one place, lie over each other, stand side by side"),
    ("F", "Annotate: the whole screen for the pair; Escape leaves"),
    ("?", "this help"),
)


@dataclass(frozen=True, slots=True)
class Header:
    """The line that says what is looked at: corpus, setting, counts, exactness."""

    template: ClassVar[str] = "frame/header.html"
    info: "WorkbenchInfo"
    facts: SettingFacts
    headline: str
    counts: Markup


@dataclass(frozen=True, slots=True)
class CountsContext:
    """How many queries and searchable images there are, and whether labels are guessed."""

    template: ClassVar[str] = "frame/counts.html"
    info: "WorkbenchInfo"


@dataclass(frozen=True, slots=True)
class Popovers:
    """The key help and the place of short messages."""

    template: ClassVar[str] = "frame/popovers.html"
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Slider:
    """A number that sorts everything on screen again; `low` = `high` where it is fixed."""

    name: str
    label: str
    unit: str
    value: str
    low: float
    high: float
    step: float


@dataclass(frozen=True, slots=True)
class SlidersContext:
    """The three numbers of the ranking."""

    template: ClassVar[str] = "frame/sliders.html"
    sliders: tuple[Slider, ...]


@dataclass(frozen=True, slots=True)
class FactsContext:
    """What everything on screen depends on."""

    template: ClassVar[str] = "frame/facts.html"
    facts: tuple[tuple[str, str], ...]
    note: str


@dataclass(frozen=True, slots=True)
class ReceiptContext:
    """Everything that the numbers on screen depend on."""

    template: ClassVar[str] = "frame/receipt.html"
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class CodeContext:
    """The screen as a command and a script; `problem` is why there is none."""

    template: ClassVar[str] = "frame/code.html"
    shell: str | None
    python: str | None
    problem: str


def header(page: Page) -> Markup:
    """Return the header line."""
    facts = page.workbench.setting.present()
    counts = show_counts(page, default_state(page.workbench.info))
    return page.html(Header(page.workbench.info, facts, headline(facts), counts))


def popovers(page: Page) -> Markup:
    """Return the key help and the place of short messages."""
    return page.html(Popovers(KEYS))


def sidebar(page: Page) -> Markup:
    """Return the sidebar as it stands before the models are loaded."""
    return draw_screen(page, FRAME, default_state(page.workbench.info))


def headline(facts: SettingFacts) -> str:
    """Return prompt and compression as the header line shows them."""
    compression = f"compression {facts.compression}"
    if facts.question == "not used":
        return compression
    return f"“{cut(facts.question)}” · {compression}"


def show_counts(page: Page, _state: ViewState) -> Markup:
    """Return the header's counts, which change when images prove unreadable."""
    return page.html(CountsContext(page.workbench.info))


def show_sliders(page: Page, _state: ViewState) -> Markup:
    """Return the three numbers that re-sort everything on screen."""
    info = page.workbench.info
    default = default_state(info)
    gamma_unit = "slope per nat"
    if info.scorer.unit != "nats":
        gamma_unit = f"slope per unit of {info.scorer.name}"
    depth_unit = "candidates re-ranked"
    if info.thin is not None:
        depth_unit = f"fixed: {info.thin} of them scored"
    low, high = least_depth(info), info.max_depth
    lam, gamma = number_text(default.lam), number_text(default.gamma)
    return page.html(
        SlidersContext(
            (
                Slider("depth", "Depth", depth_unit, str(default.depth), low, high, 1),
                Slider("lam", "Fusion λ", "weight of the cosine", lam, 0, 1, 0.01),
                Slider("gamma", "Fusion γ", gamma_unit, gamma, *GAMMA_RANGE, 0.05),
            )
        )
    )


def show_facts(page: Page, _state: ViewState) -> Markup:
    """Return what everything on screen depends on."""
    info = page.workbench.info
    device = f"{info.device}, {info.dtype}" if info.device else "known once the model is loaded"
    facts = (
        ("corpus", info.corpus_name),
        ("descriptor", info.descriptor_name),
        ("shortlist", f"{info.shortlist:,} of {info.n_database:,}, {info.exact_label}"),
        ("re-ranker", info.model_name),
        ("score", f"{info.scorer.name}, {info.scorer.unit}: {info.scorer.meaning}"),
        ("pipeline", info.pipeline),
        ("prompt", info.prompt),
        ("layout", info.layout.replace("_", " ")),
        ("compression", info.compression),
        ("device", device),
        ("metric", f"AP@{info.k}" if info.has_ground_truth else "none: no ground truth"),
        ("labels", info.labels_from.text),
    )
    return page.html(FactsContext(facts, info.model_note))


def show_receipt(page: Page, state: ViewState) -> Markup:
    """Return the receipt of the numbers on screen."""
    return page.html(ReceiptContext(page.workbench.runs.receipt(state.fusion)))


def show_code(page: Page, state: ViewState) -> Markup:
    """Return the screen as code, or why it has none."""
    try:
        made = code_of(page.workbench, state)
    except SecondLookError as error:
        return page.html(CodeContext(None, None, messages.error_text(error)))
    return page.html(CodeContext(made.shell, made.python, ""))


_CORPUS = ("outcomes", "labels")
_ALL = " ".join(dict.fromkeys(" ".join(field.of for field in FIELDS).split()))
FRAME = Screen(
    "frame",
    (
        Part("counts", show_counts, signals=_CORPUS),
        Part("sliders", show_sliders),
        Part("facts", show_facts, signals=_CORPUS),
        Part("receipt", show_receipt, "ranking", _CORPUS, is_later=True),
        Part("code", show_code, _ALL, (), is_later=True),
    ),
)
"""The parts around the screens, drawn and asked for as those of a screen are."""
