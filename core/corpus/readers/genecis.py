"""GeneCIS, four tasks of an image and a word, each query with a small gallery: `*_*.json`.

Vaze et al. (CVPR 2023); github.com/facebookresearch/genecis.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import TypeAdapter

from core.corpus.readers.official import OfficialFiles
from core.types.benchmarks import Benchmark, BenchmarkQuery, Corners

TASKS = ("focus_attribute", "change_attribute", "focus_object", "change_object")


@dataclass(frozen=True, slots=True)
class _Image:
    val_image_id: int | None = None
    image_id: int | None = None
    instance_bbox: list[float] | None = None


@dataclass(frozen=True, slots=True)
class _Query:
    condition: str
    reference: _Image
    target: _Image
    gallery: list[_Image]


_DILATION = 0.7
"""Of a box's side, how far the crop reaches beyond it to the left and above (`vaw_dataset.py`)."""
_TASK = TypeAdapter[list[_Query]](list[_Query])


def read(files: OfficialFiles, split: str | None) -> Benchmark:
    """Return the queries of every task, or of one; the gallery is sorted, so no place is the first.

    The official files put the target first in every gallery, so that a constant score finds it: a
    gallery is sorted by id here. An image of the attribute tasks is a picture and a box (x y w h):
    its id is `PICTURE@x,y,w,h`, and it is cropped as the official loader does, without the black
    margins that make it square there. Object tasks use COCO's `val2017`, attribute tasks Visual
    Genome.
    """
    tasks = (split,) if split else TASKS
    queries = [one for task in tasks for one in _queries(files, task)]
    database = dict.fromkeys(one for query in queries for one in query.gallery or ())
    images = dict.fromkeys([*database, *(query.image for query in queries if query.image)])
    benchmark = Benchmark(
        protocol="genecis",
        name=f"genecis {split}" if split else "genecis",
        queries=tuple(queries),
        database=tuple(database),
        files={one: _places(one) for one in images},
        crops={one: crop for one in database if (crop := _crop(one))},
    )
    return files.checked(benchmark, f"{tasks[0]}.json")


def _queries(files: OfficialFiles, task: str) -> Iterator[BenchmarkQuery]:
    path = f"{task}.json"
    for place, one in enumerate(files.json(path, _TASK)):
        target, reference = _named(files, path, one.target), _named(files, path, one.reference)
        others = {_named(files, path, image) for image in one.gallery}
        yield BenchmarkQuery(
            query_id=f"{task}-{place}",
            image=reference,
            texts=(one.condition,),
            crop=_crop(reference),
            positives=frozenset({target}),
            gallery=tuple(sorted(others | {target})),
            groups={"task": (task,)},
        )


def _named(files: OfficialFiles, path: str, image: _Image) -> str:
    """Return the id of an image: COCO's number in twelve digits, or picture and box."""
    if image.val_image_id is not None:
        return f"{image.val_image_id:012d}"
    if image.image_id is None:
        raise files.refusal(path, "names an image without val_image_id or image_id")
    box = ",".join(f"{number:g}" for number in image.instance_bbox or ())
    return f"{image.image_id}@{box}" if box else str(image.image_id)


def _crop(one: str) -> Corners | None:
    """Return the part of its picture that an image is; None for a whole picture."""
    box = one.partition("@")[2]
    if not box:
        return None
    x, y, width, height = map(float, box.split(","))
    left, top = max(0.0, x - _DILATION * width), max(0.0, y - _DILATION * height)
    right, bottom = left + (1 + _DILATION) * width, top + (1 + _DILATION) * height
    return math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom)


def _places(one: str) -> tuple[str, ...]:
    picture = one.partition("@")[0]
    if "@" in one or len(picture) < 12:
        return (f"VG_100K_all/{picture}.jpg", f"{picture}.jpg")
    return (f"val2017/{picture}.jpg", f"{picture}.jpg")
