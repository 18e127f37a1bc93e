"""Saved wordings of the question as versioned JSON, one file each."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from core.errors import SettingsError
from core.storage.documents import DocumentKind, Documents, hashed_name
from core.types.pairs import PromptText

MAX_NAME = 60
MAX_QUESTION = 2000


@dataclass(frozen=True, slots=True)
class _Stored:
    format: Literal["second-look prompt 1"]
    name: str
    question: str
    layout: str


_FILE = TypeAdapter(_Stored)


def saved_prompts(folder: Path) -> Documents[PromptText]:
    """Return the saved wordings of a workspace's folder by name; one of a name is kept.

    `save` raises a SettingsError for a wording without a usable name or question.
    """
    return Documents(folder, _PROMPT, lambda one: hashed_name(one.name), lambda one: one.name)


def check_question(question: str) -> None:
    """Do nothing if a question can be asked.

    Raises:
        SettingsError: It is empty or too long.
    """
    if not 0 < len(question.strip()) <= MAX_QUESTION:
        raise SettingsError(f"A question needs 1 to {MAX_QUESTION} characters; write one.")


def _parse(data: bytes) -> PromptText:
    found = _FILE.validate_json(data)
    return PromptText(found.name, found.question, found.layout)


def _dump(prompt: PromptText) -> bytes:
    if not 0 < len(prompt.name.strip()) <= MAX_NAME:
        raise SettingsError(f"A prompt needs a name of 1 to {MAX_NAME} characters.")
    check_question(prompt.question)
    texts = (prompt.name, prompt.question, prompt.layout)
    return _FILE.dump_json(_Stored("second-look prompt 1", *texts))


_PROMPT = DocumentKind(
    _parse,
    _dump,
    "The saved prompt '{file}' is damaged or of another version; delete that file.",
    SettingsError,
)
