"""The facet of folders where nothing can be opened."""

import threading


class FakeFolders:
    """No root was named at start."""

    def __init__(self) -> None:
        self.switch = threading.Event()

    def choices(self) -> tuple[str, ...]:
        return ()
