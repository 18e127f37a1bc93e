"""What a user waits for on the embedded demo: index, query, sweep - and the memory it takes.

Run `python -m tests.benchmarks.product`; it works in a temporary folder and prints JSON. Times are
medians of one process on this machine; on a shared machine read them as upper bounds.
"""

import json
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
os.environ["HF_HUB_OFFLINE"] = "1"

from core.assembly.bench import open_workbench
from core.settings import load_settings
from core.types.orders import Fusion
from core.types.robustness import PERTURBATION_NAMES, Damage
from core.types.sweeps import SweepRequest
from core.workbench import Workbench

DEPTH = 50
N_QUERIES = 15


def main() -> None:
    """Measure everything once and print it."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(None, {"workspace": Path(folder) / "w", "ranking.depth": DEPTH})
        seconds, bench = timed(lambda: open_workbench(settings))
        result: dict[str, Any] = {"machine": machine(), "open_s": seconds}
        try:
            result |= measure(bench)
        finally:
            bench.close()
    sys.stdout.write(json.dumps(result, indent=1) + "\n")


def measure(bench: Workbench) -> dict[str, Any]:
    """Return seconds, milliseconds and MiB by name."""
    load_and_index, _ = timed(lambda: consume(bench.runs.build_index()))
    counts = bench.runs.index_counts()
    fusion = Fusion(DEPTH, 0.0, 1.0)
    ids = [row.query_id for row in bench.queries.rows(fusion)][:: 120 // N_QUERIES]
    consume(bench.queries.score(ids[0], DEPTH))  # the self-test runs before the first score
    cold = [timed(lambda q=q: consume(bench.queries.score(q, DEPTH)))[0] for q in ids[1:]]
    cached = [timed(lambda q=q: bench.queries.inspect(q, fusion))[0] for q in ids[1:]]
    request = SweepRequest(ids[1], None, "blur", Damage(pair="positive"))
    consume(bench.robustness.sweep(request))  # imports what perturbs
    noise = SweepRequest(ids[1], None, "noise", Damage(pair="positive"))
    first_point, whole_sweep = streamed(bench.robustness.sweep(noise))
    before_mib = resident_mib()
    all_ten, _ = timed(
        lambda: [
            consume(bench.robustness.sweep(SweepRequest(ids[2], None, name)))
            for name in PERTURBATION_NAMES
        ]
    )
    return {
        "load_model_and_index_s": load_and_index,
        "index_s": counts["seconds"],
        "images_indexed": counts["n_images"],
        "bytes_per_image": counts["bytes_per_image"],
        "query_depth50_cold_ms": 1000 * statistics.median(cold),
        "query_depth50_cached_ms": 1000 * statistics.median(cached),
        "sweep_query_side_rank20_first_point_s": first_point,
        "sweep_query_side_rank20_all_levels_s": whole_sweep,
        "sweep_self_all_ten_s": all_ten,
        "sweep_self_all_ten_memory_growth_mib": resident_mib() - before_mib,
        "peak_resident_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return wall seconds and the result."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def streamed(steps: Iterator[object]) -> tuple[float, float]:
    """Return wall seconds to the first and to the last step."""
    started = time.perf_counter()
    next(steps)
    first = time.perf_counter() - started
    consume(steps)
    return first, time.perf_counter() - started


def consume(steps: Iterable[object]) -> None:
    """Run a generator to its end."""
    for _ in steps:
        pass


def resident_mib() -> float:
    """Return this process's resident memory now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def machine() -> dict[str, str]:
    """Return processor count and versions."""
    import torch

    return {
        "processors": str(os.cpu_count()),
        "load_average": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


if __name__ == "__main__":
    main()
