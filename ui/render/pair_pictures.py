"""A pair side by side at full size, the maps that are laid over it, and how it was cropped."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from markupsafe import Markup

from core.types.corpus import ImageRecord
from core.types.number_text import signed
from core.types.pairs import CropStep, Evidence, Lineage, PairEvidence, PairPlace
from ui.render.parts import button, chip, heading, join, note, num, picture, span, tag
from ui.shared.text import RELATION_GLYPHS, ThumbnailUrls, esc, file_name, seconds_text

Side = Literal["query", "candidate"]
PictureUrl = Callable[[str], str]
_NAMED = 60
_SIDES: tuple[Side, Side] = ("query", "candidate")


def render_top(place: PairPlace, address: str) -> Markup:
    """Return the line above the pictures: what the pair is, and the ways to its neighbours."""
    return tag(
        "section",
        chip(RELATION_GLYPHS[place.relation], place.relation, f"sl-pair-{place.relation}"),
        span("sl-muted", _standing(place)),
        span("sl-spring"),
        _step(place.previous_id, "k", "\u2039", "Previous candidate after re-ranking"),
        _step(place.next_id, "j", "\u203a", "Next candidate after re-ranking"),
        button("Ranking of the query", data_query=place.query.image_id),
        class_="sl-pair-top",
        data_pair=address,
        aria_label="Pair",
    )


def _step(image_id: str | None, key: str, text: str, label: str) -> Markup:
    goes = {"data_pair_go": image_id or "", "data_pair_key": key, "aria_label": label}
    return button(f"{text} ", tag("kbd", key.upper()), **goes, disabled=not image_id)


def render_pictures(place: PairPlace, url: PictureUrl) -> Markup:
    """Return both pictures at full size; a map and a drawn box are laid over, never burned in."""
    query = _figure(place.query, "query", "", url)
    candidate = _figure(place.candidate, "candidate", f"sl-{place.relation}", url)
    return tag("div", query, candidate, class_="sl-pair-pictures")


def render_tools() -> Markup:
    """Return the switch and the opacity of the maps; both are the page's own and never stored."""
    return Markup(
        '<div class="sl-pair-tools"><label><input type="checkbox" data-pair-evidence checked> '
        "Evidence <kbd>E</kbd></label>"
        '<label class="sl-pair-opacity">opacity <input type="range" data-pair-opacity min="0" '
        'max="100" value="70" aria-label="Opacity of the evidence, per cent"></label>'
        '<span class="sl-pair-key"><i class="sl-pair-for"></i> for yes '
        '<i class="sl-pair-against"></i> against yes</span>'
        '<span class="sl-spring"></span><span class="sl-muted">Ctrl and scroll or + − zoom, '
        "drag or arrows move, 0 shows the whole</span></div>"
    )


def render_evidence(found: PairEvidence) -> Markup:
    """Return both maps, to be laid over the pictures, and what they say in a sentence."""
    scale = _largest(found)
    maps = "".join(
        _map(evidence, side, scale)
        for side, evidence in zip(_SIDES, (found.query, found.candidate), strict=True)
    )
    number, unit = seconds_text(found.seconds)
    rows = "".join(
        f"<div><dt>{side}</dt><dd>{_told(evidence)}</dd></div>"
        for side, evidence in zip(_SIDES, (found.query, found.candidate), strict=True)
    )
    return Markup(
        f'<section class="sl-pair-maps"><div hidden>{maps}</div>'
        f'<p class="sl-sub">Each cell: what the margin of {signed(found.margin, 2)} nats loses '
        f"when the stored tokens of that region are left out. Full colour = {scale:.2f} nats. "
        f"{found.n_suffixes} prompts, no vision pass, {number} {unit}.</p>"
        f'<dl class="sl-pair-sums">{rows}</dl></section>'
    )


def render_lineage(lineage: Lineage, urls: ThumbnailUrls) -> Markup:
    """Return the crops of both sides, parent before child, each with its margin."""
    both = zip(_SIDES, (lineage.query, lineage.candidate), strict=True)
    lines = join(_line(side, steps, urls) for side, steps in both if len(steps) > 1)
    if not lines:
        return Markup()
    return tag("section", heading("What-if crop"), lines, class_="sl-panel sl-pair-lineage")


def _standing(place: PairPlace) -> str:
    if place.rank_before is None or place.cosine is None:
        return f"not in the query's shortlist of {place.n_shortlist:,}"
    after = f"rank {place.rank_before} → {place.rank_after} of {place.n_shortlist:,}"
    words = f"{after} · cosine {place.cosine:.3f}"
    if place.margin is None:
        beyond = place.rank_before > place.depth
        return f"{words} · {'beyond the depth' if beyond else 'not scored yet'}"
    ties = len(place.ties)
    tied = (
        f"tied with {ties} by {place.kind.name}: the shortlist's order decides"
        if ties
        else "no tie"
    )
    return f"{words} · {tied}"


def _figure(record: ImageRecord, side: Side, kind: str, url: PictureUrl) -> Markup:
    name = shown(record)
    size = f"{record.width} × {record.height} px"
    return Markup(
        f'<figure class="sl-pair-side {kind}" data-side="{side}" '
        f'data-image="{esc(record.image_id)}">'
        f'<div class="sl-pair-view" tabindex="0" role="group" aria-label="{side}: {esc(name)}">'
        f'<div class="sl-pair-stage" data-width="{record.width}" data-height="{record.height}" '
        f'style="--ratio:{max(1, record.width)}/{max(1, record.height)}">'
        f'<img src="{url(record.image_id)}" alt="{side} {esc(name)}" draggable="false" '
        f'width="{record.width}" height="{record.height}">'
        '<div class="sl-pair-overlay" aria-hidden="true"></div>'
        '<div class="sl-pair-draft" hidden></div></div>'
        '<output class="sl-pair-zoom" aria-live="polite"></output></div>'
        f'<figcaption><span><b>{side}</b> <span class="sl-file" title="{esc(record.image_id)}">'
        f'{esc(name)}</span> <span class="sl-muted">{esc(record.instance_id or "")} {size}</span>'
        f'</span><form data-pair-crop class="sl-pair-crop">'
        '<button type="button" class="sl-button" data-pair-draw aria-pressed="false">Draw a crop'
        f'</button><input name="box" placeholder="x0, y0, x1, y1" size="15" autocomplete="off" '
        f'aria-label="Crop of the {side} in pixels: x0, y0, x1, y1">'
        '<button class="sl-button">Crop</button></form>'
        '<p class="sl-pair-crop-error" role="alert" hidden></p></figcaption></figure>'
    )


def shown(record: ImageRecord) -> str:
    """Return the name by which people know a picture; an upload's own, cut where it is long."""
    if record.image_id.startswith("upload:"):
        return record.tags.get("name", "pasted image")[:_NAMED]
    return file_name(record.image_id)


def _largest(found: PairEvidence) -> float:
    """Return the largest absolute nats of both maps, the end of the shared scale."""
    known = [one.nats[np.isfinite(one.nats)] for one in (found.query, found.candidate)]
    return max([float(np.abs(one).max()) for one in known if one.size], default=0.0)


def _map(evidence: Evidence, side: Side, scale: float) -> Markup:
    cells: list[str] = []
    rows, columns = evidence.nats.shape
    noise = evidence.noise
    for row in range(rows):
        for column in range(columns):
            nats = float(evidence.nats[row, column])
            top, bottom = evidence.row_edges[row : row + 2]
            left, right = evidence.column_edges[column : column + 2]
            place = (
                f'x="{left:.4f}" y="{top:.4f}" width="{right - left:.4f}" '
                f'height="{bottom - top:.4f}"'
            )
            cells.append(_cell(place, nats, scale, noise))
    return Markup(
        f'<svg data-map="{side}" viewBox="0 0 1 1" preserveAspectRatio="none">'
        f"{''.join(cells)}</svg>"
    )


def _cell(place: str, nats: float, scale: float, noise: float) -> Markup:
    if not np.isfinite(nats):
        return Markup(f'<rect {place} class="sl-pair-none"><title>no stored token</title></rect>')
    kind = "for" if nats >= 0 else "against"
    share = abs(nats) / scale if scale else 0.0
    is_noise = 0 <= nats <= noise
    note = f", within the noise of {noise:.3f}" if is_noise else ""
    return Markup(
        f'<rect {place} class="sl-pair-{kind}{" sl-pair-noise" if is_noise else ""}" '
        f'fill-opacity="{share:.3f}" data-nats="{nats:.4f}">'
        f"<title>{signed(nats, 3)} nats{note}</title></rect>"
    )


def _told(evidence: Evidence) -> str:
    known = evidence.nats[np.isfinite(evidence.nats)]
    gains, losses = float(known[known > 0].sum()), float(known[known < 0].sum())
    rows, columns = evidence.nats.shape
    return (
        f"{rows} × {columns} cells, for yes {signed(gains, 2)} nats, of them "
        f"{signed(float(evidence.for_yes.sum()), 2)} above the noise of {evidence.noise:.3f}, "
        f"against {signed(losses, 2)}{_strongest(evidence)}"
    )


def _strongest(evidence: Evidence) -> str:
    """Return where the cell lies that speaks most for yes, or nothing where none does."""
    nats = np.nan_to_num(evidence.nats, nan=0.0)
    row, column = (int(i) for i in np.unravel_index(int(nats.argmax()), nats.shape))
    if nats[row, column] <= 0:
        return ""
    across = evidence.column_edges[column : column + 2].mean()
    down = evidence.row_edges[row : row + 2].mean()
    return (
        f"; most for yes: {signed(float(nats[row, column]), 2)} nats at "
        f"{across:.0%} across, {down:.0%} down"
    )


def _line(side: Side, steps: tuple[CropStep, ...], urls: ThumbnailUrls) -> Markup:
    befores = (None, *(step.margin for step in steps))
    items = [
        _crop(side, step, before, urls, is_last=step is steps[-1])
        for step, before in zip(steps, befores, strict=False)
    ]
    arrow = tag("li", "→", class_="sl-muted", aria_hidden=True)
    about = note(f"{side}: parent → child, margin in nats against the other picture")
    return about + tag("ol", join(items, arrow), class_="sl-pair-steps")


def _crop(
    side: Side, step: CropStep, before: float | None, urls: ThumbnailUrls, *, is_last: bool
) -> Markup:
    change: tuple[object, ...] = ()
    if step.margin is not None and before is not None:
        change = (" ", span("sl-muted", f"({signed(step.margin - before, 2)})"))
    box = step.box
    words = (
        picture(urls.url(step.image_id, 160), 64, 52),
        num("whole" if box is None else f"{box.x0}, {box.y0}, {box.x1}, {box.y1}"),
        num(tag("b", signed(step.margin, 2)), *change),
    )
    which = {f"data_pair_{side}": step.image_id, "aria_current": is_last or None}
    return tag("li", button(*words, kind="sl-pair-step", **which))
