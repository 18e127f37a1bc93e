"""One frozen tree of settings, from TOML and the command line; an unknown key is an error.

Every default of the product lives here and nowhere else.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import platformdirs
from pydantic import Field, ValidationError

from core.errors import SettingsError
from core.server_settings import (
    Section,
    ServerAddress,
    ServerSettings,
    check_server,
    is_address,
    parse_address,
)
from core.setting_types import MOST_SIDE, MOST_THREADS, Count, Device, Place, Share, Slope, Text

ASSETS = Path(__file__).resolve().parents[1] / "assets"
DEMO_CORPUS = ASSETS / "demo"
POCKET_MODEL = ASSETS / "pocket-vl"

IMPORT_NAME = r"\w[\w.\-]{0,63}"
"""What an import may be called: it is a file's name too."""
_MOST_SHOWN = 80


UNSET = object()
"""As an override: what the file or an earlier override says of this key is left out."""


class ModelSettings(Section):
    """The MLLM that scores pairs and, by default, makes the descriptors."""

    name: Text = str(POCKET_MODEL)
    """Folder, hub id or `ID@REVISION` of an MLLM, or `http://HOST:PORT/v1#MODEL`."""
    adapter: Text | None = None
    """Folder or hub id of a PEFT adapter that is added to the weights; `none` = none."""
    quantise: Literal["none", "8bit", "4bit"] = "none"
    """Packs the language model's linear layers while loading; needs bitsandbytes."""
    device: Device = "auto"
    """auto (cuda, mps, cpu), or cpu, cuda, cuda:N, mps, xpu, xpu:N."""
    dtype: Text = "auto"
    """auto (bfloat16 on cuda, float16 on mps; on cpu float32 where it fits), or a torch dtype."""
    untested: bool = False
    """Goes on without the scorer's self-test; every receipt and screen says so."""
    prompt: Text = "object"
    """A preset, `PRESET:LAYOUT`, a question of your own, or `LAYOUT:` and a question."""
    compression: Text = "none"
    """How stored images are made smaller, such as `res:336+divprune:64+int8`."""
    max_side: Annotated[int, Field(ge=1, le=MOST_SIDE)] = 448
    """Images are encoded at no more than the area of a square of this side, in pixels."""
    threads: Annotated[int, Field(ge=0, le=MOST_THREADS)] = 0
    """Threads of the CPU kernels; 0 = `OMP_NUM_THREADS` where it is set, else all cores."""


class RetrievalSettings(Section):
    """The first stage."""

    descriptor: Text = "mllm"
    """`mllm` (mean token of the model), the id of a vision model, `import:NAME` or a plug-in."""
    projection: Place | None = None
    """A .npy file (D_in, D_out) float32: a learned linear map applied to the descriptors."""
    shortlist: Count = 1000
    """How many database images a query retrieves."""
    shortlists: Text | None = None
    """`import:NAME`: first-stage lists made elsewhere; none = by cosine of the descriptors."""


class RankingSettings(Section):
    """The second stage and what is reported of it."""

    preset: Text | None = None
    """A pipeline by name, such as `best-first-results`; none = what `pipeline` says."""
    pipeline: Text | None = None
    """Stages such as `maxsim@100 > mllm@20`; none = what `scorer` and `thin` say."""
    scorer: Text = "mllm"
    """The one stage of a pipeline without cascade: any stage, such as `mllm` or `import:NAME`."""
    depth: Count = 100
    """How many of the shortlist a stage without `@DEPTH` re-orders."""
    thin: Count | None = None
    """Short for `maxsim@DEPTH > mllm@THIN`; none = no cascade."""
    k: Count = 1000
    """Cut-off rank of AP@k."""
    lam: Share = 0.0
    """Weight of the cosine in the fusion; 0 = the order of the last stage's scores."""
    gamma: Slope = 1.0
    """Slope of the sigmoid of the score in the fusion, per unit of the score."""
    easy: Share = 0.99
    """AP before and after from which a query counts as easy."""
    change: Share = 0.05
    """Change of AP from which a query counts as rescued or harmed."""


class TradeoffSettings(Section):
    """The grid that `tradeoff` measures."""

    scorers: Annotated[tuple[Text, ...], Field(min_length=1)] = (
        "mllm",
        "maxsim",
    )
    """Stages that read stored tokens: `mllm`, `maxsim`."""
    resolutions: Annotated[tuple[Text, ...], Field(min_length=1)] = ("full", "154")
    """`full`, or sides in pixels; the embedded model enlarges images below 154."""
    compressions: Annotated[tuple[Text, ...], Field(min_length=1)] = (
        "none",
        "int8",
        "int4",
        "pq:48",
        "divprune:16",
        "divprune:16+pq:48",
    )
    """What is stored of an image; `none` at full resolution is always measured too."""
    depths: Annotated[tuple[Count, ...], Field(min_length=1)] = (10, 25, 50, 100)
    """How many candidates are scored."""
    queries: Count | None = None
    """Measure this many queries, evenly spread; none = all."""
    pipelines: tuple[Text, ...] = ()
    """Pipelines that are measured beside the grid, uncompressed and at their own depths."""
    points: Share = 0.01
    """Loss of mAP up to which a compression counts as good enough."""


class ServeSettings(Section):
    """The page's server."""

    host: Text = "127.0.0.1"
    """Address to listen on; any but loopback needs `serve.auth_file`."""
    port: Annotated[int, Field(ge=0, le=65535)] = 7860
    """0 = any free port."""
    auth_file: Place | None = None
    """Lines `user:hash`, made by `python app.py password`."""
    public_urls: tuple[Text, ...] = ()
    """Addresses of the page behind a proxy, such as `https://bench.lab.org/second-look`."""
    login_by_proxy: bool = False
    """The proxy logs people in, and nobody else reaches the server, which listens on loopback."""
    embed_from: tuple[Text, ...] = ()
    """Origins whose pages may show the page in a frame, such as `https://lab.org`."""
    certificate: Place | None = None
    """Certificate in PEM, to serve https without a proxy; needs `serve.key`."""
    key: Place | None = None
    """Private key of `serve.certificate`, in PEM, unencrypted."""
    roots: tuple[Place, ...] = ()
    """Folders below which the page may open other corpora and models."""
    upload_quota_mib: Count = 512
    """Most space that dropped and pasted queries may take."""
    upload_days: Annotated[float, Field(gt=0.0, le=36500.0)] = 7.0
    """Days after which the page's server removes a dropped or pasted query."""


class Settings(Section):
    """Everything that can be set."""

    corpus: Place = DEMO_CORPUS
    """Folder of photos, with or without `manifest.csv`; an archive, or a folder of archives."""
    workspace: Place | None = None
    """Folder for what is computed; none = one per corpus in your data folder."""
    folder_labels: Literal["ask", "yes", "no"] = "ask"
    """Whether folder names are labels without a manifest; ask = marked as guessed until decided."""
    format: Text = "auto"
    """`auto` (manifest.csv, else a benchmark's own files, else folders), `none` (no benchmark),
    `tables:FOLDER` (manifest.csv and relevance.csv of a folder below the corpus), or a benchmark
    as NAME or NAME:SPLIT; with +missing its absent images are kept, for imports."""
    model: ModelSettings = ModelSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    ranking: RankingSettings = RankingSettings()
    tradeoff: TradeoffSettings = TradeoffSettings()
    server: ServerSettings = ServerSettings()
    serve: ServeSettings = ServeSettings()

    @property
    def local_model(self) -> str:
        """The model in this process: the embedded one where `model.name` is a server's address."""
        return str(POCKET_MODEL) if is_address(self.model.name) else self.model.name

    def server_address(self) -> ServerAddress | None:
        """Return the server that scores the pairs, or None where the local model does.

        Raises:
            SettingsError: The address or the settings around it cannot be used.
        """
        given = self.model.name if is_address(self.model.name) else self.server.url
        if given is None:
            return None
        check_server(self.server)
        return parse_address(given, self.server.model)

    def check_scorer(self) -> None:
        """Refuse short forms of a pipeline that contradict it or each other.

        Raises:
            SettingsError: One sentence.
        """
        ranking, usual = self.ranking, RankingSettings()
        scorer, thin = ranking.scorer, ranking.thin
        short = scorer != usual.scorer or thin is not None
        if ranking.preset is not None and (ranking.pipeline is not None or short):
            raise SettingsError(
                "--preset names the whole pipeline, so --pipeline, --scorer and --thin cannot be "
                "used with it; leave them out."
            )
        if ranking.preset is not None and "depth" in ranking.model_fields_set:
            raise SettingsError(
                "The preset's first stage names its @DEPTH, so --depth cannot be used with it; "
                "leave one of the two out."
            )
        if ranking.pipeline is not None and short:
            raise SettingsError(
                "--pipeline names the stages, so --scorer and --thin cannot be used with it; leave "
                "them out."
            )
        if "@" in (ranking.pipeline or "").split(">")[0] and "depth" in ranking.model_fields_set:
            raise SettingsError(
                "The pipeline's first stage names its @DEPTH, so --depth cannot be used with it; "
                "leave one of the two out."
            )
        if thin is not None and scorer != "mllm":
            raise SettingsError(
                f"--thin works only with --scorer mllm, not '{scorer}'; leave out --thin."
            )
        if thin is not None and thin >= ranking.depth:
            raise SettingsError(
                f"Thinning to {thin} leaves out none of the first {ranking.depth}; choose "
                "less than the depth, or leave it out."
            )

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
        overrides: Dotted keys such as `model.name`; None values are skipped, `UNSET` takes away
            what the file says.

    Raises:
        SettingsError: The file cannot be read, a key is unknown, or a value is out of range.
    """
    tree = _read_toml(path) if path is not None else {}
    for key, value in overrides.items():
        if value is UNSET:
            _drop(tree, key.split("."))
        elif value is not None:
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
    except (ValueError, RecursionError) as error:  # tomllib's and decoding errors are ValueErrors
        reason = str(error).removesuffix(".")
        raise SettingsError(f"Settings file {path} is not TOML: {reason}.") from error


def _put(tree: dict[str, Any], keys: list[str], value: object) -> None:
    for place, key in enumerate(keys[:-1], start=1):
        tree = _section(tree.setdefault(key, {}), keys[:place])
    tree[keys[-1]] = value


def _drop(tree: dict[str, Any], keys: list[str]) -> None:
    for place, key in enumerate(keys[:-1], start=1):
        tree = _section(tree.get(key, {}), keys[:place])
    tree.pop(keys[-1], None)


def _section(found: Any, keys: list[str]) -> dict[str, Any]:  # noqa: ANN401 - TOML holds anything
    if not isinstance(found, dict):
        raise SettingsError(_no_section(".".join(keys), found))
    return cast("dict[str, Any]", found)


def _no_section(key: str, found: object) -> str:
    return f"Setting '{key}' = {_shown(found)} cannot be used: write a section [{key}] with keys."


def _shown(value: object) -> str:
    text = repr(value)
    if "://" in text:
        return "(an address)"  # it may hold a password
    return text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "..."


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"Setting '{key}' is not known; see assets/docs/settings.md."
    if first["type"] == "model_type":
        return _no_section(key, first["input"])
    reason = first["msg"].removeprefix("Value error, ").removesuffix(".")
    return f"Setting '{key}' = {_shown(first['input'])} cannot be used: {reason}."
