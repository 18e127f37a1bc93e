"""CPU time per pair of the stored-token engine against plain loops, on one random Qwen2.5-VL.

    python -m tests.benchmarks.engine --hidden 1024 --layers 12 --side 336 --candidates 16 \
        --threads 1 --rounds 3

The model has the real family's 151,936-row tied output head and a vision encoder of about 46 M
parameters. Variants are interleaved, so that a busy machine slows all of them; the medians over
rounds are of `time.process_time`. Equality is printed beside each: the largest difference of a
margin from the plain loop's. Results with dates are in RESULTS.md.
"""

import argparse
import logging
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import transformers
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2VLImageProcessorPil

from core.mllm.engine import MllmEncoder, MllmScorer
from core.mllm.loading import LoadedMllm, load_mllm
from core.mllm.pairs import PairAssembler, render
from core.mllm.prefix import encoder_outputs
from core.mllm.prompts import PRESETS
from core.types import VisualTokens
from tests.oracle import Pixels, score_plain
from tests.tiny_models import TEMPLATE, WORDS, qwen_config, word_tokenizer

PROMPT = PRESETS["object"]
HEAD_ROWS = 151_936
VISION = {"hidden_size": 640, "depth": 8, "num_heads": 10, "intermediate_size": 1712}

_log = logging.getLogger("benchmark")


@dataclass(frozen=True)
class Bench:
    loaded: LoadedMllm
    encoder: MllmEncoder
    scorer: MllmScorer
    query: Pixels
    images: Sequence[Pixels]
    stored: Sequence[VisualTokens]


def plain(bench: Bench, logits_to_keep: int) -> list[float]:
    """Processor and whole model for each pair, as users write it."""
    yes, no = bench.scorer.answers.yes.token_id, bench.scorer.answers.no.token_id
    logits = [
        score_plain(bench.loaded, PROMPT, bench.query, one, logits_to_keep=logits_to_keep)
        for one in bench.images
    ]
    return [float(one[yes] - one[no]) for one in logits]


def stored_without_prefix(bench: Bench) -> list[float]:
    """The query encoded once, candidates' tokens stored, the whole prompt run for each pair."""
    loaded = bench.loaded
    rows = loaded.model.get_output_embeddings().weight
    yes, no = bench.scorer.answers.yes.token_id, bench.scorer.answers.no.token_id
    (query,) = bench.encoder.encode([bench.query])
    assembler = PairAssembler(loaded, render(loaded, PROMPT), query)
    start, margins = assembler.prefix(), []
    for candidate in bench.stored:
        end = assembler.suffix(candidate)
        ids = torch.cat([start.ids, end.ids])[None]
        with torch.inference_mode():
            hidden = loaded.base(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                position_ids=torch.cat([start.positions, end.positions], dim=1)[:, None],
                mm_encoder_outputs=encoder_outputs(loaded.family, [start.image, end.image]),
                use_cache=False,
            ).last_hidden_state[0, -1]
            margins.append(float(hidden @ rows[yes] - hidden @ rows[no]))
    return margins


def engine(bench: Bench) -> list[float]:
    """The product: stored tokens, shared prefix, two rows of the head; query encoding included."""
    (query,) = bench.encoder.encode([bench.query])
    batches = bench.scorer.score(query, bench.stored, mass_first=0)
    return [pair.margin for batch in batches for pair in batch]


VARIANTS: dict[str, Callable[[Bench], list[float]]] = {
    "plain loop, all logits": lambda bench: plain(bench, 0),
    "plain loop, last logits": lambda bench: plain(bench, 1),
    "stored tokens": stored_without_prefix,
    "stored tokens + shared prefix": engine,
}


def build(folder: Path, hidden: int, layers: int, side: int) -> None:
    tokenizer = word_tokenizer(WORDS)
    config = qwen_config(
        tokenizer,
        hidden=hidden,
        layers=layers,
        vocabulary=HEAD_ROWS,
        vision=VISION,
        n_heads=hidden // 64,
    )
    config.text_config.intermediate_size = hidden * 8 // 3
    config.vision_config.window_size = 112
    torch.manual_seed(0)
    model = Qwen2_5_VLForConditionalGeneration(config).eval()
    vision = sum(p.numel() for p in model.model.visual.parameters()) / 1e6
    language = sum(p.numel() for p in model.model.language_model.layers.parameters()) / 1e6
    _log.info("vision encoder %.0f M, language layers %.0f M parameters", vision, language)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    bounds = {"shortest_edge": 28 * 28, "longest_edge": side * side}
    Qwen2VLImageProcessorPil(size=bounds).save_pretrained(folder)
    (folder / "chat_template.jinja").write_text(TEMPLATE)


def prepare(hidden: int, layers: int, side: int, candidates: int) -> Bench:
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder), hidden, layers, side)
        loaded = load_mllm(folder, device="cpu")
    random = np.random.default_rng(0)
    query, *images = (
        random.integers(0, 256, (side, side, 3), np.uint8) for _ in range(candidates + 1)
    )
    encoder = MllmEncoder(loaded)
    stored = encoder.encode(images)
    n = len(stored[0].positions)
    _log.info("%d visual tokens per image, %d candidates", n, candidates)
    return Bench(loaded, encoder, MllmScorer(loaded, PROMPT), query, images, stored)


def measure(bench: Bench, rounds: int) -> None:
    seconds: dict[str, list[float]] = {name: [] for name in VARIANTS}
    margins: dict[str, np.ndarray] = {}
    for number in range(rounds):
        for name, run in VARIANTS.items():
            clock = time.process_time()
            margins[name] = np.array(run(bench))
            seconds[name].append((time.process_time() - clock) / len(bench.images))
            _log.info("round %d, %s: %.3f s per pair", number + 1, name, seconds[name][-1])
    report(seconds, margins)


def report(seconds: dict[str, list[float]], margins: dict[str, np.ndarray]) -> None:
    names = list(VARIANTS)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    truth = margins[names[0]]
    _log.info("| variant | CPU ms/pair | x all logits | x last logits | max abs d margin, nats |")
    _log.info("|---|---|---|---|---|")
    for name in names:
        _log.info(
            "| %s | %.0f | %.1f | %.1f | %.1e |",
            name,
            medians[name] * 1e3,
            medians[names[0]] / medians[name],
            medians[names[1]] / medians[name],
            float(np.abs(margins[name] - truth).max()),
        )
    _log.info("margins of the candidates: %.3f to %.3f nats", truth.min(), truth.max())


def main() -> None:
    parser = argparse.ArgumentParser(description="CPU time per pair of the stored-token engine.")
    for name, default in {
        "hidden": 1024,
        "layers": 12,
        "side": 336,
        "candidates": 16,
        "threads": 1,
        "rounds": 3,
    }.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    torch.set_num_threads(options.threads)
    _log.info(
        "%s, Python %s, torch %s, transformers %s, %d threads, float32",
        platform.machine(),
        platform.python_version(),
        torch.__version__,
        transformers.__version__,
        options.threads,
    )
    bench = prepare(options.hidden, options.layers, options.side, options.candidates)
    measure(bench, options.rounds)


if __name__ == "__main__":
    main()
