"""The Failures screen's groups of positives: coverage by clutter, and appearance change."""

from collections.abc import Sequence

from markupsafe import Markup

from core.types.failures import (
    GROUP_BOUNDS,
    AppearanceChange,
    Grid,
    GroupBounds,
    GroupMean,
    MeasureFacts,
)
from ui import messages
from ui.render.text import MISSING, ap_text, esc

_BOUNDS: dict[GroupBounds, str] = {"corpus": "quartiles of this corpus", "ilias": "ILIAS limits"}
_SOURCES = {
    "manifest": "manifest",
    "mask": "masks",
    "box": "boxes",
    "estimate": "estimated from pixels",
}


def render_grid(grid: Grid | None) -> Markup:
    """Return the grid with its marginals; a cell opens the queries with a positive in it."""
    if grid is None:
        return _panel("Coverage × clutter", f'<p class="sl-empty">{esc(messages.NO_OUTCOMES)}</p>')
    coverage, clutter = grid.facts
    toggle = "".join(
        f'<button type="button" data-bounds="{bounds}" '
        f'aria-pressed="{str(bounds == grid.bounds).lower()}">{_BOUNDS[bounds]}</button>'
        for bounds in GROUP_BOUNDS
    )
    tops = "".join(f'<span class="sl-fl-top">{esc(t)}</span>' for t in _ranges(clutter))
    corner = '<span class="sl-fl-top">coverage ↓ clutter →</span>'
    rows = "".join(_row(grid, i, text) for i, text in enumerate(_ranges(coverage)))
    last = '<span class="sl-fl-side">any coverage</span>' + (
        "".join(_cell(grid, f"*,{j}", g) for j, g in enumerate(grid.clutter, 1)) or _unknown() * 4
    )
    return _panel(
        "Coverage × clutter",
        f'<div class="sl-fl-toggle" role="group" aria-label="Limits of the quarters">{toggle}</div>'
        f'<div class="sl-fl-grid">{corner}{tops}<span class="sl-fl-top">any clutter</span>'
        f"{rows}{last}<span></span></div>{''.join(_facts_line(f) for f in grid.facts)}"
        f'<p class="sl-fl-note">{esc(messages.GROUPS_NOTE)}</p>',
        "mAP before → after, n queries",
    )


def render_changes(changes: Sequence[AppearanceChange]) -> Markup:
    """Return mAP per group of appearance change; a group opens its queries."""
    title = "Appearance change, query to positive"
    if not changes:
        return _panel(title, f'<p class="sl-empty">{esc(messages.NO_CHANGES)}</p>')
    return _panel(title, "".join(_change(change) for change in changes), "mAP before → after")


def _panel(title: str, body: str, note: str = "") -> Markup:
    unit = f'<span class="sl-unit">{esc(note)}</span>' if note else ""
    return Markup(
        f'<section class="sl-panel" aria-label="{esc(title)}"><h3>{esc(title)}{unit}</h3>'
        f"{body}</section>"
    )


def _row(grid: Grid, row: int, text: str) -> Markup:
    side = f'<span class="sl-fl-side">{esc(text)}</span>'
    if grid.cells is None:
        cells = _unknown() * 4
    else:
        cells = "".join(
            _cell(grid, f"{row + 1},{j}", cell) for j, cell in enumerate(grid.cells[row], 1)
        )
    margin = _cell(grid, f"{row + 1},*", grid.coverage[row]) if grid.coverage else _unknown()
    return Markup(f"{side}{cells}{margin}")


def _cell(grid: Grid, place: str, mean: GroupMean) -> Markup:
    """Return a cell, tinted by its mAP after; dashes where there is no query."""
    if mean.n_queries == 0:
        return Markup(f'<span class="sl-fl-cell sl-fl-none">{MISSING}<small>n = 0</small></span>')
    share = 100 * (mean.map_after or 0.0)
    change = f"{ap_text(mean.map_before)}→<wbr><b>{ap_text(mean.map_after)}</b>"
    kind = " sl-fl-margin" if "*" in place else ""
    return Markup(
        f'<button type="button" class="sl-fl-cell{kind}" data-slice="grid:{grid.bounds}:{place}" '
        f'style="--share:{share:.0f}%" aria-label="mAP {ap_text(mean.map_before)} before, '
        f'{ap_text(mean.map_after)} after, {mean.n_queries} queries; opens them">'
        f'<span class="sl-num">{change}</span>'
        f'<small title="{mean.n_positives:,} positives">n = {mean.n_queries:,}</small></button>'
    )


def _unknown() -> Markup:
    return Markup(f'<span class="sl-fl-cell sl-fl-none">{MISSING}<small>not known</small></span>')


def _ranges(facts: MeasureFacts) -> tuple[str, ...]:
    if facts.bounds is None:
        return ("1st quarter", "2nd quarter", "3rd quarter", "4th quarter")
    low, middle, high = (f"{bound:.3g}" for bound in facts.bounds)
    return (f"< {low}", f"{low} to {middle}", f"{middle} to {high}", f"≥ {high}")


def _facts_line(facts: MeasureFacts) -> Markup:
    if not facts.n_known:
        text = f"{facts.measure}: not known for any of {facts.n:,} positives"
        return Markup(f'<p class="sl-fl-note sl-fl-warn">{esc(text)}</p>')
    sources = ", ".join(f"{_SOURCES[name]} {n:,}" for name, n in facts.sources.items())
    missing = facts.n - facts.n_known
    text = f"{facts.measure}: {facts.unit}; {sources} of {facts.n:,} positives"
    text += f", {missing:,} not known and left out" if missing else ""
    warn = " sl-fl-warn" if "estimate" in facts.sources else ""
    return Markup(f'<p class="sl-fl-note{warn}">{esc(text)}</p>')


def _change(change: AppearanceChange) -> Markup:
    cells = "".join(
        f'<button type="button" class="sl-fl-cell" data-slice="change:{esc(change.name)}='
        f'{esc(group.label)}" style="--share:{100 * (group.map_after or 0.0):.0f}%"'
        f"{'' if group.n_queries else ' disabled'}>"
        f'<span class="sl-fl-group">{esc(group.label)}</span>'
        f'<span class="sl-num">{ap_text(group.map_before)} → <b>{ap_text(group.map_after)}</b>'
        f"</span><small>n = {group.n_queries:,}</small></button>"
        for group in change.groups
    )
    unit = f" ({change.unit})" if change.unit else ""
    unknown = f", {change.n_unknown:,} pairs not known" if change.n_unknown else ""
    return Markup(
        f'<div class="sl-fl-change"><span class="sl-fl-side"><b>{esc(change.name)}</b>'
        f"<small>{esc(unit.strip(' ()'))}{esc(unknown)}</small></span>{cells}</div>"
    )
