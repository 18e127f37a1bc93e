"""Open a data frame as a corpus."""

from pathlib import Path

import pandas as pd

from core import Corpus, open_bench

paths = sorted(Path("photos").rglob("*.png"))
frame = pd.DataFrame({"image": paths, "instance": [path.stem.split("_")[0] for path in paths]})
corpus = Corpus.from_table(frame, root=Path.cwd())  # or absolute paths, and no root
with open_bench(corpus, depth=20, settings={"workspace": "work"}) as bench:
    bench.evaluate()
    print(bench.run.summary.map_after)
