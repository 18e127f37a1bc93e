"""Which pictures a step of training sees: composed views and renders by turns, all from seeds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from assets.recipes.pocket_vl.chunks import GRIDS, LEVELS, TURN, Chunk, Level, render_chunk
from assets.recipes.pocket_vl.rendered import rendered_chunk

FAR = 1_000_000
"""Chunks from this number on are for stored tokens; the first half never reaches it."""


def is_rendered(number: int) -> bool:
    """Return whether a chunk's number asks for renders: every other round of the grids does."""
    return number // len(GRIDS) % 2 == 1


def make_chunk(seed: int, number: int, level: Level, renders: Path | None) -> Chunk:
    """Return a chunk; the same arguments (and the same render files) give the same bytes.

    Args:
        seed: of the training.
        number: decides grids, kind and content.
        level: of composed views; renders have every difficulty.
        renders: folder of renders, or None for composed views alone.
    """
    if renders is not None and is_rendered(number):
        return rendered_chunk(renders, seed, number)
    return render_chunk(seed, number, level)


_cached_chunk = lru_cache(maxsize=2 * TURN)(make_chunk)


def make_batch_chunks(
    seed: int, step: int, levels: tuple[Level, Level], renders: Path | None
) -> tuple[Chunk, Chunk]:
    """Return the step's own chunk and the one a turn older, which has the same grids and kind.

    Every chunk is seen twice, in other company: making it costs about as much as learning. Both
    are of one kind, else a pair of different kinds would always be a negative.
    """
    number = step + TURN
    return (
        _cached_chunk(seed, number, levels[0], renders),
        _cached_chunk(seed, number - TURN, levels[1], renders),
    )


def chunks_to_store(seed: int, n: int, renders: Path | None) -> Iterator[tuple[int, Chunk]]:
    """Yield n numbered chunks of the hardest level, none of which the first half has seen."""
    for number in range(FAR, FAR + n):
        yield number, make_chunk(seed, number, LEVELS[-1], renders)
