"""CIRCO, composed queries with several targets: `annotations/*.json` and COCO's image list.

Baldrati et al. (ICCV 2023); github.com/miccunifi/CIRCO.
"""

from dataclasses import dataclass

from pydantic import TypeAdapter

from core.corpus.readers.official import OfficialFiles
from core.types.benchmarks import Benchmark, BenchmarkQuery

_COCO = "COCO2017_unlabeled"
_IMAGES = f"{_COCO}/annotations/image_info_unlabeled2017.json"


@dataclass(frozen=True, slots=True)
class _Annotation:
    id: int
    reference_img_id: int
    relative_caption: str
    gt_img_ids: list[int] | None = None
    target_img_id: int | None = None
    semantic_aspects: list[str] | None = None


@dataclass(frozen=True, slots=True)
class _Image:
    id: int
    file_name: str


@dataclass(frozen=True, slots=True)
class _Coco:
    images: list[_Image]


_ANNOTATIONS = TypeAdapter[list[_Annotation]](list[_Annotation])
_INFO = TypeAdapter[_Coco](_Coco)


def read(files: OfficialFiles, split: str | None) -> Benchmark:
    """Return queries of an image and a sentence; the reference stays in the list.

    An image's id is its file name; the mark `target` is the one that the query was written for.
    `test` has no targets.
    """
    part = split or "val"
    path = f"annotations/{part}.json"
    names = {one.id: one.file_name for one in files.json(_IMAGES, _INFO).images}

    def named(image_id: int) -> str:
        if image_id not in names:
            raise files.refusal(path, f"names the image {image_id}, which '{_IMAGES}' lacks")
        return names[image_id]

    queries = tuple(
        BenchmarkQuery(
            query_id=str(one.id),
            image=named(one.reference_img_id),
            texts=(one.relative_caption,),
            positives=frozenset(map(named, one.gt_img_ids or ())),
            marks={"target": frozenset({named(one.target_img_id)})}
            if one.target_img_id is not None
            else {},
            groups={"aspect": tuple(one.semantic_aspects or ())},
        )
        for one in files.json(path, _ANNOTATIONS)
    )
    places = {name: (f"{_COCO}/unlabeled2017/{name}", name) for name in names.values()}
    benchmark = Benchmark("circo", f"circo {part}", queries, tuple(names.values()), places)
    return files.checked(benchmark, path)
