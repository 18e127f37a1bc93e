"""ILIAS: instance-level retrieval at scale, image queries; `image_ids/*.txt`, `ilias_core/`.

Kordopatis-Zilos et al. (CVPR 2025); github.com/ilias-vrg/ilias.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter

from core.corpus.readers.official import OfficialFiles
from core.corpus.readers.places import Places
from core.types.benchmarks import Benchmark, BenchmarkQuery, Corners

_TAXONOMY = TypeAdapter[dict[str, Any]](dict[str, Any])
_IDS = "image_ids/image_query_ids.txt"
_POSITIVES = "image_ids/positive_ids.txt"


def read(files: OfficialFiles, split: str | None) -> Benchmark:
    """Return the image queries, their positives by the object's folder, and all distractors.

    Queries are whole images; `ilias:crop` cuts each to the hull of its boxes (x y w h), as the
    authors' `--crop_resize` does. Text queries are counted and left out.
    """
    query_ids = [row[0] for row in files.rows(_IDS, 1)]
    if any("/" not in one for one in query_ids):
        raise files.refusal(_IDS, "names a query outside a folder of an object")
    values: dict[str, dict[str, float]] = {}
    for row in files.rows(_POSITIVES, 3):
        try:
            values[row[0]] = {"scale": float(row[1]), "clutter": float(row[2])}
        except ValueError as error:
            raise files.refusal(_POSITIVES, f"has no number beside '{row[0]}'") from error
    by_object: dict[str, set[str]] = {}
    for one in values:
        by_object.setdefault(_object(one), set()).add(one)
    positives = {name: frozenset(ids) for name, ids in by_object.items()}
    categories = _categories(files)
    queries = tuple(
        BenchmarkQuery(
            query_id=one,
            image=one,
            crop=_hull(files, one) if split == "crop" else None,
            positives=positives.get(_object(one), frozenset()),
            groups={"instance": (_object(one),), **_levels(categories.get(_object(one), ()))},
        )
        for one in query_ids
    )
    database = (*values, *_distractors(files))
    places = Places((query_ids, database), lambda one: (f"ilias_core/{one}.jpg", f"{one}.jpg"))
    texts = files.found("image_ids/text_query_ids.txt")
    n_texts = len(files.lines(texts[0])) if texts else 0
    noted = f"{n_texts:,} text queries are left out: the first stage reads images alone"
    benchmark = Benchmark(
        protocol="ilias",
        name="ilias, queries cropped" if split == "crop" else "ilias",
        queries=queries,
        database=database,
        files=places,
        values=values,
        notes=(noted,) if n_texts else (),
    )
    return files.checked(benchmark, _IDS)


def _object(image_id: str) -> str:
    """Return the object that an image of the core shows: the first folder of its id."""
    return image_id.partition("/")[0]


def _levels(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the first two of the taxonomy's levels by what they are called."""
    return {kind: (name,) for kind, name in zip(("category", "subcategory"), names, strict=False)}


def _distractors(files: OfficialFiles) -> list[str]:
    found = files.found("image_ids/distractor_ids.txt*")
    return files.lines(found[0]) if found else []


def _hull(files: OfficialFiles, image_id: str) -> Corners:
    path = f"ilias_core/{image_id}_bbox.txt"
    try:
        boxes = [[int(float(cell)) for cell in line.split()] for line in files.lines(path)]
        corners = [(x, y, x + w, y + h) for x, y, w, h in boxes]
        lows = [min(one) for one in list(zip(*corners, strict=True))[:2]]
        highs = [max(one) for one in list(zip(*corners, strict=True))[2:]]
        return lows[0], lows[1], highs[0], highs[1]
    except (ValueError, IndexError, OverflowError) as error:
        raise files.refusal(path, "does not hold boxes x y w h") from error


def _categories(files: OfficialFiles) -> Mapping[str, tuple[str, ...]]:
    """Return an object's categories, widest first, from `misc/taxonomy.json`, where it is there."""
    found = files.found("misc/taxonomy.json")
    return dict(_leaves(files.json(found[0], _TAXONOMY), ())) if found else {}


def _leaves(tree: object, above: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    if isinstance(tree, dict):
        for name, below in tree.items():
            yield from _leaves(below, (*above, str(name)))
    elif isinstance(tree, list):
        yield from ((str(name), above) for name in tree)
