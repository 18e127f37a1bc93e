"""Outcomes, summary and receipt of the fake bench's evaluation."""

from dataclasses import replace

import numpy as np

from core.bench.query_states import bench_state, tally
from core.reporting.headline import headline
from core.storage.reports import reports
from core.types.orders import Fusion
from core.types.rankings import FAILURE_CLASSES, QueryOutcome
from core.types.runs import Interval, Receipt, RunReport, Summary
from core.types.states import NO_LABELS, State
from tests.fakes.queries import FakeQueries
from tests.fakes.state import FakeState, work_of
from tests.runs import make_change


class FakeRuns:
    def __init__(self, state: FakeState, queries: FakeQueries) -> None:
        self._state = state
        self._queries = queries

    def outcomes(self, fusion: Fusion) -> tuple[QueryOutcome, ...]:
        depth, lam, gamma = fusion.depth, fusion.lam, fusion.gamma
        found = (self._queries.outcome(q, depth, lam, gamma) for q in self._state.query_ids)
        return tuple(outcome for outcome in found if outcome is not None)

    def summary(self, fusion: Fusion, *, intervals: bool = True) -> Summary | None:
        depth, lam, gamma = fusion.depth, fusion.lam, fusion.gamma
        outcomes = self.outcomes(fusion)
        if not outcomes:
            return None
        info = self._state.info
        before = float(np.mean([o.ap_before for o in outcomes]))
        after = float(np.mean([o.ap_after for o in outcomes]))
        firsts = (
            float(np.mean([o.first_positive_before == 1 for o in outcomes])),
            float(np.mean([o.first_positive_after == 1 for o in outcomes])),
        )
        return Summary(
            n_queries=info.n_queries,
            n_evaluated=len(outcomes),
            n_database=info.n_database,
            n_skipped=0,
            n_unscored=0,
            n_pairs=len(outcomes) * depth,
            cached_pairs=len(outcomes) * depth,
            shortlist=info.shortlist,
            depth=depth,
            k=info.k,
            lam=lam,
            gamma=gamma,
            metric=f"mAP@{info.k}",
            map_before=before,
            map_margin=after,
            map_after=after,
            map_oracle=float(np.mean([o.ap_oracle for o in outcomes])),
            map_before_ci=Interval(before - 0.06, before + 0.06) if intervals else None,
            map_after_ci=Interval(after - 0.05, after + 0.05) if intervals else None,
            changes=tuple(
                one if intervals else replace(one, interval=None, p=None, p_corrected=None)
                for one in (
                    make_change(f"mAP@{info.k}", before, after, len(outcomes)),
                    make_change("R@1", *firsts, len(outcomes)),
                )
            ),
            classes={c: sum(o.failure_class == c for o in outcomes) for c in FAILURE_CLASSES},
            by={},
            seconds_per_query=1.84,
            bytes_per_image=98304.0,
        )

    def state(self, fusion: Fusion) -> State:
        state = self._state
        if not state.info.has_ground_truth:
            return State("not labelled", NO_LABELS)
        why_not = (None,) * state.info.n_queries
        return bench_state(tally(why_not, self.outcomes(fusion)), work_of(state.status))

    def headline(self, fusion: Fusion, summary: Summary | None = None) -> str:
        state = self.state(fusion)
        summary = summary or self.summary(fusion)
        if summary is None or not state.is_measurable:
            return state.text
        return headline(summary, state, by_looking=not self._is_set(fusion))

    def keep(self, fusion: Fusion) -> RunReport:
        kept = reports(self._state.root / "runs")
        made, summary = self.receipt(fusion), self.summary(fusion)
        assert summary is not None
        for report in kept.readable():
            if report.receipt == made:
                return report
        report = RunReport(
            run_id=f"20260102T030405000000Z-{len(kept.names()):012d}",
            created_at="2026-01-02T03:04:05+00:00",
            receipt=made,
            summary=summary,
            outcomes=self.outcomes(fusion),
            settings={"ranking.depth": fusion.depth, "ranking.lam": fusion.lam},
            chosen_by_looking=not self._is_set(fusion),
        )
        kept.save(report)
        return report

    def _is_set(self, fusion: Fusion) -> bool:
        info = self._state.info
        return fusion == Fusion(info.default_depth, info.lam, info.gamma)

    def latest(self) -> RunReport | None:
        return None

    def receipt(self, fusion: Fusion) -> Receipt:
        depth, lam, gamma = fusion.depth, fusion.lam, fusion.gamma
        info = self._state.info
        fields = {
            "corpus": info.corpus_name,
            "corpus fingerprint": "5d41402abc4b2a76",
            "depth": str(depth),
            "fusion": f"lam {lam:g}, gamma {gamma:g} per nat",
            "weights": "fake-vl, sha256 7d793037a076",
            "dtype": info.dtype,
            "attention kernel": "sdpa",
            "processor backend": "pil",
            "prompt": info.prompt,
            "layout": info.layout,
            "compression": info.compression,
            "metric": f"AP@{info.k}, non-interpolated; ties by shortlist rank",
            "software": "python 3.11, torch 2.13, gradio 6.31",
        }
        return Receipt("1f2e3d4c5b6a", fields)
