"""A workbench on the eight drawn images, indexed and evaluated."""

import pytest

from tests.core.stand_ins import make_workbench


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    opened = make_workbench(tiny_corpus_root, tmp_path / "work")
    list(opened.runs.build_index())
    list(opened.runs.evaluate(4))
    yield opened
    opened.close()
