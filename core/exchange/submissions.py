"""Rankings as the files that the benchmarks' own scripts and servers take: one row a format."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from core.errors import ExchangeError, known_name
from core.exchange.trec import ranking_run
from core.spreadsheet import csv_text, guarded
from core.storage.files import atomic_write_text
from core.types.benchmarks import Benchmark, BenchmarkQuery, RankedList, Rankings

GLDV2_COLUMNS = ("id", "images")
DISC21_COLUMNS = ("query_id", "reference_id", "score")
RANKS = "ranks"
CIRR_KEYS = {"version": "rc2", "metric": "recall"}
_CIRR_LISTED, _CIRR_SUBSET_LISTED = 50, 3


@dataclass(frozen=True, slots=True)
class Submission:
    """One format: its name, what takes it, the ending of its file, and what writes it.

    `n_listed` is how many images of a list are written, None for all.
    """

    name: str
    taken_by: str
    ending: str
    n_listed: int | None
    write: Callable[[Benchmark, Rankings, int | None], str]


def submission_text(name: str, benchmark: Benchmark, rankings: Rankings) -> str:
    """Return rankings in one format.

    Args:
        name: The format, one of `SUBMISSIONS`.
        benchmark: Whose queries they are.
        rankings: Lists by query id, in the benchmark's ids.

    Raises:
        SettingsError: There is no such format.
        ExchangeError: A query has no list where all are asked for, a list is too short, or an id
            does not fit the format.
    """
    row = known_form(name)
    return row.write(benchmark, rankings, row.n_listed)


def known_form(name: str) -> Submission:
    """Return the row of a format.

    Raises:
        SettingsError: There is none of this name; the sentence lists those there are.
    """
    by_name = {row.name: row for row in SUBMISSIONS}
    return by_name[known_name(name, tuple(by_name), "Submission format")]


def write_submission(path: Path, name: str, benchmark: Benchmark, rankings: Rankings) -> None:
    """Write `submission_text` to a file, which is replaced as a whole if it exists.

    Raises:
        SettingsError: There is no such format.
        ExchangeError: As `submission_text`.
        WorkspaceError: The file cannot be written.
    """
    atomic_write_text(path, submission_text(name, benchmark, rankings))


def coco_number(image_id: str) -> int:
    """Return the number that COCO's annotations call an image by: 48319 of `000000048319.jpg`.

    Raises:
        ExchangeError: The name holds none.
    """
    stem = PurePosixPath(image_id).stem
    if not stem.isdecimal():
        raise ExchangeError(
            f"Image '{image_id}' has no number of COCO as its name, by which CIRCO's server knows "
            "it; keep the official file names."
        )
    return int(stem)


def _gldv2(benchmark: Benchmark, rankings: Rankings, n: int | None) -> str:
    """Return `id,images`, the images of a query parted by blanks, a row for every query."""
    rows: list[tuple[str, str]] = []
    for query in benchmark.queries:
        images = rankings[query.query_id].image_ids[:n] if query.query_id in rankings else ()
        rows.append((_plain(query.query_id, " ,"), " ".join(_plain(one, " ,") for one in images)))
    return csv_text(GLDV2_COLUMNS, rows)


def _disc21(benchmark: Benchmark, rankings: Rankings, n: int | None) -> str:
    """Return `query_id,reference_id,score`, a row for every pair."""
    rows: list[tuple[str, str, float]] = []
    for query, ranked in _answered(benchmark, rankings):
        if ranked.scores is None:
            raise ExchangeError(
                f"The list of query '{query.query_id}' has no scores, which DISC21 compares across "
                "queries; rank with a stage that gives a score per pair."
            )
        pairs = zip(ranked.image_ids, ranked.scores.tolist(), strict=True)
        name = _plain(query.query_id, ",")
        rows += [(name, _plain(image, ","), score) for image, score in list(pairs)[:n]]
    return csv_text(DISC21_COLUMNS, rows)


def _circo(benchmark: Benchmark, rankings: Rankings, n: int | None) -> str:
    """Return a JSON object of query ids and lists of COCO's numbers."""
    return json.dumps(
        {
            query.query_id: [coco_number(image) for image in ranked.image_ids[:n]]
            for query, ranked in _all(benchmark, rankings)
        }
    )


def _cirr(benchmark: Benchmark, rankings: Rankings, n: int | None) -> str:
    """Return a JSON object of pair ids and lists of names without the reference."""
    lists = {
        query.query_id: _enough(query, ranked, frozenset(benchmark.database), n)
        for query, ranked in _all(benchmark, rankings)
    }
    return json.dumps({**CIRR_KEYS, **lists})


def _cirr_subset(benchmark: Benchmark, rankings: Rankings, n: int | None) -> str:
    """Return the same of the members of each query's image set."""
    lists = {
        query.query_id: _enough(query, ranked, query.marks.get("subset", frozenset()), n)
        for query, ranked in _all(benchmark, rankings)
    }
    return json.dumps({**CIRR_KEYS, "metric": "recall_subset", **lists})


def _ilias(benchmark: Benchmark, rankings: Rankings, n: int | None) -> str:
    """Return {query: {image: score}}; a mere order is scored by the places from its end."""
    return json.dumps(
        {
            query.query_id: dict(_by_score(ranked, n))
            for query, ranked in _answered(benchmark, rankings)
        },
        ensure_ascii=False,
    )


def _revisited(benchmark: Benchmark, rankings: Rankings, n: int | None) -> str:
    """Return {"ranks": {query: rows}}, rows of `imlist` from 0, best first.

    The official code takes `numpy.array(list(ranks.values())).T`; no pickle is written.
    """
    row = {image: place for place, image in enumerate(benchmark.database)}
    ranks: dict[str, list[int]] = {}
    for query, ranked in _all(benchmark, rankings):
        unknown = next((image for image in ranked.image_ids[:n] if image not in row), None)
        if unknown is not None:
            raise ExchangeError(
                f"Image '{unknown}' of query '{query.query_id}' is not in the image list of "
                f"{benchmark.name}; rank its database alone."
            )
        ranks[query.query_id] = [row[image] for image in ranked.image_ids[:n]]
    return json.dumps({RANKS: ranks})


def _product1m(benchmark: Benchmark, rankings: Rankings, n: int | None) -> str:
    """Return `retrieval_id_list.txt`: a line for each query, its id and its images by commas."""
    lines = (
        ",".join(_plain(one, ",") for one in (query.query_id, *ranked.image_ids[:n]))
        for query, ranked in _answered(benchmark, rankings)
    )
    return "".join(f"{line}\n" for line in lines)


def _trec(benchmark: Benchmark, rankings: Rankings, n: int | None) -> str:
    """Return a TREC run, scored by the places from the end so that no scores tie."""
    lists = (
        (query.query_id, ranked.image_ids[:n]) for query, ranked in _answered(benchmark, rankings)
    )
    return ranking_run(lists, "second-look")


def _answered(
    benchmark: Benchmark, rankings: Rankings
) -> Iterator[tuple[BenchmarkQuery, RankedList]]:
    for query in benchmark.queries:
        if query.query_id in rankings:
            yield query, rankings[query.query_id]


def _all(benchmark: Benchmark, rankings: Rankings) -> Iterator[tuple[BenchmarkQuery, RankedList]]:
    absent = [query.query_id for query in benchmark.queries if query.query_id not in rankings]
    if absent:
        raise ExchangeError(
            f"{len(absent):,} of {len(benchmark.queries):,} queries of {benchmark.name} have no "
            f"list, such as '{absent[0]}', and its file must hold all; rank these too."
        )
    return _answered(benchmark, rankings)


def _enough(
    query: BenchmarkQuery, ranked: RankedList, among: frozenset[str], n: int | None
) -> list[str]:
    """Return the first n images of `among` without those removed."""
    left = among - query.removed
    kept = [image for image in ranked.image_ids if image in left][:n]
    needed = len(left) if n is None else min(n, len(left))
    if len(kept) < needed:
        raise ExchangeError(
            f"The list of query '{query.query_id}' holds {len(kept):,} of the {needed:,} images "
            "that the file needs; give longer lists."
        )
    return kept


def _by_score(ranked: RankedList, n: int | None) -> Sequence[tuple[str, float]]:
    length = len(ranked.image_ids)
    scores = np.arange(length, 0, -1.0) if ranked.scores is None else ranked.scores
    order = map(int, np.argsort(-scores, kind="stable")[:n])
    return [(ranked.image_ids[place], float(scores[place])) for place in order]


def _plain(text: str, separators: str) -> str:
    """Return an id that can stand in a file without quotes and as it is.

    Raises:
        ExchangeError: It holds a separator of the format, a quote or a line end, or would be
            guarded from spreadsheets, which the official script does not undo.
    """
    if guarded(text) != text or any(mark in text for mark in f'{separators}"\r\n'):
        raise ExchangeError(
            f"The id '{text}' begins like a formula, or holds a blank, comma, quote or line end, "
            "and the official script cannot read that; keep the official ids."
        )
    return text


SUBMISSIONS: tuple[Submission, ...] = (
    Submission("gldv2", "GLDv2 retrieval, Kaggle and DELF's scripts", ".csv", 100, _gldv2),
    Submission("circo", "CIRCO's server and evaluation.py", ".json", 50, _circo),
    Submission("cirr", "CIRR's server, recall", ".json", _CIRR_LISTED, _cirr),
    Submission(
        "cirr-subset", "CIRR's server, recall_subset", ".json", _CIRR_SUBSET_LISTED, _cirr_subset
    ),
    Submission("ilias", "ILIAS' evaluate.py", ".json", 1000, _ilias),
    Submission("revisited", "revisitop's compute_map, as ranks", ".json", None, _revisited),
    Submission("disc21", "DISC21's compute_metrics.py", ".csv", None, _disc21),
    Submission("product1m", "Product1M's evaluate_suit.py", ".txt", 100, _product1m),
    Submission("trec", "trec_eval and ir_measures, any benchmark", ".run", None, _trec),
)
