"""What a query costs on a GPU that is not here: FLOPs and bytes of the engine, against its peaks.

    python -m tests.benchmarks.plan --shape qwen2.5-vl-7b --side 448 --candidates 100

Nothing is run: the model is made on torch's meta device, so that its layers are those of the real
class and take no memory. The counts are held to the engine's own by a test on a CPU; the seconds
are bounds that follow from a card's data sheet, and were not measured.
"""

import argparse
import sys
from dataclasses import dataclass
from typing import Any

import torch

from core.mllm.batching import BatchLimits, run_in_batches
from core.mllm.engine import _SCORING
from tests.benchmarks.shapes import NAMED

TEXT_BEFORE, TEXT_BETWEEN, TEXT_AFTER = 15, 2, 20
"""Tokens of Qwen's chat template and question: before the query's image, between both images, and
after the candidate's, about."""
MASSES = 8
"""Candidates whose answer mass is computed over the whole vocabulary."""
ANSWERS = 4
"""Accepted forms of yes and no, whose rows of the head are read once more for the mass."""


@dataclass(frozen=True)
class Card:
    """Peaks of a data sheet: dense bfloat16 FLOP/s, memory and host-to-device bytes per second."""

    name: str
    flops: float
    memory: float
    host: float


CARDS = (
    Card("RTX 4090 24 GB", 165e12, 1.008e12, 32e9),
    Card("A100 SXM 80 GB", 312e12, 2.039e12, 32e9),
    Card("H100 SXM 80 GB", 989e12, 3.35e12, 64e9),
    Card("H200 SXM 141 GB", 989e12, 4.8e12, 64e9),
)


@dataclass(frozen=True)
class Sizes:
    """What of a language model decides a pass: weights of its linear layers, attention, head."""

    layers: int
    linear: int
    last_mlp: int
    heads: int
    head_dim: int
    kv_heads: int
    hidden: int
    vocabulary: int
    extra: int

    @classmethod
    def of(cls, model: Any) -> "Sizes":
        """Read them from a model of the real class, on any device."""
        text = model.config.get_text_config()
        decoder = model.get_decoder()
        head_dim = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
        deep = getattr(model.config.vision_config, "deepstack_visual_indexes", ())
        return cls(
            layers=len(decoder.layers),
            linear=_linear(decoder.layers),
            last_mlp=_linear(decoder.layers[-1].mlp),
            heads=text.num_attention_heads,
            head_dim=head_dim,
            kv_heads=text.num_key_value_heads,
            hidden=text.hidden_size,
            vocabulary=text.vocab_size,
            extra=len(deep),
        )

    def flops(self, n: int, before: int, read: int) -> int:
        """Return FLOPs of n tokens after `before` others, the last feed-forward at `read` of them.

        Two per multiplication and addition; attention by its plain formula over all keys, as the
        counter counts it.
        """
        products = n * self.linear - (n - read) * self.last_mlp
        attention = 2 * self.layers * self.heads * self.head_dim * n * (before + n)
        return 2 * (products + attention)


@dataclass(frozen=True)
class Plan:
    """One query: FLOPs of its prefix and of a candidate, bytes that cross from the host and that
    the device reads again for every batch."""

    prefix_flops: int
    suffix_flops: int
    head_flops: int
    candidates: int
    batches: int
    token_bytes: int
    weight_bytes: int
    prefix_bytes: int

    @property
    def flops(self) -> int:
        """All FLOPs of the query."""
        return self.prefix_flops + self.candidates * self.suffix_flops + self.head_flops

    @property
    def read_bytes(self) -> int:
        """What the device reads at least: weights in every pass, the prefix for every batch."""
        return self.weight_bytes * (self.batches + 1) + self.prefix_bytes * self.batches


def plan(
    sizes: Sizes,
    prefix: int,
    suffix: int,
    kept: int,
    candidates: int,
    *,
    limits: BatchLimits = _SCORING,
    item: int = 2,
) -> Plan:
    """Return what a query costs.

    Args:
        sizes: Of the language model.
        prefix: Prompt tokens up to the candidate.
        suffix: Prompt tokens from the candidate on.
        kept: Stored visual tokens of a candidate, among `suffix`.
        candidates: How many are scored.
        limits: Of a batch.
        item: Bytes of a number.
    """
    lengths = [suffix] * candidates
    return Plan(
        prefix_flops=sizes.flops(prefix, 0, 1),
        suffix_flops=sizes.flops(suffix, prefix, 1) + 2 * 2 * sizes.hidden,
        head_flops=2 * sizes.hidden * (sizes.vocabulary + ANSWERS) * min(MASSES, candidates),
        candidates=candidates,
        batches=len(list(run_in_batches(lengths, limits, lambda span: span, "candidate"))),
        token_bytes=candidates * kept * sizes.hidden * item * (1 + sizes.extra),
        weight_bytes=sizes.linear * item,
        prefix_bytes=2 * sizes.layers * sizes.kv_heads * sizes.head_dim * prefix * item,
    )


def table(one: Plan) -> list[str]:
    """Return the lines of a plan against every card's peaks."""
    lines = [
        f"per query: {one.flops / 1e12:.2f} TFLOP (prefix {one.prefix_flops / 1e12:.2f}, "
        f"a candidate {one.suffix_flops / 1e12:.3f}), {one.token_bytes / 1e6:.0f} MB of tokens "
        f"from the host, {one.batches} batches, {one.read_bytes / 1e9:.1f} GB read on the device",
        "| card | compute ms | memory ms | host copy ms | bound by | ms per pair at least |",
        "|---|---|---|---|---|---|",
    ]
    for card in CARDS:
        times = {
            "compute": one.flops / card.flops,
            "memory": one.read_bytes / card.memory,
            "host copy": one.token_bytes / card.host,
        }
        worst = max(times, key=lambda name: times[name])
        shown = " | ".join(f"{seconds * 1e3:.1f}" for seconds in times.values())
        each = times[worst] * 1e3 / one.candidates
        lines.append(f"| {card.name} | {shown} | {worst} | {each:.2f} |")
    return lines


def main() -> None:
    """Print the plan of a named shape, with all tokens and with a quarter of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=tuple(NAMED), default="qwen2.5-vl-7b")
    parser.add_argument("--side", type=int, default=448)
    parser.add_argument("--candidates", type=int, default=100)
    options = parser.parse_args()
    shape = NAMED[options.shape]
    with torch.device("meta"):
        sizes = Sizes.of(shape.make(shape))
    tokens = (options.side // (2 * shape.patch)) ** 2
    for kept in (tokens, tokens // 4):
        prefix, suffix = TEXT_BEFORE + tokens + TEXT_BETWEEN, kept + TEXT_AFTER
        found = plan(sizes, prefix, suffix, kept, options.candidates)
        text = "\n".join(table(found))
        sys.stdout.write(f"{options.shape}, {kept} of {tokens} tokens per candidate, bfloat16\n")
        sys.stdout.write(f"{text}\n\n")


def _linear(module: torch.nn.Module) -> int:
    """Return the weights of all linear layers in a module."""
    layers = (one for one in module.modules() if isinstance(one, torch.nn.Linear))
    return sum(one.weight.numel() for one in layers)


if __name__ == "__main__":
    main()
