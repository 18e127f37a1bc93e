"""Fields of a wording: its question and its layout."""

from markupsafe import Markup

from core.types.pairs import PromptText
from core.types.setting import SettingWish
from ui.render.parts import options, tag

LAYOUTS = ("images_then_question", "question_first")
MAX_QUESTION = 2000


def wording(name: str, one: PromptText | SettingWish, value: str | None = None) -> Markup:
    """Return a question with its layout as an option to start from."""
    return tag("option", name, value=value, data_question=one.question, data_layout=one.layout)


def wording_name(one: PromptText) -> str:
    """Return what a wording is called in a list."""
    return one.name if one.builtin else f"{one.name} (saved)"


def layout_field(chosen: str) -> Markup:
    """Return the select of layouts."""
    named = options(((one, one.replace("_", " ")) for one in LAYOUTS), chosen)
    return tag("label", "Layout", tag("select", named, name="layout", aria_label="Layout"))


def question_field(question: str, kind: str | None = None) -> Markup:
    """Return the field of the question; `kind` is its class."""
    text = tag("textarea", question, name="question", rows=2, maxlength=MAX_QUESTION)
    return tag("label", "Question", text, class_=kind)
