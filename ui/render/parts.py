"""The parts that screens are made of; each escapes what it is given and takes Markup as it is.

They have the shape of template macros: values in, markup out, and nothing is looked up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with a class or a tool tip, or one that goes over several columns."""

    text: object
    kind: str | None = None
    title: str | None = None
    span: int | None = None


def tag(element: str, /, *body: object, **attributes: object) -> Markup:
    """Return an element.

    Args:
        element: Its name.
        body: What is inside, in order.
        attributes: In order; `data_query` is written `data-query`, `class_` is written `class`.
            None and False leave an attribute out and True writes its name alone, but for `aria_...`
            which says true or false.
    """
    return Markup(f"<{element}{_attributes(attributes)}>{''.join(map(escape, body))}</{element}>")


def void(element: str, /, **attributes: object) -> Markup:
    """Return an element that has no body, such as an input; attributes are as those of `tag`."""
    return Markup(f"<{element}{_attributes(attributes)}>")


def _attributes(values: Mapping[str, object]) -> str:
    written = ""
    for key, value in values.items():
        name = key.strip("_").replace("_", "-")
        if isinstance(value, bool) and name.startswith("aria-"):
            written += f' {name}="{str(value).lower()}"'
        elif value is True:
            written += f" {name}"
        elif value is not None and value is not False:
            written += f' {name}="{escape(value)}"'
    return written


def join(parts: Iterable[object], between: str = "") -> Markup:
    """Return parts one after the other."""
    return Markup(escape(between).join(map(escape, parts)))


def note(*body: object, kind: str = "sl-sub", **attributes: object) -> Markup:
    """Return a paragraph of secondary text."""
    return tag("p", *body, class_=kind, **attributes)


def span(kind: str, *body: object, **attributes: object) -> Markup:
    """Return text with a class of its own."""
    return tag("span", *body, class_=kind, **attributes)


def num(*body: object, kind: str = "", **attributes: object) -> Markup:
    """Return a number in figures of one width; `kind` is a class more."""
    return tag("span", *body, class_=f"sl-num {kind}".rstrip(), **attributes)


def glyph(sign: str, kind: str | None = None) -> Markup:
    """Return a sign that is not read aloud."""
    return tag("span", sign, class_=kind, aria_hidden=True)


def chip(sign: str, text: object, kind: str) -> Markup:
    """Return a coloured chip: a glyph and what it stands for."""
    return tag("span", glyph(sign), " ", text, class_=f"sl-chip {kind}")


def names(name: object, under: object = None) -> Markup:
    """Return a name and the smaller line under it."""
    return span("sl-names", tag("b", name), "" if under is None else tag("small", under))


def picture(src: str, width: int, height: int, **attributes: object) -> Markup:
    """Return a thumbnail that says nothing beside its neighbours' words."""
    size = {"width": width, "height": height, "loading": "lazy"}
    return void("img", src=src, alt="", **size, **attributes)


def heading(title: object, unit: object = "", kind: str | None = None) -> Markup:
    """Return a heading with the unit, or the n, of what it is above."""
    return tag("h3", title, span("sl-unit", unit) if unit else "", class_=kind)


def caption(title: object, unit: object = "") -> Markup:
    """Return the line above a figure."""
    return heading(title, unit, "sl-plot-head")


def panel(
    title: str, *body: object, unit: object = "", kind: str = "", label: str = "", **more: object
) -> Markup:
    """Return a framed section under its heading; `label` is its name where that is another."""
    name = f"sl-panel {kind}".rstrip()
    return tag(
        "section", heading(title, unit), *body, class_=name, aria_label=label or title, **more
    )


def empty_panel(title: str, text: str) -> Markup:
    """Return a panel that has nothing to show, with the reason."""
    return panel(title, note(text, kind="sl-empty"))


def button(*body: object, kind: str = "sl-button", **attributes: object) -> Markup:
    """Return a button; `kind` is its class."""
    return tag("button", *body, type="button", class_=kind or None, **attributes)


def link(*body: object, **attributes: object) -> Markup:
    """Return a button that looks like a link."""
    return button(*body, kind="sl-link", **attributes)


def download(text: object, href: str, **attributes: object) -> Markup:
    """Return a link that looks like a button and saves a file."""
    return tag("a", text, class_="sl-button", href=href, download=True, **attributes)


def pair_button(*body: object, kind: str, query: str, candidate: str, label: str) -> Markup:
    """Return a button that opens a pair; `label` says which."""
    pair = {"data_open_pair": query, "data_candidate": candidate}
    return button(*body, kind=kind, **pair, aria_label=label, title=label)


def pressed(*body: object, on: bool, kind: str = "", **attributes: object) -> Markup:
    """Return a button that stays pressed."""
    return button(*body, kind=kind, **attributes, aria_pressed=on)


def choices(name: str, offered: Iterable[Sequence[object]], chosen: object) -> Markup:
    """Return buttons of which the chosen one is pressed.

    Args:
        name: The attribute that carries each button's value.
        offered: (value, text) or (value, text, tool tip).
        chosen: The pressed button's value.
    """
    return join(
        pressed(text, on=value == chosen, kind="", **{name: value}, title=tip[0] if tip else None)
        for value, text, *tip in offered
    )


def toggle(label: str, name: str, offered: Iterable[Sequence[object]], chosen: object) -> Markup:
    """Return `choices` side by side, under a name that is read aloud."""
    buttons = choices(name, offered, chosen)
    return tag("div", buttons, class_="sl-fl-toggle", role="group", aria_label=label)


def options(
    offered: Iterable[Sequence[object]], selected: object = None, disabled: Sequence[object] = ()
) -> Markup:
    """Return the options of a select.

    Args:
        offered: (value, text) or (value, text, tool tip).
        selected: The value that is chosen.
        disabled: The values that cannot be chosen; the selected one stays.
    """
    return join(
        tag(
            "option",
            text,
            value=value,
            title=tip[0] if tip else None,
            **_state(value, selected, disabled),
        )
        for value, text, *tip in offered
    )


def _state(value: object, selected: object, disabled: Sequence[object]) -> dict[str, bool]:
    is_selected = value == selected
    return {"selected": is_selected, "disabled": value in disabled and not is_selected}


def table(
    columns: Sequence[object],
    rows: Iterable[Sequence[object]],
    kind: str | None = None,
    scroll: str | None = None,
) -> Markup:
    """Return a table whose rows begin with their name.

    Args:
        columns: Titles; an empty one leaves its corner empty.
        rows: As many cells each, or fewer where one goes over several columns.
        kind: Its class.
        scroll: Class of the box it scrolls in; None for no box.
    """
    head = join(_cell(one, scope="col") if one else tag("td") for one in columns)
    lines = join(
        tag("tr", _cell(first, scope="row"), *(_cell(one) for one in rest)) for first, *rest in rows
    )
    found = tag("table", tag("thead", tag("tr", head)), tag("tbody", lines), class_=kind)
    return found if scroll is None else tag("div", found, class_=scroll)


def _cell(text: object, scope: str | None = None) -> Markup:
    cell = text if isinstance(text, Cell) else Cell(text)
    shape = {"scope": scope, "colspan": cell.span, "class_": cell.kind, "title": cell.title}
    return tag("th" if scope else "td", cell.text, **shape)


def definitions(pairs: Iterable[tuple[object, object]], kind: str = "sl-facts") -> Markup:
    """Return a list of terms, each with what it is; a Cell may have a tool tip."""
    cells = [(term, what if isinstance(what, Cell) else Cell(what)) for term, what in pairs]
    return tag(
        "dl",
        *(tag("dt", term) + tag("dd", cell.text, title=cell.title) for term, cell in cells),
        class_=kind,
    )


def kpi(label: str, value: object, about: str, kind: str = "plain") -> Markup:
    """Return a key figure with its name above and its interval or n below."""
    lines = {"label": label, "value": value, "note": about}
    body = (span(f"sl-kpi-{name}", text) for name, text in lines.items())
    return tag("div", *body, class_=f"sl-kpi sl-kpi-{kind}")


def action(text: str, name: str = "resume") -> Markup:
    """Return the button that a bar of progress ends with."""
    return button(text, data_action=name)


def progress(
    stage: str, counts: str, about: str, share: float, text: str, name: str = "resume"
) -> Markup:
    """Return a bar: its stage, counts and remark, the share done in [0, 1], and an action."""
    words = span("sl-stage", stage) + span("sl-mono", counts) + span("sl-muted", about)
    percent = f"{100 * share:.1f}"
    limits = {"aria_valuemin": 0, "aria_valuemax": 100, "aria_valuenow": percent}
    fill = tag("div", class_="sl-fill", style=f"width:{percent}%")
    return tag(
        "div",
        tag("div", words, action(text, name), class_="sl-progress-line"),
        tag("div", fill, class_="sl-track", role="progressbar", **limits, aria_label=stage),
        class_="sl-progress",
        data_action_state=name,
    )
