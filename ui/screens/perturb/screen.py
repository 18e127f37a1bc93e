"""What the Perturb screen shows: one pair damaged level by level, or a set of queries."""

from ui.screens.perturb import words
from ui.screens.perturb.asked import ask_look, ask_report, ask_set, ask_surface, ask_sweep
from ui.screens.perturb.measured import (
    plot_rank,
    plot_response,
    plot_terms,
    show_looked,
    show_measured,
    show_point,
)
from ui.screens.perturb.one_pair import show_setup
from ui.screens.perturb.query_set import (
    plot_set,
    show_controls,
    show_modes,
    show_report,
    show_set,
)
from ui.screens.perturb.recipes import show_recipes
from ui.screens.perturb.routes import add_routes
from ui.screens.perturb.start import show_start
from ui.shared.screen import Job, Part, Screen

_PAIR, _SET = "curves set", "set"
_SWEPT = ("sweep", "surface")

SCREEN = Screen(
    "perturb",
    (
        Part("modes", show_modes, "curves set level", ()),
        Part("start", show_start, _PAIR, ("outcomes",)),
        Part("setup", show_setup, _PAIR, ()),
        Part("recipes", show_recipes, _PAIR, ()),
        Part("measured", show_measured, _PAIR, ("outcomes", *_SWEPT)),
        Part("response", plot_response, _PAIR, _SWEPT, is_later=True),
        Part("terms", plot_terms, _PAIR, _SWEPT, is_later=True),
        Part("rank", plot_rank, _PAIR, _SWEPT, is_later=True),
        Part("point", show_point, f"{_PAIR} level", _SWEPT),
        Part("looked", show_looked, f"{_PAIR} level ranking", ("score",), is_later=True),
        Part("set_controls", show_controls, _SET, ()),
        Part("set", show_set, _SET, ("set",)),
        Part("set_response", plot_set, _SET, ("set",), is_later=True),
        Part("report", show_report, _SET, ("report",)),
    ),
    words,
    (
        Job("sweep", ask_sweep),
        Job("surface", ask_surface),
        Job("look", ask_look),
        Job("set", ask_set),
        Job("report", ask_report),
    ),
    add_routes,
)
