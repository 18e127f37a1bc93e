"""Measure the model during training on instances that it never learns from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from transformers import Qwen2_5_VLForConditionalGeneration as PocketVl

from assets.recipes.pocket_vl import losses
from assets.recipes.pocket_vl.architecture import TOKEN_PX
from assets.recipes.pocket_vl.chunks import ART_PX, CRITTERS, training_scenery
from assets.recipes.pocket_vl.gatherings import Gathering, list_gatherings
from assets.recipes.pocket_vl.machine import mixed_precision, to_here
from assets.recipes.pocket_vl.pairs import Template, answer_logits, pack
from assets.recipes.pocket_vl.scoring import auc, average_precision
from assets.recipes.pocket_vl.tower import encode, normalise
from assets.recipes.seeds import HELD_OUT, SEEDS_PER_GROUP
from assets.recipes.world.composer import compose
from assets.recipes.world.instances import Painted, random_group
from assets.recipes.world.views import sample_view

N_GROUPS = 16
VIEWS = 4
PAIRS_PER_KIND = 400
GRID = (7, 7)
SIDE_PX = GRID[0] * TOKEN_PX


@dataclass(frozen=True, eq=False, slots=True)
class HeldOut:
    """Images (N, 3, 196, 196) with the instance, the group and the family of each."""

    images: torch.Tensor
    instance: NDArray[np.int64]
    group: NDArray[np.int64]
    family: NDArray[np.str_]


def make_held_out(hardness: float) -> HeldOut:
    """Render look-alike groups at one difficulty."""
    scenery, images, labels = training_scenery(), [], []
    for group in range(N_GROUPS):
        members = random_group(HELD_OUT.seed(group * SEEDS_PER_GROUP), CRITTERS)
        for number, instance in enumerate(members):
            rng = np.random.default_rng([instance.seed, 29])
            painted = Painted(instance, ART_PX)
            for _ in range(VIEWS):
                spec = sample_view(rng, hardness, (SIDE_PX, SIDE_PX))
                images.append(compose(painted, spec, scenery).image)
                labels.append((group * 3 + number, group, instance.family))
    return HeldOut(
        normalise(to_here(np.stack(images))),
        *(np.array(column) for column in zip(*labels, strict=True)),
    )


def read_held_out(folder: Path) -> HeldOut:
    """Read renders of what they look at; look-alikes of one group count as one family.

    Args:
        folder: what `renders --held-out` wrote.

    Raises:
        FileNotFoundError: the folder holds no renders.
    """
    images, labels = [], []
    for path in list_gatherings(folder):
        with Gathering(path) as gathering:
            for scene, instance in enumerate(gathering.main):
                image = gathering.show(scene, int(instance)).image
                images.append(cv2.resize(image, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA))
                seed = int(gathering.seeds[instance])
                labels.append((seed, seed // SEEDS_PER_GROUP, str(seed // SEEDS_PER_GROUP)))
    return HeldOut(
        normalise(to_here(np.stack(images))),
        *(np.array(column) for column in zip(*labels, strict=True)),
    )


def finished_sets(rendered: Path | None) -> dict[str, HeldOut]:
    """Return what finished weights are measured on: hard composed views, and renders if any.

    Raises:
        FileNotFoundError: the folder `rendered` holds no renders.
    """
    sets = {"hard": make_held_out(0.6)}
    return sets if rendered is None else sets | {"rendered": read_held_out(rendered)}


def draw_pairs(allowed: NDArray[np.bool_], n: int) -> NDArray[np.int64]:
    """Return up to n random (row, column) places that are allowed, the same every time."""
    places = np.argwhere(allowed)
    rng = np.random.default_rng(31)
    return places[rng.permutation(len(places))[:n]]


def pair_margins(
    model: PocketVl, tokens: torch.Tensor, pairs: NDArray[np.int64], template: Template,
    answers: tuple[int, int],
) -> NDArray[np.float64]:  # fmt: skip
    """Return the margin of each (query, candidate) row of `pairs`."""
    packing = pack(template, GRID, GRID, 1)
    margins = []
    for part in np.array_split(pairs, max(1, len(pairs) // 100)):
        query, candidate = tokens[part[:, 0]], tokens[part[:, 1]]
        logits = answer_logits(model, packing, query, candidate[:, None])[:, 0]
        margins.append((logits[:, answers[0]] - logits[:, answers[1]]).cpu().numpy())
    return np.concatenate(margins).astype(np.float64)


def kinds_of_pairs(held_out: HeldOut) -> dict[str, NDArray[np.bool_]]:
    """Return which pairs (N, N) show one instance, other families, and look-alikes."""
    same = held_out.instance[:, None] == held_out.instance[None]
    return {
        "positive": same & ~np.eye(len(same), dtype=bool),
        "family": held_out.family[:, None] != held_out.family[None],
        "sibling": (held_out.group[:, None] == held_out.group[None]) & ~same,
    }


def encode_all(model: PocketVl, held_out: HeldOut) -> torch.Tensor:
    """Return the images' tokens (N, T, C)."""
    parts = held_out.images.split(96)
    return torch.cat([encode(model.model.visual, part) for part in parts])


@torch.no_grad()
def measure(
    model: PocketVl, held_out: HeldOut, template: Template, answers: tuple[int, int]
) -> dict[str, float]:
    """Return descriptor mAP, and the margin's AUC and mAP against three kinds of negatives.

    `map_margin` re-orders each query's 24 nearest images by margin; `map_top24` is the
    descriptor's order of the same 24.
    """
    with mixed_precision():
        tokens = encode_all(model, held_out)
        kinds = kinds_of_pairs(held_out)
        same = held_out.instance[:, None] == held_out.instance[None]
        margins = {
            name: pair_margins(
                model, tokens, draw_pairs(allowed, PAIRS_PER_KIND), template, answers
            )
            for name, allowed in kinds.items()
        }
        order = _descriptor_order(tokens)
        queries = np.arange(0, len(same), 3)
        top = order[queries, :24]
        flat = np.stack([np.repeat(queries, 24), top.ravel()], axis=1)
        scores = pair_margins(model, tokens, flat, template, answers).reshape(top.shape)
    again = np.take_along_axis(top, np.argsort(-scores, axis=1, kind="stable"), axis=1)
    return {
        "map": _mean_ap(order, same, np.arange(len(same))),
        "map_top24": _mean_ap(top, same, queries),
        "map_margin": _mean_ap(again, same, queries),
        "auc_family": auc(margins["positive"], margins["family"]),
        "auc_sibling": auc(margins["positive"], margins["sibling"]),
    }


def _descriptor_order(tokens: torch.Tensor) -> NDArray[np.int64]:
    vectors = losses.descriptor(tokens)
    cosine = (vectors @ vectors.T).float().fill_diagonal_(-2).cpu().numpy()
    return np.argsort(-cosine, axis=1, kind="stable")[:, :-1]


def _mean_ap(
    order: NDArray[np.int64], same: NDArray[np.bool_], queries: NDArray[np.int64]
) -> float:
    rows = zip(order, queries, strict=True)
    found = [average_precision(same[q][row], int(same[q].sum()) - 1) for row, q in rows]
    return float(np.mean(found))
