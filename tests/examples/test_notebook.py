"""The example notebook's cells run in order, with the embedded model on drawn images."""

import json
from pathlib import Path

import pytest

import core
from core.opened import open_bench
from core.settings import POCKET_MODEL

NOTEBOOK = Path(__file__).resolve().parents[2] / "assets/examples/first_look.ipynb"


def cells(kind):
    found = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in found if cell["cell_type"] == kind]


def test_the_notebook_has_twelve_cells_and_no_outputs():
    found = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    assert len(found) == 12
    assert all(cell.get("outputs", []) == [] for cell in found)


def test_every_cell_runs(tiny_corpus_root, tmp_path, monkeypatch):
    if not (POCKET_MODEL / "model.safetensors").is_file():
        pytest.skip("assets/pocket-vl is not in this checkout")

    def on_drawn_images(*, depth):
        settings = {"workspace": tmp_path / "work"}
        return open_bench(tiny_corpus_root, depth=min(depth, 4), settings=settings)

    monkeypatch.setattr(core, "open_bench", on_drawn_images, raising=False)
    names: dict[str, object] = {}
    for cell in cells("code"):
        exec(compile(cell, NOTEBOOK.name, "exec"), names)
    assert 0 <= names["summary"].map_after <= 1
    assert names["worst"] in set(names["frame"]["query"])
