"""The stored-token engine against the loops that users write, on one random model.

    python -m tests.benchmarks.engine --hidden 1024 --layers 12 --side 336 --candidates 16 \
        --threads 1 --rounds 3
    python -m tests.benchmarks.engine --shape qwen2.5-vl-7b --side 448 --candidates 100 \
        --device cuda --dtype bfloat16

Variants are interleaved, so that a busy machine slows all of them, and numbers are medians over
the rounds, after each variant has scored one pair uncounted (--no-warm-up leaves that out). On a
CPU a second is one of `time.process_time`. `--plain N` runs the loops, whose cost per pair does not
depend on the number of candidates, on N of them only. Margins are compared with those of the first
loop; of pruned and coded tokens with those of whole prompts on the same tokens. Results are in
RESULTS.md.
"""

import argparse
import logging
import platform
import statistics
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import transformers

from core.mllm.loading import load_mllm
from tests.benchmarks.meters import Meter, count_flops
from tests.benchmarks.shapes import NAMED, save, small
from tests.benchmarks.variants import (
    VARIANTS,
    Bench,
    Variant,
    coded_tokens,
    make_bench,
    quarter_tokens,
    whole_prompts,
)

N_COMPARED = 4

_log = logging.getLogger("benchmark")


@dataclass
class Found:
    """What was measured of one variant; seconds and FLOPs per pair, MiB at the peak."""

    seconds: list[float] = field(default_factory=list)
    suffix_seconds: list[float] = field(default_factory=list)
    mib: list[float] = field(default_factory=list)
    margins: list[float] = field(default_factory=list)
    flops: float = 0.0
    suffix_flops: float = 0.0

    @property
    def per_pair(self) -> float:
        return statistics.median(self.seconds)


def measure(bench: Bench, meter: Meter, rounds: int, n_plain: int, *, warm_up: bool) -> list[Found]:
    found = [Found() for _ in VARIANTS]
    if warm_up:
        for variant in VARIANTS:
            variant.run(bench.first(1))
    for number in range(rounds):
        for variant, one in zip(VARIANTS, found, strict=True):
            used = bench.first(n_plain) if variant.per_pair else bench
            with meter.peak_memory() as mib:
                started = meter.now()
                one.margins = variant.run(used)
                whole = meter.now() - started
            one.mib += mib
            one.seconds.append(whole / len(used.images))
            if not variant.per_pair:
                one.suffix_seconds.append(_without_one(bench, meter, variant, whole))
            _log.info("round %d, %s: %.3f s per pair", number + 1, variant.key, one.seconds[-1])
    for variant, one in zip(VARIANTS, found, strict=True):
        _count(bench, variant, one)
    return found


def _without_one(bench: Bench, meter: Meter, variant: Variant, whole: float) -> float:
    """Return seconds per pair of all candidates but one: what the query costs once falls out."""
    started = meter.now()
    variant.run(bench.first(1))
    return (whole - (meter.now() - started)) / (len(bench.images) - 1)


def _count(bench: Bench, variant: Variant, one: Found) -> None:
    first = count_flops(lambda: variant.run(bench.first(1)))
    if variant.per_pair:
        one.flops = first
        return
    third = count_flops(lambda: variant.run(bench.first(3)))
    one.suffix_flops = (third - first) / 2
    n = len(bench.images)
    one.flops = (first + (n - 1) * one.suffix_flops) / n


def differences(bench: Bench, found: list[Found]) -> list[float]:
    """Return the largest difference of a margin from its reference, per variant, in nats."""
    by_key = {variant.key: one for variant, one in zip(VARIANTS, found, strict=True)}
    truth = np.array(by_key["a"].margins)
    worst: list[float] = []
    for variant, one in zip(VARIANTS, found, strict=True):
        if variant.run in (quarter_tokens, coded_tokens):
            reference = _whole(bench, coded=variant.run is coded_tokens)
        else:
            reference = truth
        n = min(len(reference), len(one.margins))
        worst.append(float(np.abs(np.array(one.margins[:n]) - reference[:n]).max()))
    return worst


def _whole(bench: Bench, *, coded: bool) -> np.ndarray:
    some = bench.first(N_COMPARED)
    tokens = [some.coder.unpack(one) for one in some.coded] if coded else some.quarter
    (query,) = some.encoder.encode([some.query])
    return np.array(whole_prompts(some, query, tokens))


def report(bench: Bench, meter: Meter, found: list[Found], peak: float) -> None:
    by_key = {variant.key: one for variant, one in zip(VARIANTS, found, strict=True)}
    bases = [by_key[key] for key in ("a", "a, all", "a'", "b")]
    _log.info(
        "| | variant | %s ms/pair | pairs/s | x (a) | x (a, all) | x (a') | x (b) | FLOP ratio to "
        "(b) | share of matmul peak | in the suffixes | peak MiB | max abs d margin, nats |",
        meter.unit,
    )
    _log.info("|%s", "---|" * 13)
    for variant, one, worst in zip(VARIANTS, found, differences(bench, found), strict=True):
        ratios = " | ".join(f"{base.per_pair / one.per_pair:.1f}" for base in bases)
        suffix = "-"
        if one.suffix_seconds:
            seconds = statistics.median(one.suffix_seconds)
            suffix = f"{one.suffix_flops / seconds / peak:.0%}"
        _log.info(
            "| %s | %s | %.0f | %.2f | %s | %.1f | %.0f%% | %s | %.0f | %.1e |",
            variant.key,
            variant.name,
            one.per_pair * 1e3,
            1 / one.per_pair,
            ratios,
            by_key["b"].flops / one.flops,
            100 * one.flops / one.per_pair / peak,
            suffix,
            statistics.median(one.mib),
            worst,
        )
    truth = by_key["a"].margins
    _log.info(
        "matmul peak %.1f GFLOP/s; margins %.3f to %.3f nats", peak / 1e9, min(truth), max(truth)
    )
    _log.info(
        "seconds per query of %d candidates: (d) %.2f, (e) %.2f",
        len(bench.images),
        *(by_key[key].per_pair * len(bench.images) for key in ("d", "e")),
    )


def main() -> None:
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    torch.set_num_threads(options.threads)
    shape = NAMED[options.shape] if options.shape else small(options.hidden, options.layers)
    with tempfile.TemporaryDirectory() as folder:
        save(shape, Path(folder), options.side, options.device, options.dtype)
        loaded = load_mllm(
            folder, device=options.device, dtype=options.dtype, max_pixels=options.side**2
        )
    bench = make_bench(loaded, options.side, options.candidates)
    _log.info(
        "%s, Python %s, torch %s, transformers %s, %d threads, %s on %s, hidden %d, %d layers, "
        "%d tokens per image, %d candidates",
        platform.machine(),
        platform.python_version(),
        torch.__version__,
        transformers.__version__,
        options.threads,
        options.dtype,
        torch.cuda.get_device_name() if options.device == "cuda" else "CPU",
        shape.hidden,
        shape.layers,
        len(bench.stored[0].positions),
        options.candidates,
    )
    meter = Meter(loaded.device)
    side = 1536 if options.device == "cpu" else 8192
    peak = meter.matmul_peak(getattr(torch, options.dtype), side)
    n_plain = min(options.plain or options.candidates, options.candidates)
    found = measure(bench, meter, options.rounds, n_plain, warm_up=options.warm_up)
    report(bench, meter, found, max(peak, meter.matmul_peak(getattr(torch, options.dtype), side)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The engine against loops that users write.")
    for name, default in {
        "hidden": 1024,
        "layers": 12,
        "side": 336,
        "candidates": 16,
        "plain": 0,
        "threads": 1,
        "rounds": 3,
    }.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--shape", choices=tuple(NAMED), help="a named family's real shape")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--dtype", choices=("float32", "bfloat16", "float16"), default="float32")
    parser.add_argument("--warm-up", action=argparse.BooleanOptionalAction, default=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
