"""Evaluate a corpus, and look at the query that lost most."""

from core.assembly.bench import open_workbench
from core.settings import load_settings
from core.types.orders import Fusion

bench = open_workbench(load_settings(None, {"corpus": "photos", "ranking.depth": 50}))
list(bench.runs.build_index())  # descriptors (N, D), visual tokens (T, C) per image
list(bench.runs.evaluate(50))  # at most 50 pairs per query; stored scores are read
report = bench.runs.latest()
print(report.summary.map_before, report.summary.map_after, report.summary.delta_ci)
worst = min(report.outcomes, key=lambda outcome: outcome.delta)
view = bench.queries.inspect(worst.query_id, Fusion(depth=50, lam=0.0, gamma=1.0))
print([(card.image_id, card.rank_before, card.margin) for card in view.after[:5]])
bench.close()
