"""The real facet of saved runs over the fake workbench, and a way to save runs in it."""

from dataclasses import replace
from types import SimpleNamespace

from core.bench.runs import SavedRunsFacet
from core.storage.reports import reports
from core.types.corpus import Corpus
from core.types.orders import Fusion
from core.types.runs import Receipt, RunReport


def fake_saved(state, queries, receipt_of) -> SavedRunsFacet:
    """The facet `saved`: reports lie in the fake's folder; there are no rankings behind it."""
    records = {i: queries.record(i) for i in state.query_ids}
    session = SimpleNamespace(
        workspace=SimpleNamespace(runs=state.root / "runs"),
        queries=records,
        corpus=Corpus(state.info.corpus_name, state.root, (), (), {}, "5d41402abc4b2a76"),
        is_loaded=False,
        index=None,
        record=queries.record,
        thumbnails=SimpleNamespace(path=lambda r, side: queries.thumbnail(r.image_id, side)),
    )
    return SavedRunsFacet(session, None, receipt_of)


def save_run(bench, run_id: str, depth: int, **changes) -> RunReport:
    """Save what the fake shows at a depth as a run; `changes` go into the report."""
    made = bench.runs.receipt(Fusion(depth, 0.0, 1.0))
    fields = {"corpus": bench.info.corpus_name, "model": "fake-vl", **made.fields}
    summary = bench.runs.summary(Fusion(depth, 0.0, 1.0))
    report = RunReport(
        run_id=run_id,
        created_at="2026-01-02T03:04:05+00:00",
        receipt=Receipt(run_id.rpartition("-")[2], fields),
        summary=summary,
        outcomes=bench.runs.outcomes(Fusion(depth, 0.0, 1.0)),
        settings={"ranking.depth": depth},
    )
    report = replace(report, **changes)
    reports(bench.state.root / "runs").save(report)
    return report
