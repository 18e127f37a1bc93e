"""Recipes: save what is on screen, import a file, replay, export."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from markupsafe import Markup

from core.errors import SecondLookError, SettingsError
from core.types.surfaces import SurfaceRequest
from core.types.sweeps import Recipe
from ui import messages
from ui.screens.perturb.selection import patch_text, recipe_state, requests_of, surface_of
from ui.selection import ViewState
from ui.shared.screen import Page

MAX_NAME = 80


@dataclass(frozen=True, slots=True)
class Line:
    """A row in the list of saved recipes.

    `about` says what the recipe measures, `replay` is the selection (as in the page's address)
    that measures it again, `href` the address of its file.
    """

    name: str
    about: str
    replay: str
    href: str


@dataclass(frozen=True, slots=True)
class RecipesContext:
    """The panel of saved recipes, with the form that saves or imports one.

    `chosen` is the recipe in the address, `message` what became of the last save or import,
    `most` the greatest length of a name.
    """

    template: ClassVar[str] = "perturb/recipes.html"
    lines: tuple[Line, ...]
    chosen: str | None
    message: str
    is_error: bool
    most: int


def show_recipes(page: Page, state: ViewState) -> Markup | None:
    """Return the panel of saved recipes; None where no pair is shown."""
    if state.set_of is not None or (state.query is None and state.recipe is None):
        return None
    return _panel(page, state.recipe, "")


def fulfil(page: Page, state: ViewState, wish: Mapping[str, object]) -> Markup:
    """Save what is on screen under `name`, or import `text`, and return the panel."""
    robustness = page.workbench.robustness
    try:
        if "text" in wish:
            recipe = robustness.parse_recipe(str(wish["text"]))
            done = f"Imported '{recipe.name}'."
        else:
            recipe = _on_screen(page, state, " ".join(str(wish.get("name", "")).split()))
            done = f"Saved '{recipe.name}'."
        robustness.save_recipe(recipe)
    except SecondLookError as error:
        return _panel(page, state.recipe, messages.error_text(error), is_error=True)
    return _panel(page, recipe.name, done)


def _on_screen(page: Page, state: ViewState, name: str) -> Recipe:
    surface = surface_of(page.workbench, state)
    if surface is not None:
        return Recipe(name, surfaces=(surface,))
    return Recipe(name, requests_of(page.workbench, state))


def _panel(page: Page, chosen: str | None, message: str, *, is_error: bool = False) -> Markup:
    try:
        recipes = page.workbench.robustness.recipes()
    except SettingsError as problem:
        recipes, message, is_error = (), messages.error_text(problem), True
    lines = tuple(_line(recipe) for recipe in recipes)
    return page.html(RecipesContext(lines, chosen, message, is_error, MAX_NAME))


def _line(recipe: Recipe) -> Line:
    first, what = (*recipe.sweeps, *recipe.surfaces)[0], f"{len(recipe.sweeps)} sweeps"
    if isinstance(first, SurfaceRequest):
        what = f"{first.first} and {first.second}"
    elif len(recipe.sweeps) == 1:
        what = first.name
    about = f"{what}, {first.damage.pair} pair, seed {first.damage.seed}"
    href = "recipe?" + urlencode({"name": recipe.name})
    return Line(recipe.name, about, patch_text(recipe_state(recipe)), href)
