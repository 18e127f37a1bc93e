"""The bench in a notebook."""

from core import open_bench

bench = open_bench("photos", depth=50)
bench.evaluate()  # with a bar; stored scores are read, and an interrupt keeps what is done
frame = bench.queries.frame()  # pandas: a query a row, the largest loss first
worst = frame["query"].iloc[0]
print(bench.ranking(worst).frame()[["rank after", "rank before", "image", "score"]].head())
print(bench.sweep(worst, "blur").frame())
print(bench.failures().frame().attrs["units"])
bench.close()
