"""Plant label errors into an evaluated corpus and count how many the suspect queue puts first.

Run as `python -m tests.benchmarks.suspects --workspace DIR` after `python app.py evaluate
--workspace DIR` and, for the second opinion, the same with `--scorer geometric`. Only stored scores
are read, with and without the matching keypoints. 10 positives become distractors and 10 images of
other families positives; swaps between siblings of one family are planted and counted apart.
"""

import argparse
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.annotation.likeness import Likeness
from core.annotation.suspects import ScoredQuery, rank_suspects
from core.assembly.bench import open_workbench
from core.bench.annotation.suspects import stored_matches
from core.settings import load_settings
from core.types.corpus import Relevance
from tests.planted_labels import Planted, plant

FIRST, N_SEEDS = 40, 20
log = logging.getLogger(__name__)


def main() -> None:
    """Read the arguments, plant, and print one line per kind of error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--family", default="family", help="The manifest's column of look-alikes.")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    log.setLevel(logging.INFO)
    values = {"workspace": arguments.workspace}
    if arguments.corpus is not None:
        values["corpus"] = arguments.corpus
    bench = open_workbench(load_settings(None, values))
    try:
        for _ in bench.runs.build_index():
            pass
        both = {False: scored(bench, keypoints=False), True: scored(bench, keypoints=True)}
        images = bench._session.database
        index = bench._session.index
        likeness = Likeness(index.image_ids, index.vectors)
    finally:
        bench.close()
    if not both[False]:
        raise SystemExit(
            f"{arguments.workspace} has no evaluated query: run `evaluate` on it first"
        )
    instances = {i: record.instance_id for i, record in images.items()}
    families = {i: record.tags.get(arguments.family, "") for i, record in images.items()}
    families |= {name: families[i] for i, name in instances.items() if name is not None}
    for keypoints, queries in both.items():
        if keypoints and not all(query.is_verified for query in queries):
            log.info("without matching keypoints: run `evaluate --scorer geometric` first")
            break
        for swaps in (False, True):
            counts = [
                count(
                    queries,
                    plant(instances, families, {q.group for q in queries}, seed, swaps=swaps),
                    likeness,
                )
                for seed in range(N_SEEDS)
            ]
            log.info(
                "%s, %s keypoints: mean %.1f, least %d, most %d in the first %d (%d seeds)",
                "sibling swaps, of 10" if swaps else "dropped and added positives, of 20",
                "with" if keypoints else "without",
                np.mean(counts), min(counts), max(counts), FIRST, N_SEEDS,
            )  # fmt: skip


def scored(bench: Any, *, keypoints: bool) -> list[ScoredQuery]:
    """Return every query whose first `depth` are all scored, with or without stored keypoints."""
    session, depth = bench._session, bench.info.default_depth
    found = []
    for query in session.measurable:
        head = session.shortlist(query).image_ids[:depth]
        scores = session.models().cascade.cached(query, head)
        margins = {image_id: score.margin for image_id, score in scores.items()}
        if len(margins) == len(head):
            group = query.instance_id or query.image_id
            truth = session.relevance(query.image_id)
            matches = stored_matches(session, query, head) if keypoints else {}
            found.append(ScoredQuery(query.image_id, group, truth, head, margins, matches))
    log.info("%d queries with scores", len(found))
    return found


def count(queries: list[ScoredQuery], planted: Planted, likeness: Likeness) -> int:
    """Return how many planted errors are among the first of the queue, swaps in their own list."""
    groups = {query.query_id: query.group for query in queries}
    wrong: dict[str, set[str]] = {}
    for image, name in planted.instances.items():
        if name is not None:
            wrong.setdefault(name, set()).add(image)
    relabelled = [
        replace(
            q, relevance=Relevance(q.query_id, frozenset(wrong.get(q.group, ())), q.relevance.junk)
        )
        for q in queries
    ]
    items = rank_suspects(relabelled, likeness)
    if planted.swapped:
        first = [item for item in items if item.suspect == "swap"][:FIRST]
        return len({item.image_id for item in first} & {image for _, image in planted.swapped})
    pairs = {(groups[item.query_id], item.image_id) for item in items[:FIRST]}
    return len(pairs & (planted.dropped | planted.added))


if __name__ == "__main__":
    main()
