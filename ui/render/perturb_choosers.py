"""Choosers that one pair and a set of queries share: damage, scorers, who is ranked, seed."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from markupsafe import Markup

from core.types.robustness import PERTURBATION_NAMES
from ui.render.parts import choices, pressed, span, tag, void
from ui.selection import MAX_SEED, ViewState

Choice = tuple[str, str, str]
"""A value, its text and its tool tip."""
_SWITCHES = (
    ("full", "full depth", "Rank among the whole depth instead of 20 images"),
    ("again", "retrieve again", "Rank in a new shortlist of the damaged query, at every level"),
)


def field(label: object, *control: object, about: str = "") -> Markup:
    """Return a chooser under its label; `about` is a smaller remark beside it."""
    small = (" ", tag("small", about)) if about else ()
    return tag("div", tag("span", label, *small), *control, class_="sl-pt-field")


def number_field(label: str, low: int, high: int, value: int, **does: object) -> Markup:
    """Return a field for a whole number; `does` says what of the address it sets."""
    limits = {"min": low, "max": high, "step": 1, "value": value}
    return tag(
        "label",
        tag("span", label),
        void("input", type="number", **does, **limits),
        class_="sl-pt-field",
    )


def chips(buttons: Iterable[Markup]) -> Markup:
    """Return buttons that may be pressed, several in a line."""
    return span("sl-pt-chips", *buttons, role="group")


def chosen_field(label: str, name: str, chosen: str, offered: Iterable[Choice]) -> Markup:
    """Return buttons of which one is pressed, each a value of one address field."""
    patches = [(urlencode({name: value}), text, title) for value, text, title in offered]
    buttons = choices("data_pt_set", patches, urlencode({name: chosen}))
    return field(label, span("sl-pt-choices", buttons, role="group"))


def perturbation_field(chosen: str | None, *more: tuple[str, str]) -> Markup:
    """Return the perturbations as buttons, and what is offered more as (value, text)."""
    names = [(name, name) for name in PERTURBATION_NAMES]
    buttons = (
        pressed(text, on=value == chosen, data_pt_set=urlencode({"pert": value}))
        for value, text in (*names, *more)
    )
    return field("Perturbation", chips(buttons))


def damage_fields(
    state: ViewState, pairs: Iterable[Choice], sides: Iterable[Choice], *after_pair: Markup
) -> list[Markup]:
    """Return who is paired and what follows on that, which side is damaged, and who is ranked."""
    return [
        chosen_field("Pair", "pair", state.damage.pair, pairs),
        *after_pair,
        chosen_field("Damage the", "side", state.damage.side, sides),
        _ranked_field(state),
    ]


def seed_field(state: ViewState) -> Markup:
    """Return the field of the seed."""
    return number_field("Seed", 0, MAX_SEED, state.damage.seed, data_pt_field="seed")


def _ranked_field(state: ViewState) -> Markup:
    """Return the two switches of who is ranked; a damaged candidate has none."""
    if state.damage.side != "query":
        return Markup()
    values = (state.damage.full_depth, state.damage.retrieve_again)
    buttons = (
        pressed(text, on=on, data_pt_set=f"{name}={'' if on else '1'}", title=title)
        for (name, text, title), on in zip(_SWITCHES, values, strict=True)
    )
    return field("Rank", chips(buttons))


def scorers_field(state: ViewState, offered: Sequence[str]) -> Markup:
    """Return what can be shown beside the bench's own scorer; any compression can be named."""
    if not offered:
        return Markup()
    named = [*offered, *(name for name in state.scorers if name not in offered)]
    return field(
        Markup("Scorers beside the bench's own and the descriptor"),
        chips(_scorer_chip(state.scorers, name) for name in named),
        Markup(
            '<input data-pts-scorer spellcheck="false" placeholder="a compression, such as int8" '
            'aria-label="Add a compression as a scorer">'
        ),
    )


def _scorer_chip(chosen: Sequence[str], name: str) -> Markup:
    is_on = name in chosen
    after = [one for one in chosen if one != name] if is_on else [*chosen, name]
    return pressed(name, on=is_on, data_pt_set=urlencode({"scorers": ";".join(after)}))
