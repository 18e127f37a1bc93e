"""Keep recipes: save what is on screen, import a file, list what is saved."""

import json
from typing import TYPE_CHECKING, Any

import gradio as gr

from core.errors import SecondLookError, SettingsError
from core.types.sweeps import Recipe
from ui import messages
from ui.perturb_requests import requests_of, surface_of
from ui.render.perturb_recipes import render_recipes
from ui.shared.screen import read_state

if TYPE_CHECKING:
    from core.workbench import Workbench


def show(workbench: "Workbench", address: str | None) -> object:
    """Return the panel of saved recipes. Inputs: address. Outputs: recipes."""
    state = read_state(workbench, address)
    if state.view != "perturb":
        return gr.skip()
    return _panel(workbench, state.recipe, "")


def fulfil(workbench: "Workbench", address: str | None, wish: str) -> object:
    """Save or import a recipe, as the panel's JavaScript asked for, and return the panel.

    Inputs: address, wish. Outputs: recipes.
    """
    state = read_state(workbench, address)
    asked = _parse(wish)
    if asked is None:
        return gr.skip()
    try:
        if "text" in asked:
            recipe = workbench.robustness.parse_recipe(str(asked["text"]))
            done = f"Imported '{recipe.name}'."
        else:
            name = " ".join(str(asked.get("name", "")).split())
            surface = surface_of(workbench, state)
            recipe = Recipe(name, requests_of(workbench, state))
            if surface is not None:
                recipe = Recipe(name, surfaces=(surface,))
            done = f"Saved '{name}'."
        workbench.robustness.save_recipe(recipe)
    except SecondLookError as error:
        return _panel(workbench, state.recipe, messages.error_text(error), error=True)
    return _panel(workbench, recipe.name, done)


def _panel(workbench: "Workbench", chosen: str | None, message: str, *, error: bool = False) -> str:
    try:
        recipes = workbench.robustness.recipes()
    except SettingsError as problem:
        return render_recipes((), chosen, messages.error_text(problem), error=True)
    return render_recipes(recipes, chosen, message, error=error)


def _parse(wish: str) -> dict[str, Any] | None:
    try:
        asked = json.loads(wish)
    except ValueError:
        return None
    return asked if isinstance(asked, dict) else None
