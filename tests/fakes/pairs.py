"""Whole pictures of the fake bench; nothing is known of pairs."""

import numpy as np

from tests.fakes.invented import draw_picture


class FakePairs:
    def __init__(self, state, queries) -> None:
        self._state, self._queries = state, queries

    def pixels(self, image_id: str) -> np.ndarray:
        self._queries.record(image_id)
        return np.asarray(draw_picture(self._state.photos, image_id))
