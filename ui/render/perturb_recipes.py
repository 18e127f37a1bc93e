"""Recipes: save what is on screen, replay, export, import."""

from collections.abc import Sequence
from urllib.parse import urlencode

from markupsafe import Markup

from core.types.surfaces import SurfaceRequest
from core.types.sweeps import Recipe
from ui.perturb_requests import patch_text, recipe_state
from ui.render.parts import button, download, note, tag

MAX_NAME = 80


def render_recipes(
    recipes: Sequence[Recipe], chosen: str | None, message: str = "", *, error: bool = False
) -> Markup:
    """Return the panel of saved recipes with the ways to add one."""
    lines = [_line(recipe, is_chosen=recipe.name == chosen) for recipe in recipes]
    none = (
        "None saved yet. A recipe keeps perturbations, levels, seed and box, and replays to the "
        "same numbers."
    )
    saved = tag("ul", *lines, class_="sl-pt-saved") if lines else note(none)
    kind, role = ("sl-down", "alert") if error else ("sl-sub", "status")
    told = note(message, kind=kind, role=role) if message else ""
    return Markup(
        '<details class="sl-side sl-pt-recipes" open><summary>Recipes</summary>'
        '<form class="sl-pt-save" data-pt-save onsubmit="return false">'
        f'<input name="name" maxlength="{MAX_NAME}" placeholder="Name of what is on screen" '
        'aria-label="Name of the recipe" autocomplete="off" required>'
        '<button class="sl-button">Save</button></form>'
        f"{saved}{told}"
        '<label class="sl-link sl-pt-import">Import a .json file<input type="file" '
        'accept=".json,application/json" class="sl-hidden" data-pt-import></label></details>'
    )


def _line(recipe: Recipe, *, is_chosen: bool) -> Markup:
    first, what = (*recipe.sweeps, *recipe.surfaces)[0], f"{len(recipe.sweeps)} sweeps"
    if isinstance(first, SurfaceRequest):
        what = f"{first.first} and {first.second}"
    elif len(recipe.sweeps) == 1:
        what = first.name
    name = recipe.name
    about = f"{what}, {first.damage.pair} pair, seed {first.damage.seed}"
    words = tag("span", tag("b", name, title=name), tag("small", about))
    replay = patch_text(recipe_state(recipe))
    again = button("Replay", data_pt_set=replay, aria_label=f"Replay {name}")
    href = "recipe?" + urlencode({"name": name})
    file = download(".json", href, aria_label=f"Export {name} as JSON")
    return tag("li", words, again, file, aria_current=is_chosen or None)
