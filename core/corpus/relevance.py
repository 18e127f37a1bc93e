"""Ground truth: instance equality, overridden pair by pair by `relevance.csv`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.corpus.csv_lines import Assumed, Fault, Line, Table, quoted
from core.corpus.manifest_rows import Listing
from core.corpus.names import Ids
from core.corpus.sources.protocol import ImageSource
from core.corpus.table_text import folded
from core.spreadsheet import unguarded_row
from core.types.corpus import ImageRecord, Relevance
from core.types.number_reading import read_number
from core.types.query_text import composed_id, picture_of

RELEVANCE = "relevance.csv"
_GIVE_ROLE = "give it query or both"
Label = Literal["positive", "junk", "negative"]
_LABELS: Mapping[str, Label] = {"positive": "positive", "junk": "junk", "negative": "negative"}


@dataclass(frozen=True, slots=True, order=True)
class Judgement:
    """What a person said one database image is to one query."""

    query_id: str
    image_id: str
    label: Label
    grade: int | None = None


@dataclass(frozen=True, slots=True)
class Judgements:
    """The rows of `relevance.csv` in file order, all their faults, and what was assumed."""

    rows: tuple[Judgement, ...]
    faults: tuple[Fault, ...]
    assumed: Assumed

    @property
    def are_graded(self) -> bool:
        """Whether labels are numbers: 0 negative, above 0 positive, -1 junk."""
        return any(row.grade is not None for row in self.rows)


def read_relevance(source: ImageSource, listing: Listing) -> Judgements:
    """Return what `relevance.csv` says; a label is a word or a grade."""
    # A row with a fault of its own is known, but plays no role that could be wrong.
    roles = dict.fromkeys(listing.named, "") | {e.image_id: e.role for e in listing.entries}
    table, assumed = read_label_table(source, Ids(roles, source.root))
    judgements: list[Judgement] = []
    faults = [*table.faults]
    first: dict[tuple[str, str], int] = {}
    for line in table.lines:
        query_id, image_id = line.cells["query"], line.cells["image"]
        label = read_label(line.cells["label"])
        texts = _faults(line, roles, label)
        seen = first.setdefault((query_id, image_id), line.number)
        if seen != line.number:
            texts.append(f"the pair is already labelled in line {seen}")
        faults += (Fault(table.name or RELEVANCE, line.number, text) for text in texts)
        if label is not None and not texts:
            judgements.append(Judgement(query_id, image_id, *label))
            if label[1] is None and label[0] != line.cells["label"].strip():
                assumed.add("labels in another case")
    return Judgements(tuple(judgements), tuple(faults), assumed)


def read_label_table(source: ImageSource, ids: Ids) -> tuple[Table, Assumed]:
    """Return the lines of `relevance.csv` with the corpus's own ids, and what was assumed."""
    table = source.table(RELEVANCE, ("query", "image", "label"))
    assumed = Assumed(table.assumed)

    def own(line: Line) -> Line:
        cells = dict(unguarded_row(line.cells))
        for column in ("query", "image"):
            cells[column], said = ids.find(cells[column])
            for what in said:
                assumed.add(what)
        return replace(line, cells=cells)

    return replace(table, lines=tuple(map(own, table.lines))), assumed


def read_label(text: str) -> tuple[Label, int | None] | None:
    """Return the label that a word or a grade means, with the grade; None for what is neither."""
    word = _LABELS.get(folded(text))
    if word is not None:
        return word, None
    number = read_number(text)
    if number is None or number < -1 or not number.is_integer():
        return None
    return ("junk" if number < 0 else "positive" if number > 0 else "negative"), int(number)


def _faults(
    line: Line, roles: Mapping[str, str], label: tuple[Label, int | None] | None
) -> list[str]:
    query_id, image_id = line.cells["query"], line.cells["image"]
    texts: list[str] = []
    if query_id not in roles:
        texts.append(f"query {quoted(query_id)} is not in the corpus")
    elif roles[query_id] == "database":
        asked = composed_id(query_id, 1)
        remedy = f"name its composed query {quoted(asked)}" if asked in roles else _GIVE_ROLE
        texts.append(f"query {quoted(query_id)} has the role database; {remedy}")
    if image_id not in roles:
        texts.append(f"image {quoted(image_id)} is not in the corpus")
    elif roles[image_id] == "query":
        texts.append(f"image {quoted(image_id)} has the role query; give it database or both")
    if label is None:
        texts.append(
            f"label {quoted(line.cells['label'].strip())} is not known; write positive, junk or "
            "negative, or a grade (0 negative, 1 and more positive, -1 junk)"
        )
    elif image_id in (query_id, picture_of(query_id)) and label[0] != "junk":
        texts.append("an image is always junk to itself; remove the row")
    return texts


class GroundTruth(Mapping[str, Relevance]):
    """Each query's `Relevance`, made when asked for: sets of all pairs would not fit.

    Positives are the database images of the query's instance but never the query itself, which is
    junk where it is also in the database; so is the image that a composed query is asked with,
    unless a row says otherwise. One lookup costs the size of the instance.
    """

    def __init__(self, entries: Sequence[ImageRecord], judgements: Sequence[Judgement]) -> None:
        self._roles = {e.image_id: e.role for e in entries if e.role != "database"}
        self._instances = {e.image_id: e.instance_id for e in entries if e.role != "database"}
        self._members: dict[str, list[str]] = {}
        database = {e.image_id for e in entries if e.role != "query"}
        self._own = {  # the image that a composed query is asked with, where it would be found
            e.image_id: e.picture_id for e in entries if e.text and e.picture_id in database
        }
        for entry in entries:
            if entry.role != "query" and entry.instance_id is not None:
                self._members.setdefault(entry.instance_id, []).append(entry.image_id)
        self._labels: dict[str, list[Judgement]] = {}
        for judgement in judgements:
            self._labels.setdefault(judgement.query_id, []).append(judgement)
        self._last: Relevance | None = None

    def __getitem__(self, query_id: str) -> Relevance:
        """Return the ground truth of one query; KeyError for what is no query."""
        last = self._last
        if last is None or last.query_id != query_id:
            last = self._last = self._judge(query_id, self._instances[query_id])
        return last

    def __iter__(self) -> Iterator[str]:
        """Yield the query ids in the order of the entries."""
        return iter(self._instances)

    def __len__(self) -> int:
        """Return the number of queries."""
        return len(self._instances)

    def _judge(self, query_id: str, instance_id: str | None) -> Relevance:
        relations: dict[str, Label] = {}
        if instance_id is not None:
            relations = dict.fromkeys(self._members.get(instance_id, ()), "positive")
        if query_id in self._own:
            relations[self._own[query_id]] = "junk"
        rows = self._labels.get(query_id, ())
        relations |= {row.image_id: row.label for row in rows}
        relations.pop(query_id, None)
        if self._roles[query_id] == "both":
            relations[query_id] = "junk"
        return Relevance(
            query_id=query_id,
            positives=frozenset(i for i, label in relations.items() if label == "positive"),
            junk=frozenset(i for i, label in relations.items() if label == "junk"),
            grades={row.image_id: row.grade for row in rows if row.grade is not None},
        )
