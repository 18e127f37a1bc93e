"""The Perturb view's left column: pair, side, perturbation, strength, seed; the drawn box."""

from collections.abc import Sequence
from urllib.parse import urlencode

from markupsafe import Markup

from core.types.corpus import ImageRecord
from core.types.rankings import QueryRow
from core.types.robustness import PERTURBATION_NAMES, ObjectBox, PerturbationSpec
from ui.render.parts import button, link, note, options, picture, span, tag, void
from ui.render.perturb_choosers import (
    damage_fields,
    field,
    perturbation_field,
    scorers_field,
    seed_field,
)
from ui.render.perturb_text import strength_text
from ui.selection import ViewState, number_text
from ui.shared.text import ThumbnailUrls, esc, file_name

MAX_OPTIONS = 1000
MAX_TILES = 240
_MOVING = ("rotation", "scale", "tiling")
"""Perturbations that move the object away from its box."""
_BOX_WORDS = {
    "manifest": "box from the manifest",
    "drawn": "box drawn",
    "assumed": "box assumed: the central 60 % of each side",
}


def render_controls(
    state: ViewState,
    rows: Sequence[QueryRow],
    positives: Sequence[str],
    candidate: str | None,
    spec: PerturbationSpec | None,
    level: float | None,
    urls: ThumbnailUrls,
    offered: Sequence[str] = (),
) -> Markup:
    """Return the choosers; `spec` and `level` are None where several sweeps are shown.

    `offered` are the scorers that can be shown beside the bench's own.
    """
    paired = _candidate_field(state, positives, candidate, urls)
    parts = [
        _strength(spec, level) if spec is not None and level is not None else "",
        perturbation_field(state.perturbation, ("all", "all ten")),
        _second_field(state),
        field("Query", _query_chooser(state, rows)),
        *damage_fields(state, _PAIRS, _SIDES, paired),
        scorers_field(state, offered) if spec is not None else "",
        seed_field(state),
    ]
    return tag("section", *parts, class_="sl-pt-controls", aria_label="What is damaged")


_PAIRS = (
    ("self", "self", "The image against its own damaged copy: isolates the damage, needs no label"),
    ("positive", "positive", "The query against an image labelled as the same instance"),
)
_SIDES = (
    ("query", "query", "The query image is damaged"),
    ("candidate", "candidate", "The candidate image is damaged"),
)


def render_picture(
    record: ImageRecord, box: ObjectBox, spec: PerturbationSpec, original: str, damaged: str
) -> Markup:
    """Return the damaged image with its box; a rectangle drawn on it becomes the new one.

    Args:
        record: The damaged image.
        box: Its object's box.
        spec: What is done to it.
        original: Address of the undamaged image, escaped.
        damaged: Address of the image at the level looked at, escaped.
    """
    corners = f"{box.box.x0},{box.box.y0},{box.box.x1},{box.box.y1}"
    moving = " sl-pt-moving" if spec.name in _MOVING else ""
    clear = link("clear", data_pt_set="box=") if box.source == "drawn" else ""
    name = esc(file_name(record.image_id))
    return Markup(
        f'<figure class="sl-pt-picture"><div class="sl-pt-canvas{moving}" data-pt-canvas '
        f'data-width="{record.width}" data-height="{record.height}" '
        f'style="--sl-ratio:{record.width}/{record.height}" '
        'title="Point at it: undamaged. Drag a rectangle: the new box.">'
        f'<img class="sl-pt-original" src="{original}" alt="" draggable="false">'
        f'<img class="sl-pt-damaged" src="{damaged}" alt="{name}, damaged" draggable="false">'
        f'<span class="sl-pt-box sl-pt-box-{box.source}" style="{_place(record, box)}"></span>'
        f'<span class="sl-pt-draft" hidden></span></div><figcaption><span>{name}</span>'
        f'<label class="sl-pt-corners">{_BOX_WORDS[box.source]} {clear}'
        f'<input data-pt-field="box" value="{corners}" spellcheck="false" '
        'aria-label="Object box in pixels: left, top, right, bottom"></label></figcaption></figure>'
    )


def render_choice(rows: Sequence[QueryRow], urls: ThumbnailUrls, text: str) -> Markup:
    """Return the invitation to choose a query, with pictures to choose from."""
    ids = [row.query_id for row in rows[:MAX_TILES] if row.problem is None]
    tiles = (
        button(
            picture(urls.url(i, 160), 96, 76),
            kind="sl-tile",
            data_pt_set=urlencode({"query": i}),
            aria_label=f"Perturb query {file_name(i)}",
            title=i,
        )
        for i in ids
    )
    return note(text, kind="sl-empty") + tag("div", *tiles, class_="sl-mosaic")


def _query_chooser(state: ViewState, rows: Sequence[QueryRow]) -> Markup:
    ids = [row.query_id for row in rows[:MAX_OPTIONS]]
    if state.query is not None and state.query not in ids:
        ids.insert(0, state.query)
    named = options(((image_id, _name(image_id)) for image_id in ids), state.query)
    return span(
        "sl-pt-stepper",
        button("◂", data_pt_step="-1", aria_label="Previous query"),
        tag("select", named, data_pt_field="query", aria_label="Query"),
        button("▸", data_pt_step="1", aria_label="Next query"),
    )


def _candidate_field(
    state: ViewState, positives: Sequence[str], candidate: str | None, urls: ThumbnailUrls
) -> Markup:
    if state.damage.pair != "positive":
        return Markup()
    image = ""
    if candidate:
        image = void("img", src=urls.url(candidate, 160), alt="", width=44, height=36)
    place = positives.index(candidate) + 1 if candidate in positives else 0
    about = f"positive {place} of {len(positives)}" if place else f"{len(positives)} positives"
    known = (tag("option", value=image_id) for image_id in positives)
    chooser = Markup(
        f'<span class="sl-pt-candidate">{image}<input list="sl-pt-positives" '
        f'data-pt-field="candidate" value="{esc(candidate or "")}" spellcheck="false" '
        'placeholder="none labelled: name an image" aria-label="Candidate image id">'
        f"{tag('datalist', *known, id='sl-pt-positives')}</span>"
    )
    return field("Candidate", chooser, about=f"{about}, or any image id")


def _second_field(state: ViewState) -> Markup:
    """Return the other perturbation of a surface, or none."""
    if state.perturbation == "all":
        return Markup()
    names = [("", "none"), *((n, n) for n in PERTURBATION_NAMES if n != state.perturbation)]
    named = options(names, state.second or "")
    return Markup(
        '<label class="sl-pt-field"><span>And with it <small>a surface of both</small>'
        f'</span><select data-pt-field="with" aria-label="Second perturbation">{named}</select>'
        "</label>"
    )


def _strength(spec: PerturbationSpec, level: float) -> Markup:
    texts = "|".join(strength_text(spec, value) for value in spec.levels)
    values = "|".join(number_text(value) for value in spec.levels)
    at = spec.levels.index(level)
    return Markup(
        f'<label class="sl-slider sl-pt-strength"><span>Strength<small>{esc(spec.unit)}</small>'
        f"</span><output>{strength_text(spec, level)}</output>"
        f'<input type="range" data-pt-level data-values="{values}" data-texts="{esc(texts)}" '
        f'min="0" max="{len(spec.levels) - 1}" step="1" value="{at}" '
        f'aria-label="Strength, {esc(spec.unit)}" '
        f'aria-valuetext="{strength_text(spec, level)}"></label>'
    )


def _place(record: ImageRecord, box: ObjectBox) -> str:
    width, height = max(1, record.width), max(1, record.height)
    left, top = 100 * box.box.x0 / width, 100 * box.box.y0 / height
    across = 100 * (box.box.x1 - box.box.x0) / width
    down = 100 * (box.box.y1 - box.box.y0) / height
    return f"left:{left:.3f}%;top:{top:.3f}%;width:{across:.3f}%;height:{down:.3f}%"


def _name(image_id: str) -> str:
    if image_id.startswith("upload:"):
        return f"pasted image {image_id.removeprefix('upload:')[:8]}"
    return file_name(image_id)
