"""Do the attribution maps point at the object? Figures on the demo's correct positives.

    python -m tests.benchmarks.saliency [--model FOLDER] [--corpus FOLDER] [--pairs 120] [--seed 0]

A correct positive is a labelled positive with a margin above 0. For each, the script maps the
attribution of both images and prints

* how many times its share of the area the object's box holds of the attribution: of the cells that
  speak for yes above the noise (`Attribution.for_yes`), of all that speak for yes, and net (signed
  cells summed; a map whose sum is not above 0 counts as 0), for the query, the candidate and both,
  with the share of pairs that reach 2 - and the same for maps whose cells were shuffled, which is
  what chance reaches;
* the margin's loss when the quarter of an image's cells with the most attribution is dropped, minus
  the mean loss of five random quarters of as many cells, with a 95 % interval by bootstrap over
  instances.

A box of more than half of its image (of both, half on average) is left out of that side's figures:
nothing can hold 2 times that.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.analysis.significance import bootstrap
from core.corpus.images import ImageOpener
from core.corpus.manifest import open_corpus
from core.mllm.engine import MllmEncoder, MllmScorer
from core.mllm.inspection import PairInspector
from core.mllm.loading import load_mllm
from core.mllm.prompts import PRESETS
from core.mllm.saliency import cells_of_both
from core.settings import DEMO_CORPUS, POCKET_MODEL
from core.types.corpus import ImageRecord
from core.types.pairs import Attribution, PairAttribution
from core.types.scores import VisualTokens

TIMES = 2.0
QUARTER = 0.25
N_RANDOM = 5
READINGS = ("above noise", "positive", "net")
SIDES = ("query", "candidate", "both")


@dataclass(frozen=True)
class Pair:
    query: ImageRecord
    candidate: ImageRecord
    tokens: tuple[VisualTokens, VisualTokens]


def box_shares(record: ImageRecord, attribution: Attribution) -> NDArray[np.float64]:
    """Return how much of each cell the object's box covers, (rows, columns) in [0, 1]."""
    box = record.box
    assert box is not None, "pairs are chosen with boxes"
    return np.outer(
        _overlap(attribution.row_edges, box.y0 / record.height, box.y1 / record.height),
        _overlap(attribution.column_edges, box.x0 / record.width, box.x1 / record.width),
    )


def _overlap(edges: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    covered = np.minimum(edges[1:], high) - np.maximum(edges[:-1], low)
    return np.clip(covered, 0, None) / np.diff(edges)


def area_share(record: ImageRecord) -> float:
    """Return the box's share of the image's area; 1 where there is no box."""
    if record.box is None:
        return 1.0
    box = record.box
    return (box.x1 - box.x0) * (box.y1 - box.y0) / (record.width * record.height)


def times_area(
    maps: Sequence[Attribution],
    inside: Sequence[NDArray[np.float64]],
    areas: Sequence[float],
    reading: str,
) -> float:
    """Return the boxes' share of the attribution over the area's, NaN where that is > half."""
    if np.mean(areas) > 1 / TIMES:
        return float("nan")
    read = [one.for_yes if reading == "above noise" else np.nan_to_num(one.nats) for one in maps]
    nats = np.concatenate([one.ravel() for one in read])
    nats = nats if reading == "net" else np.clip(nats, 0, None)
    within = np.concatenate([one.ravel() for one in inside])
    total = float(nats.sum())
    return float((nats * within).sum()) / total / float(np.mean(areas)) if total > 0 else 0.0


def concentrations(
    pair: Pair, found: PairAttribution, rng: np.random.Generator
) -> dict[str, float]:
    """Return every figure of one pair, and the same of its shuffled maps."""
    maps = [found.query, found.candidate]
    shuffled = [
        replace(one, nats=rng.permutation(one.nats.ravel()).reshape(one.nats.shape)) for one in maps
    ]
    inside = [box_shares(pair.query, found.query), box_shares(pair.candidate, found.candidate)]
    areas = [area_share(pair.query), area_share(pair.candidate)]
    figures: dict[str, float] = {}
    for side, span in zip(SIDES, (slice(0, 1), slice(1, 2), slice(0, 2)), strict=True):
        for name, chosen in (("", maps), (" shuffled", shuffled)):
            for reading in READINGS:
                figures[f"{side} {reading}{name}"] = times_area(
                    chosen[span], inside[span], areas[span], reading
                )
    return figures


def quarter_losses(
    looker: PairInspector, pair: Pair, found: PairAttribution, rng: np.random.Generator
) -> tuple[float, float]:
    """Return the margin's loss without the top quarter of cells and without a random quarter.

    In nats, the mean of both images.
    """
    ablation = looker.ablation(*pair.tokens)
    cells = cells_of_both(*pair.tokens)
    top: list[float] = []
    random: list[float] = []
    run = (ablation.query_margins, ablation.candidate_margins)
    for margins, of_image, attribution in zip(
        run, cells, (found.query, found.candidate), strict=True
    ):
        known = np.flatnonzero(np.isfinite(attribution.nats.ravel()))
        n = max(1, round(QUARTER * len(known)))
        best = known[np.argsort(-attribution.nats.ravel()[known], kind="stable")[:n]]
        draws = [rng.choice(known, n, replace=False) for _ in range(N_RANDOM)]
        kept = [~np.isin(of_image.of_token, one) for one in (best, *draws)]
        losses = found.margin - margins(kept)
        top.append(float(losses[0]))
        random.append(float(losses[1:].mean()))
    return float(np.mean(top)), float(np.mean(random))


def correct_positives(
    corpus_folder: Path, encoder: MllmEncoder, scorer: MllmScorer, n: int, seed: int
) -> tuple[list[Pair], dict[str, int]]:
    """Return n pairs at random, and how many there were to choose from."""
    corpus = open_corpus(corpus_folder)
    images = ImageOpener(corpus_folder)
    database = {record.image_id: record for record in corpus.database}
    tokens: dict[str, VisualTokens] = {}
    for record in (*corpus.queries, *corpus.database):
        if record.image_id not in tokens and record.box is not None:
            _progress(f"encoding {len(tokens) + 1}")
            (tokens[record.image_id],) = encoder.encode([images.load(record)])
    counts = {"labelled": 0, "correct": 0}
    found: list[Pair] = []
    for query in corpus.queries:
        relevance = (corpus.relevance or {}).get(query.image_id)
        if query.image_id not in tokens or relevance is None:
            continue
        positives = [i for i in sorted(relevance.positives - relevance.junk) if i in tokens]
        counts["labelled"] += len(positives)
        answers = [
            answer
            for batch in scorer.score(tokens[query.image_id], [tokens[i] for i in positives], 0)
            for answer in batch
        ]
        for image_id, answer in zip(positives, answers, strict=True):
            candidate = database[image_id]
            if answer.margin <= 0:
                continue
            counts["correct"] += 1
            both = (tokens[query.image_id], tokens[image_id])
            found.append(Pair(query, candidate, both))
    chosen = np.random.default_rng(seed).permutation(len(found))[:n]
    return [found[i] for i in sorted(chosen)], counts


def measure(looker: PairInspector, pairs: Sequence[Pair], seed: int) -> dict[str, Any]:
    """Return the figures over all pairs."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, float]] = []
    losses: list[tuple[float, float]] = []
    seconds: list[float] = []
    for number, pair in enumerate(pairs, start=1):
        _progress(f"pair {number} of {len(pairs)}")
        found = looker.explain(*pair.tokens)
        seconds.append(found.seconds)
        rows.append(concentrations(pair, found, rng))
        losses.append(quarter_losses(looker, pair, found, rng))
    table: dict[str, dict[str, float]] = {}
    for name in rows[0]:
        values = np.array([row[name] for row in rows])
        values = values[np.isfinite(values)]
        table[name] = {
            "pairs": len(values),
            "median": round(float(np.median(values)), 2),
            f"share_at_least_{TIMES:g}": round(float(np.mean(values >= TIMES)), 3),
        }
    drawn = bootstrap(np.array(losses), [str(pair.query.instance_id) for pair in pairs])
    gap = None if drawn is None else drawn.difference(0, 1)
    return {
        "pairs": len(pairs),
        "attribution_in_box_times_area": table,
        "loss_top_quarter_nats": round(float(np.mean([top for top, _ in losses])), 4),
        "loss_random_quarter_nats": round(float(np.mean([other for _, other in losses])), 4),
        "difference_ci95": None if gap is None else [round(gap.low, 4), round(gap.high, 4)],
        "seconds_per_pair_median": round(float(np.median(seconds)), 3),
    }


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{text:<40}")
        sys.stderr.flush()


def main() -> None:
    """Measure and print JSON."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--model", default=str(POCKET_MODEL))
    options.add_argument("--corpus", type=Path, default=DEMO_CORPUS)
    options.add_argument("--prompt", choices=sorted(PRESETS), default="object")
    options.add_argument("--device", default="auto")
    options.add_argument("--pairs", type=int, default=120)
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    started = time.perf_counter()
    loaded = load_mllm(chosen.model, chosen.device)
    prompt = PRESETS[chosen.prompt]
    scorer = MllmScorer(loaded, prompt)
    pairs, counts = correct_positives(
        chosen.corpus, MllmEncoder(loaded), scorer, chosen.pairs, chosen.seed
    )
    result = measure(PairInspector(loaded, prompt, scorer.answers), pairs, chosen.seed)
    facts = {"weights": loaded.weights_hash[:12], "positives": counts}
    seconds = round(time.perf_counter() - started)
    sys.stderr.write("\n")
    sys.stdout.write(json.dumps(facts | result | {"seconds": seconds}, indent=1) + "\n")


if __name__ == "__main__":
    main()
