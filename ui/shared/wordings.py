"""Fields of a wording: its question, its layout, and the wordings to start from."""

from core.types.pairs import PromptText

LAYOUTS = (
    ("images_then_question", "images then question"),
    ("question_first", "question first"),
)
"""Layouts with what they are called."""
MAX_QUESTION, MAX_COMPRESSION, MAX_NAME = 2000, 120, 60


def layout_name(layout: str) -> str:
    """Return a layout in words."""
    return layout.replace("_", " ")


def wording_name(one: PromptText) -> str:
    """Return what a wording is called in a list."""
    return one.name if one.builtin else f"{one.name} (saved)"
