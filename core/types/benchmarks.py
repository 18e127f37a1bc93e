"""A published benchmark as its official files say it, rankings of it, and what they measure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

NONE: frozenset[str] = frozenset()
Corners = tuple[int, int, int, int]
"""x0, y0, x1, y1 of a box in pixels, half-open."""


@dataclass(frozen=True, slots=True)
class BenchmarkQuery:
    """One query of a benchmark; every id is the benchmark's own.

    `image` is the id of the query's image, None where the query is a text alone; `texts` are what a
    composed query says, in order. `crop` is what is searched for of the image, in its pixels after
    EXIF rotation, None for the whole image. `positives` are all that the protocol calls relevant in
    its widest setting, and `junk` what it takes out of a list before ranks are counted. `removed`
    are further images that are taken out first: the reference of a composed query, the query itself
    where queries are database images too. `gallery` is the query's own database, None for the whole
    one. `marks` names subsets that the protocol tells apart, `grades` are the file's own numbers by
    image, `groups` are the groups to average over, by kind. `labels` are the query's labels with
    repeats, where the protocol's ground truth is equality of labels. What each protocol's measures
    read beyond positives, junk, removed and gallery:

    - `revisited`: marks `easy`, `hard`.
    - `ilias`: groups `instance`, `category`, `subcategory`; values `scale`, `clutter`.
    - `gldv2`: groups `usage` (Public, Private).
    - `product1m`: labels of the query, with repeats, and of the database.
    - `cirr`: marks `subset` (the members of the image set), grades (the soft targets).
    - `circo`: marks `target`, groups `aspect`.
    - `fashioniq`: groups `category`. `genecis`: groups `task`. `icir`: groups `instance`.
    - `mmeb`: groups `subset`, grades where there are any.
    - `trec`: grades of all that was judged; 0 and below is not relevant.
    """

    query_id: str
    image: str | None
    texts: tuple[str, ...] = ()
    crop: Corners | None = None
    positives: frozenset[str] = NONE
    junk: frozenset[str] = NONE
    removed: frozenset[str] = NONE
    gallery: tuple[str, ...] | None = None
    marks: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    grades: Mapping[str, float] = field(default_factory=dict[str, float])
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Queries and database of a benchmark, as its official files say; no image is opened.

    `protocol` names the row of the table of protocols that measures it, `name` what was read, such
    as `roxford5k`. `database` is in the order of the files, without repeats. `files` are the places
    where an image may lie, relative to the folder, best first: several where the distributed sets
    differ. `crops` are what a database image is of its picture, for those that are a part of one.
    `values` are numbers of database images, by image and then by name, such as `scale`;
    `labels` is the label of each, where the ground truth is equality of labels. `notes` say in a
    sentence each what of the files is not used and why.
    """

    protocol: str
    name: str
    queries: tuple[BenchmarkQuery, ...]
    database: Sequence[str]
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    values: Mapping[str, Mapping[str, float]] = field(
        default_factory=dict[str, Mapping[str, float]]
    )
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    notes: tuple[str, ...] = ()
    crops: Mapping[str, Corners] = field(default_factory=dict[str, Corners])


@dataclass(frozen=True, slots=True)
class BenchmarkUse:
    """How much of a benchmark a corpus holds.

    `benchmark` has the queries and images that are there, and the positives among them. `image_ids`
    are the corpus's ids by the benchmark's: of database images in `image_ids`, of queries by their
    query id in `queries`. `n_images` and `n_queries` count those of the official files, and
    `missing` names the first places where an image should lie and does not.
    """

    benchmark: Benchmark
    image_ids: Mapping[str, str]
    queries: Mapping[str, str]
    n_images: int
    n_queries: int
    missing: tuple[str, ...] = ()

    @property
    def of_all(self) -> str:
        """The words that follow every number of a part: "" where all is there."""
        if not self.missing:
            return ""
        found = len(self.image_ids) + len(self.queries)
        return f" on {found:,} of {self.n_images + self.n_queries:,} images"

    @property
    def text(self) -> str:
        """What is missing, in one sentence; empty where nothing is."""
        if not self.missing:
            return ""
        return (
            f"{self.benchmark.name}: {len(self.image_ids):,} of {self.n_images:,} database images "
            f"and {len(self.queries):,} of {self.n_queries:,} queries are there (missing is "
            f"'{self.missing[0]}'), so numbers are not the benchmark's"
        )


@dataclass(frozen=True, slots=True, eq=False)
class RankedList:
    """What was found for one query, best first; `scores` (n,) float64, None for a mere order.

    `image_ids` are the benchmark's ids. Scores need not fall: an official script that sorts by them
    again is followed where its measure is computed.
    """

    image_ids: Sequence[str]
    scores: NDArray[np.float64] | None = None


Rankings = Mapping[str, RankedList]
"""Ranked lists by query id; a query that is absent was not answered."""


@dataclass(frozen=True, slots=True)
class MeasuredValue:
    """One published number of some rankings, as a share in [0, 1] unless its name says otherwise.

    `value` is None where no query has one, or where the protocol does not measure these rankings;
    `problem` then says why in a sentence. `n` queries are in it. `per_query` are their own values,
    empty where the number is of all pairs at once.
    """

    name: str
    value: float | None
    n: int
    per_query: Mapping[str, float] = field(default_factory=dict[str, float])
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ProtocolNumber:
    """One published number before and after re-ranking, as a share unless its name says otherwise.

    `name` says which images it was measured on where some are missing. None = not measured; then
    `problem` says why in a sentence, where there is a reason to tell. `n` queries are in it.
    """

    name: str
    before: float | None
    after: float | None
    n: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ProtocolNumbers:
    """A benchmark's published numbers of one run.

    `benchmark` is what was measured, such as `roxford5k`; `difference` says in one sentence why
    they are not AP@k; `incomplete` what is missing, empty where nothing is.
    """

    benchmark: str
    title: str
    difference: str
    numbers: tuple[ProtocolNumber, ...]
    incomplete: str = ""


@dataclass(frozen=True, slots=True)
class MeasuredRankings:
    """What rankings of a benchmark are worth by its own rules.

    `values` are in the order of the protocol's table, with each query's own value. `n_database`
    images were ranked, of `n_images` that the benchmark has; `n_answered` of `n_queries` queries
    have a list. `notes` are sentences on what was assumed or left out.
    """

    benchmark: str
    title: str
    values: tuple[MeasuredValue, ...]
    n_queries: int
    n_answered: int
    n_images: int
    n_database: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownBenchmark:
    """A row of the table of benchmarks, for people: all in words.

    `signs` are the files by which a folder is known, `layout` where images lie, `measures` the
    published numbers as (name, formula, source), `opens` whether its queries are images alone, so
    that a bench opens it; else rankings made elsewhere are measured.
    """

    name: str
    title: str
    splits: tuple[str, ...]
    signs: str
    layout: str
    home: str
    licence: str
    asks: str
    opens: bool
    measures: tuple[tuple[str, str, str], ...]
    difference: str


@dataclass(frozen=True, slots=True)
class BenchmarkLook:
    """What a folder holds of a benchmark, before anything is computed.

    Counts are of the official files; `n_images_there` and `n_queries_there` of those whose picture
    was found. `n_texts` queries are or have a text. `missing` are all places where a picture should
    lie and does not. `refused` says in a sentence why a bench does not open it, or is empty.
    """

    benchmark: KnownBenchmark
    read: str
    n_queries: int
    n_queries_there: int
    n_images: int
    n_images_there: int
    n_positives: int
    n_texts: int
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    refused: str = ""
