"""CIRR, composed queries: `captions/cap.rc2.*.json` and `image_splits/split.rc2.*.json`.

Liu et al. (ICCV 2021); github.com/Cuberick-Orion/CIRR.
"""

from dataclasses import dataclass

from pydantic import TypeAdapter

from core.corpus.readers.official import OfficialFiles
from core.types.benchmarks import Benchmark, BenchmarkQuery


@dataclass(frozen=True, slots=True)
class _Set:
    members: list[str]


@dataclass(frozen=True, slots=True)
class _Caption:
    pairid: int
    reference: str
    caption: str
    img_set: _Set
    target_hard: str | None = None
    target_soft: dict[str, float] | None = None


_CAPTIONS = TypeAdapter[list[_Caption]](list[_Caption])
_SPLIT = TypeAdapter[dict[str, str]](dict[str, str])


def read(files: OfficialFiles, split: str | None) -> Benchmark:
    """Return queries of an image and a sentence; the reference is removed from every list.

    `test1` has no targets: its rankings can only be written for the authors' server. The mark
    `subset` holds the other images of the query's set; `grades` are the soft targets.
    """
    part = split or "val"
    path = f"captions/cap.rc2.{part}.json"
    images = files.json(f"image_splits/split.rc2.{part}.json", _SPLIT)
    queries = tuple(
        BenchmarkQuery(
            query_id=str(one.pairid),
            image=one.reference,
            texts=(one.caption,),
            positives=frozenset([one.target_hard] if one.target_hard else []),
            removed=frozenset({one.reference}),
            marks={"subset": frozenset(one.img_set.members) - {one.reference}},
            grades=one.target_soft or {},
        )
        for one in files.json(path, _CAPTIONS)
    )
    places = {name: (place.removeprefix("./"),) for name, place in images.items()}
    benchmark = Benchmark("cirr", f"cirr {part}", queries, tuple(images), places)
    return files.checked(benchmark, path)
