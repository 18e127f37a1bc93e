"""What became of mutants in earlier runs, so that they need not be run again."""

import ast
import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.mutation.mutants import Mutant


class Known:
    """What was found out before.

    A mutant that a test noticed stays noticed while that test is as it was; one that no test
    noticed is run again when any of the tests has changed.

    Args:
        folder: Where it is kept, made if missing.
        root: The checkout that is tested.
        tests: The test files of the source file, relative to `root`.
    """

    def __init__(self, folder: Path, root: Path, tests: Sequence[str]) -> None:
        self._folder, self._root = folder, root
        texts = [(root / name).read_bytes() for name in (*tests, "tests/conftest.py")]
        self._all = hashlib.sha256(b"\0".join(texts)).hexdigest()
        self._folder.mkdir(parents=True, exist_ok=True)

    def get(self, mutant: Mutant) -> bool | None:
        """Return whether a test noticed the mutant; None where it has to be run."""
        kept = self._kept(mutant)
        if kept["test"] is not None and kept["text"] == self._text_of(kept["test"]):
            return True
        if self._all in kept["endless"]:
            return True
        return False if self._all in kept["unnoticed"] else None

    def put(self, mutant: Mutant, code: int | None) -> bool:
        """Keep what pytest's exit code says of a mutant, and return whether it was noticed."""
        kept = self._kept(mutant)
        if code == 0:
            kept["unnoticed"].append(self._all)
        elif code is None:
            kept["endless"].append(self._all)
        else:
            kept["test"] = self._failed()
            kept["text"] = self._text_of(kept["test"])
        self._path(mutant).write_text(json.dumps(kept), "utf-8")
        return code != 0

    def _kept(self, mutant: Mutant) -> dict[str, Any]:
        path = self._path(mutant)
        if not path.exists():
            return {"test": None, "text": "", "endless": [], "unnoticed": []}
        return json.loads(path.read_text("utf-8"))

    def _failed(self) -> str:
        """Return the test that pytest's log names as failed, or "" where none was reached."""
        log = (self._root / "pytest.log").read_text("utf-8", "replace")
        found = re.findall(r"^FAILED (\S+?::\w+)", log, re.MULTILINE)
        return found[-1] if found else ""

    def _text_of(self, test: str) -> str:
        """Return the source of a test; "" where there is none."""
        name, _, function = test.partition("::")
        if not (self._root / name).is_file():
            return ""
        code = (self._root / name).read_text("utf-8")
        for node in ast.parse(code).body:
            if isinstance(node, ast.FunctionDef) and node.name == function:
                parts = [*node.decorator_list, node]
                return "\n".join(ast.get_source_segment(code, part) or "" for part in parts)
        return ""

    def _path(self, mutant: Mutant) -> Path:
        return self._folder / f"{hashlib.sha256(mutant.text.encode()).hexdigest()}.json"
