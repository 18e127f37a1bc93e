"""Saved wordings of the question as versioned JSON, one file each."""

import hashlib
import json
from pathlib import Path

from core.errors import SettingsError
from core.storage.files import atomic_write_json
from core.types.pairs import PromptText

FORMAT = "second-look prompt 1"
MAX_NAME = 60
MAX_QUESTION = 2000


class SavedPrompts:
    """The saved wordings of a workspace.

    Args:
        folder: Where they live; made on first save.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, prompt: PromptText) -> None:
        """Keep a wording; one of the same name is replaced.

        Raises:
            SettingsError: It has no usable name or question.
            WorkspaceError: The disk is full or read-only.
        """
        if not 0 < len(prompt.name.strip()) <= MAX_NAME:
            raise SettingsError(f"A prompt needs a name of 1 to {MAX_NAME} characters.")
        check_question(prompt.question)
        # the name is the user's: it is never a path
        key = hashlib.sha256(prompt.name.encode()).hexdigest()[:16]
        self._folder.mkdir(parents=True, exist_ok=True)
        document = {"name": prompt.name, "question": prompt.question, "layout": prompt.layout}
        atomic_write_json(self._folder / f"{key}.json", {"format": FORMAT, **document})

    def all(self) -> tuple[PromptText, ...]:
        """Return the saved wordings, sorted by name.

        Raises:
            SettingsError: A file cannot be read as a prompt.
        """
        found = [_read(path) for path in self._folder.glob("*.json")]
        return tuple(sorted(found, key=lambda prompt: prompt.name))


def check_question(question: str) -> None:
    """Do nothing if a question can be asked.

    Raises:
        SettingsError: It is empty or too long.
    """
    if not 0 < len(question.strip()) <= MAX_QUESTION:
        raise SettingsError(f"A question needs 1 to {MAX_QUESTION} characters; write one.")


def _read(path: Path) -> PromptText:
    try:
        document: dict[str, object] = json.loads(path.read_text("utf-8"))
        if document["format"] != FORMAT:
            raise ValueError
        texts = [document[field] for field in ("name", "question", "layout")]
        if not all(isinstance(text, str) for text in texts):
            raise ValueError
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SettingsError(
            f"The saved prompt '{path.name}' is damaged or of another version; delete that file."
        ) from error
    name, question, layout = (str(text) for text in texts)
    return PromptText(name, question, layout)
