"""The README's two lines for AMES tensors, run as they stand there."""

import json
import re
from pathlib import Path

import torch

from core.exchange.formats import ScoreEntry, open_scores

README = Path(__file__).resolve().parents[3] / "README.md"


def test_the_readmes_conversion_of_a_tensor_is_an_importable_file(tmp_path, monkeypatch, capsys):
    (code,) = re.findall(r"```python\n(found = zip.*?)```", README.read_text("utf-8"), re.S)
    assert len(code.strip().splitlines()) == 2
    similarities = torch.tensor([[0.75, 0.5], [0.875, -0.25]])
    rows = torch.tensor([[2.0, 0.0], [1.0, 2.0]])
    monkeypatch.chdir(tmp_path)
    torch.save(torch.stack([similarities, rows]), "nn_ames.pkl")
    names = {"queries": ["q1.jpg", "q2.jpg"], "images": ["a.jpg", "b.jpg", "c.jpg"]}
    exec(code, {"torch": torch, "json": json, **names})
    (tmp_path / "ames.json").write_text(capsys.readouterr().out)
    entries = [
        e for e in open_scores(tmp_path / "ames.json").entries() if isinstance(e, ScoreEntry)
    ]
    assert [(entry.query, entry.image, entry.score) for entry in entries] == [
        ("q1.jpg", "c.jpg", 0.75),
        ("q1.jpg", "a.jpg", 0.5),
        ("q2.jpg", "b.jpg", 0.875),
        ("q2.jpg", "c.jpg", -0.25),
    ]
