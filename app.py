"""Second Look: settings -> workbench -> page or command."""

import os
import sys
from pathlib import Path
from typing import Any

# Before any import of theirs: no telemetry, no version look-ups, and threads that sleep rather
# than spin while they wait (spinning on a busy machine makes two threads slower than one).
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from core.assembly.bench import open_workbench
from core.settings import Settings, load_settings
from core.workbench import Workbench
from ui.commands import COMMANDS, build_cli
from ui.commands.progress import Opening


def open_bench(config: Path | None, overrides: dict[str, Any]) -> tuple[Settings, Workbench]:
    """Read the settings and open the corpus in its workspace.

    Raises:
        SecondLookError: A setting, the corpus or the workspace cannot be used.
    """
    settings = load_settings(config, overrides)
    return settings, open_workbench(settings, watch=Opening())


def main(arguments: list[str]) -> None:
    """Run one command; options without a command belong to `serve`."""
    named = bool(arguments) and (arguments[0] in COMMANDS or arguments[0] == "--help")
    build_cli(open_bench)(arguments if named else ["serve", *arguments], prog_name="app.py")


if __name__ == "__main__":
    main(sys.argv[1:])
