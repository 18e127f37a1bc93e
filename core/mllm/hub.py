"""Models of the Hugging Face hub: what is cached is used as it is, the rest asked for in bounds."""

import shutil
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from huggingface_hub import HfApi, constants, snapshot_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    HTTPError,  # pyright: ignore[reportPrivateImportUsage]
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.file_download import repo_folder_name
from huggingface_hub.utils import validate_repo_id

from core.errors import ModelError
from core.mllm.meter import Meter, Moved
from core.mllm.troubles import trouble

ANSWER_S = 8.0
"""How long the hub may take to answer, its retries included."""
STALL_S = 30.0
"""How long a download may stand still."""
_PAUSES_S = (0.3, 1.0)
_MAIN = "main"
_COMMIT_LETTERS = 40
_ERRORS = (OSError, HFValidationError, EntryNotFoundError, HTTPError, RuntimeError)


@dataclass(frozen=True, slots=True)
class HubId:
    """A model of the hub as it was asked for: `ORGANISATION/NAME` or `ORGANISATION/NAME@REVISION`.

    `revision` is a branch, tag or commit.
    """

    name: str
    repo: str
    revision: str


def parse_id(name: str) -> HubId:
    """Read a hub id with its revision, `main` where it names none.

    Raises:
        ModelError: It is none.
    """
    repo, mark, revision = name.partition("@")
    try:
        validate_repo_id(repo)
    except HFValidationError as error:
        raise trouble("no-id", name=name[:120]) from error
    if mark and not revision.strip():
        raise trouble("no-id", name=name[:120])
    return HubId(name, repo, revision or _MAIN)


def cached_root(folder: Path) -> Path | None:
    """Return the snapshot of a model's folder in the hub's cache; None of any other folder.

    It is that of `refs/main`, else the only one.
    """
    if not folder.name.startswith("models--") or not (folder / "snapshots").is_dir():
        return None
    return _snapshot(folder, _MAIN) or _only(folder / "snapshots")


def cached(wanted: HubId) -> Path | None:
    """Return the cached snapshot of a model's revision, complete or not; None = there is none."""
    root = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=wanted.repo, repo_type="model")
    return _snapshot(root, wanted.revision)


def commit_of(folder: Path) -> str | None:
    """Return the commit of a snapshot in the hub's cache; None of any other folder."""
    is_snapshot = folder.parent.name == "snapshots" and len(folder.name) == _COMMIT_LETTERS
    return folder.name if is_snapshot else None


def fetch(
    wanted: HubId, patterns: Sequence[str], require: Callable[[Path], None], meter: Meter
) -> Path:
    """Return the snapshot of a model, downloading the files that match and are not cached.

    Nothing is asked of the network where the cache has all of them.

    Args:
        wanted: Model and revision.
        patterns: Names of files, as `fnmatch` reads them.
        require: Raises a ModelError where a folder lacks what is needed.
        meter: Is told what was downloaded, and may stop it.

    Raises:
        ModelError: The hub does not have it, does not give it, or cannot be reached; one sentence.
    """
    there, lack = cached(wanted), None
    if there is not None:
        try:
            require(there)
        except ModelError as error:
            lack = error
        else:
            return there
    if constants.HF_HUB_OFFLINE:
        raise _unreached(wanted, lack, "offline") from lack
    info = _ask(wanted, lack)
    files = [one for one in info.siblings if any(fnmatch(one.rfilename, p) for p in patterns)]
    meter.expect(len(files), sum(one.size or 0 for one in files))
    _refuse_full_disk(wanted, sum(one.size or 0 for one in files))
    return _download(wanted, str(info.sha), patterns, meter)


def _snapshot(root: Path, revision: str) -> Path | None:
    reference = root / "refs" / revision
    try:
        commit = reference.read_text("ascii").strip() if reference.is_file() else revision
    except (OSError, ValueError):
        return None
    folder = root / "snapshots" / commit
    return folder if commit and folder.is_dir() else None


def _only(snapshots: Path) -> Path | None:
    found = [path for path in snapshots.iterdir() if path.is_dir()]
    return found[0] if len(found) == 1 else None


def _ask(wanted: HubId, lack: ModelError | None) -> Any:  # noqa: ANN401
    """Return what the hub says of a model, its files with their sizes.

    An answer that tells of a fault of the hub's own is asked for twice more.
    """
    until = time.monotonic() + ANSWER_S

    def ask() -> Any:  # noqa: ANN401
        return HfApi().model_info(
            wanted.repo, revision=wanted.revision, files_metadata=True, timeout=ANSWER_S
        )

    for pause in (*_PAUSES_S, None):
        try:
            return _within(until - time.monotonic(), ask)
        except _ERRORS as error:
            if pause is None or _status(error) < 500:
                raise _refused(wanted, error, lack) from error
            time.sleep(pause)
    raise AssertionError("the last turn returns or raises")


def _within(seconds: float, work: Callable[[], Any]) -> Any:  # noqa: ANN401
    """Return what work returns, or raise what it raises; a TimeoutError if it takes longer.

    The limits of an HTTP client are per read, so an answer that drips in keeps it for ever.
    """
    found: list[Any] = []
    raised: list[Exception] = []

    def run() -> None:
        try:
            found.append(work())
        except Exception as error:  # noqa: BLE001 - raised again by the caller's thread
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(max(0.1, seconds))
    if thread.is_alive():
        raise TimeoutError
    if raised:
        raise raised[0]
    return found[0]


def _download(wanted: HubId, commit: str, patterns: Sequence[str], meter: Meter) -> Path:
    """Download a commit's files, telling the meter; a named branch or tag keeps its reference."""

    def work() -> str:
        return snapshot_download(
            wanted.repo,
            revision=wanted.revision,
            allow_patterns=list(patterns),
            tqdm_class=meter.bar_class(),
        )

    found: list[str] = []
    raised: list[Exception] = []

    def run() -> None:
        try:
            found.append(work())
        except Exception as error:  # noqa: BLE001 - told by the caller's thread
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.2)
        moved = meter.tell()
        if moved.still_s > STALL_S:
            meter.stop()
            raise _stalled(wanted, moved)
    if raised:
        raise _refused(wanted, raised[0], None) from raised[0]
    assert Path(found[0]).name == commit or wanted.revision != commit, "the commit that was asked"
    return Path(found[0])


def _stalled(wanted: HubId, moved: Moved) -> ModelError:
    done, need = f"{moved.done / 1e9:.2f}", f"{moved.total / 1e9:.2f}"
    return trouble("stalled", name=wanted.name, seconds=f"{STALL_S:g}", done=done, need=need)


def _refuse_full_disk(wanted: HubId, n_bytes: int) -> None:
    """Do nothing if a download fits on the disk of the cache."""
    place = Path(constants.HF_HUB_CACHE)
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if n_bytes > free:
        words = {"need": f"{n_bytes / 1e9:.1f}", "free": f"{free / 1e9:.1f}", "folder": place}
        raise trouble("no-space", name=wanted.name, **words)


def _refused(wanted: HubId, error: Exception, lack: ModelError | None) -> ModelError:
    match error:
        case RevisionNotFoundError():
            return trouble("no-revision", name=wanted.repo, revision=wanted.revision)
        case RepositoryNotFoundError():  # a gated one is one kind of them
            is_gated = isinstance(error, GatedRepoError)
            return trouble("gated" if is_gated else "unknown-id", name=wanted.name)
        case LocalEntryNotFoundError():
            return _unreached(wanted, lack, "no-network")
        case HfHubHTTPError():
            key = "token" if _status(error) == 401 else "hub-status"
            return trouble(key, name=wanted.name, status=_status(error))
        case _ if "timeout" in type(error).__name__.lower():
            return trouble("hanging", name=wanted.name, seconds=f"{ANSWER_S:g}")
        case _:
            return _unreached(wanted, lack, "no-network")


def _unreached(wanted: HubId, lack: ModelError | None, key: str) -> ModelError:
    host = urlsplit(constants.ENDPOINT).hostname or constants.ENDPOINT
    if lack is None:
        return trouble(key, name=wanted.name, host=host)
    why = "HF_HUB_OFFLINE is set" if key == "offline" else f"the hub ({host}) cannot be reached"
    return trouble("not-complete", name=wanted.name, reason=str(lack).rstrip("."), why=why)


def _status(error: Exception) -> int:
    """Return the HTTP status that an error tells of, 0 = none."""
    response = getattr(error, "response", None)
    return int(getattr(response, "status_code", 0) or 0)
