"""Measure a model folder on a corpus as the product scores it, and print one JSON object.

`python -m assets.recipes.pocket_vl.measure [--model assets/pocket-vl] [--corpus assets/demo]`
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from assets.recipes.pocket_vl.scoring import auc, average_precision
from core.mllm.engine import MllmEncoder, MllmScorer
from core.mllm.loading import load_mllm
from core.mllm.prompts import PRESETS, parse_prompt
from core.mllm.selftest import run_self_test
from core.types import VisualTokens

DEPTH = 50
OTHERS_PER_QUERY = 15


@dataclass(frozen=True, eq=False, slots=True)
class Encoded:
    """Images of one role: names of instance and family, tokens, unit descriptors (N, D)."""

    instance: NDArray[np.str_]
    family: NDArray[np.str_]
    tokens: list[VisualTokens]
    vectors: NDArray[np.float32]


def read_images(corpus: Path, rows: list[dict[str, str]]) -> list[NDArray[np.uint8]]:
    """Return the images of manifest rows as RGB."""
    return [np.asarray(Image.open(corpus / row["image"]).convert("RGB")) for row in rows]


def encode(corpus: Path, rows: list[dict[str, str]], encoder: MllmEncoder) -> Encoded:
    """Encode the rows' images; a descriptor is the mean visual token."""
    tokens = encoder.encode(read_images(corpus, rows))
    means = np.stack([np.asarray(t.tokens, dtype=np.float32).mean(0) for t in tokens])
    vectors = means / np.linalg.norm(means, axis=1, keepdims=True)
    return Encoded(
        np.array([row["instance"] for row in rows]),
        np.array([row.get("family", "") for row in rows]),
        tokens,
        vectors,
    )


def group_of(instance: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return the look-alike group of demo instances: three consecutive numbers share one."""

    def one(name: str) -> str:
        number = name.rpartition("_")[2]
        return str((int(number) - 1) // 3) if number.isdigit() else name

    return np.array([one(str(name)) for name in instance])


def margins_of(scorer: MllmScorer, query: VisualTokens, some: list[VisualTokens]) -> list[float]:
    """Return the margin of each candidate against the query."""
    return [pair.margin for batch in scorer.score(query, some, 0) for pair in batch]


def _sampled(
    queries: Encoded, database: Encoded, scorer: MllmScorer
) -> dict[str, NDArray[np.float64]]:
    """Return margins of all positives, all siblings and some images of other families."""
    rng = np.random.default_rng(41)
    groups, query_groups = group_of(database.instance), group_of(queries.instance)
    found: dict[str, list[float]] = {"positive": [], "family": [], "sibling": []}
    for row, query in enumerate(queries.tokens):
        same = database.instance == queries.instance[row]
        named = database.instance != ""
        kinds = {
            "positive": np.flatnonzero(same),
            "family": np.flatnonzero(~same & _other_family(queries, database, row)),
            "sibling": np.flatnonzero(~same & named & (groups == query_groups[row])),
        }
        kinds["family"] = rng.permutation(kinds["family"])[:OTHERS_PER_QUERY]
        for name, places in kinds.items():
            found[name] += margins_of(scorer, query, [database.tokens[i] for i in places])
    return {name: np.array(values) for name, values in found.items()}


def _other_family(queries: Encoded, database: Encoded, row: int) -> NDArray[np.bool_]:
    if not queries.family[row]:
        return np.ones(len(database.family), dtype=bool)
    return database.family != queries.family[row]


def _rankings(queries: Encoded, database: Encoded, scorer: MllmScorer) -> dict[str, float]:
    """Return mAP and R@1 before and after re-ordering the first DEPTH by margin."""
    cosine = queries.vectors @ database.vectors.T
    order = np.argsort(-cosine, axis=1, kind="stable")
    before, after, ideal, first = [], [], [], []
    for row, query in enumerate(queries.tokens):
        positive = database.instance == queries.instance[row]
        top, rest = order[row, :DEPTH], order[row, DEPTH:]
        margins = np.array(margins_of(scorer, query, [database.tokens[i] for i in top]))
        again = np.concatenate([top[np.argsort(-margins, kind="stable")], rest])
        best = np.concatenate([top[np.argsort(~positive[top], kind="stable")], rest])
        n = int(positive.sum())
        for found, ranking in ((before, order[row]), (after, again), (ideal, best)):
            found.append(average_precision(positive[ranking], n))
        first.append((positive[order[row, 0]], positive[again[0]]))
    r1_before, r1_after = np.mean(first, axis=0)
    return {
        "map_before": float(np.mean(before)),
        "map_after": float(np.mean(after)),
        "map_oracle": float(np.mean(ideal)),
        "gain": float(np.mean(after) - np.mean(before)),
        "r1_before": float(r1_before),
        "r1_after": float(r1_after),
    }


def measure(model: str, corpus: Path, prompt: str) -> dict[str, object]:
    """Return the numbers of a model folder on a corpus."""
    loaded = load_mllm(model, device="cpu", dtype="float32")
    encoder, scorer = MllmEncoder(loaded), MllmScorer(loaded, parse_prompt(prompt))
    with (corpus / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    queries = encode(corpus, [r for r in rows if r["role"] == "query"], encoder)
    database = encode(corpus, [r for r in rows if r["role"] == "database"], encoder)
    margins = _sampled(queries, database, scorer)
    every = np.concatenate(list(margins.values()))
    result: dict[str, object] = {
        "model": model,
        "corpus": str(corpus),
        "prompt": prompt,
        "n_queries": len(queries.tokens),
        "n_database": len(database.tokens),
        "depth": DEPTH,
        "auc_other_families": auc(margins["positive"], margins["family"]),
        "n_margins": len(every),
        "n_distinct_margins": len(np.unique(every)),
        "margin_std": float(every.std()),
        "mean_margin": {
            name: float(values.mean()) for name, values in margins.items() if len(values)
        },
        "self_test": run_self_test(encoder, scorer).reason,
    }
    if len(margins["sibling"]) and queries.family[0]:
        result["auc_siblings"] = auc(margins["positive"], margins["sibling"])
    return result | _rankings(queries, database, scorer)


def main() -> None:
    """Parse the command line, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="assets/pocket-vl")
    parser.add_argument("--corpus", type=Path, default=Path("assets/demo"))
    parser.add_argument("--prompt", default=next(iter(PRESETS)), help="preset or preset:layout")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    result = measure(arguments.model, arguments.corpus, arguments.prompt)
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
