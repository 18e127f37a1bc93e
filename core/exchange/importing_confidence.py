"""Keep a number per query that was made elsewhere: check every row, then store them."""

from datetime import UTC, datetime

from core.corpus.csv_lines import Assumed, Fault, listed
from core.corpus.names import Ids
from core.errors import ExchangeError
from core.exchange.confidences import ConfidenceFile
from core.exchange.formats import shown
from core.storage.imports import ConfidenceImport, ConfidenceImports
from core.types.corpus import Corpus


def import_confidence(
    file: ConfidenceFile, name: str, corpus: Corpus, imports: ConfidenceImports
) -> ConfidenceImport:
    """Check a file completely, keep its numbers under a name, and return what was kept.

    Args:
        file: A number per query; queries may be missing.
        name: What the import is called.
        corpus: Whose queries they are.
        imports: Where the numbers are kept.

    Raises:
        ExchangeError: A row cannot be read, names no query of the corpus, or one twice; all faults
            are listed.
        WorkspaceError: The disk is full or read-only.
    """
    ids = Ids([query.image_id for query in corpus.queries], corpus.root, corpus.other_names)
    known = {query.image_id for query in corpus.queries}
    assumed, faults = Assumed(file.assumed), [*file.faults]
    lines: dict[str, int] = {}
    values: dict[str, float] = {}
    for number, given, value in file.rows:
        query_id, said = ids.find(given)
        for what in said:
            assumed.add(what)
        if query_id not in known:
            text = f"'{shown(given)}' is no query of the corpus"
            faults.append(Fault(file.name, number, text))
        elif query_id in lines:
            text = f"query '{shown(given)}' has a number already, in line {lines[query_id]}"
            faults.append(Fault(file.name, number, text))
        else:
            lines[query_id], values[query_id] = number, value
    if faults or not values:
        n = len(faults)
        what = f"{n:,} faulty {'row' if n == 1 else 'rows'}" if n else "it names no query"
        raise ExchangeError(
            f"{file.name} was not imported into corpus '{corpus.name}': {what}; give each query of "
            "the corpus one finite number, by its path.",
            listed(faults),
        )
    record = ConfidenceImport(
        name=name,
        file=file.name,
        sha256=file.sha256,
        format=file.format,
        values=dict(sorted(values.items())),
        n_queries_missing=len(known) - len(values),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        assumed=assumed.sentence(file.name),
    )
    imports.save(record)
    return record
