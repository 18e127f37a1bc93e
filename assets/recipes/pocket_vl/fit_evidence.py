"""Fit `evidence:pocket`, which ships with the embedded model, on the demo's labels alone."""

import argparse
import tempfile
from pathlib import Path

from core.assembly.bench import open_workbench
from core.settings import load_settings
from core.storage.fits import SHIPPED
from ui.commands.fit import as_text
from ui.commands.progress import follow

NAME = "pocket"
DEPTH = 100
"""The default depth of the bench, so that the fit holds for every pair that is shown."""


def main() -> None:
    """Fit, write the file, and print what it reaches on instances held out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, help="keeps tokens and scores for another run")
    workspace = parser.parse_args().workspace
    with tempfile.TemporaryDirectory() as scratch:
        settings = load_settings(None, {"workspace": workspace or Path(scratch) / "w"})
        bench = open_workbench(settings)
        try:
            follow(bench.evidence.fit(NAME, depth=DEPTH))
            content, fit = bench.evidence.export(NAME), bench.evidence.fit_named(NAME)
            bench.evidence.remove(NAME)  # from the workspace: the shipped one is read from now on
        finally:
            bench.close()
    SHIPPED.mkdir(parents=True, exist_ok=True)
    (SHIPPED / f"{NAME}.json").write_bytes(content + b"\n")
    print(as_text(fit))  # noqa: T201 - a script for a terminal


if __name__ == "__main__":
    main()
