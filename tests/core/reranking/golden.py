"""Golden orders of second stages: what official code made of drawn vectors."""

import json

import numpy as np

from tests.shared import shared


def cases_of(name):
    """Return the cases of one file of golden orders, or skip the test where there is none."""
    file = shared("golden/orders") / f"{name}.json"
    return json.loads(file.read_text("utf-8"))["cases"]


def vectors_of(case, cases):
    """Return database and queries, (N, D) and (n, D) float32; they may be another case's."""
    found = case["inputs"]["database"]
    if not isinstance(found, list):
        return vectors_of(next(c for c in cases if c["id"] == found.removeprefix("as in ")), cases)
    return tuple(np.array(case["inputs"][name], np.float32) for name in ("database", "queries"))


def falls(scores, order, tolerance=1e-5):
    """Return whether scores fall along an order, but for what rounding can turn."""
    along = np.asarray(scores)[order]
    return bool((along[1:] <= along[:-1] + tolerance).all())


def first(scores, n):
    """Return the n rows of highest score, ties by row."""
    return np.argsort(-np.asarray(scores), kind="stable")[:n]


def unit(rows):
    """Return rows of length 1, float32."""
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)
