"""Recipes of sweeps as versioned JSON, one file each."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from core.errors import SettingsError
from core.storage.documents import DocumentKind, Documents, hashed_name
from core.types.robustness import Damage
from core.types.surfaces import SurfaceRequest
from core.types.sweeps import Recipe, SweepRequest

FORMAT = "second-look-recipe"
VERSION = 1
MAX_BYTES = 1 << 20
MAX_NAME = 80

_RECIPE = TypeAdapter(Recipe)
_BEFORE_LEVELS = ("side", "pair", "box", "seed")
"""Fields of the damage that stand before a request's levels in a file, the others after them."""
_DAMAGE = {field.name for field in fields(Damage)}


def recipe_text(recipe: Recipe) -> str:
    """Return a recipe as indented JSON with its format and version."""
    document: dict[str, Any] = {"format": FORMAT, "version": VERSION, **asdict(recipe)}
    document["sweeps"] = [_flat(one) for one in recipe.sweeps]
    document["surfaces"] = [_flat(one) for one in recipe.surfaces]
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def parse_recipe(text: str) -> Recipe:
    """Read a recipe that `recipe_text` wrote, or one written by hand.

    Raises:
        SettingsError: It is no recipe, of another version, or a value cannot be used.
    """
    if len(text) > MAX_BYTES:
        raise SettingsError("The recipe is larger than 1 MiB; export it again.")
    try:
        document = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"The recipe is not JSON ({error}); export it again.") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise SettingsError(f"The file is no recipe: its format is not '{FORMAT}'.")
    if document.pop("version", None) != VERSION:
        raise SettingsError(f"The recipe is of another version; this one reads {VERSION}.")
    document.pop("format")
    try:
        recipe = _RECIPE.validate_python(_nested(document), extra="forbid")
    except ValidationError as error:
        first = error.errors()[0]
        place = _flat_place(first["loc"])
        raise SettingsError(f"The recipe's '{place}' cannot be used: {first['msg']}.") from error
    if (
        not recipe.name.strip()
        or len(recipe.name) > MAX_NAME
        or not (recipe.sweeps or recipe.surfaces)
    ):
        raise SettingsError(f"A recipe needs a name of 1 to {MAX_NAME} characters and a sweep.")
    return recipe


def _flat(request: SweepRequest | SurfaceRequest) -> dict[str, Any]:
    """Return a request as a file holds it: the damage's fields among its own."""
    own = asdict(request)
    damage = own.pop("damage")
    levels = {name: own.pop(name) for name in tuple(own) if name.endswith("levels")}
    placed = {name: damage.pop(name) for name in _BEFORE_LEVELS}
    return {**own, **placed, **levels, **damage}


def _nested(document: Mapping[str, object]) -> dict[str, object]:
    """Return a file's fields with those of each request's damage put together.

    What is no list stays, and so does what in a list is no request.
    """
    return {
        name: [_with_damage(one) if isinstance(one, dict) else one for one in value]
        if isinstance(value, list)
        else value
        for name, value in document.items()
    }


def _with_damage(request: Mapping[str, object]) -> dict[str, object]:
    """Return a request whose damage is one field.

    A file knows no field of that name: in the damage it is refused like any other unknown one.
    """
    damage = {name: value for name, value in request.items() if name in {*_DAMAGE, "damage"}}
    own = {name: value for name, value in request.items() if name not in damage}
    return {**own, "damage": damage}


def _flat_place(place: tuple[int | str, ...]) -> str:
    """Return where in a file a value stands: (sweeps, 0, damage, side) is sweeps.0.side."""
    known = (*place[:2], *place[3:]) if place[2:3] == ("damage",) else place
    return ".".join(str(part) for part in known)


def _checked_bytes(recipe: Recipe) -> bytes:
    text = recipe_text(recipe)
    parse_recipe(text)
    return text.encode("utf-8")


_STORED = DocumentKind(
    lambda data: parse_recipe(data.decode("utf-8")),
    _checked_bytes,
    "The saved recipe '{file}' cannot be read; delete that file.",
    SettingsError,
)


def saved_recipes(folder: Path) -> Documents[Recipe]:
    """Return the saved recipes of a workspace's folder by name; one of a name is kept.

    `save` raises a SettingsError for a recipe without a usable name or a sweep.
    """
    return Documents(folder, _STORED, lambda one: hashed_name(one.name), lambda one: one.name)
