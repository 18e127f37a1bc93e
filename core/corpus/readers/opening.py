"""Make a corpus of a benchmark: its images that are there, and what its files say of them."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from core.corpus.limits import image_error
from core.corpus.manifest_rows import Listing
from core.corpus.readers.recognise import read_benchmark, reader_named, recognised
from core.corpus.readers.table import Reader
from core.corpus.relevance import Judgement
from core.corpus.sources.protocol import ImageSource
from core.corpus.walk import IMAGE
from core.errors import ManifestError
from core.types.benchmarks import Benchmark, BenchmarkUse, Corners
from core.types.corpus import Box, ImageRecord, LabelSource
from core.types.query_text import MAX_TEXT, composed_id, read_text

AUTO, NONE = "auto", "none"
"""Formats: whatever benchmark is recognised; no benchmark, whatever files lie there."""
MISSING = "+missing"
_N_NAMED = 20


@dataclass(frozen=True, slots=True)
class Opened:
    """A benchmark as a corpus lists it: its images, who is relevant to whom, and what is there."""

    listing: Listing
    judgements: tuple[Judgement, ...]
    use: BenchmarkUse


def open_benchmark(source: ImageSource, form: str) -> Opened | None:
    """Return the benchmark that a source holds, or None where it holds none.

    Args:
        source: Where images and official files lie.
        form: `auto`, `none`, or `NAME[:SPLIT]`; with `+missing` database images that are not there
            are kept, for descriptors, lists and scores that were made elsewhere.

    Raises:
        SettingsError: There is no such benchmark, or several are recognised.
        ManifestError: A file is not as published, no image is there, or queries are no images.
    """
    keeps, form = form.endswith(MISSING), form.removesuffix(MISSING)
    if form == NONE:
        return None
    found = recognised(source.root) if form == AUTO else reader_named(form)[0]
    if found is None or (form == AUTO and found.asks == "ids"):
        return None
    split = None if form == AUTO else reader_named(form)[1]
    _require_images(found, source)
    benchmark = read_benchmark(found, source.root, split)
    return _opened(benchmark, found, source, keeps=keeps)


def restricted(benchmark: Benchmark, queries: frozenset[str], images: frozenset[str]) -> Benchmark:
    """Return the benchmark with these queries and database images, and what is relevant of them."""
    return replace(
        benchmark,
        queries=tuple(
            replace(
                one,
                positives=one.positives & images,
                junk=one.junk & images,
                removed=one.removed & images,
                marks={name: ids & images for name, ids in one.marks.items()},
                gallery=None
                if one.gallery is None
                else tuple(image for image in one.gallery if image in images),
            )
            for one in benchmark.queries
            if one.query_id in queries
        ),
        database=tuple(one for one in benchmark.database if one in images),
    )


def _require_images(row: Reader, source: ImageSource) -> None:
    if row.asks in ("image", "image and text"):
        return
    asked = "ids without images" if row.asks == "ids" else "texts alone"
    raise ManifestError(
        f"The queries of {row.title} in '{source.root.name}' are {asked}, which this bench cannot "
        f"ask with; measure rankings with `benchmarks {row.name} FOLDER --rankings FILE`, or open "
        "the folder as plain images with --format none."
    )


@dataclass(frozen=True, slots=True)
class FoundImages:
    """Where the images of a benchmark lie, as paths of the source, and where the others should.

    `images` are by database id, `queries` by query id; a query without an image is in neither.
    """

    images: Mapping[str, str]
    queries: Mapping[str, str]
    missing: tuple[str, ...]


def find_images(benchmark: Benchmark, source: ImageSource) -> FoundImages:
    """Look for every image of a benchmark; the source is walked once, and nothing is opened."""
    places = _Places(found.path for found in source.found() if found.kind == IMAGE)
    images = {one: at for one in benchmark.database if (at := places.of(benchmark, one))}
    asked = {
        query.query_id: at
        for query in benchmark.queries
        if query.image is not None and (at := places.of(benchmark, query.image))
    }
    return FoundImages(images, asked, tuple(_missing(benchmark, images, asked)))


def _opened(benchmark: Benchmark, row: Reader, source: ImageSource, *, keeps: bool) -> Opened:
    found = find_images(benchmark, source)
    images, asked = found.images, found.queries
    if not images or not asked:
        raise ManifestError(
            f"'{source.root.name}' holds the files of {row.title}, but "
            f"{'no query' if images else 'no database image'} of them; put the images where they "
            f"belong ({row.layout}), or open the folder as plain images with --format none."
        )
    if keeps:
        images = {**images, **_kept(benchmark, images)}
    there = restricted(benchmark, frozenset(asked), frozenset(images))
    image_ids = {one: _part_id(at, benchmark.crops.get(one)) for one, at in images.items()}
    queries = _query_ids(there, asked, frozenset(image_ids.values()))
    use = BenchmarkUse(
        benchmark=there,
        image_ids=image_ids,
        queries=queries,
        n_images=len(benchmark.database),
        n_queries=len(benchmark.queries),
        missing=found.missing[:_N_NAMED],
    )
    absent = frozenset(image_ids[one] for one in images.keys() - found.images.keys())
    entries = tuple(_as_absent(one, absent) for one in _entries(use, images, asked))
    listing = Listing(
        entries=entries,
        named=frozenset(entry.image_id for entry in entries),
        has_truth=True,
        labels_from=LabelSource(benchmark=f"the files of {benchmark.name}"),
    )
    return Opened(listing, tuple(_judgements(use)), use)


class _Places:
    """Finds an image by the places where it may lie, at the folder's top or anywhere below it."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths: set[str] = set(paths)
        self._by_name: dict[str, list[str]] | None = None

    def of(self, benchmark: Benchmark, one: str) -> str | None:
        """Return the path of an image, None where it is nowhere or could be two."""
        candidates = benchmark.files.get(one, ())
        for place in candidates:
            if place in self._paths:
                return place
        for place in candidates:
            below = [p for p in self._named(place) if p.endswith(f"/{place}")]
            if len(below) == 1:
                return below[0]
        return None

    def _named(self, place: str) -> list[str]:
        if self._by_name is None:
            self._by_name = {}
            for path in sorted(self._paths):
                self._by_name.setdefault(path.rpartition("/")[2], []).append(path)
        return self._by_name.get(place.rpartition("/")[2], [])


def _part_id(path: str, crop: Corners | None) -> str:
    return path if crop is None else f"{path} [{','.join(map(str, crop))}]"


def _query_ids(
    benchmark: Benchmark, paths: Mapping[str, str], database: frozenset[str]
) -> dict[str, str]:
    """Return the corpus's id of each query: its path, with its number where it has a text.

    A crop is named where the whole image is there too, and where it has a text.
    """
    asked: Counter[str] = Counter()
    found: dict[str, str] = {}
    for query in benchmark.queries:
        path = paths[query.query_id]
        one = _part_id(path, query.crop if path in database or query.texts else None)
        asked[one] += 1
        found[query.query_id] = composed_id(one, asked[one]) if query.texts else one
    return found


def _missing(
    benchmark: Benchmark, images: Mapping[str, str], asked: Mapping[str, str]
) -> list[str]:
    lacking = [query.image for query in benchmark.queries if query.query_id not in asked]
    lacking += [one for one in benchmark.database if one not in images]
    return [benchmark.files.get(one, (one,))[0] for one in lacking if one is not None]


def _kept(benchmark: Benchmark, there: Mapping[str, str]) -> dict[str, str]:
    """Return the places where the database images that are not there should lie, by their ids."""
    return {
        one: benchmark.files.get(one, (one,))[0] for one in benchmark.database if one not in there
    }


def _as_absent(entry: ImageRecord, absent: frozenset[str]) -> ImageRecord:
    """Return an image that is not there with its problem, and with what addresses it all the same.

    What was made elsewhere is stored by content: an absent image has its name for content.
    """
    if entry.image_id not in absent:
        return entry
    problem = image_error(entry.path, "is missing", "fetch it, or go on with what is imported")
    content = hashlib.sha256(f"absent {entry.image_id}".encode()).hexdigest()
    return replace(entry, problem=str(problem), sha256=content)


def _entries(
    use: BenchmarkUse, images: Mapping[str, str], paths: Mapping[str, str]
) -> list[ImageRecord]:
    by_id: dict[str, ImageRecord] = {}
    for one, image_id in use.image_ids.items():
        crop = use.benchmark.crops.get(one)
        by_id[image_id] = ImageRecord(
            image_id, images[one], "database", crop=None if crop is None else Box(*crop)
        )
    for query in use.benchmark.queries:
        image_id = use.queries[query.query_id]
        is_both = image_id in by_id
        by_id[image_id] = ImageRecord(
            image_id,
            paths[query.query_id],
            "both" if is_both else "query",
            next(iter(query.groups.get("instance", ())), None),
            crop=None if query.crop is None else Box(*query.crop),
            text=read_text(" and ".join(query.texts))[:MAX_TEXT],
            tags={k: "; ".join(v) for k, v in query.groups.items() if k != "instance"},
        )
    return list(by_id.values())


def _judgements(use: BenchmarkUse) -> list[Judgement]:
    rows: list[Judgement] = []
    for query in use.benchmark.queries:
        query_id = use.queries[query.query_id]
        rows += (
            Judgement(query_id, use.image_ids[one], "positive") for one in sorted(query.positives)
        )
        junk = sorted((query.junk | query.removed) - query.positives)
        rows += (Judgement(query_id, use.image_ids[one], "junk") for one in junk)
    return rows
