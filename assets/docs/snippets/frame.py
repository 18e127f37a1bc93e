"""Open a data frame as a corpus."""

from pathlib import Path

import pandas as pd

from core.opened import Corpus, open_bench

paths = sorted(Path("photos").rglob("*.png"))
frame = pd.DataFrame({"image": paths, "instance": [path.stem.split("_")[0] for path in paths]})
corpus = Corpus.from_table(frame, root=Path.cwd())  # or absolute paths, and no root
bench = open_bench(corpus, {"ranking.depth": 20, "workspace": "work"})
list(bench.runs.build_index())
list(bench.runs.evaluate(20))
print(bench.runs.latest().summary.map_after)
bench.close()
