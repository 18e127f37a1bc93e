"""The screens of the page, one folder each; a new screen is its folder and a line here."""

from ui.screens.annotate.screen import SCREEN as ANNOTATE
from ui.screens.failures.screen import SCREEN as FAILURES
from ui.screens.overview.screen import SCREEN as OVERVIEW
from ui.screens.pair.screen import SCREEN as PAIR
from ui.screens.perturb.screen import SCREEN as PERTURB
from ui.screens.queries.screen import SCREEN as QUERIES
from ui.screens.runs.screen import SCREEN as RUNS
from ui.screens.setup.screen import SCREEN as SETUP
from ui.shared.screen import Screen

SCREENS: tuple[Screen, ...] = (
    OVERVIEW,
    QUERIES,
    PAIR,
    PERTURB,
    FAILURES,
    ANNOTATE,
    RUNS,
    SETUP,
)
