"""INSTRE in the split of Iscen et al. (CVPR 2017): `gnd_instre.mat`."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from core.corpus.readers.official import OfficialFiles
from core.corpus.readers.revisited import rounded_box
from core.types.benchmarks import Benchmark, BenchmarkQuery


@dataclass(frozen=True, slots=True)
class _Judged:
    ok: list[int] | int
    bbx: list[float]


@dataclass(frozen=True, slots=True)
class _Ground:
    imlist: list[str]
    qimlist: list[str]
    gnd: list[_Judged]


_SHAPE = TypeAdapter[_Ground](_Ground)


def read(files: OfficialFiles, split: str | None) -> Benchmark:  # noqa: ARG001 - it has one
    """Return queries cropped to `bbx` (x1, y1, x2, y2) and positives; `ok` counts rows from 1."""
    path = files.one("gnd_instre.mat", "gnd_*.mat")
    ground = files.contained(path, _SHAPE)
    names = ground.imlist
    queries: list[BenchmarkQuery] = []
    for name, one in zip(ground.qimlist, ground.gnd, strict=False):
        rows = one.ok if isinstance(one.ok, list) else [one.ok]
        if any(not 1 <= row <= len(names) for row in rows):
            raise files.refusal(path, f"names the row {max(rows)} of {len(names)} images")
        found = frozenset(names[row - 1] for row in rows)
        box = rounded_box(files, path, one.bbx)
        queries.append(BenchmarkQuery(name, name, crop=box, positives=found))
    places = {name: (name, f"INSTRE/{name}") for name in (*names, *ground.qimlist)}
    return files.checked(Benchmark("instre", "instre", tuple(queries), names, places), path)
