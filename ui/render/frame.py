"""What surrounds every view: the header line, the sidebar, the receipt and the key help."""

from typing import TYPE_CHECKING

from markupsafe import Markup

from core.types.runs import Receipt
from core.types.setting import SettingFacts
from ui.render.parts import definitions, note, tag
from ui.render.setting import headline
from ui.selection import GAMMA_RANGE, ViewState, number_text
from ui.shared.screen import least_depth
from ui.shared.text import esc

if TYPE_CHECKING:
    from core.workbench import WorkbenchInfo

_KEYS = (
    ("J", "next query or pair; in Pair, next candidate"),
    ("K", "previous query or pair; in Pair, previous candidate"),
    ("/", "search the list"),
    ("M", "Queries: more results in the strips"),
    ("P", "Queries: pair of the query and the chosen card"),
    ("E", "Pair: evidence on or off"),
    ("+ − 0", "Pair, on a picture: zoom in, out, whole; arrows move it"),
    ("A", "Queries: add the chosen card to your selection"),
    ("1 to 5", "Annotate: match, no match, unsure, near duplicate, label error"),
    ("T", "Annotate: tags"),
    ("N", "Annotate: note"),
    ("U", "Annotate: undo"),
    ("R or Shift U", "Annotate: redo"),
    ("L", "Annotate: hide or show label, score and reason"),
    ("?", "this help"),
)


def render_header(info: "WorkbenchInfo", facts: SettingFacts) -> Markup:
    """Return the line that says what is looked at: corpus, setting, counts, exactness."""
    return Markup(
        f'<header class="sl-header" data-setting="{esc(facts.setting_id)}"><h1>Second Look</h1>'
        f'<span class="sl-headline"><b>{esc(info.corpus_name)}</b> · {esc(info.model_name)} · '
        f"{headline(facts)} · {info.n_queries:,} queries · "
        f"{info.n_database:,} database images</span>"
        f'<span class="sl-chip">{esc(info.exact_label)}</span><span class="sl-spring"></span>'
        '<button type="button" class="sl-icon" popovertarget="sl-code" title="This screen as code" '
        'aria-label="This screen as code">&lt;/&gt;</button>'
        '<button type="button" class="sl-icon" popovertarget="sl-keys" aria-label="Keys">?</button>'
        '<button type="button" class="sl-icon" data-theme-switch aria-label="Light or dark">'
        "◐</button></header>"
    )


def render_receipt(receipt: Receipt, elem_id: str = "sl-receipt") -> Markup:
    """Return the panel that lists everything the numbers on screen depend on."""
    return Markup(
        f'<div popover id="{elem_id}" class="sl-popover"><h3>Receipt '
        f"{tag('code', receipt.receipt_id)}</h3>"
        '<p class="sl-sub">Everything that the numbers on this page depend on.</p>'
        f"{definitions(receipt.fields.items())}</div>"
    )


def render_popovers() -> Markup:
    """Return the key help and the place of short messages."""
    keys = definitions((tag("kbd", key), text) for key, text in _KEYS)
    return Markup(
        f'<div popover id="sl-keys" class="sl-popover"><h3>Keys</h3>{keys}</div>'
        '<div popover id="sl-code" class="sl-popover"><h3>This screen as code</h3>'
        '<div data-code aria-live="polite"></div></div>'
        '<div id="sl-toast" role="status" aria-live="polite"></div>'
        '<div id="sl-moved" role="alert" hidden><span></span><button type="button" '
        'class="sl-button" data-show-moved>Show it</button></div>'
    )


def render_sliders(info: "WorkbenchInfo", default: ViewState) -> Markup:
    """Return the three numbers that re-sort everything on screen."""
    is_margin = info.scorer.unit == "nats"
    gamma_unit = "slope per nat" if is_margin else f"slope per unit of {info.scorer.name}"
    depth_unit = "candidates re-ranked"
    if info.thin is not None:
        depth_unit = f"fixed: {info.thin} of them scored"
    sliders = (
        _slider("depth", "Depth", depth_unit, default.depth, least_depth(info), info.max_depth, 1)
        + _slider("lam", "Fusion λ", "weight of the cosine", default.lam, 0, 1, 0.01)
        + _slider("gamma", "Fusion γ", gamma_unit, default.gamma, *GAMMA_RANGE, 0.05)
    )
    return Markup(
        '<details class="sl-side" open><summary>Re-ranking</summary>'
        f'<form class="sl-sliders" onsubmit="return false">{sliders}'
        '<p class="sl-sub">Sorts again at once, from stored scores.</p></form></details>'
    )


def render_facts(info: "WorkbenchInfo") -> Markup:
    """Return what everything on screen depends on, and the way to the receipt."""
    device = f"{info.device}, {info.dtype}" if info.device else "known once the model is loaded"
    about = note(info.model_note) if info.model_note else ""
    facts = definitions(
        (
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
        )
    )
    return Markup(
        f'<details class="sl-side" open><summary>This run</summary>{facts}{about}'
        '<button type="button" class="sl-button" popovertarget="sl-receipt">Receipt</button>'
        "</details>"
    )


def _slider(
    name: str, label: str, unit: str, value: float, low: float, high: float, step: float
) -> Markup:
    fixed, idle = (" disabled", " sl-idle") if low == high else ("", "")
    return Markup(
        f'<label class="sl-slider{idle}"><span>{label}<small>{esc(unit)}</small></span>'
        f'<output data-output="{name}">{number_text(value)}</output>'
        f'<input type="range" id="sl-{name}" data-slider="{name}" min="{low:g}" max="{high:g}" '
        f'step="{step:g}" value="{number_text(value)}"{fixed} '
        f'aria-label="{label}, {esc(unit)}"></label>'
    )
