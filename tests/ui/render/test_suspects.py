"""The panel of suspect labels says in what its numbers are."""

import pytest

from core.types.annotation import Queue, QueueItem, QueueSpec
from core.types.scores import MARGIN, MAXSIM
from ui.render.failures import render_suspects


@pytest.mark.parametrize(("kind", "scale"), [(MARGIN, "nats"), (MAXSIM, "the scale of MaxSim")])
def test_suspicion_is_in_the_scale_of_the_bench_s_scores(urls, kind, scale):
    item = QueueItem(
        "queries/object_00.jpg", "database/image_000.jpg", "positive", "why",
        margin=0.5, suspicion=0.25, suspect="positive",
    )  # fmt: skip
    queue = Queue(QueueSpec("suspect"), "t", (item,), 1, 8, 8, "a rule", kind)
    assert f"labels, n = 1; suspicion in {scale}<" in render_suspects(queue, urls)
