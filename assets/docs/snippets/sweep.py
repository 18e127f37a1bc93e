"""Blur a query level by level, and print where the match with its best positive breaks."""

from core.assembly.bench import open_workbench
from core.settings import load_settings
from core.types.robustness import Damage
from core.types.sweeps import SweepRequest

bench = open_workbench(load_settings(None, {"corpus": "photos", "ranking.depth": 50}))
list(bench.runs.build_index())
list(bench.runs.evaluate(50))
query_id = bench.runs.latest().outcomes[0].query_id
request = SweepRequest(query_id, None, "blur", Damage(side="query", pair="positive"))
*_, curve = bench.robustness.sweep(request)  # a curve per level, each with one point more
print([(point.strength, point.margin, point.rank) for point in curve.points])
print(curve.hard_negative_margin, curve.breaking_margin)
bench.close()
