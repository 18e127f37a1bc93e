"""Fits of joined evidence: one JSON file each, in the workspace or shipped with a model."""

import re
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter

from core.errors import SettingsError, StaleIndexError
from core.fingerprint import digest
from core.storage.documents import DocumentKind, Documents, json_kind
from core.types.evidence import EvidenceFit

FIT_NAME = r"[a-z0-9][a-z0-9_-]{0,31}"
SHIPPED = Path(__file__).parents[2] / "assets" / "pocket-vl" / "evidence"
"""Fits that come with the embedded model."""
_ADAPTER = TypeAdapter(EvidenceFit)
_BROKEN = (
    "Fit {file} cannot be read or was changed by hand; fit again with `fit`, or import it anew."
)
_JSON = json_kind(_ADAPTER, _BROKEN)


def sealed(fit: EvidenceFit) -> EvidenceFit:
    """Return a fit with the fingerprint of all its other fields."""
    bare = replace(fit, fingerprint="")
    return replace(bare, fingerprint=digest({"fit": _ADAPTER.dump_json(bare).decode()}))


def read_fit(content: bytes) -> EvidenceFit:
    """Return the fit that a file holds.

    Raises:
        ValueError: It is none, holds a value that is not finite, or differs from its fingerprint.
    """
    fit = _JSON.parse(content)
    numbers = [fit.offset, *(term.weight.value for term in fit.terms)]
    if not fit.terms or not all(abs(number) < float("inf") for number in numbers):
        raise ValueError("no terms, or a weight that is not finite")
    if sealed(fit).fingerprint != fit.fingerprint or re.fullmatch(FIT_NAME, fit.name) is None:
        raise ValueError("changed after it was fitted")
    return fit


FIT = DocumentKind(read_fit, _JSON.dump, _BROKEN, StaleIndexError)


class Fits:
    """The fits that a bench may name: its workspace's own, then the shipped ones.

    Args:
        folder: The workspace's folder of fits.
        shipped: Folder of the fits that come with the embedded model.
    """

    def __init__(self, folder: Path, shipped: Path = SHIPPED) -> None:
        self._own = Documents(folder, FIT, lambda fit: fit.name)
        self._shipped = Documents(shipped, FIT, lambda fit: fit.name)

    def names(self) -> tuple[str, ...]:
        """Return the names of all fits, the workspace's own first; each once."""
        return tuple(dict.fromkeys((*self._own.names(), *self._shipped.names())))

    def get(self, name: str) -> EvidenceFit:
        """Return a fit; an empty name is the workspace's only one, else the shipped one.

        Raises:
            SettingsError: There is none of this name, or an empty name could be several.
            StaleIndexError: Its file cannot be read or was changed by hand.
        """
        names = self._own.names() or self._shipped.names()
        if not name and len(names) == 1:
            name = names[0]
        found = (self._own.find(name) or self._shipped.find(name)) if name else None
        if found is None:
            known = ", ".join(self.names())
            wanted = f"no fit '{name[:40]}'" if name else "more than one fit" if names else "no fit"
            remedy = (
                f"write evidence:NAME with one of: {known}" if known else "run `fit NAME` first"
            )
            raise SettingsError(f"This workspace has {wanted} of evidence; {remedy}.")
        return found

    def is_shipped(self, name: str) -> bool:
        """Return whether a fit comes with the embedded model and not from this workspace."""
        return name not in self._own.names()

    def save(self, fit: EvidenceFit) -> None:
        """Keep a fit in the workspace, in place of an older one of its name.

        Raises:
            WorkspaceError: The disk is full or read-only.
        """
        self._own.save(fit)

    def remove(self, name: str) -> None:
        """Delete a fit of the workspace; a shipped one stays.

        Raises:
            SettingsError: It is shipped, or there is none of this name.
        """
        self.get(name)
        if self.is_shipped(name):
            raise SettingsError(
                f"Fit '{name}' comes with the embedded model and cannot be removed."
            )
        self._own.remove(name)
