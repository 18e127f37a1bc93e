"""What joined evidence is worth, and what it costs.

Run as `python -m tests.benchmarks.evidence --workspace DIR [--corpus PHOTOS]`. Printed: pipelines
side by side (mAP with the interval of its change, R@1, calibration error of the last stage's
probability); fits on one half of the instances that are measured on the other half; and seconds
per pair of every term, as stored with the scores when they were computed.
"""

import argparse
import json
import logging
from pathlib import Path

import numpy as np

import app  # noqa: F401 - threads that sleep while they wait, as in every command
from core.analysis.evidence_fit import (
    LabelledPairs,
    calibration_error,
    fit_weights,
    reliability,
    sigmoids,
)
from core.analysis.metrics import ap_at_k, recall_at_1
from core.assembly.bench import open_workbench
from core.bench.evidence.facet import USUAL_TERMS
from core.reranking.fusion import rank_after
from core.settings import DEMO_CORPUS, load_settings
from ui.commands.progress import follow

PIPELINES = (
    "mllm@50",
    "geometric@50",
    "kreciprocal@50",
    "kreciprocal@100 > mllm@50",
    "evidence:pocket@20",
    "evidence:pocket@50",
    "mllm@50 > evidence:pocket@20",
    "kreciprocal@100 > evidence:pocket@50",
    "mllm@100",
    "evidence:pocket@100",
)
N_SPLITS = 100
log = logging.getLogger(__name__)


def main() -> None:
    """Read the arguments, measure, and print one line per result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, default=DEMO_CORPUS)
    parser.add_argument("--depth", type=int, default=50, help="of the fits on halves")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    log.setLevel(logging.INFO)
    values = {"workspace": arguments.workspace, "corpus": arguments.corpus}
    for pipeline in PIPELINES:
        log.info("%s", json.dumps(evaluated(values, pipeline)))
    bench = open_workbench(load_settings(None, values))
    try:
        for one in on_halves(bench, arguments.depth):
            log.info("%s", json.dumps(one))
    finally:
        bench.close()


def evaluated(values, pipeline):
    """Evaluate one pipeline and return what it reaches."""
    bench = open_workbench(load_settings(None, {**values, "ranking.pipeline": pipeline}))
    try:
        follow(bench.runs.build_index())
        follow(bench.runs.evaluate(bench.runs.fusion_set().depth))
        summary = bench.runs.summary(bench.runs.fusion_set())
        session = bench._session
        depth = session.pipeline.steps[-1].depth
        chance, is_match = [], []
        for query_id, order in bench.runs._orders.orders(bench.runs.fusion_set()).items():
            relevance = session.relevance(query_id)
            for image_id, score in order.last.scores.items():
                if relevance.relation(image_id) != "junk":
                    chance.append(score)
                    is_match.append(relevance.relation(image_id) == "positive")
        error = None
        if session.kind.has_probability:
            error = calibration_error(reliability(sigmoids(np.array(chance)), np.array(is_match)))
        interval = summary.delta_ci
        return {
            "pipeline": pipeline,
            "depth of the last stage": depth,
            "mAP before": round(summary.map_before, 4),
            "mAP": round(summary.map_after, 4),
            "change": [round(one, 3) for one in (interval.low, interval.high)],
            "R@1": round(r1(bench), 3),
            "calibration error": None if error is None else round(error, 3),
            "seconds per query": summary.seconds_per_query,
            "seconds per pair": seconds_per_pair(summary),
        }
    finally:
        bench.close()


def r1(bench):
    """Return the share of queries whose first image is a positive."""
    orders = bench.runs._orders.orders(bench.runs.fusion_set())
    found = [recall_at_1(o.after, bench._session.relevance(q)) for q, o in orders.items()]
    return float(np.mean([one for one in found if one is not None]))


def seconds_per_pair(summary):
    """Return computing seconds per pair of every stage."""
    return {
        use.stage: None if use.seconds is None else round(use.seconds / max(1.0, use.n_pairs), 5)
        for use in summary.stages
    }


def on_halves(bench, depth):
    """Yield what fits on one half of the instances reach on the other, over 100 seeded splits."""
    steps = bench.evidence.labelled(USUAL_TERMS, depth)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            _, collected = end.value
            break
    pairs = collected.pairs
    names = np.unique(pairs.clusters)
    gains, errors = [], []
    for seed in range(N_SPLITS):
        chosen = np.random.default_rng(seed).permutation(names)[: len(names) // 2]
        fitted = np.isin(pairs.clusters, chosen)
        log_odds = fit_weights(pairs.at(fitted)).log_odds(pairs.features)
        gains.append(gain(collected, log_odds, set(chosen.tolist()), depth))
        held: LabelledPairs = pairs.at(~fitted)
        said = sigmoids(log_odds[~fitted])
        errors.append(calibration_error(reliability(said, held.is_match)))
    yield {
        "halves": N_SPLITS,
        "depth": depth,
        "mean gain": round(float(np.mean(gains)), 4),
        "worst gain": round(float(np.min(gains)), 4),
        "mean calibration error": round(float(np.mean(errors)), 4),
        "worst calibration error": round(float(np.max(errors)), 4),
    }


def gain(collected, log_odds, fitted, depth):
    """Return the mean change of AP over the queries of instances that were not fitted on."""
    changes = []
    for one in collected.queries:
        if (one.query.instance_id or one.query.image_id) in fitted:
            continue
        known = {image_id: float(log_odds[row]) for image_id, row in one.rows.items()}
        after = rank_after(one.shortlist, known, depth, 0.0, 1.0)
        before = ap_at_k(one.shortlist.image_ids, one.relevance, 1000)
        changes.append(ap_at_k(after, one.relevance, 1000) - before)
    return float(np.mean(changes))


if __name__ == "__main__":
    main()
