"""What a facet asks the server for: to open the bench again with other settings."""

import threading
from collections.abc import Mapping


class Reopening:
    """Holds at most one request; `switch` is set once there is one.

    `states_cost` says whether the bench that is opened next states what its work will take and
    waits, instead of starting it.
    """

    def __init__(self) -> None:
        self.switch = threading.Event()
        self.overrides: Mapping[str, object] | None = None
        self.states_cost = False

    def ask(self, overrides: Mapping[str, object], *, states_cost: bool) -> None:
        """Ask for dotted settings over those that the bench was opened with."""
        self.overrides = dict(overrides)
        self.states_cost = states_cost
        self.switch.set()
