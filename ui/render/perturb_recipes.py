"""Recipes: save what is on screen, replay, export, import."""

from collections.abc import Sequence
from urllib.parse import urlencode

from markupsafe import Markup

from core.types.surfaces import SurfaceRequest
from core.types.sweeps import Recipe
from ui.perturb_requests import patch_text, recipe_state
from ui.render.text import esc

MAX_NAME = 80


def render_recipes(
    recipes: Sequence[Recipe], chosen: str | None, message: str = "", *, error: bool = False
) -> Markup:
    """Return the panel of saved recipes with the ways to add one."""
    lines = "".join(_line(recipe, is_chosen=recipe.name == chosen) for recipe in recipes)
    saved = (
        f'<ul class="sl-pt-saved">{lines}</ul>'
        if lines
        else (
            '<p class="sl-sub">None saved yet. A recipe keeps perturbations, levels, seed and '
            "box, and replays to the same numbers.</p>"
        )
    )
    kind = "sl-down" if error else "sl-sub"
    told = f'<p class="{kind}" role="{"alert" if error else "status"}">{esc(message)}</p>'
    return Markup(
        '<details class="sl-side sl-pt-recipes" open><summary>Recipes</summary>'
        '<form class="sl-pt-save" data-pt-save onsubmit="return false">'
        f'<input name="name" maxlength="{MAX_NAME}" placeholder="Name of what is on screen" '
        'aria-label="Name of the recipe" autocomplete="off" required>'
        '<button class="sl-button">Save</button></form>'
        f"{saved}{told if message else ''}"
        '<label class="sl-link sl-pt-import">Import a .json file<input type="file" '
        'accept=".json,application/json" class="sl-hidden" data-pt-import></label></details>'
    )


def _line(recipe: Recipe, *, is_chosen: bool) -> Markup:
    first, what = (*recipe.sweeps, *recipe.surfaces)[0], f"{len(recipe.sweeps)} sweeps"
    if isinstance(first, SurfaceRequest):
        what = f"{first.first} and {first.second}"
    elif len(recipe.sweeps) == 1:
        what = first.name
    href = esc("recipe?" + urlencode({"name": recipe.name}))
    replay = esc(patch_text(recipe_state(recipe)))
    current = ' aria-current="true"' if is_chosen else ""
    return Markup(
        f'<li{current}><span><b title="{esc(recipe.name)}">{esc(recipe.name)}</b><small>'
        f"{esc(what)}, {esc(first.damage.pair)} pair, seed {first.damage.seed}</small></span>"
        f'<button type="button" class="sl-button" data-pt-set="{replay}" '
        f'aria-label="Replay {esc(recipe.name)}">Replay</button>'
        f'<a class="sl-button" href="{href}" download '
        f'aria-label="Export {esc(recipe.name)} as JSON">.json</a></li>'
    )
