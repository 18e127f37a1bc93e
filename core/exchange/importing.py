"""Make a file of scores a scorer: check every pair against the corpus, then store them."""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from core.corpus.csv_lines import MOST_FAULTS, Assumed
from core.corpus.names import Ids
from core.errors import ExchangeError
from core.exchange.formats import Fault, ScoreEntry, ScoreFile, shown
from core.fingerprint import digest
from core.reranking.imported import import_key
from core.storage.imports import ImportRecord, Imports
from core.storage.scores import ScoreStore
from core.types.corpus import Corpus, ImageRecord
from core.types.runs import Progress
from core.types.scores import PlainScore

MOST_UNKNOWN = 5
"""Unknown queries, and unknown images, that are named; the rest is counted."""
_STEP = 10_000


def import_scores(
    file: ScoreFile, name: str, corpus: Corpus, scores: ScoreStore, imports: Imports
) -> Iterator[Progress]:
    """Check a file completely, store its pairs, and give them a name last.

    Nothing is stored of a file with a fault. Interrupted while storing, it goes on where it was
    when it is imported again; the name is given only to what is complete.

    Args:
        file: The scores.
        name: What the scorer is called.
        corpus: Whose pairs they are.
        scores: Where the pairs are put.
        imports: Where the name is kept.

    Raises:
        ExchangeError: A line cannot be read, a pair is given twice, or an id is not known; all
            faults are listed.
        WorkspaceError: The disk is full or read-only.
    """
    checked = yield from checked_pairs(file, corpus)
    queries, database = checked.queries, checked.database
    fingerprint = digest({"imported scores": file.sha256})
    keys = {image_id: import_key(record) for image_id, record in database.items()}
    for done, (query_id, pairs) in enumerate(checked.pairs.items()):
        yield Progress("store", done, len(checked.pairs), "queries")
        found = {keys[image_id]: PlainScore(score, None) for image_id, score in pairs.items()}
        scores.put(fingerprint, import_key(queries[query_id]), found)
    imports.save(
        ImportRecord(
            name=name,
            file=file.name,
            sha256=file.sha256,
            format=file.format,
            n_pairs=sum(len(pairs) for pairs in checked.pairs.values()),
            n_queries=len(checked.pairs),
            n_queries_missing=len(queries.keys() - checked.pairs.keys()),
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            fingerprint=fingerprint,
            assumed=checked.assumed.sentence(file.name),
        )
    )
    yield Progress("store", len(checked.pairs), len(checked.pairs), "queries")


def checked_pairs(file: ScoreFile, corpus: Corpus) -> "Generator[Progress, None, CheckedPairs]":
    """Return the pairs of a file, all of the corpus and each once.

    Raises:
        ExchangeError: A line cannot be read, a pair is given twice, or an id is not known; all
            faults are listed.
    """
    queries = {record.image_id: record for record in corpus.queries}
    database = {record.image_id: record for record in corpus.database}
    ids = Ids({**queries, **database}, corpus.root, corpus.other_names)
    checked = CheckedPairs(queries, database, ids, Assumed(file.assumed))
    total = file.n_lines
    for done, entry in enumerate(file.entries()):
        if done % _STEP == 0:
            yield Progress("check", min(done, total), total, "lines")
        checked.take(entry)
    checked.require(file.name, corpus.name)
    return checked


@dataclass(slots=True)
class CheckedPairs:
    """Collects pairs, in the order of the file, and everything that is wrong with them."""

    queries: Mapping[str, ImageRecord]
    database: Mapping[str, ImageRecord]
    ids: Ids
    assumed: Assumed
    pairs: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    faults: list[str] = field(default_factory=list[str])
    n_faults: int = 0
    unknown_queries: dict[str, str] = field(default_factory=dict[str, str])
    unknown_images: dict[str, str] = field(default_factory=dict[str, str])

    def take(self, entry: ScoreEntry | Fault) -> None:
        """Add one pair, or what is wrong with its line."""
        if isinstance(entry, Fault):
            self._fault(entry.text)
            return
        entry = self._own(entry)
        if entry.query not in self.queries:
            self.unknown_queries.setdefault(entry.query, entry.where)
        if entry.image not in self.database:
            self.unknown_images.setdefault(entry.image, entry.where)
        row = self.pairs.setdefault(entry.query, {})
        if entry.image in row:
            self._fault(
                f"{entry.where}: query '{shown(entry.query)}' and image '{shown(entry.image)}' "
                "have a score already"
            )
            return
        row[entry.image] = entry.score

    def _own(self, entry: ScoreEntry) -> ScoreEntry:
        """Return a pair with the corpus's own spelling of its ids."""
        query, of_query = self.ids.find(entry.query)
        image, of_image = self.ids.find(entry.image)
        if of_query or of_image:
            for what in dict.fromkeys((*of_query, *of_image)):
                self.assumed.add(what)
            return replace(entry, query=query, image=image)
        return entry

    def require(self, file: str, corpus: str) -> None:
        """Do nothing if there are pairs and no faults."""
        listed = list(self.faults)
        if self.n_faults > len(listed):
            listed.append(f"... and {self.n_faults - len(listed):,} more faulty lines")
        listed += named_unknown(self.unknown_queries, "no query of the corpus", "queries")
        listed += named_unknown(self.unknown_images, "no database image of the corpus", "images")
        if listed:
            counts = (
                (self.n_faults, "faulty line"),
                (len(self.unknown_queries), "unknown query id"),
                (len(self.unknown_images), "unknown image id"),
            )
            said = ", ".join(counted(n, what) for n, what in counts if n)
            raise ExchangeError(
                f"{file} was not imported into corpus '{corpus}': {said}; ids are the images' "
                "paths relative to the corpus folder, as `export` writes them.",
                tuple(listed),
            )
        if not self.pairs:
            raise ExchangeError(f"{file} holds no pair; give at least one query, image and score.")

    def _fault(self, text: str) -> None:
        self.n_faults += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(text)


def named_unknown(unknown: Mapping[str, str], what: str, plural: str) -> list[str]:
    """Return a fault line for each of the first unknown names, and how many more there are.

    Args:
        unknown: The names, each with its place in the file.
        what: What they are not: "no query of the corpus".
        plural: What they would be, for the rest.
    """
    named = [f"{where}: '{shown(name)}' is {what}" for name, where in unknown.items()]
    rest = len(named) - MOST_UNKNOWN
    return named[:MOST_UNKNOWN] + ([f"... and {rest:,} more unknown {plural}"] if rest > 0 else [])


def counted(n: int, what: str) -> str:
    """Return a number with its noun: `1 faulty line`, `2 faulty lines`."""
    return f"{n:,} {what}" + ("" if n == 1 else "s")
