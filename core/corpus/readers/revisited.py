"""Revisited Oxford and Paris, with or without its million distractors: `gnd_*.pkl`.

Radenovic et al., "Revisiting Oxford and Paris" (CVPR 2018); github.com/filipradenovic/revisitop.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from core.corpus.readers.official import OfficialFiles
from core.corpus.readers.places import Places
from core.types.benchmarks import Benchmark, BenchmarkQuery, Corners

DISTRACTORS = ("revisitop1m.txt", "*/revisitop1m.txt")


@dataclass(frozen=True, slots=True)
class _Judged:
    bbx: list[float]
    easy: list[int]
    hard: list[int]
    junk: list[int]


@dataclass(frozen=True, slots=True)
class _Ground:
    imlist: list[str]
    qimlist: list[str]
    gnd: list[_Judged]


_SHAPE = TypeAdapter[_Ground](_Ground)


def read(files: OfficialFiles, split: str | None) -> Benchmark:
    """Return queries cropped to their box, positives (easy and hard) and junk.

    `bbx` is x1, y1, x2, y2 in pixels of the query, rounded as Pillow's `crop` does; indices count
    from 0. With `revisitop1m.txt` the distractors follow the database.
    """
    path = files.one(f"gnd_{split}.pkl" if split else "gnd_*.pkl")
    ground = files.contained(path, _SHAPE)
    names, judged = ground.imlist, ground.gnd
    if len(judged) != len(ground.qimlist):
        raise files.refusal(path, f"judges {len(judged)} of {len(ground.qimlist)} queries")

    def named(rows: Sequence[int]) -> frozenset[str]:
        if any(not 0 <= row < len(names) for row in rows):
            raise files.refusal(path, f"names the row {max(rows)} of {len(names)} images")
        return frozenset(names[row] for row in rows)

    landmarks = set(map(_landmark, ground.qimlist))
    queries = tuple(
        BenchmarkQuery(
            query_id=name,
            image=name,
            crop=rounded_box(files, path, one.bbx),
            positives=named(one.easy) | named(one.hard),
            junk=named(one.junk),
            marks={"easy": named(one.easy), "hard": named(one.hard)},
            groups={"instance": (_landmark(name),)} if len(landmarks) > 1 else {},
        )
        for name, one in zip(ground.qimlist, judged, strict=True)
    )
    more = _distractors(files)
    places = Places((names, ground.qimlist, more), _places)
    name = path.removeprefix("gnd_").removesuffix(".pkl")
    return files.checked(
        Benchmark(
            protocol="revisited",
            name=f"{name} + R1M" if more else name,
            queries=queries,
            database=(*names, *more),
            files=places,
        ),
        path,
    )


def rounded_box(files: OfficialFiles, path: str, corners: Sequence[float]) -> Corners:
    """Return x0, y0, x1, y1 rounded to whole pixels as Pillow's `crop` does.

    Raises:
        ManifestError: They span no pixel.
    """
    if len(corners) != 4:
        raise files.refusal(path, f"has a box of {len(corners)} numbers instead of 4")
    x0, y0, x1, y1 = map(round, corners)
    x0, y0 = max(0, x0), max(0, y0)
    if x0 >= x1 or y0 >= y1:
        raise files.refusal(path, f"has a box without a pixel, {corners}")
    return x0, y0, x1, y1


def _places(name: str) -> tuple[str, ...]:
    """Return where an image may lie; a distractor's name is its path below its own folder."""
    if name.startswith("jpg/"):
        return name, f"revisitop1m/{name}"
    return f"jpg/{name}.jpg", f"{name}.jpg"


def _landmark(name: str) -> str:
    """Return the landmark that a query shows: its name without the picture's number."""
    return re.sub(r"_\d+$", "", name)


def _distractors(files: OfficialFiles) -> tuple[str, ...]:
    for pattern in DISTRACTORS:
        found = files.found(pattern)
        if found:
            return tuple(files.lines(found[0]))
    return ()
