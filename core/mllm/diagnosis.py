"""One diagnosis of a model's folder or hub id before it is loaded: `check`, Setup and the error."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.errors import ModelError
from core.mllm.checkpoints import Checkpoint, find_checkpoint
from core.mllm.devices import pick_device
from core.mllm.memory import fitting_dtype, need_of, refuse_too_large
from core.mllm.troubles import trouble
from core.mllm.wanted import AS_IT_IS, Wanted
from core.mllm.weight_files import n_bytes
from core.types.runs import Progress
from core.types.setting import ModelFacts

KERNEL = "sdpa"
_DTYPES = ("dtype", "torch_dtype")


def diagnose(
    name: str,
    wanted: Wanted = AS_IT_IS,
    *,
    shown: str | None = None,
    freed: int = 0,
    watch: Callable[[Progress], None] = lambda _: None,
) -> ModelFacts:
    """Return what a model is and takes, or why it cannot be opened; nothing is loaded.

    The sentence in `problem` is the one with which loading it would end. Costs milliseconds; of a
    hub id that is not cached, its download.

    Args:
        name: Folder or hub id.
        wanted: How it is to be loaded.
        shown: What the model is called; in every sentence in place of `name`.
        freed: Bytes that the model that is loaded now gives back first.
        watch: Is told how far a download is.
    """
    title = name if shown is None else shown
    try:
        place = pick_device(wanted.device)
        found = find_checkpoint(name, place, wanted, watch)
        need = need_of(found, place, fitting_dtype(wanted.dtype, place, found.folder), freed)
        refuse_too_large(found.name, need)
    except OSError as error:
        problem = trouble("unreadable", name=name, reason=error.strerror or error)
        return _refused(title, name, problem)
    except ModelError as error:
        return _refused(title, name, error)
    return ModelFacts(
        name=title,
        family=found.family.title,
        dtype=_stored_dtype(found.config),
        n_bytes=n_bytes(found.folder),
        problem=None,
        memory=need,
        quantisation=found.quantisation,
        adapter="none" if found.adapter is None else Path(found.adapter.name).name,
        attention=KERNEL,
        revision=found.revision,
        note=_note(found),
    )


def _refused(title: str, name: str, error: ModelError) -> ModelFacts:
    return ModelFacts(title, None, None, None, str(error).replace(name, title))


def _note(found: Checkpoint) -> str:
    if found.kernel in (None, KERNEL):
        return ""
    return f"Its configuration asks for the attention kernel {found.kernel}; {KERNEL} is used."


def _stored_dtype(config: Mapping[str, Any]) -> str | None:
    parts = [config, config.get("text_config")]
    texts = [part.get(key) for part in parts if isinstance(part, dict) for key in _DTYPES]
    return next((text[:20] for text in texts if isinstance(text, str)), None)
