"""The screens by name, in the order of their tabs: a new screen is its folder and a line here."""

SCREEN_NAMES = (
    "overview",
    "queries",
    "pair",
    "perturb",
    "failures",
    "annotate",
    "runs",
    "setup",
)
"""Each is a folder `ui/screens/NAME/` whose `screen.py` holds `SCREEN`; the address says NAME."""
