"""A pipeline's text from its stages, as `assets/js/stages.js` writes it and core reads it."""

import json

import pytest

from core.reranking.pipelines import parse_pipeline

MAXSIM = {"name": "maxsim", "mark": "/", "option": "int8", "depth": "100"}
MLLM = {"name": "mllm", "mark": "/", "option": "", "depth": ""}
IMPORT = {"name": "import", "mark": ":", "option": "ames", "depth": "5"}
PLAIN = {"name": "geometric", "mark": "", "option": "left over", "depth": "7"}


@pytest.mark.parametrize(
    ("stages", "text"),
    [
        ([MAXSIM, MLLM], "maxsim/int8@100 > mllm"),
        ([IMPORT], "import:ames@5"),
        ([PLAIN], "geometric@7"),
    ],
)
def test_stages_are_written_as_they_are_read(run_js, stages, text):
    assert run_js("stages.js", f"m.pipelineText({json.dumps(stages)})") == text
    read = parse_pipeline(text, 100).steps
    assert [step.call.name for step in read] == [one["name"] for one in stages]


@pytest.mark.parametrize(
    ("at", "by", "order"),
    [(0, 1, "bac"), (2, -1, "acb"), (0, -1, "abc"), (2, 1, "abc"), (0, 9, "bca")],
)
def test_a_stage_moves_and_stays_within_the_list(run_js, at, by, order):
    assert run_js("stages.js", f'm.moved(["a", "b", "c"], {at}, {by})') == list(order)
