"""The words around the descriptor map: its controls, what is drawn, what is joined, selections."""

from collections.abc import Sequence

from markupsafe import Markup

from core.types.maps import PROJECTIONS, DescriptorMap, MapLinks, SelectionMeans
from core.types.number_text import MISSING, ap_text, interval_text, signed
from core.types.rankings import QueryOutcome
from ui import messages
from ui.render.parts import button, join, link, note, num, options, pressed, span, tag, toggle
from ui.selection import ViewState, slice_text
from ui.shared.slice_words import slice_words
from ui.shared.text import ThumbnailUrls, esc, file_name

_NAMES = {"pca": "PCA", "umap": "UMAP"}
_MODES = (("lasso", "Lasso"), ("select", "Box"), ("zoom", "Zoom"))
_COLUMN = "column:"
_GENERAL = {"class": "failure class", "instance": "instance"}


def render_controls(state: ViewState, colours: Sequence[str], urls: ThumbnailUrls) -> Markup:
    """Return the heading and what the map can be changed by, and the empty card of its hover."""
    projections = [(name, _NAMES[name]) for name in PROJECTIONS]
    named = [(name, _GENERAL.get(name, name.removeprefix(_COLUMN))) for name in colours]
    select = tag("select", options(named, state.colour), data_map_colour=True)
    colour = tag("label", tag("span", "colour"), select, class_="sl-map-colour")
    return Markup(
        '<h3>Descriptor map<span class="sl-unit">a mark per image, large = query</span></h3>'
        '<div class="sl-map-controls">'
        f"{toggle('Projection', 'data_map_projection', projections, state.projection)}"
        f"{colour if colours else ''}"
        f"{toggle('What dragging does', 'data_map_mode', _MODES, None)}"
        f"{span('sl-sub', messages.MAP_HINT)}</div>"
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
    return note(f"{how} Drawn: {images}, {queries}.{missing}", kind="sl-fl-note")


def render_focus(
    links: MapLinks, state: ViewState, outcomes: Sequence[QueryOutcome], n_members: int | None
) -> Markup:
    """Return what is ringed and joined, with the ways on; an invitation where nothing is.

    `n_members` counts the chosen slice's queries, None where no slice is chosen.
    """
    joined = f"{len(links.rows):,} of {links.n_positives:,} positives joined"
    clear = link("clear", data_map_clear=True)
    if state.slice is not None:
        name = slice_text(state.slice)
        drawn = len(links.query_ids)
        count = f"n = {n_members:,} queries"
        count += f", {drawn:,} of them drawn" if drawn != n_members else ""
        ways = button("Open its queries", data_slice=name)
        ways += button("Judge its hard cases", data_queue=f"set:{name}") + clear
        return _focus(slice_words(state.slice), f"{count}, {joined}", ways)
    if state.query is None or not links.query_ids:
        return note(messages.MAP_NOTHING_JOINED, kind="sl-map-focus sl-sub")
    outcome = next((o for o in outcomes if o.query_id == state.query), None)
    ap = f", AP {ap_text(outcome.ap_before)} → {ap_text(outcome.ap_after)}" if outcome else ""
    ways = button("Open the query", data_query=state.query) + clear
    return _focus(file_name(state.query), f"{joined}{ap}", ways)


def _focus(name: str, about: str, ways: Markup) -> Markup:
    return note(tag("b", name), tag("span", about), ways, kind="sl-map-focus")


def render_selections(found: Sequence[SelectionMeans], state: ViewState) -> Markup:
    """Return the kept selections as slices: each opens its queries, its queue, or goes."""
    if not found:
        return note(messages.NO_SELECTIONS, kind="sl-fl-note")
    head = Markup(
        '<div class="sl-map-row sl-fl-head"><span>selection</span><span>n</span>'
        "<span>mAP before → after</span><span>effect</span><span></span></div>"
    )
    rows = tag("div", head, *(_row(one, state) for one in found), class_="sl-map-rows")
    return rows + note(messages.SELECTIONS_NOTE, kind="sl-fl-note")


def _row(one: SelectionMeans, state: ViewState) -> Markup:
    chosen = one.selection
    name, short = f"map:{chosen.selection_id}", chosen.selection_id[:6]
    is_shown = state.slice is not None and slice_text(state.slice) == name
    n = len(chosen.query_ids)
    count = f"{n:,}" if one.n_evaluated == n else f"{one.n_evaluated:,} of {n:,}"
    made = f"made {chosen.created_at} on {_NAMES[chosen.projection]}"
    interval = interval_text(one.interval, with_sign=True) or MISSING
    remove = f"Delete selection {short}"
    ways = (
        link("queries", data_slice=name),
        link("judge", data_queue=f"set:{name}"),
        link("delete", data_map_remove=chosen.selection_id, aria_label=remove),
    )
    show = {"data_map_show": name, "title": "Show on the map"}
    return tag(
        "div",
        pressed(short, on=is_shown, kind="sl-link", **show),
        num(count, title=f"{chosen.n_images:,} database images inside, {made}"),
        num(ap_text(one.map_before), " → ", tag("b", ap_text(one.map_after))),
        num(signed(one.effect), tag("small", interval)),
        tag("span", join(ways, " ")),
        class_="sl-map-row",
    )


def _count(n: int, total: int, what: str) -> str:
    if n == total:
        return f"all {n:,} {what}"
    return f"{n:,} of {total:,} {what}, evenly chosen by their ids"
