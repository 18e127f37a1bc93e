"""One frozen tree of settings, from TOML and the command line; an unknown key is an error.

Every default of the product lives here and nowhere else.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import SettingsError

ASSETS = Path(__file__).resolve().parents[1] / "assets"
DEMO_CORPUS = ASSETS / "demo"
POCKET_MODEL = ASSETS / "pocket-vl"

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Count = Annotated[int, Field(ge=1)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelSettings(_Section):
    """The MLLM that scores pairs and, by default, makes the descriptors."""

    name: str = str(POCKET_MODEL)
    """Hub id or folder of an image-text model with safetensors weights."""
    device: str = "auto"
    """auto (cuda, mps, cpu), or a torch device."""
    dtype: str = "auto"
    """auto (bfloat16 on cuda, float16 on mps, float32 on cpu), or a torch dtype."""
    prompt: str = "object"
    """A preset, `PRESET:question_first`, or a question of your own."""
    compression: str = "none"
    """How stored visual tokens are made smaller; only `none` so far."""
    max_side: Count = 448
    """Images are encoded at no more than this many pixels squared."""
    threads: Annotated[int, Field(ge=0)] = 0
    """Threads of the CPU kernels; 0 = the machine's cores."""


class RetrievalSettings(_Section):
    """The first stage."""

    descriptor: str = "mllm"
    """`mllm` (mean visual token of the model) or the id of a vision model of transformers."""
    projection: Path | None = None
    """A .npy file (D_in, D_out) float32: a learned linear map applied to the descriptors."""
    shortlist: Count = 1000
    """How many database images a query retrieves."""


class RankingSettings(_Section):
    """The second stage and what is reported of it."""

    depth: Count = 100
    """How many of the shortlist the MLLM scores."""
    k: Count = 1000
    """Cut-off rank of AP@k."""
    lam: Share = 0.0
    """Weight of the cosine in the fusion; 0 = margin order."""
    gamma: Annotated[float, Field(gt=0.0)] = 1.0
    """Slope of the sigmoid of the margin in the fusion, per nat."""
    easy: Share = 0.99
    """AP from which a query counts as easy."""
    change: Share = 0.05
    """Change of AP from which a query counts as rescued or harmed."""


class ServeSettings(_Section):
    """The page's server."""

    host: str = "127.0.0.1"
    """Loopback unless auth_file is given too."""
    port: Annotated[int, Field(ge=0, le=65535)] = 7860
    """0 = any free port."""
    auth_file: Path | None = None
    """Lines `user:hash`, made by `python app.py password`."""
    roots: tuple[Path, ...] = ()
    """Folders below which other corpora may be opened from the page."""
    upload_quota_mib: Count = 512
    """Most space that dropped and pasted queries may take."""


class Settings(_Section):
    """Everything that can be set."""

    corpus: Path = DEMO_CORPUS
    workspace: Path | None = None
    model: ModelSettings = ModelSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    ranking: RankingSettings = RankingSettings()
    serve: ServeSettings = ServeSettings()

    def workspace_path(self) -> Path:
        """Return the workspace, by default a folder per corpus in the user's data folder."""
        if self.workspace is not None:
            return self.workspace.expanduser().absolute()
        from core.fingerprint import digest

        root = self.corpus.expanduser().absolute()
        name = f"{root.name}-{digest({'corpus': str(root)})[:8]}"
        return Path(platformdirs.user_data_dir("second-look", appauthor=False)) / name


def load_settings(path: Path | None, overrides: dict[str, Any]) -> Settings:
    """Read a TOML file, if any, and lay `overrides` over it.

    Args:
        path: TOML with the sections and keys of `Settings`.
        overrides: Dotted keys such as `model.name`; None values are skipped.

    Raises:
        SettingsError: The file cannot be read, a key is unknown, or a value is out of range.
    """
    tree = _read_toml(path) if path is not None else {}
    for key, value in overrides.items():
        if value is not None:
            _put(tree, key.split("."), value)
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from error


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"Settings file {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"Settings file {path} is not TOML: {error}.") from error


def _put(tree: dict[str, Any], keys: list[str], value: object) -> None:
    for key in keys[:-1]:
        tree = tree.setdefault(key, {})
    tree[keys[-1]] = value


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"Setting '{key}' is not known; see the README's list of settings."
    return f"Setting '{key}' = {first['input']!r} cannot be used: {first['msg']}."
