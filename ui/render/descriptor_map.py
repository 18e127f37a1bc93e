"""The words around the descriptor map: its controls, what is drawn, what is joined, selections."""

from collections.abc import Sequence

from markupsafe import Markup

from core.types.maps import PROJECTIONS, DescriptorMap, MapLinks, SelectionMeans
from core.types.rankings import QueryOutcome
from ui import messages
from ui.render.slice_words import slice_words
from ui.render.text import MISSING, ThumbnailUrls, ap_text, esc, file_name, interval_text, signed
from ui.selection import ViewState, slice_text

_NAMES = {"pca": "PCA", "umap": "UMAP"}
_MODES = (("lasso", "Lasso"), ("select", "Box"), ("zoom", "Zoom"))
_COLUMN = "column:"
_GENERAL = {"class": "failure class", "instance": "instance"}


def render_controls(state: ViewState, colours: Sequence[str], urls: ThumbnailUrls) -> Markup:
    """Return the heading and what the map can be changed by, and the empty card of its hover."""
    toggle = "".join(
        f'<button type="button" data-map-projection="{name}" '
        f'aria-pressed="{str(name == state.projection).lower()}">{_NAMES[name]}</button>'
        for name in PROJECTIONS
    )
    options = "".join(
        f'<option value="{esc(name)}"{" selected" if name == state.colour else ""}>'
        f"{esc(_GENERAL.get(name, name.removeprefix(_COLUMN)))}</option>"
        for name in colours
    )
    modes = "".join(
        f'<button type="button" data-map-mode="{mode}" aria-pressed="false">{text}</button>'
        for mode, text in _MODES
    )
    colour = (
        f'<label class="sl-map-colour"><span>colour</span><select data-map-colour>{options}'
        "</select></label>"
    )
    return Markup(
        '<h3>Descriptor map<span class="sl-unit">a mark per image, large = query</span></h3>'
        '<div class="sl-map-controls">'
        f'<div class="sl-fl-toggle" role="group" aria-label="Projection">{toggle}</div>'
        f"{colour if options else ''}"
        f'<div class="sl-fl-toggle" role="group" aria-label="What dragging does">{modes}</div>'
        f'<span class="sl-sub">{esc(messages.MAP_HINT)}</span></div>'
        f'<div id="sl-map-card" data-version="{esc(urls.version)}" hidden>'
        '<img alt="" width="160" height="120"><b></b><small></small></div>'
    )


def render_note(drawn: DescriptorMap) -> Markup:
    """Return what the axes are, and how many points are drawn of how many."""
    if drawn.shares is None:
        how = messages.UMAP_NOTE
    else:
        first, second = (f"{100 * share:.1f} %" for share in drawn.shares)
        how = (
            f"PCA of the {drawn.n_images:,} drawn database images (D = {drawn.dimension:,}): the "
            f"axes carry {first} and {second} of their variance; what they do not carry can part "
            "images that lie together here."
        )
    images = _count(drawn.n_images, drawn.n_images_all, "database images")
    queries = _count(drawn.n_queries, drawn.n_queries_all, "queries")
    missing = f" {drawn.n_missing:,} without a descriptor." if drawn.n_missing else ""
    return Markup(f'<p class="sl-fl-note">{esc(f"{how} Drawn: {images}, {queries}.{missing}")}</p>')


def render_focus(
    links: MapLinks, state: ViewState, outcomes: Sequence[QueryOutcome], n_members: int | None
) -> Markup:
    """Return what is ringed and joined, with the ways on; an invitation where nothing is.

    `n_members` counts the chosen slice's queries, None where no slice is chosen.
    """
    joined = f"{len(links.rows):,} of {links.n_positives:,} positives joined"
    clear = '<button type="button" class="sl-link" data-map-clear>clear</button>'
    if state.slice is not None:
        name = slice_text(state.slice)
        drawn = len(links.query_ids)
        count = f"n = {n_members:,} queries"
        count += f", {drawn:,} of them drawn" if drawn != n_members else ""
        return Markup(
            f'<p class="sl-map-focus"><b>{esc(slice_words(state.slice))}</b>'
            f"<span>{count}, {joined}</span>"
            f'<button type="button" class="sl-button" data-slice="{esc(name)}">Open its queries'
            f'</button><button type="button" class="sl-button" data-queue="set:{esc(name)}">'
            f"Judge its hard cases</button>{clear}</p>"
        )
    if state.query is None or not links.query_ids:
        return Markup(f'<p class="sl-map-focus sl-sub">{esc(messages.MAP_NOTHING_JOINED)}</p>')
    outcome = next((o for o in outcomes if o.query_id == state.query), None)
    ap = f", AP {ap_text(outcome.ap_before)} → {ap_text(outcome.ap_after)}" if outcome else ""
    return Markup(
        f'<p class="sl-map-focus"><b>{esc(file_name(state.query))}</b><span>{joined}{ap}</span>'
        f'<button type="button" class="sl-button" data-query="{esc(state.query)}">Open the query'
        f"</button>{clear}</p>"
    )


def render_selections(found: Sequence[SelectionMeans], state: ViewState) -> Markup:
    """Return the kept selections as slices: each opens its queries, its queue, or goes."""
    if not found:
        return Markup(f'<p class="sl-fl-note">{esc(messages.NO_SELECTIONS)}</p>')
    rows = "".join(_row(one, state) for one in found)
    head = (
        '<div class="sl-map-row sl-fl-head"><span>selection</span><span>n</span>'
        "<span>mAP before → after</span><span>effect</span><span></span></div>"
    )
    return Markup(
        f'<div class="sl-map-rows">{head}{rows}</div>'
        f'<p class="sl-fl-note">{esc(messages.SELECTIONS_NOTE)}</p>'
    )


def _row(one: SelectionMeans, state: ViewState) -> Markup:
    name = f"map:{one.selection.selection_id}"
    is_shown = state.slice is not None and slice_text(state.slice) == name
    n = len(one.selection.query_ids)
    count = f"{n:,}" if one.n_evaluated == n else f"{one.n_evaluated:,} of {n:,}"
    change = f"{ap_text(one.map_before)} → <b>{ap_text(one.map_after)}</b>"
    interval = interval_text(one.interval, with_sign=True) or MISSING
    short = one.selection.selection_id[:6]
    return Markup(
        f'<div class="sl-map-row"><button type="button" class="sl-link" data-map-show="{name}" '
        f'aria-pressed="{str(is_shown).lower()}" title="Show on the map">{short}</button>'
        f'<span class="sl-num" title="{one.selection.n_images:,} database images inside, made '
        f'{esc(one.selection.created_at)} on {_NAMES[one.selection.projection]}">{count}</span>'
        f'<span class="sl-num">{change}</span>'
        f'<span class="sl-num">{signed(one.effect)}<small>{esc(interval)}</small></span>'
        f'<span><button type="button" class="sl-link" data-slice="{name}">queries</button> '
        f'<button type="button" class="sl-link" data-queue="set:{name}">judge</button> '
        f'<button type="button" class="sl-link" data-map-remove="{one.selection.selection_id}" '
        f'aria-label="Delete selection {short}">delete</button></span></div>'
    )


def _count(n: int, total: int, what: str) -> str:
    if n == total:
        return f"all {n:,} {what}"
    return f"{n:,} of {total:,} {what}, evenly chosen by their ids"
