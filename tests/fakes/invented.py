"""Rankings, labels and pictures that follow from names alone, and what is worked out of them."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from core.types.corpus import Relation
from core.types.rankings import Candidate, FailureClass
from tests.fakes.state import FakeState


def invent_candidates(
    state: FakeState, query_id: str, depth: int, lam: float, gamma: float
) -> list[Candidate]:
    """Return a query's whole shortlist in its order, scored as far as the state says."""
    names = state.database_ids
    rng = np.random.default_rng(int(hashlib.sha256(query_id.encode()).hexdigest()[:8], 16))
    order = rng.permutation(len(names))
    relations = _relations(rng, len(names), known=query_id in state.query_ids)
    cosines = np.sort(rng.uniform(0.2, 0.95, len(names)))[::-1]
    quality = {"positive": 2.5, "junk": 0.5, "negative": -1.5, "unlabelled": -0.5}
    margins = np.array([quality[r] for r in relations]) + rng.normal(0, 1.6, len(names))
    margins[5:7] = margins[5]
    scored = state.scored.get(query_id, 0)
    failed = [(query_id, names[i]) in state.failed for i in order]
    has = [r < min(scored, depth) and not failed[r] for r in range(len(names))]
    fused = lam * cosines + (1 - lam) / (1 + np.exp(-gamma * margins))
    places = [r for r in range(len(names)) if has[r]]
    ranked = sorted(places, key=lambda r: (-fused[r], r))
    rank_after = list(range(1, len(names) + 1))
    for place, row in zip(places, ranked, strict=True):
        rank_after[row] = place + 1
    first = min((rank_after[r] for r in places if relations[r] == "positive"), default=0)
    return [
        Candidate(
            image_id=names[order[r]],
            relation=relations[r],
            instance_id=None,
            cosine=float(cosines[r]),
            rank_before=r + 1,
            rank_after=rank_after[r],
            margin=float(margins[r]) if has[r] else None,
            probability=float(1 / (1 + np.exp(-margins[r])))
            if has[r] and state.info.scorer.has_probability
            else None,
            tie_size=(2 if r in (5, 6) and has[5] and has[6] else 1) if has[r] else 0,
            intruder=has[r] and relations[r] == "negative" and rank_after[r] < first,
            problem="the file cannot be decoded" if failed[r] and r < depth else None,
        )
        for r in range(len(names))
    ]


def _relations(rng: np.random.Generator, n: int, *, known: bool) -> list[Relation]:
    if not known:
        return ["unlabelled"] * n
    relations: list[Relation] = ["negative"] * n
    for row in rng.choice(min(n, 24), 3, replace=False):
        relations[row] = "positive"
    free = [row for row in range(min(n, 12)) if relations[row] == "negative"]
    relations[free[0]] = "junk"
    return relations


def ap(relations: Iterable[Relation]) -> float:
    kept = [relation for relation in relations if relation != "junk"]
    hits = [rank for rank, relation in enumerate(kept, 1) if relation == "positive"]
    return sum((i + 1) / rank for i, rank in enumerate(hits)) / len(hits) if hits else 0.0


def failure_class(before: float, after: float, found: bool, intruder: bool) -> FailureClass:
    if not found:
        return "missed"
    if before >= 0.99 and after >= 0.99:
        return "easy"
    if after - before >= 0.05:
        return "rescued"
    if after - before <= -0.05:
        return "harmed by an intruder" if intruder else "harmed, demoted"
    return "unmoved"


def draw_picture(photos: Sequence[Path], image_id: str) -> Image.Image:
    """Return one of the photos, or two shapes in colours that follow from the name."""
    digest = hashlib.sha256(image_id.encode()).digest()
    if photos:
        with Image.open(photos[int.from_bytes(digest[:4], "big") % len(photos)]) as image:
            return image.convert("RGB")
    image = Image.new("RGB", (400, 300), tuple(100 + v // 2 for v in digest[:3]))
    draw = ImageDraw.Draw(image)
    x, y, size = 40 + digest[3] // 2, 30 + digest[4] // 3, 60 + digest[5] // 3
    draw.ellipse((x, y, x + size, y + size), fill=tuple(digest[6:9]))
    draw.rectangle((250, 170, 250 + digest[9] // 3, 260), fill=tuple(digest[10:13]))
    return image
