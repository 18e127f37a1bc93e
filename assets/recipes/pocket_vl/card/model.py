"""How large and how fast the model is on this machine."""

from __future__ import annotations

import logging
import os
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from assets.recipes.pocket_vl.card.compression import half
from assets.recipes.pocket_vl.card.lab import PROMPT, THREADS, Lab, records_of
from core.corpus.images import ImageOpener
from core.mllm.batching import BatchLimits
from core.mllm.engine import MllmScorer
from core.mllm.model_files import read_config
from core.mllm.prompts import LAYOUTS, Layout, parse_prompt
from core.mllm.weight_files import weight_files
from core.types.scores import VisualTokens

logger = logging.getLogger(__name__)
BATCH = 32
ROUNDS = 7
_SOFTWARE = ("torch", "transformers", "numpy", "opencv-python-headless")


def measure_model(lab: Lab) -> dict[str, Any]:
    """Return parameters, bytes, shape, tokens per image, milliseconds and seconds."""
    loaded, load_s = lab.timed_load
    config = loaded.model.config
    language, vision = config.get_text_config(), config.vision_config
    return {
        "class": type(loaded.model).__name__,
        "parameters": sum(weight.numel() for weight in loaded.model.parameters()),
        "weight_bytes": sum(path.stat().st_size for path in weight_files(lab.asked.model)),
        "stored_dtype": str(read_config(str(lab.asked.model)).get("dtype")),
        "language_layers": int(language.num_hidden_layers),
        "language_width": int(language.hidden_size),
        "vision_layers": int(vision.depth),
        "vision_width": int(vision.hidden_size),
        "vocabulary": int(language.vocab_size),
        "least_pixels": loaded.min_pixels,
        "most_pixels": loaded.max_pixels,
        "weights_hash": loaded.weights_hash,
        **_speed(lab),
        "load_s": load_s,
        "dtype": loaded.dtype,
        "threads": lab.asked.threads,
        "machine": machine(),
    }


def machine() -> dict[str, str]:
    """Return processor, load and versions, in words."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "load average": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        **{name: version(name) for name in _SOFTWARE},
    }


def _speed(lab: Lab) -> dict[str, Any]:
    """Time the encoder without decoding files, and the scorer on all and on half of the tokens."""
    logger.info("model: time %d rounds of %d images and pairs", ROUNDS, BATCH)
    corpus = lab.corpus("demo")
    opener = ImageOpener(corpus.root)
    images = [opener.load(record) for record in records_of(corpus)[:BATCH]]
    tokens = lab.encoder.encode(images)
    counts = [len(one.positions) for one in tokens]
    torch.set_num_threads(lab.asked.threads)
    try:
        encode_s = _median(lambda _: lab.encoder.encode(images))
        pair_ms = {layout: _pair_ms(lab, layout, tokens, tokens) for layout in LAYOUTS}
        halves = [half("grid", one) for one in tokens]
        half_pair_ms = {layout: _pair_ms(lab, layout, tokens, halves) for layout in LAYOUTS}
    finally:
        torch.set_num_threads(THREADS)
    return {
        "least_tokens": min(counts),
        "mean_tokens": statistics.fmean(counts),
        "most_tokens": max(counts),
        "encode_ms": 1000 * encode_s / len(images),
        "pair_ms": pair_ms,
        "half_pair_ms": half_pair_ms,
        "batch": BATCH,
    }


def _pair_ms(
    lab: Lab, layout: Layout, queries: list[VisualTokens], database: list[VisualTokens]
) -> float:
    """Return milliseconds per pair, a batch at a time, the shared prefix included."""
    limits = BatchLimits(items=BATCH, tokens=BATCH * 4096)
    scorer = MllmScorer(lab.timed_load[0], parse_prompt(f"{PROMPT}:{layout}"), limits)
    candidates = (database * BATCH)[:BATCH]
    seconds = _median(lambda turn: _score(scorer, queries[turn % len(queries)], candidates))
    return 1000 * seconds / BATCH


def _score(scorer: MllmScorer, query: VisualTokens, candidates: list[VisualTokens]) -> None:
    for _ in scorer.score(query, candidates, 0):
        pass


def _median(work: Callable[[int], object]) -> float:
    """Return the median seconds of `ROUNDS` calls after one that warms up."""
    work(0)
    seconds: list[float] = []
    for turn in range(ROUNDS):
        started = time.perf_counter()
        work(turn)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def _processor() -> str:
    """Return the processor's name (Linux), else what Python knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
