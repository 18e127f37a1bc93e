"""A workbench over the drawn corpus, with colours for a model."""

import pytest

from tests.core.stand_ins import ColourScorer, ColourTower, make_workbench


@pytest.fixture
def models() -> tuple[ColourTower, ColourScorer]:
    """What encodes and what scores; both count their calls."""
    return ColourTower(), ColourScorer()


@pytest.fixture
def bench(tiny_corpus_root, tmp_path, models):
    """An indexed workbench whose depth is 4."""
    opened = make_workbench(
        tiny_corpus_root,
        tmp_path / "work",
        tower=models[0],
        scorer=models[1],
        **{"ranking.depth": 4},
    )
    list(opened.runs.build_index())
    yield opened
    opened.close()
