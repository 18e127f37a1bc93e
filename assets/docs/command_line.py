"""The commands and their options, as the functions behind them declare them."""

import contextlib
import inspect
import io
import signal
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from typer.models import ArgumentInfo, OptionInfo

from ui.commands import build_cli

_SAMPLES: dict[type, object] = {bool: True, int: 1, float: 1.0, str: "x", Path: Path("x")}


class _OpenedError(Exception):
    """Carries the settings with which a command would have opened the bench."""

    def __init__(self, overrides: dict[str, Any]) -> None:
        super().__init__()
        self.overrides = overrides


@dataclass(frozen=True, slots=True)
class Option:
    """An option or argument of a command.

    `flag` is how it is written; `kind` what it takes, None for a switch; `default` None where
    there is none or where the help says it; `sample` is a value that it takes.
    """

    name: str
    flag: str
    kind: str | None
    help: str
    required: bool
    is_argument: bool
    default: object
    sample: object


@dataclass(frozen=True, slots=True)
class Command:
    """A command: what it does, its options in order, and the function that it runs."""

    name: str
    help: str
    options: tuple[Option, ...]
    run: Callable[..., None]

    def names(self) -> frozenset[str]:
        """Return the names of the options."""
        return frozenset(option.name for option in self.options)


def command_line() -> dict[str, Command]:
    """Return the commands by name, in the order of `--help`; none of them can open a bench."""

    def refuse(_config: Path | None, overrides: dict[str, Any]) -> Any:  # noqa: ANN401
        raise _OpenedError(overrides)

    found: dict[str, Command] = {}
    for entry in build_cli(refuse).registered_commands:
        run, name = entry.callback, entry.name
        assert run is not None, "a command has a function"
        assert name is not None, "a command has a name"
        options = tuple(map(_option, inspect.signature(run).parameters.values()))
        found[name] = Command(name, inspect.cleandoc(run.__doc__ or ""), options, run)
    return found


def shared_names(commands: Mapping[str, Command]) -> frozenset[str]:
    """Return the options that all commands have which open a bench."""
    opening = [command for command in commands.values() if "config" in command.names()]
    return frozenset.intersection(*(one.names() for one in opening)) - {"json_output"}


def options_of_settings(commands: Mapping[str, Command]) -> dict[str, str]:
    """Return the options that set each setting, by key.

    Every command is run with each of its options alone, up to where it would open the bench.
    """
    found: dict[str, dict[str, None]] = {}
    before = signal.getsignal(signal.SIGTERM)
    for command in commands.values():
        for option in command.options:
            for key in _sets(command, option) if "config" in command.names() else ():
                found.setdefault(key, {})[option.flag] = None
    signal.signal(signal.SIGTERM, before)
    return {key: ", ".join(f"`{flag}`" for flag in flags) for key, flags in found.items()}


def _sets(command: Command, option: Option) -> list[str]:
    given = {
        one.name: one.sample if one.required or one is option else one.default
        for one in command.options
    }
    with contextlib.redirect_stderr(io.StringIO()):
        try:
            command.run(**given)
        except _OpenedError as opened:
            return [key for key, value in opened.overrides.items() if value is not None]
        except typer.Exit:  # the sample is refused before a bench is opened: it sets nothing
            pass
    return []


def _option(parameter: inspect.Parameter) -> Option:
    kind, info = get_args(parameter.annotation)[:2]
    assert isinstance(info, OptionInfo | ArgumentInfo), "parameters are annotated for Typer"
    plain = _without_none(kind)
    is_argument = isinstance(info, ArgumentInfo)
    # Typer takes a flag that stands first for the default.
    declared = [one for one in (info.default, *(info.param_decls or ())) if isinstance(one, str)]
    written = next(iter(declared), f"--{parameter.name.replace('_', '-')}")
    required = parameter.default is inspect.Parameter.empty
    return Option(
        name=parameter.name,
        flag=parameter.name.upper() if is_argument else written,
        kind=_shown(plain),
        help=info.help or "",
        required=required,
        is_argument=is_argument,
        default=None if required else parameter.default,
        sample=_sample(plain),
    )


def _without_none(kind: Any) -> Any:  # noqa: ANN401
    if get_origin(kind) is Annotated:
        return _without_none(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return next(one for one in get_args(kind) if one is not type(None))
    return kind


def _shown(kind: Any) -> str | None:  # noqa: ANN401
    if kind is bool:
        return None
    if get_origin(kind) is Literal:
        return ", ".join(f"`{word}`" for word in get_args(kind))
    if get_origin(kind) is list:
        return f"{_shown(get_args(kind)[0])}, repeatable"
    return {int: "whole number", float: "number", str: "text", Path: "path"}[kind]


def _sample(kind: Any) -> object:  # noqa: ANN401
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    if get_origin(kind) is list:
        return [_sample(get_args(kind)[0])]
    return _SAMPLES[kind]
