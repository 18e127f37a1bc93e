"""What can be wrong with a model's folder or hub id: every sentence, in one table.

`check`, the Setup screen and the error say the same, since all three take it from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.errors import ModelError


@dataclass(frozen=True, slots=True)
class Trouble:
    """One kind of trouble: where it is found, its name in the manual, its sentence to fill in."""

    where: Literal["folder", "weights", "quantised", "adapter", "machine", "hub"]
    kind: str
    sentence: str


TROUBLES: Mapping[str, Trouble] = {
    "absent": Trouble(
        "folder",
        "a path that does not exist",
        "There is no model folder {name}; check the path or give a hub id.",
    ),
    "no-config": Trouble(
        "folder",
        "a folder without `config.json`",
        "Folder {name} holds no config.json; give the folder that save_pretrained wrote.",
    ),
    "other-program": Trouble(
        "folder",
        "a model in the format of another program (GGUF, ONNX, diffusers, OpenVINO)",
        "Folder {name} holds a model for {program} ({file}); give the safetensors that it was made "
        "from, or serve it and give the server's address as the model.",
    ),
    "damaged-json": Trouble(
        "folder",
        "a settings file that is not JSON",
        "Model file {file} cannot be read as JSON; download this file again.",
    ),
    "own-code": Trouble(
        "folder",
        "a model that asks to run its own Python code",
        "Model {name} asks to run Python code of its own ({file} has auto_map), which Second Look "
        "never does; choose a model that transformers supports itself.",
    ),
    "unknown-family": Trouble(
        "folder",
        "a family that this transformers does not know",
        "Model {name} is of the family '{family}', which transformers {version} does not know; "
        "choose a model of a family that the manual lists.",
    ),
    "not-image-text": Trouble(
        "folder",
        "a model that is no image-text model",
        "Model {name} ('{family}') is not an image-text model; choose one that takes images and "
        "answers in text, such as Qwen/Qwen2.5-VL-3B-Instruct.",
    ),
    "no-tokenizer": Trouble(
        "folder",
        "no tokenizer file",
        "Model {name} has no tokenizer file ({files}); copy it from the model's repository.",
    ),
    "no-image-processor": Trouble(
        "folder",
        "no image processor file",
        "The processor of model {name} cannot be made: neither preprocessor_config.json nor "
        "processor_config.json is there; copy it from the model's repository.",
    ),
    "no-weights": Trouble(
        "weights",
        "no weights",
        "Model {name} has no safetensors weights; choose a model published as safetensors.",
    ),
    "pickle": Trouble(
        "weights",
        "pickle weights only",
        "Model {name} has only pickle weights, which can run code when opened; convert them to "
        "safetensors with save_pretrained.",
    ),
    "pointer": Trouble(
        "weights",
        "a Git LFS pointer in place of a file",
        "File '{file}' of model {name} is a Git LFS pointer of {size} B, not the file itself; run "
        "`git lfs pull` in the folder.",
    ),
    "cut": Trouble(
        "weights",
        "a weight file that is cut short",
        "Weight file '{file}' of model {name} is cut short: {size} of {whole} B are there; "
        "download this file again.",
    ),
    "damaged": Trouble(
        "weights",
        "a weight file that is no safetensors file",
        "Weight file '{file}' of model {name} ({size} B) is damaged: it has no readable "
        "safetensors header; download this file again.",
    ),
    "no-shard": Trouble(
        "weights",
        "a shard that is missing",
        "The weights of model {name} are not complete: shard {number} of {n} ('{file}') is "
        "missing; download this file.",
    ),
    "no-index": Trouble(
        "weights",
        "shards without their index",
        "The {n} shards of model {name} have no model.safetensors.index.json, which says where "
        "each tensor is; download this file.",
    ),
    "lacking": Trouble(
        "weights",
        "tensors that are missing",
        "The weights of model {name} lack {n} tensors, such as {tensor}; choose a complete "
        "checkpoint of the model.",
    ),
    "foreign": Trouble(
        "weights",
        "tensors of another shape or that no part of the model takes",
        "The weights of model {name} hold {n} tensors that do not fit its config.json, such as "
        "{tensor}; choose weights and configuration of one checkpoint.",
    ),
    "unknown-quantisation": Trouble(
        "quantised",
        "a quantisation that this transformers does not know",
        "Model {name} is quantised as '{method}', which transformers {version} does not know and "
        "would skip; choose another checkpoint of the model, or quantise it with `--quantise`.",
    ),
    "mlx": Trouble(
        "quantised",
        "weights packed for MLX",
        "Model {name} is quantised for MLX, which only MLX reads; choose the unquantised "
        "checkpoint and quantise it with `--quantise 4bit`.",
    ),
    "packages": Trouble(
        "quantised",
        "a quantisation whose packages are not installed",
        "Quantised as {method}, model {name} needs {packages}: run `pip install {install}`.",
    ),
    "needs-gpu": Trouble(
        "quantised",
        "a quantisation that runs on a GPU only",
        "Model {name} is quantised as {method}, which runs on a CUDA GPU only, and the device is "
        "{device}; choose the unquantised checkpoint.",
    ),
    "twice": Trouble(
        "quantised",
        "`--quantise` on a quantised checkpoint",
        "Model {name} is already quantised as {method}; leave out --quantise.",
    ),
    "no-peft": Trouble(
        "adapter",
        "an adapter, and PEFT is not installed",
        "Adapter {adapter} needs the package peft: run `pip install peft`.",
    ),
    "no-base": Trouble(
        "adapter",
        "an adapter that names no base model",
        "Adapter {adapter} names no base model; give the base as --model and this folder as "
        "--adapter.",
    ),
    "no-adapter": Trouble(
        "adapter",
        "an adapter folder without its files",
        "Adapter {adapter} has no {file}; give the folder that PEFT's save_pretrained wrote, with "
        "safetensors weights.",
    ),
    "both": Trouble(
        "adapter",
        "whole weights and an adapter in one folder",
        "Folder {name} holds whole weights and an adapter; say --adapter {name} to use both, or "
        "--adapter none to leave the adapter out.",
    ),
    "foreign-adapter": Trouble(
        "adapter",
        "an adapter of another model",
        "Adapter {adapter} does not fit model {name} ({reason}); give the base model that it was "
        "trained on as --model.",
    ),
    "memory": Trouble(
        "machine",
        "too little memory",
        "Model {name} takes {need} GB in {dtype} and {free} GB are free on {device}; {remedy}.",
    ),
    "unreadable": Trouble(
        "machine",
        "files that may not be read",
        "Model {name} cannot be read: {reason}; mind its permissions.",
    ),
    "no-id": Trouble(
        "hub",
        "a text that is neither path nor hub id",
        "'{name}' is neither a folder nor a hub id; give a path, ORGANISATION/NAME or "
        "ORGANISATION/NAME@REVISION.",
    ),
    "gated": Trouble(
        "hub",
        "a gated model",
        "Model {name} is gated; accept its terms on the hub and run `hf auth login`.",
    ),
    "token": Trouble(
        "hub",
        "a token that the hub does not accept",
        "The hub does not accept your token for model {name}; run `hf auth login` again.",
    ),
    "unknown-id": Trouble(
        "hub",
        "an id that the hub does not have",
        "The hub has no model {name} that you may read; check the spelling.",
    ),
    "no-revision": Trouble(
        "hub",
        "a revision that the hub does not have",
        "Model {name} has no revision '{revision}'; give a branch, a tag or a commit of it.",
    ),
    "no-hub-config": Trouble(
        "hub",
        "a repository without `config.json`",
        "Hub repository {name} holds no config.json; choose a transformers model.",
    ),
    "hub-status": Trouble(
        "hub",
        "a hub that answers with an error (503)",
        "The hub answered {status} when asked for model {name}, three times; try again later or "
        "give a folder.",
    ),
    "hanging": Trouble(
        "hub",
        "a hub that does not answer",
        "The hub did not answer within {seconds} s when asked for model {name}; try again later or "
        "give a folder.",
    ),
    "no-network": Trouble(
        "hub",
        "no network",
        "Model {name} is neither a folder nor in the local cache, and the hub ({host}) cannot be "
        "reached; connect once to download it, or give a folder.",
    ),
    "offline": Trouble(
        "hub",
        "`HF_HUB_OFFLINE` is set",
        "Model {name} is neither a folder nor in the local cache, and HF_HUB_OFFLINE is set; unset "
        "it once to download the model, or give a folder.",
    ),
    "not-complete": Trouble(
        "hub",
        "a download that was interrupted, and no network",
        "The cache holds model {name} only in part ({reason}), and {why}; connect to finish the "
        "download.",
    ),
    "no-space": Trouble(
        "hub",
        "a disk too small for the download",
        "Model {name} takes {need} GB on disk and {free} GB are free in {folder}; free space, or "
        "set HF_HOME to another disk.",
    ),
    "stalled": Trouble(
        "hub",
        "a download that stands still",
        "The download of model {name} stood still for {seconds} s after {done} of {need} GB; run "
        "the same command again to go on from there.",
    ),
}


def trouble(key: str, **words: object) -> ModelError:
    """Return the error of one kind of trouble, its sentence filled in."""
    return ModelError(TROUBLES[key].sentence.format(**words))
