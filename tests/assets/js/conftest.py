"""The page's modules without a page: their pure functions, run by Node."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MODULES = Path(__file__).resolve().parents[3] / "assets" / "js"


@pytest.fixture(scope="session")
def run_js() -> Callable[[str, str], Any]:
    """A function that returns what an expression of a module's exports is, as JSON knows it."""
    node = shutil.which("node")
    if node is None:
        reason = "Node is not installed, which runs the page's modules"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)

    def run(module: str, expression: str) -> Any:
        path = json.dumps((MODULES / module).as_uri())
        script = f"import * as m from {path}; console.log(JSON.stringify({expression}));"
        command = [node, "--input-type=module", "--no-warnings", "-e", script]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    return run
