"""What all verbs share: the options that choose a bench, and how errors end a command."""

import functools
import inspect
import json
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from core.errors import SecondLookError, SettingsError
from core.workbench import Workbench

BAD_INPUT = 2
INTERRUPTED = 130

OpenBench = Callable[[Path | None, dict[str, Any]], tuple[Any, Workbench]]

_SHARED: dict[str, tuple[str, Any, Any]] = {
    "config": ("", Path | None, typer.Option(help="TOML file of settings; options win over it.")),
    "corpus": (
        "corpus",
        Path | None,
        typer.Option(
            help="Folder of photos, with or without manifest.csv; a .tar, .zip, .parquet or .arrow "
            "file, or a folder of them (default: the demo)."
        ),
    ),
    "format": (
        "format",
        str | None,
        typer.Option(
            help="auto, none, or a benchmark in its own files, NAME or NAME:SPLIT; `benchmarks` "
            "lists them. With +missing its absent images are kept, for what is imported (default: "
            "auto)."
        ),
    ),
    "workspace": (
        "workspace",
        Path | None,
        typer.Option(
            help="Folder for what is computed (default: one per corpus in your data folder)."
        ),
    ),
    "model": (
        "model.name",
        str | None,
        typer.Option(
            help="Folder, hub id or ID@REVISION of an MLLM or of a PEFT adapter, or "
            "http://HOST:PORT/v1#MODEL (default: the embedded one)."
        ),
    ),
    "adapter": (
        "model.adapter",
        str | None,
        typer.Option(
            help="Folder or hub id of a PEFT adapter for the model; `none` leaves out the one "
            "beside its weights (default: what the model's folder holds)."
        ),
    ),
    "quantise": (
        "model.quantise",
        str | None,
        typer.Option(help="none, 8bit or 4bit: packs the weights with bitsandbytes."),
    ),
    "descriptor": (
        "retrieval.descriptor",
        str | None,
        typer.Option(
            help="`mllm`, hub id or folder of a vision model, or import:NAME (default: mllm)."
        ),
    ),
    "shortlists": (
        "retrieval.shortlists",
        str | None,
        typer.Option(help="import:NAME: first-stage lists made elsewhere (default: by cosine)."),
    ),
    "projection": (
        "retrieval.projection",
        Path | None,
        typer.Option(help="A .npy matrix (D_in, D_out) applied to the descriptors."),
    ),
    "device": (
        "model.device",
        str | None,
        typer.Option(help="auto, cpu, cuda, mps (default: auto)."),
    ),
    "dtype": (
        "model.dtype",
        str | None,
        typer.Option(help="auto, float32, bfloat16, float16 (default: auto)."),
    ),
    "untested": (
        "model.untested",
        bool | None,
        typer.Option("--untested", help="Go on without the scorer's self-test, and say so."),
    ),
    "prompt": (
        "model.prompt",
        str | None,
        typer.Option(help="object, landmark, product, artwork, or a question (default: object)."),
    ),
    "preset": (
        "ranking.preset",
        str | None,
        typer.Option(help="Whole pipeline by name: method-alone, best-first-results, fast, small."),
    ),
    "pipeline": (
        "ranking.pipeline",
        str | None,
        typer.Option(
            help="Stages that re-order the shortlist one after another, such as 'maxsim@100 > "
            "mllm@20' (default: what --scorer and --thin say)."
        ),
    ),
    "scorer": (
        "ranking.scorer",
        str | None,
        typer.Option(
            help="mllm, maxsim (stored tokens, no model call), geometric, or import:NAME (default: "
            "mllm)."
        ),
    ),
    "thin": (
        "ranking.thin",
        int | None,
        typer.Option(help="Score only this many of the depth, the best by MaxSim (default: all)."),
    ),
    "compression": (
        "model.compression",
        str | None,
        typer.Option(
            help="none, or parts joined by +: res:SIDE or jpeg:SIDE; divprune:N, random:N, grid:N "
            "or pool; fp16, int8, int4 or pq:BYTES. For queries ,query:PART (default: none)."
        ),
    ),
}

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens the bench that the shared options describe, plus a verb's own settings."""

    open_bench: OpenBench
    config: Path | None
    overrides: dict[str, Any]

    def open(self, **own: object) -> tuple[Any, Workbench]:
        """Return settings and workbench; `own` maps dotted keys, with `__` for dots, to values."""
        extra = {key.replace("__", "."): value for key, value in own.items()}
        settings, bench = self.open_bench(self.config, self.overrides | extra)
        for line in bench.info.assumed:
            typer.echo(f"{line}.", err=True)
        if settings.model.untested:
            typer.echo("The scorer's self-test is left out, as --untested asks.", err=True)
        return settings, bench


def shared_options(run: Callable[..., None], open_bench: OpenBench) -> Callable[..., None]:
    """Return `run` with the shared options in front of its own and errors turned into exits.

    `run` takes an `Opener` first; Typer reads the joined signature.
    """

    @functools.wraps(run)
    def command(**options: Any) -> None:  # noqa: ANN401 - values typed by the signature
        chosen = {_SHARED[name][0]: options.pop(name) for name in _SHARED if name != "config"}
        opener = Opener(open_bench, options.pop("config"), chosen)
        with_json = bool(options.get("json_output"))
        with exits(with_json=with_json):
            run(opener, **options)

    own = list(inspect.signature(run).parameters.values())[1:]
    command.__signature__ = inspect.Signature([*_shared_parameters(), *own])  # pyright: ignore[reportAttributeAccessIssue]
    return command


@contextmanager
def exits(*, with_json: bool) -> Generator[None]:
    """End the command where an error or a signal ends the block: with its sentence, no traceback.

    Args:
        with_json: Whether stdout must hold one JSON object.
    """
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        yield
    except SecondLookError as error:
        report_error(error, with_json=with_json)
        raise typer.Exit(BAD_INPUT) from error
    except KeyboardInterrupt as stop:
        typer.echo("Stopped. Run the same command again to go on from here.", err=True)
        raise typer.Exit(INTERRUPTED) from stop


def report_error(error: SecondLookError, *, with_json: bool) -> None:
    """Print all faults and the one sentence to stderr; as JSON on stdout too where asked."""
    faults = error.faults
    for fault in faults:
        typer.echo(fault, err=True)
    typer.echo(str(error), err=True)
    if with_json:
        typer.echo(json.dumps({"error": str(error), "faults": list(faults)}))


def one_of(option: str, text: str, known: tuple[str, ...]) -> str:
    """Return the text, which must be one of the known words.

    Raises:
        SettingsError: It is not; the sentence names them.
    """
    if text not in known:
        raise SettingsError(f"{option} '{text}' is not known; use one of: {', '.join(known)}.")
    return text


def listed(text: str | None) -> list[str] | None:
    """Split at commas; `,query:` and the numbers behind an option belong to what is before them."""
    if text is None:
        return None
    words: list[str] = []
    for word in (one.strip() for one in text.split(",")):
        is_number = word[:1].isdigit() and ":" in (words or [""])[-1]
        if words and (word.startswith("query:") or is_number):
            words[-1] += f",{word}"
        else:
            words.append(word)
    return words


def _shared_parameters() -> list[inspect.Parameter]:
    return [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[kind, option],
        )
        for name, (_, kind, option) in _SHARED.items()
    ]


def _as_interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise KeyboardInterrupt
