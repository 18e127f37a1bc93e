"""The example script does what it says, with the embedded model on drawn images."""

import pytest

from assets.examples.first_look import main
from core.settings import POCKET_MODEL


def test_the_example_tells_the_gain_the_worst_query_and_writes_the_report(
    tiny_corpus_root, tmp_path, capsys
):
    if not (POCKET_MODEL / "model.safetensors").is_file():
        pytest.skip("assets/pocket-vl is not in this checkout")
    main(tiny_corpus_root, tmp_path / "work", 4)
    told = capsys.readouterr()
    assert "mAP@1000 " in told.out
    assert "worst: images/" in told.out
    assert "under blur: Breaking(" in told.out
    assert "4 of 4 queries" in told.err
    report = (tmp_path / "work" / "first-look.html").read_text("utf-8")
    assert "<h1>tiny: pocket-vl</h1>" in report
