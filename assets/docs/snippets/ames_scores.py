"""Print scores of the AMES tools as ILIAS JSON.

Their file holds a tensor [2, queries, K]: similarities, and rows of the database.
"""

import json
from pathlib import Path

import torch

queries = Path("queries.txt").read_text("utf-8").splitlines()  # ids in the tensor's order
images = Path("images.txt").read_text("utf-8").splitlines()  # ids by database row
found = zip(queries, *torch.load("nn_ames.pkl", weights_only=True).tolist(), strict=True)
print(
    json.dumps({q: {images[int(r)]: s for s, r in zip(*pair, strict=True)} for q, *pair in found})
)
