"""Choosers that one pair and a set of queries share: buttons, scorers, who is ranked."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from markupsafe import Markup

from ui.render.text import esc
from ui.selection import ViewState


def field(label: str, control: str) -> Markup:
    """Return a chooser under its label."""
    return Markup(f'<div class="sl-pt-field"><span>{label}</span>{control}</div>')


def choices(name: str, chosen: str, options: Iterable[tuple[str, str, str]]) -> Markup:
    """Return buttons of which one is pressed: (value, text, title) of an address field."""
    buttons = "".join(
        f'<button type="button" data-pt-set="{esc(urlencode({name: value}))}" '
        f'title="{esc(title)}" aria-pressed="{str(value == chosen).lower()}">{esc(text)}</button>'
        for value, text, title in options
    )
    return Markup(f'<span class="sl-pt-choices" role="group">{buttons}</span>')


def ranked_field(state: ViewState) -> Markup:
    """Return the two switches of who is ranked; a damaged candidate has none."""
    if state.damage.side != "query":
        return Markup()
    switches = (
        (
            "full",
            state.damage.full_depth,
            "full depth",
            "Rank among the whole depth instead of 20 images",
        ),
        (
            "again",
            state.damage.retrieve_again,
            "retrieve again",
            "Rank in a new shortlist of the damaged query, at every level",
        ),
    )
    buttons = "".join(
        f'<button type="button" data-pt-set="{name}={"" if on else "1"}" title="{title}" '
        f'aria-pressed="{str(on).lower()}">{text}</button>'
        for name, on, text, title in switches
    )
    return field("Rank", f'<span class="sl-pt-chips" role="group">{buttons}</span>')


def scorers_field(state: ViewState, offered: Sequence[str]) -> Markup:
    """Return what can be shown beside the bench's own scorer; any compression can be named."""
    if not offered:
        return Markup()
    named = [*offered, *(name for name in state.scorers if name not in offered)]
    chips = "".join(_scorer_chip(state.scorers, name) for name in named)
    return field(
        "Scorers beside the bench's own and the descriptor",
        f'<span class="sl-pt-chips" role="group">{chips}</span>'
        '<input data-pts-scorer spellcheck="false" placeholder="a compression, such as int8" '
        'aria-label="Add a compression as a scorer">',
    )


def _scorer_chip(chosen: Sequence[str], name: str) -> Markup:
    is_on = name in chosen
    after = [one for one in chosen if one != name] if is_on else [*chosen, name]
    patch = esc(urlencode({"scorers": ";".join(after)}))
    return Markup(
        f'<button type="button" data-pt-set="{patch}" aria-pressed="{str(is_on).lower()}">'
        f"{esc(name)}</button>"
    )
