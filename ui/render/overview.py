"""The failure classes as bars, for the Failures screen."""

from collections.abc import Mapping

from markupsafe import Markup

from core.types.rankings import FailureClass
from core.types.runs import Summary
from ui.render.parts import button, glyph, num, panel, span, tag
from ui.shared.text import CLASS_LOOKS


def render_classes(summary: Summary | None, rules: Mapping[FailureClass, str]) -> Markup:
    """Return the failure classes as bars; a click lists the class's queries."""
    if summary is None:
        return Markup()
    n = sum(summary.classes.values())
    title = "What happened to the queries"
    lines = (
        _class_line(name, summary.classes.get(name, 0), n, rules[name]) for name in CLASS_LOOKS
    )
    return panel(title, *lines, unit=f"queries, n = {n:,}", label="Failure classes")


def _class_line(name: FailureClass, count: int, n: int, rule: str) -> Markup:
    look = CLASS_LOOKS[name]
    kind = f"sl-class-{look.slug}"
    share = span(kind, style=f"width:{100 * count / max(1, n):.1f}%")
    words = (glyph(look.glyph, f"sl-mark {kind}"), tag("span", name), span("sl-class-bar", share))
    return button(*words, num(count), kind="sl-class-line", data_class=name, title=rule)
