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
from core.types.number_text import MISSING, ap_text
from ui import messages
from ui.render.parts import button, empty_panel, join, note, num, panel, span, tag, toggle

_BOUNDS: dict[GroupBounds, str] = {"corpus": "quartiles of this corpus", "ilias": "ILIAS limits"}
_SOURCES = {
    "manifest": "manifest",
    "mask": "masks",
    "box": "boxes",
    "estimate": "estimated from pixels",
}


def render_grid(grid: Grid | None) -> Markup:
    """Return the grid with its marginals; a cell opens the queries with a positive in it."""
    title = "Coverage × clutter"
    if grid is None:
        return empty_panel(title, messages.NO_OUTCOMES)
    coverage, clutter = grid.facts
    tops = join(span("sl-fl-top", text) for text in _ranges(clutter))
    corner = span("sl-fl-top", "coverage ↓ clutter →")
    rows = join(_row(grid, i, text) for i, text in enumerate(_ranges(coverage)))
    last = span("sl-fl-side", "any coverage") + (
        join(_cell(grid, f"*,{j}", g) for j, g in enumerate(grid.clutter, 1)) or _unknown() * 4
    )
    bounds = [(name, _BOUNDS[name]) for name in GROUP_BOUNDS]
    cells = (corner, tops, span("sl-fl-top", "any clutter"), rows, last, tag("span"))
    return panel(
        title,
        toggle("Limits of the quarters", "data_bounds", bounds, grid.bounds),
        tag("div", *cells, class_="sl-fl-grid"),
        *(_facts_line(facts) for facts in grid.facts),
        note(messages.GROUPS_NOTE, kind="sl-fl-note"),
        unit="mAP before → after, n queries",
    )


def render_changes(changes: Sequence[AppearanceChange]) -> Markup:
    """Return mAP per group of appearance change; a group opens its queries."""
    title = "Appearance change, query to positive"
    if not changes:
        return empty_panel(title, messages.NO_CHANGES)
    return panel(title, *(_change(change) for change in changes), unit="mAP before → after")


def _row(grid: Grid, row: int, text: str) -> Markup:
    cells = _unknown() * 4
    if grid.cells is not None:
        found = enumerate(grid.cells[row], 1)
        cells = join(_cell(grid, f"{row + 1},{j}", cell) for j, cell in found)
    margin = _cell(grid, f"{row + 1},*", grid.coverage[row]) if grid.coverage else _unknown()
    return span("sl-fl-side", text) + cells + margin


def _cell(grid: Grid, place: str, mean: GroupMean) -> Markup:
    """Return a cell, tinted by its mAP after; dashes where there is no query."""
    if mean.n_queries == 0:
        return _no_cell("n = 0")
    before, after = ap_text(mean.map_before), ap_text(mean.map_after)
    label = f"mAP {before} before, {after} after, {mean.n_queries} queries; opens them"
    return button(
        num(before, Markup("→<wbr>"), tag("b", after)),
        tag("small", f"n = {mean.n_queries:,}", title=f"{mean.n_positives:,} positives"),
        kind="sl-fl-cell sl-fl-margin" if "*" in place else "sl-fl-cell",
        data_slice=f"grid:{grid.bounds}:{place}",
        style=f"--share:{100 * (mean.map_after or 0.0):.0f}%",
        aria_label=label,
    )


def _unknown() -> Markup:
    return _no_cell("not known")


def _no_cell(why: str) -> Markup:
    return span("sl-fl-cell sl-fl-none", MISSING, tag("small", why))


def _ranges(facts: MeasureFacts) -> tuple[str, ...]:
    if facts.bounds is None:
        return ("1st quarter", "2nd quarter", "3rd quarter", "4th quarter")
    low, middle, high = (f"{bound:.3g}" for bound in facts.bounds)
    return (f"< {low}", f"{low} to {middle}", f"{middle} to {high}", f"≥ {high}")


def _facts_line(facts: MeasureFacts) -> Markup:
    if not facts.n_known:
        text = f"{facts.measure}: not known for any of {facts.n:,} positives"
        return note(text, kind="sl-fl-note sl-fl-warn")
    sources = ", ".join(f"{_SOURCES[name]} {n:,}" for name, n in facts.sources.items())
    missing = facts.n - facts.n_known
    text = f"{facts.measure}: {facts.unit}; {sources} of {facts.n:,} positives"
    text += f", {missing:,} not known and left out" if missing else ""
    return note(text, kind="sl-fl-note sl-fl-warn" if "estimate" in facts.sources else "sl-fl-note")


def _change(change: AppearanceChange) -> Markup:
    cells = (
        button(
            span("sl-fl-group", group.label),
            num(ap_text(group.map_before), " → ", tag("b", ap_text(group.map_after))),
            tag("small", f"n = {group.n_queries:,}"),
            kind="sl-fl-cell",
            data_slice=f"change:{change.name}={group.label}",
            style=f"--share:{100 * (group.map_after or 0.0):.0f}%",
            disabled=not group.n_queries,
        )
        for group in change.groups
    )
    unknown = f", {change.n_unknown:,} pairs not known" if change.n_unknown else ""
    about = tag("small", f"{(change.unit or '').strip(' ()')}{unknown}")
    side = span("sl-fl-side", tag("b", change.name), about)
    return tag("div", side, *cells, class_="sl-fl-change")
