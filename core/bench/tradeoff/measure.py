"""The trade-off facet: measure a grid of settings, keep the table, choose from it."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from core.analysis.tradeoff_rows import (
    Measured,
    choose,
    failed_row,
    measured_row,
)
from core.bench.receipts import model_name, receipt_fields
from core.bench.session import Session
from core.bench.tradeoff.grid import Variant, is_pipeline, make_grid
from core.bench.tradeoff.variant import VariantBench, tradeoff_receipt
from core.errors import ModelError, SettingsError
from core.exchange.snippets import tradeoff_command
from core.exchange.tradeoff_csv import check_table_path, table_csv, write_table
from core.mllm.prompts import parse_prompt
from core.sampling import spread
from core.storage.tradeoffs import newest_table, tables
from core.types.orders import Fusion
from core.types.runs import Progress, Receipt
from core.types.tradeoff import TradeoffChoice, TradeoffRow, TradeoffTable

_VARIED = (
    "depth",
    "scorer",
    "pipeline",
    "model calls per query",
    "compression",
    "score fingerprint",
)


class TradeoffFacet:
    """What resolution, compression, depth and scorer cost, and what they are worth."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def measure(self, csv: Path | None = None) -> Iterator[Progress]:
        """Measure the grid of `settings.tradeoff`; the table is saved after every variant.

        Resumable: stored tokens and scores are read, and rows with an equal receipt are kept. A
        variant that this model or corpus cannot have becomes rows that say why.

        Args:
            csv: Where the table is written too, once it is complete.

        Raises:
            ExchangeError: The table cannot be written there.
            SettingsError: The grid cannot be used.
            ManifestError: The corpus has no query with a positive.
            ModelError: The models cannot be had, or uncompressed tokens cannot be scored.
            WorkspaceError: The disk is full or read-only.
        """
        session = self._session
        if csv is not None:
            check_table_path(csv)
        grid = make_grid(session.settings, session.n_searchable)
        queries = spread(session.require_measurable(), session.settings.tradeoff.queries)
        yield Progress("load model", 0, 1, "model")
        table = self._open_table(grid, len(queries))
        uncompressed: dict[int, Measured] = {}
        for number, variant in enumerate(grid, start=1):
            bench = VariantBench(session.variant(variant.of(session.settings)), queries)
            steps = self._rows(bench, variant, table, uncompressed)
            title = f"{number} of {len(grid)} ({variant.name})"
            table = self._keep(table, (yield from _titled(steps, title)), grid)
        if csv is not None:
            write_table(csv, table)

    def _rows(
        self,
        bench: VariantBench,
        variant: Variant,
        table: TradeoffTable,
        uncompressed: dict[int, Measured],
    ) -> Generator[Progress, None, Sequence[TradeoffRow]]:
        """Return the rows of a variant; of the uncompressed one `uncompressed` takes the place."""
        settings = variant.settings
        is_reference = settings[0].stored == "none"
        try:
            yield from bench.index()
            known = _known(table, bench, variant)
            if known is not None and not is_reference:
                return known
            yield from bench.score()
        except (ModelError, SettingsError) as error:  # a fit is for one compression
            if is_reference and not is_pipeline(settings[0].scorer):
                raise
            return [failed_row(one, str(error), bench.receipt(one.depth)) for one in settings]
        measured = {one: bench.measured(one.depth) for one in settings}
        if is_reference:
            uncompressed.update({one.depth: found for one, found in measured.items()})
        return known or [
            measured_row(one, found, uncompressed[one.depth], bench.receipt(one.depth))
            for one, found in measured.items()
        ]

    def table(self) -> TradeoffTable | None:
        """Return the table that was measured last, or None.

        Raises:
            StaleIndexError: It cannot be read.
        """
        return newest_table(self._session.workspace.tradeoffs)

    def choice(self, budget: float | None = None) -> TradeoffChoice | None:
        """Return the newest table read at a memory budget in bytes per image, or None.

        Without a budget it is what the largest setting takes, so that every setting fits.

        Raises:
            StaleIndexError: The table cannot be read.
        """
        table = self.table()
        if table is None:
            return None
        points = self._session.settings.tradeoff.points
        return choose(table, budget, points, is_current=self._is_current(table))

    def csv(self) -> str | None:
        """Return the newest table as CSV text, or None.

        Raises:
            StaleIndexError: The table cannot be read.
        """
        table = self.table()
        return None if table is None else table_csv(table)

    def command(self) -> str | None:
        """Return the command that measures this bench, or None where a server scores the pairs."""
        settings = self._session.settings
        return None if settings.server_address() is not None else tradeoff_command(settings)

    def _is_current(self, table: TradeoffTable) -> bool:
        """Return whether the table is of this corpus and, where they are loaded, these weights."""
        fields = receipt_fields(self._session, Fusion(1, 0.0, 1.0))
        theirs = table.receipt.fields
        prompt = parse_prompt(self._session.settings.model.prompt)
        asked = {"prompt": prompt.question, "layout": prompt.layout}  # known before the models are
        names = ("corpus fingerprint", "model", "weights")
        known = {name: fields[name] for name in names if name in fields} | asked
        return all(text == theirs.get(name, text) for name, text in known.items())

    def _open_table(self, grid: Sequence[Variant], n_queries: int) -> TradeoffTable:
        """Return the stored table of this model, corpus and choice of queries, or an empty one."""
        session = self._session
        settings = session.settings
        session.models()
        made = tradeoff_receipt(session, 1, n_queries, without=_VARIED)
        n_settings = sum(len(variant.settings) for variant in grid)
        known = tables(session.workspace.tradeoffs).find(made.receipt_id)
        return TradeoffTable(
            updated_at=_now(),
            model=model_name(settings),
            n_settings=n_settings,
            n_corpus_queries=len(session.corpus.queries),
            k=settings.ranking.k,
            receipt=made,
            rows=() if known is None else known.rows,
        )

    def _keep(
        self, table: TradeoffTable, rows: Sequence[TradeoffRow], grid: Sequence[Variant]
    ) -> TradeoffTable:
        """Put rows in their places, the grid's first in its order, and save the table."""
        found = {row.setting: row for row in table.rows} | {row.setting: row for row in rows}
        order = {one: i for i, one in enumerate(s for v in grid for s in v.settings)}
        ordered = sorted(found, key=lambda one: order.get(one, len(order)))
        made = replace(table, updated_at=_now(), rows=tuple(found[one] for one in ordered))
        tables(self._session.workspace.tradeoffs).save(made)
        return made


def _known(table: TradeoffTable, bench: VariantBench, variant: Variant) -> list[TradeoffRow] | None:
    """Return the table's rows of a variant where all are measured and none has changed."""
    rows = {row.setting: row for row in table.rows if row.problem is None}
    found = [
        rows[one]
        for one in variant.settings
        if one in rows and _says_same(rows[one].receipt, bench.receipt(one.depth))
    ]
    return found if len(found) == len(variant.settings) else None


def _says_same(stored: Receipt, now: Receipt) -> bool:
    """Return whether a stored row's receipt holds now; an older one may lack newer fields."""
    return stored.fields.items() <= now.fields.items()


def _titled(
    steps: Generator[Progress, None, Sequence[TradeoffRow]], title: str
) -> Generator[Progress, None, Sequence[TradeoffRow]]:
    """Name the variant in every step; closing this generator closes the other one too."""
    try:
        while True:
            step = next(steps)
            yield replace(step, stage=f"{title}: {step.stage}")
    except StopIteration as end:
        return end.value
    finally:
        steps.close()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
