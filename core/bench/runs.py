"""The saved-runs facet: list, open, compare and export the evaluations of a workspace."""

from collections.abc import Callable, Mapping
from pathlib import Path

from core.analysis.run_comparison import compare_runs
from core.bench.orders import Orders
from core.bench.saved_rankings import RunRankings
from core.bench.session import Session
from core.errors import ExchangeError, SecondLookError, StaleIndexError
from core.exchange.outcomes import outcomes_csv, outcomes_jsonl, outcomes_parquet
from core.exchange.snippets import evaluate_command, evaluate_python
from core.exchange.trec import qrels, ranking_run
from core.recent import Recent
from core.reporting.html import Picture, report_html, run_headline, short_strips
from core.storage.files import atomic_write_bytes
from core.storage.reports import REPORT, find_report, reports
from core.types.number_text import setting_text
from core.types.orders import Fusion
from core.types.runs import Receipt, RunReport
from core.types.saved import RunComparison, RunEntry, RunFile, RunFileKind, RunList

MAX_LISTED = 100
PICTURE_PX = 160
_KEPT, _KEPT_COMPARISONS = 128, 8
_FILES: Mapping[RunFileKind, tuple[str, str]] = {
    "csv": (".csv", "text/csv; charset=utf-8"),
    "jsonl": (".jsonl", "application/jsonl; charset=utf-8"),
    "json": (".json", "application/json"),
    "trec": (".trec", "text/plain; charset=utf-8"),
    "qrels": (".qrels", "text/plain; charset=utf-8"),
    "parquet": (".parquet", "application/vnd.apache.parquet"),
    "png": (".png", "image/png"),
    "html": (".html", "text/html; charset=utf-8"),
}


class SavedRunsFacet:
    """Every finished evaluation; reports are read once and remembered, the newest first."""

    def __init__(
        self, session: Session, orders: Orders, receipt_of: Callable[[Fusion], Receipt]
    ) -> None:
        self._session = session
        self._receipt_of = receipt_of
        self._rankings = RunRankings(session, orders)
        self._read = Recent[str, RunReport](_KEPT)
        self._compared = Recent[tuple[str, str], RunComparison](_KEPT_COMPARISONS)

    def entries(self) -> RunList:
        """Return the newest runs; a file that cannot be read is listed with its reason."""
        ids = reports(self._session.workspace.runs).names()
        entries: list[RunEntry] = []
        for run_id in reversed(ids[-MAX_LISTED:]):
            entry = self._entry(run_id)
            newer = entries[-1] if entries else None
            if newer is not None and _same(newer.report, entry.report):
                entries[-1] = RunEntry(newer.run_id, newer.report, None, newer.n_repeats + 1)
            else:
                entries.append(entry)
        return RunList(tuple(entries), max(0, len(ids) - MAX_LISTED))

    def report(self, run_id: str) -> RunReport:
        """Return one run.

        Raises:
            UnknownRunError: There is none with this id.
            StaleIndexError: Its file cannot be read.
        """
        folder = self._session.workspace.runs
        return self._read.get_or_make(run_id, lambda: find_report(folder, run_id))

    def headline(self, run_id: str) -> str:
        """Return in one sentence what re-ranking did in a run.

        Raises:
            UnknownRunError: There is none with this id.
            StaleIndexError: Its file cannot be read.
        """
        return run_headline(self.report(run_id))

    def run_of(self, fusion: Fusion) -> RunEntry | None:
        """Return the newest listed run that holds what is on screen, or None where none does.

        Before the models are loaded, a run is taken that agrees in all that is known by then.
        """
        now = self._receipt_of(fusion).fields
        for entry in self.entries().entries:
            then = {} if entry.report is None else entry.report.receipt.fields
            if then and all(then.get(name) == text for name, text in now.items()):
                return entry
        return None

    def unlike(self, run_id: str, fusion: Fusion) -> str:
        """Return a sentence where the sliders show another setting than a run holds, or nothing.

        Raises:
            UnknownRunError: There is none with this id.
            StaleIndexError: Its file cannot be read.
        """
        summary = self.report(run_id).summary
        shown = (min(fusion.depth, summary.shortlist), fusion.lam, fusion.gamma)
        held = (summary.depth, summary.lam, summary.gamma)
        if shown == held:
            return ""
        return f"This run holds {setting_text(*held)}; the screens show {setting_text(*shown)}."

    def compare(self, a: str, b: str) -> RunComparison:
        """Return run `b` minus run `a` over the queries that both evaluated.

        Raises:
            UnknownRunError: There is no run with one of these ids.
            StaleIndexError: A file cannot be read.
        """
        return self._compared.get_or_make(
            (a, b),
            lambda: compare_runs(self.report(a), self.report(b), self._session.queries),
        )

    def command(self, run_id: str) -> str | None:
        """Return the shell command that repeats a run's evaluation.

        None where the run was saved by a version that did not keep its settings.

        Raises:
            UnknownRunError: There is none with this id.
            StaleIndexError: Its file cannot be read.
        """
        settings = self.report(run_id).settings
        return None if settings is None else evaluate_command(settings)

    def python(self, run_id: str) -> str | None:
        """Return a Python script that repeats a run's evaluation, for the folder of app.py.

        None where the run was saved by a version that did not keep its settings.

        Raises:
            UnknownRunError: There is none with this id.
            StaleIndexError: Its file cannot be read.
        """
        report = self.report(run_id)
        if report.settings is None:
            return None
        return evaluate_python(report.settings, report.summary.depth)

    def export(self, run_id: str, kind: RunFileKind, against: str | None = None) -> RunFile:
        """Return a run as a file; its name says depth, lam and gamma.

        Args:
            run_id: Which run.
            kind: csv and jsonl (a line per query), parquet (the same, typed), json (the stored
                report), trec (whole rankings after re-ranking, junk left out) with qrels, png (the
                plot), html (a self-contained page).
            against: A run that the page is compared with.

        Raises:
            UnknownRunError: There is no such run.
            ExchangeError: An extra is missing, or the rankings cannot be had from this bench.
        """
        report = self.report(run_id)
        makers: Mapping[RunFileKind, Callable[[], str | bytes]] = {
            "csv": lambda: outcomes_csv(report),
            "jsonl": lambda: outcomes_jsonl(report),
            "json": lambda: REPORT.dump(report),
            "parquet": lambda: outcomes_parquet(report),
            "png": lambda: _scatter_png(report),
            "trec": lambda: ranking_run(self._rankings.whole(report), _tag(report)),
            "qrels": lambda: self._qrels(report),
            "html": lambda: self._html(report, against),
        }
        if kind not in makers:
            raise ExchangeError(f"Runs are not written as '{kind}'; use {', '.join(_FILES)}.")
        made = makers[kind]()
        ending, media_type = _FILES[kind]
        data = made.encode("utf-8") if isinstance(made, str) else made
        return RunFile(f"run-{run_id}-{_setting_name(report)}{ending}", media_type, data)

    def save(self, path: Path, kind: RunFileKind, run_id: str) -> None:
        """Write what `export` returns; an existing file is replaced as a whole.

        Raises:
            WorkspaceError: The file cannot be written.
        """
        atomic_write_bytes(path, self.export(run_id, kind).data)

    def _entry(self, run_id: str) -> RunEntry:
        try:
            return RunEntry(run_id, self.report(run_id))
        except SecondLookError as error:
            return RunEntry(run_id, None, str(error))

    def _qrels(self, report: RunReport) -> str:
        relevance = self._session.corpus.relevance or {}
        self._rankings.require_same_corpus(report)
        return qrels(relevance, [o.query_id for o in report.outcomes])

    def _html(self, report: RunReport, against: str | None) -> str:
        try:
            strips = self._rankings.strips(report, short_strips(report))
            no_strips = None
        except (ExchangeError, StaleIndexError) as error:
            strips, no_strips = {}, f"Without the candidates' pictures: {error}"
        comparison = self.compare(against, report.run_id) if against else None
        from core.reporting.ap_scatter import scatter_svg

        plot = scatter_svg(report)
        return report_html(report, plot, self._picture(), strips, no_strips, comparison)

    def _picture(self) -> Picture:
        def read(image_id: str) -> bytes | None:
            try:
                record = self._session.record(image_id)
                return self._session.thumbnails.path(record, PICTURE_PX).read_bytes()
            except (SecondLookError, OSError):
                return None

        return read


def _scatter_png(report: RunReport) -> bytes:
    from core.reporting.ap_scatter import scatter_png

    return scatter_png(report)


def _setting_name(report: RunReport) -> str:
    """Return depth, lam and gamma as a part of a file's name."""
    summary = report.summary
    return f"depth{summary.depth}-lam{summary.lam:g}-gamma{summary.gamma:g}"


def _tag(report: RunReport) -> str:
    """Return the name in a TREC run, where a comment is not allowed."""
    looked = "-by-looking" if report.chosen_by_looking else ""
    return f"{_setting_name(report)}{looked}-{report.receipt.receipt_id}"


def _same(newer: RunReport | None, older: RunReport | None) -> bool:
    """Return whether an evaluation gave again what the one before it gave."""
    if newer is None or older is None:
        return False
    return newer.receipt == older.receipt and newer.outcomes == older.outcomes
