"""Re-rank with two stages, and print what each of them cost."""

from core.assembly.bench import open_workbench
from core.settings import load_settings

chosen = {"corpus": "photos", "ranking.pipeline": "maxsim@100 > mllm@20"}
bench = open_workbench(load_settings(None, chosen))
list(bench.runs.build_index())
list(bench.runs.evaluate(100))
for stage in bench.runs.latest().summary.stages:
    print(stage.stage, stage.n_pairs, stage.n_calls, stage.n_tokens, stage.seconds)
bench.close()
