"""What is compared: loops that users write, and the engine step by step."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.mllm.compression.grammar import Compression, Part
from core.mllm.compression.packing import TokenPacker
from core.mllm.compression.product import ProductCoder
from core.mllm.engine import MllmEncoder, MllmScorer
from core.mllm.model import Mllm
from core.mllm.prefix import encoder_outputs
from core.mllm.prompt_layout import PairAssembler, pad_right, render
from core.mllm.prompts import PRESETS, messages
from core.storage.codebook import CodebookFile
from core.types.scores import VisualTokens
from tests.oracle import Pixels, plain_inputs

PROMPT = PRESETS["object"]
BATCH = 8
CODE_BYTES = 96


@dataclass(frozen=True)
class Bench:
    """One query, its candidates as pixels and as stored tokens: all, a quarter, and coded."""

    loaded: Mllm
    scorer: MllmScorer
    encoder: MllmEncoder
    query: Pixels
    images: Sequence[Pixels]
    stored: Sequence[VisualTokens]
    quarter: Sequence[VisualTokens]
    coded: Sequence[VisualTokens]
    coder: TokenPacker

    def first(self, n: int) -> "Bench":
        """Return the same bench with its first n candidates."""
        parts = (self.images[:n], self.stored[:n], self.quarter[:n], self.coded[:n])
        return Bench(self.loaded, self.scorer, self.encoder, self.query, *parts, self.coder)


def make_bench(loaded: Mllm, side: int, n_candidates: int) -> Bench:
    """Draw noise images and store their tokens; codebooks are learned from them."""
    random = np.random.default_rng(0)
    query, *images = (
        random.integers(0, 256, (side, side, 3), np.uint8) for _ in range(n_candidates + 1)
    )
    encoder = MllmEncoder(loaded)
    stored = encoder.encode(images)
    kept = Compression(kept=Part("divprune", len(stored[0].positions) // 4))
    quarter = TokenPacker(encoder, kept).pack(images, stored)
    with tempfile.TemporaryDirectory() as folder:
        product = ProductCoder(CODE_BYTES, loaded.dimension, CodebookFile(Path(folder)))
        coder = TokenPacker(encoder, kept, product, (loaded.dtype, loaded.dimension))
        coder.learn(stored)
        coded = coder.pack(images, stored)
    scorer = MllmScorer(loaded, PROMPT)
    return Bench(loaded, scorer, encoder, query, images, stored, quarter, coded, coder)


def generated(bench: Bench) -> list[float]:
    """Processor and `generate` of one token for each pair."""
    model = bench.loaded.model
    found: list[float] = []
    for image in bench.images:
        inputs = plain_inputs(bench.loaded, PROMPT, bench.query, image).to(bench.loaded.device)
        with torch.inference_mode():
            output = model.generate(
                **inputs,
                max_new_tokens=1,
                do_sample=False,
                output_logits=True,
                return_dict_in_generate=True,
            )
        found += _margins(bench, output.logits[0])
    return found


def all_logits(bench: Bench) -> list[float]:
    """Processor and whole model for each pair, logits of every position."""
    return _forwards(bench, 0)


def last_logits(bench: Bench) -> list[float]:
    """The same with the logits of the last position only."""
    return _forwards(bench, 1)


def batched(bench: Bench) -> list[float]:
    """Last logits, eight pairs at a time."""
    loaded = bench.loaded
    text = loaded.processor.apply_chat_template(
        messages(PROMPT), add_generation_prompt=True, **loaded.family.template
    )
    found: list[float] = []
    for start in range(0, len(bench.images), BATCH):
        some = bench.images[start : start + BATCH]
        inputs = loaded.processor(
            text=[text] * len(some),
            images=[[bench.query, image] for image in some],
            return_tensors="pt",
            padding=True,
            padding_side="left",
        )
        found += _margins(bench, _forward(loaded, inputs, 1)[:, -1])
    return found


def stored_tokens(bench: Bench) -> list[float]:
    """Candidates' tokens stored, the query encoded once, the whole prompt run, eight at a time."""
    (query,) = bench.encoder.encode([bench.query])
    return whole_prompts(bench, query, bench.stored)


def shared_prefix(bench: Bench) -> list[float]:
    """The product: the prompt's start with the query is run once."""
    return _engine(bench, bench.stored)


def quarter_tokens(bench: Bench) -> list[float]:
    """The product on a quarter of each candidate's tokens."""
    return _engine(bench, bench.quarter)


def coded_tokens(bench: Bench) -> list[float]:
    """The product on a quarter of the tokens, decoded from product codes."""
    return _engine(bench, [bench.coder.unpack(one) for one in bench.coded])


def whole_prompts(
    bench: Bench, query: VisualTokens, candidates: Sequence[VisualTokens]
) -> list[float]:
    """Return the margins of whole prompts on given tokens, without a shared prefix."""
    loaded = bench.loaded
    rows = loaded.model.get_output_embeddings().weight
    yes, no = bench.scorer.answers.yes.token_id, bench.scorer.answers.no.token_id
    assembler = PairAssembler(loaded, render(loaded, PROMPT), query)
    start, found = assembler.prefix(), list[float]()
    for first in range(0, len(candidates), BATCH):
        batch = pad_right(
            [assembler.suffix(one) for one in candidates[first : first + BATCH]], loaded.device
        )
        n = len(batch.ids)
        ids = torch.cat([start.ids.to(loaded.device).expand(n, -1), batch.ids], dim=1)
        before = start.positions.to(loaded.device)[:, None].expand(-1, n, -1)
        image = start.image.to(loaded.device)
        images = [one for candidate in batch.images for one in (image, candidate)]
        with torch.inference_mode():
            hidden = loaded.base(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                position_ids=torch.cat([before, batch.positions], dim=-1),
                mm_encoder_outputs=encoder_outputs(loaded.family, images),
                use_cache=False,
            ).last_hidden_state[:, -1]
            found += (hidden @ rows[yes] - hidden @ rows[no]).float().tolist()
    return found


@dataclass(frozen=True)
class Variant:
    """One way to score; `per_pair` = its cost does not depend on the number of candidates."""

    key: str
    name: str
    run: Callable[[Bench], list[float]]
    per_pair: bool = False


VARIANTS = (
    Variant("a", "loop, one token generated", generated, per_pair=True),
    Variant("a, all", "loop, logits of all positions", all_logits, per_pair=True),
    Variant("a'", "loop, last-position logits", last_logits, per_pair=True),
    Variant("b", "batches of 8, last-position logits", batched, per_pair=True),
    Variant("c", "stored tokens, batches of 8", stored_tokens),
    Variant("d", "+ shared prefix", shared_prefix),
    Variant("e", "+ 1/4 of the tokens", quarter_tokens),
    Variant("f", f"+ decoded from pq:{CODE_BYTES}", coded_tokens),
)


def _engine(bench: Bench, candidates: Sequence[VisualTokens]) -> list[float]:
    (query,) = bench.encoder.encode([bench.query])
    batches = bench.scorer.score(query, candidates, mass_first=0)
    return [pair.margin for batch in batches for pair in batch]


def _forwards(bench: Bench, logits_to_keep: int) -> list[float]:
    return [
        margin
        for image in bench.images
        for margin in _margins(
            bench,
            _forward(
                bench.loaded,
                plain_inputs(bench.loaded, PROMPT, bench.query, image),
                logits_to_keep,
            )[:, -1],
        )
    ]


def _forward(loaded: Mllm, inputs: Any, logits_to_keep: int) -> torch.Tensor:
    with torch.inference_mode():
        return loaded.model(
            **inputs.to(loaded.device), logits_to_keep=logits_to_keep, use_cache=False
        ).logits


def _margins(bench: Bench, logits: torch.Tensor) -> list[float]:
    yes, no = bench.scorer.answers.yes.token_id, bench.scorer.answers.no.token_id
    return (logits[:, yes].float() - logits[:, no].float()).tolist()
