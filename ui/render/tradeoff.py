"""The sentences of the trade-offs: the smallest setting, the budget, the best within it."""

import math

from markupsafe import Markup

from core.types.number_text import ap_text, interval_text, signed
from core.types.tradeoff import TradeoffChoice, TradeoffRow
from ui import messages
from ui.render.frame import render_receipt
from ui.render.parts import heading, link, note, options, span, tag
from ui.shared.text import bytes_text, seconds_text

_RECEIPT = "sl-tradeoff-receipt"


def render_no_table(command: str) -> Markup:
    """Return what is missing and the command that makes it."""
    code = tag("code", command, class_="sl-command-line")
    return _section(heading(_TITLE), note(messages.NO_TRADEOFFS, code, kind="sl-empty"))


def render_choice(choice: TradeoffChoice) -> Markup:
    """Return the head above the two plots, with the chooser of the budget."""
    budget = tag("label", "Memory budget ", _budgets(choice), " per image.")
    return _section(
        heading(_TITLE, _count(choice)),
        note(_smallest(choice), kind="sl-choice"),
        note(budget, f" {_best(choice)}", kind="sl-choice"),
        _origin(choice),
    ) + render_receipt(choice.table.receipt, _RECEIPT)


def sizes(choice: TradeoffChoice) -> list[int]:
    """Return the bytes per image of all settings, rounded up, the largest first."""
    rows = choice.table.rows
    known = {math.ceil(r.bytes_per_image) for r in rows if r.bytes_per_image is not None}
    return sorted(known, reverse=True)


_TITLE = "What memory and time buy"


def _section(*body: Markup) -> Markup:
    return tag("section", *body, class_="sl-panel sl-tradeoff", aria_label="Trade-offs")


def _count(choice: TradeoffChoice) -> str:
    table = choice.table
    measured = [row for row in table.rows if row.problem is None]
    n = max((row.n_queries for row in measured), default=0)
    text = f"{len(measured)} settings, n = {n:,} of {table.n_corpus_queries:,} queries"
    failed = len(table.rows) - len(measured)
    if failed:
        text += f", {failed} settings not possible"
    if len(table.rows) < table.n_settings:
        text += f", {table.n_settings - len(table.rows)} still to be measured"
    return text


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
    named = options(((value, " ".join(bytes_text(value))) for value in values), chosen)
    return tag("select", named, data_budget=True, aria_label="Memory budget per image")


def _origin(choice: TradeoffChoice) -> Markup:
    table = choice.table
    mark, measured = "", table.updated_at[:16].replace("T", " ")
    if not choice.is_current:
        mark = span("sl-chip sl-partial", messages.OTHER_TRADEOFFS) + " "
    words = f"{table.model} · {measured} UTC · mAP@{table.k} · 95 % intervals: paired bootstrap"
    receipt = link("receipt", popovertarget=_RECEIPT)
    file = Markup(' · <a class="sl-link" href="tradeoff.csv" download>CSV</a>')
    return note(mark, f"{words} over instances · ", receipt, file, kind="sl-protocol")


def _bytes(row: TradeoffRow) -> str:
    return (
        "size not known"
        if row.bytes_per_image is None
        else " ".join(bytes_text(row.bytes_per_image))
    )
