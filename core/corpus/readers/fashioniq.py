"""FashionIQ, composed queries of two sentences: `captions/cap.CATEGORY.*.json`, `image_splits/`.

Wu et al. (CVPR 2021); github.com/XiaoxiaoGuo/fashion-iq.
"""

from dataclasses import dataclass

from pydantic import TypeAdapter

from core.corpus.readers.official import OfficialFiles
from core.types.benchmarks import Benchmark, BenchmarkQuery

_CATEGORIES = ("dress", "shirt", "toptee")


@dataclass(frozen=True, slots=True)
class _Caption:
    candidate: str
    captions: list[str]
    target: str | None = None


_CAPTIONS = TypeAdapter[list[_Caption]](list[_Caption])
_SPLIT = TypeAdapter[list[str]](list[str])


def read(files: OfficialFiles, split: str | None) -> Benchmark:
    """Return the queries of all three categories, each with its category's own gallery.

    The reference stays in the list. `test` has no targets. Images are `.png` or `.jpg`: both are in
    use. The official files give queries no id: theirs is the category and the place in the file.
    """
    part = split or "val"
    queries: list[BenchmarkQuery] = []
    database: dict[str, None] = {}
    for category in _CATEGORIES:
        path = f"captions/cap.{category}.{part}.json"
        gallery = tuple(files.json(f"image_splits/split.{category}.{part}.json", _SPLIT))
        database |= dict.fromkeys(gallery)
        captions = files.json(path, _CAPTIONS)
        strange = next((one.target for one in captions if one.target not in (None, *gallery)), None)
        if strange is not None:
            raise files.refusal(path, f"names the target '{strange}', which the split lacks")
        queries += (
            BenchmarkQuery(
                query_id=f"{category}-{place}",
                image=one.candidate,
                texts=tuple(one.captions),
                positives=frozenset([one.target] if one.target else []),
                gallery=gallery,
                groups={"category": (category,)},
            )
            for place, one in enumerate(captions)
        )
    places = {
        one: tuple(
            f"{folder}{one}.{ending}" for folder in ("images/", "") for ending in ("png", "jpg")
        )
        for one in database
    }
    name = f"fashioniq {part}"
    benchmark = Benchmark("fashioniq", name, tuple(queries), tuple(database), places)
    return files.checked(benchmark, f"captions/cap.*.{part}.json")
