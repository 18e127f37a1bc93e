"""Every error a user can cause or meet: the message says what, which one, and what to do."""

from collections.abc import Sequence
from typing import TypeVar

Name = TypeVar("Name", bound=str)


class SecondLookError(Exception):
    """Base of all expected failures; its text is one sentence fit for a screen.

    Args:
        message: What, which one, and what to do.
        faults: Everything found, one line each, such as `scores.csv:3: 2 columns instead of 3`.
    """

    def __init__(self, message: str, faults: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.faults = faults


class SettingsError(SecondLookError):
    """A setting or command-line value that cannot be used."""


class ManifestError(SecondLookError):
    """A corpus that cannot be read as described; carries every fault found."""


class ExchangeError(SecondLookError):
    """A file of scores that cannot be read or written; carries every fault found."""


class ProtocolError(SecondLookError):
    """Rankings or ground truth that a published protocol does not measure; carries every fault."""


class ImageError(SecondLookError):
    """An image file that is refused or cannot be decoded."""


class ModelError(SecondLookError):
    """A model that cannot be had, loaded or trusted to score."""


class WorkspaceError(SecondLookError):
    """A workspace that is locked, full, damaged or of another version."""


class StaleIndexError(WorkspaceError):
    """A stored artefact that does not match its fingerprint or checksum."""


class UnknownImageError(SecondLookError):
    """An image id that the corpus and the uploads do not hold."""


class UnknownRunError(SecondLookError):
    """The id of a run that the workspace does not hold."""


class AnnotationError(SecondLookError):
    """An annotation or a file of them that cannot be taken; carries every fault of the file."""

    def __init__(self, message: str, faults: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.faults = faults


class ConflictError(AnnotationError):
    """A change to what has changed since the author saw it; nothing was overwritten."""


def known_name(name: str, known: Sequence[Name], what: str) -> Name:
    """Return the one of `known` that `name` is.

    Args:
        name: As it was written.
        known: All that may be written.
        what: What it names, for the sentence: "Figure format".

    Raises:
        SettingsError: It is none of them; the sentence lists them.
    """
    for one in known:
        if one == name:
            return one
    raise SettingsError(f"{what} '{name}' is not known; use one of: {', '.join(known)}.")
