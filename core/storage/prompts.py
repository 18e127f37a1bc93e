"""Saved wordings of the question as versioned JSON, one file each."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from core.errors import SettingsError
from core.storage.documents import Documents, hashed_name, json_kind
from core.types.pairs import PromptText

MAX_NAME = 60
MAX_QUESTION = 2000


@dataclass(frozen=True, slots=True)
class _Stored:
    format: Literal["second-look prompt 1"]
    name: str
    question: str
    layout: str


_PROMPT = json_kind(
    TypeAdapter(_Stored),
    "The saved prompt '{file}' is damaged or of another version; delete that file.",
    SettingsError,
    indent=None,
)


class SavedPrompts:
    """The saved wordings of a workspace.

    Args:
        folder: Where they live; made on first save.
    """

    def __init__(self, folder: Path) -> None:
        self._files = Documents(folder, _PROMPT, lambda prompt: hashed_name(prompt.name))

    def save(self, prompt: PromptText) -> None:
        """Keep a wording; one of the same name is replaced.

        Raises:
            SettingsError: It has no usable name or question.
            WorkspaceError: The disk is full or read-only.
        """
        if not 0 < len(prompt.name.strip()) <= MAX_NAME:
            raise SettingsError(f"A prompt needs a name of 1 to {MAX_NAME} characters.")
        check_question(prompt.question)
        texts = (prompt.name, prompt.question, prompt.layout)
        self._files.save(_Stored("second-look prompt 1", *texts))

    def all(self) -> tuple[PromptText, ...]:
        """Return the saved wordings, sorted by name.

        Raises:
            SettingsError: A file cannot be read as a prompt.
        """
        found = [PromptText(one.name, one.question, one.layout) for one in self._files.all()]
        return tuple(sorted(found, key=lambda prompt: prompt.name))


def check_question(question: str) -> None:
    """Do nothing if a question can be asked.

    Raises:
        SettingsError: It is empty or too long.
    """
    if not 0 < len(question.strip()) <= MAX_QUESTION:
        raise SettingsError(f"A question needs 1 to {MAX_QUESTION} characters; write one.")
