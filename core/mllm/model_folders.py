"""Folders of models below a root: where they are, what they are, what speaks against them.

Nothing is loaded: configuration files are read, and of the weights only the headers.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from core.errors import ModelError
from core.mllm.model_files import CONFIG
from core.mllm.wanted import AS_IT_IS, Wanted
from core.storage.files import named_below, visible_entries
from core.types.setting import ModelFacts

MAX_DEPTH = 3
MAX_FOLDERS = 200
_MAX_CONFIG_BYTES = 1_000_000


def model_folders(roots: Sequence[Path]) -> tuple[str, ...]:
    """Return the folders with a config.json as `ROOT/sub/folder`, sorted, at most 200.

    Links to folders are not followed, and hidden folders are passed over.

    Args:
        roots: Resolved folders.
    """
    return named_below(roots, lambda root: _walk(root, 0))[:MAX_FOLDERS]


def look_at(
    folder: Path, name: str, root: Path | None = None, wanted: Wanted = AS_IT_IS, freed: int = 0
) -> ModelFacts:
    """Return what a folder says of its model; a fault is one sentence in `problem`.

    Args:
        folder: Resolved.
        name: What it is called on screen; no message tells more of the path.
        root: Resolved; no file of the folder may lead out of it. None = any place.
        wanted: How it is to be loaded.
        freed: Bytes that the model that is loaded now gives back first.
    """
    from core.mllm.diagnosis import diagnose

    try:
        _refuse_outside(folder, root)
        _refuse_huge_config(folder)
    except (OSError, ModelError) as error:
        return ModelFacts(name, None, None, None, str(error).replace(str(folder), name))
    return diagnose(str(folder), wanted, shown=name, freed=freed)


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    entries = visible_entries(folder)
    if any(entry.name == CONFIG for entry in entries):
        yield folder
        return
    if depth < MAX_DEPTH:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path), depth + 1)


def _refuse_outside(folder: Path, root: Path | None) -> None:
    if root is None:
        return
    for path in sorted(folder.iterdir()):
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            raise ModelError(
                f"File '{path.name[:80]}' of model {folder} is a link that leads out of the root; "
                "put the file itself there."
            )


def _refuse_huge_config(folder: Path) -> None:
    path = folder / CONFIG
    if path.is_file() and path.stat().st_size > _MAX_CONFIG_BYTES:
        raise ModelError(
            f"The {CONFIG} of model {folder} has more than 1 MB; download this file again."
        )
