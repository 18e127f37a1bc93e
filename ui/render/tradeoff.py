"""The sentences of the trade-offs: the smallest setting, the budget, the best within it."""

import math

from markupsafe import Markup

from core.types.tradeoff import TradeoffChoice, TradeoffRow
from ui import messages
from ui.render.frame import render_receipt
from ui.render.text import ap_text, bytes_text, esc, interval_text, seconds_text, signed

_RECEIPT = "sl-tradeoff-receipt"


def render_no_table(command: str) -> Markup:
    """Return what is missing and the command that makes it."""
    return Markup(
        f'{_section()}<h3>{_TITLE}</h3><p class="sl-empty">{esc(messages.NO_TRADEOFFS)}'
        f'<code class="sl-command-line">{esc(command)}</code></p></section>'
    )


def render_choice(choice: TradeoffChoice) -> Markup:
    """Return the head above the two plots, with the chooser of the budget."""
    return Markup(
        f"{_section()}<h3>{_TITLE}{_count(choice)}</h3>"
        f'<p class="sl-choice">{esc(_smallest(choice))}</p>'
        f'<p class="sl-choice"><label>Memory budget {_budgets(choice)} per image.</label> '
        f"{esc(_best(choice))}</p>{_origin(choice)}</section>"
        f"{render_receipt(choice.table.receipt, _RECEIPT)}"
    )


def sizes(choice: TradeoffChoice) -> list[int]:
    """Return the bytes per image of all settings, rounded up, the largest first."""
    rows = choice.table.rows
    known = {math.ceil(r.bytes_per_image) for r in rows if r.bytes_per_image is not None}
    return sorted(known, reverse=True)


_TITLE = "What memory and time buy"


def _section() -> Markup:
    return Markup('<section class="sl-panel sl-tradeoff" aria-label="Trade-offs">')


def _count(choice: TradeoffChoice) -> Markup:
    table = choice.table
    measured = [row for row in table.rows if row.problem is None]
    n = max((row.n_queries for row in measured), default=0)
    text = f"{len(measured)} settings, n = {n:,} of {table.n_corpus_queries:,} queries"
    failed = len(table.rows) - len(measured)
    if failed:
        text += f", {failed} settings not possible"
    if len(table.rows) < table.n_settings:
        text += f", {table.n_settings - len(table.rows)} still to be measured"
    return Markup(f'<span class="sl-unit">{esc(text)}</span>')


def _smallest(choice: TradeoffChoice) -> str:
    plain, small = choice.uncompressed, choice.smallest
    if plain is None or small is None:
        return "The uncompressed tokens have no mAP, so nothing can be compared with them."
    points = 100 * choice.points
    unit = "mAP point" if points == 1 else "mAP points"
    change = f"{signed(small.delta_map)} {interval_text(small.delta_ci, with_sign=True)}".rstrip()
    return (
        f"Smallest within {points:g} {unit} of uncompressed ({_bytes(plain)}, mAP "
        f"{ap_text(plain.map_after)}, {plain.setting.scorer}, depth {plain.setting.depth}): "
        f"{small.setting.stored}, {_bytes(small)} per image, mAP {ap_text(small.map_after)}, "
        f"change {change}."
    )


def _best(choice: TradeoffChoice) -> str:
    best = choice.best
    if best is None:
        return messages.NO_BUDGET_FITS
    seconds = " ".join(seconds_text(best.seconds_per_query))
    return (
        f"Best within it: {best.setting.stored}, {best.setting.scorer}, depth "
        f"{best.setting.depth}: mAP {ap_text(best.map_after)} {interval_text(best.map_after_ci)}, "
        f"{seconds.strip()} per query."
    )


def _budgets(choice: TradeoffChoice) -> Markup:
    known = sizes(choice)
    chosen = math.ceil(choice.budget)
    values = known if chosen in known else sorted([*known, chosen], reverse=True)
    options = "".join(
        f'<option value="{value}"{" selected" if value == chosen else ""}>'
        f"{esc(' '.join(bytes_text(value)))}</option>"
        for value in values
    )
    return Markup(f'<select data-budget aria-label="Memory budget per image">{options}</select>')


def _origin(choice: TradeoffChoice) -> Markup:
    table = choice.table
    mark, measured = "", table.updated_at[:16].replace("T", " ")
    if not choice.is_current:
        text = esc(messages.OTHER_TRADEOFFS)
        mark = f'<span class="sl-chip sl-partial">{text}</span> '
    return Markup(
        f'<p class="sl-protocol">{mark}{esc(table.model)} · {esc(measured)} UTC · '
        f"mAP@{table.k} · 95 % intervals: paired bootstrap over instances · "
        f'<button type="button" class="sl-link" popovertarget="{_RECEIPT}">receipt</button> · '
        '<a class="sl-link" href="tradeoff.csv" download>CSV</a></p>'
    )


def _bytes(row: TradeoffRow) -> str:
    return (
        "size not known"
        if row.bytes_per_image is None
        else " ".join(bytes_text(row.bytes_per_image))
    )
