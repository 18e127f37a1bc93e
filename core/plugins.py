"""Objects of the user's own code, named on the command line: re-rankers and descriptors.

`MODULE:NAME` is looked for in the current folder and wherever Python looks; a bare `NAME` is an
entry point that an installed package brings. Importing a module runs it, so no name comes from the
page or an address: `core.bench.named_plugins` sees to that.
"""

import importlib
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from core.errors import SettingsError
from core.fingerprint import digest

PREFIX = "python:"
STAGES_GROUP, DESCRIPTORS_GROUP = "second_look.stages", "second_look.descriptors"
"""Groups of entry points."""
PLUGIN_NAME = r"[A-Za-z_][\w.\-]*(:[A-Za-z_]\w*)?"
"""How a plug-in is written behind `python:`."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A user's object, and what is said of it.

    `fingerprint` is the object's own, else a hash of the file that it is written in: changed code
    makes other scores. `unit` is empty where the object names none.
    """

    made: Any
    name: str
    unit: str
    fingerprint: str


def plugin_of(name: str) -> str | None:
    """Return what stands behind `python:`, None where a name is no plug-in's."""
    return name.removeprefix(PREFIX) if name.startswith(PREFIX) else None


def load_plugin(written: str, group: str, method: str) -> Plugin:
    """Import a plug-in; this runs its module.

    Args:
        written: `MODULE:NAME`, or the name of an entry point.
        group: Of entry points.
        method: What the object must have.

    Raises:
        SettingsError: It cannot be found or imported, or has no such method.
    """
    if re.fullmatch(PLUGIN_NAME, written) is None:
        raise SettingsError(
            f"Plug-in '{written[:80]}' cannot be read; write python:MODULE:NAME, or python:NAME "
            "of an installed package."
        )
    module, found = _found(written, group)
    made = _called(found, written) if isinstance(found, type) else found
    if not callable(getattr(made, method, None)):
        raise SettingsError(
            f"Plug-in '{written}' has no method {method}(), which it needs; see "
            "assets/docs/plug-ins.md."
        )
    told = _told(made)
    fingerprint = told.get("fingerprint") or _of_source(module, written)
    name = told.get("name") or written.rpartition(":")[2]
    return Plugin(made, name, told.get("unit", ""), fingerprint)


def words_of(written: str, group: str) -> tuple[str, str]:
    """Return name and unit of a plug-in as far as it has been imported; imports nothing."""
    module_name, _, name = written.partition(":")
    if not name:
        point = _entry_point(written, group)
        module_name, name = ("", "") if point is None else (point.module, point.attr)
    found = getattr(sys.modules.get(module_name), name, None) if name else None
    told = {} if found is None else _told(found)
    return told.get("name") or written.rpartition(":")[2], told.get("unit", "")


def _told(made: Any) -> dict[str, str]:  # noqa: ANN401 - a user's object
    """Return those of the optional fields that are texts."""
    found = {key: getattr(made, key, None) for key in ("fingerprint", "name", "unit")}
    return {key: text for key, text in found.items() if isinstance(text, str) and text}


def _found(written: str, group: str) -> tuple[ModuleType, Any]:
    module_name, _, name = written.partition(":")
    if not name:
        point = _entry_point(written, group)
        if point is None:
            known = ", ".join(sorted(one.name for one in entry_points(group=group)))
            has = f"has: {known}" if known else "has none"
            raise SettingsError(
                f"No installed package brings '{written[:80]}' (this Python {has}); write "
                "python:MODULE:NAME to name a file of your own."
            )
        module_name, name = point.module, point.attr
    module = _imported(module_name, written)
    if not hasattr(module, name):
        raise SettingsError(f"Module '{module_name}' of plug-in '{written}' has no '{name}'.")
    return module, getattr(module, name)


def _entry_point(name: str, group: str) -> EntryPoint | None:
    return next(iter(entry_points(group=group, name=name)), None)


def _imported(module_name: str, written: str) -> ModuleType:
    try:
        with _current_folder():
            return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and module_name.startswith(error.name):
            raise SettingsError(
                f"Module '{module_name}' of plug-in '{written}' is neither in the current folder "
                "nor installed."
            ) from error
        raise _failed(written, error) from error
    except Exception as error:
        raise _failed(written, error) from error


@contextmanager
def _current_folder() -> Generator[None]:
    folder = str(Path.cwd())
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


def _called(found: type, written: str) -> Any:  # noqa: ANN401 - a user's object
    try:
        return found()
    except Exception as error:
        raise _failed(written, error) from error


def _failed(written: str, error: Exception) -> SettingsError:
    return SettingsError(f"Plug-in '{written}' cannot be imported: {what_was_raised(error)}.")


def what_was_raised(error: Exception) -> str:
    """Return a user's exception in one line: its kind and its text."""
    text = " ".join(str(error).split())[:200].rstrip(".")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _of_source(module: ModuleType, written: str) -> str:
    file = getattr(module, "__file__", None)
    if file is None or not Path(file).is_file():
        raise SettingsError(
            f"Plug-in '{written}' has no file to tell one version from another by; give it a "
            "text 'fingerprint'."
        )
    return digest({"plug-in": written, "source": Path(file).read_text("utf-8", "replace")})
