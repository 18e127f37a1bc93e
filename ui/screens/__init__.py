"""The screens of the page, one folder each, in the order of `ui/screen_names.py`."""

from importlib import import_module

from ui.screen_names import SCREEN_NAMES
from ui.shared.screen import Screen


def _load(name: str) -> Screen:
    found: Screen = import_module(f"ui.screens.{name}.screen").SCREEN
    assert found.name == name, f"the screen of the folder {name} is called {found.name}"
    return found


SCREENS: tuple[Screen, ...] = tuple(_load(name) for name in SCREEN_NAMES)
