"""A user's descriptor: unit rows, and one sentence for what it returns wrongly."""

import numpy as np
import pytest

from core.errors import ModelError
from core.retrieval.python import PythonDescriptor

IMAGES = [np.full((4, 5, 3), value, np.uint8) for value in (9, 90)]


@pytest.fixture
def made():
    return PythonDescriptor("assets.examples.colour_descriptor:Colours")


def test_rows_have_length_one(made):
    found = made.describe(IMAGES)
    assert found.dtype == np.float32
    assert np.allclose(np.linalg.norm(found, axis=1), 1.0)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda images: [[1.0]], r"shape \(1, 1\) for 2 images"),
        (lambda images: [1.0, 2.0], r"shape \(2,\) for 2 images"),
        (lambda images: [[1.0, 2.0], [1.0]], "several lengths"),
        (lambda images: [[1.0], [float("nan")]], "not finite"),
        (lambda images: [[1.0], [0.0]], "a zero or non-finite vector"),
        (lambda images: 1 / 0, "'colours' failed: ZeroDivisionError"),
    ],
)
def test_what_it_returns_wrongly_is_one_sentence(made, answer, says):
    made._plugin.made.encode = answer
    with pytest.raises(ModelError, match=says):
        made.describe(IMAGES)
