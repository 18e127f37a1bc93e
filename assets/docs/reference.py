"""Reference pages from the code: the options of every command, and every setting."""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from assets.docs.command_line import (
    Command,
    Option,
    command_line,
    options_of_settings,
    shared_names,
)
from core.settings import DEMO_CORPUS, POCKET_MODEL, Settings

_NAMED = {DEMO_CORPUS: "the embedded demo", POCKET_MODEL: "the embedded model"}


def commands_text(commands: Mapping[str, Command]) -> str:
    """Return the shared options, and each command with its own, as Markdown."""
    shared = shared_names(commands)
    of_all = [one for one in commands["serve"].options if one.name in shared]
    parts = ["## Options of every command but `password`", _options(of_all)]
    for command in commands.values():
        own = [one for one in command.options if one.name not in shared]
        words = ["python app.py", command.name, *(one.flag for one in own if one.is_argument)]
        parts += [f"## `{' '.join(words)}`", command.help]
        parts += [_options(own)] if own else []
    return "\n\n".join(parts)


def commands_table(commands: Mapping[str, Command]) -> str:
    """Return every command with what it does."""
    rows = [(f"`python app.py {one.name}`", one.help) for one in commands.values()]
    return table(("command", "what it does"), rows)


def settings_text() -> str:
    """Return every setting by section: key, default, what is allowed, option and meaning.

    Raises:
        KeyError: A setting has no text under its field.
    """
    options = options_of_settings(command_line())
    parts: list[str] = []
    for title, model, prefix, shape in _sections():
        texts = docstrings(model)
        rows = [
            (
                f"`{prefix}{name}`",
                _default(model.model_fields[name].default),
                _allowed(shape["properties"][name]),
                options.get(f"{prefix}{name}", ""),
                texts[name],
            )
            for name in _plain_fields(model)
        ]
        head = ("key", "default", "allowed", "option", "meaning")
        parts += [f"## {title}", inspect.cleandoc(model.__doc__ or ""), table(head, rows)]
    return "\n\n".join(parts)


def setting_keys() -> list[str]:
    """Return the dotted keys of all settings."""
    found = ((prefix, _plain_fields(model)) for _, model, prefix, _ in _sections())
    return [f"{prefix}{name}" for prefix, names in found for name in names]


def docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Return the text under each field of a class of settings."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(tree, ast.ClassDef), "a model is a class"
    found: dict[str, str] = {}
    for field, after in zip(tree.body, tree.body[1:], strict=False):
        match field, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=text)):
                found[name] = inspect.cleandoc(str(text)).replace("\n", " ")
            case _:
                pass
    return found


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---" for _ in head], *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _sections() -> Iterator[tuple[str, type[BaseModel], str, dict[str, Any]]]:
    schema = Settings.model_json_schema()
    yield "Top level", Settings, "", schema
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, BaseModel):
            model = type(field.default)
            yield f"`[{name}]`", model, f"{name}.", schema["$defs"][model.__name__]


def _plain_fields(model: type[BaseModel]) -> list[str]:
    fields = model.model_fields.items()
    return [name for name, field in fields if not isinstance(field.default, BaseModel)]


def _default(value: object) -> str:
    for path, words in _NAMED.items():
        if isinstance(value, str | Path) and Path(value) == path:
            return words
    if value is None or value in ((), ""):
        return "none"
    if isinstance(value, tuple):
        return ", ".join(_default(one) for one in value)
    return f"`{value}`"


def _allowed(shape: Mapping[str, Any]) -> str:
    """Return the bounds or choices of a field of a JSON schema, in words."""
    inner = [*shape.get("anyOf", ()), *([shape["items"]] if "items" in shape else ())]
    for one in inner:
        if found := _allowed(one):
            return found
    if "enum" in shape:
        return ", ".join(f"`{word}`" for word in shape["enum"])
    low, high = shape.get("minimum"), shape.get("maximum")
    if "exclusiveMinimum" in shape:
        return f"above {shape['exclusiveMinimum']:g}"
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    return f"{low:g} or more" if low is not None else ""


def _options(options: Sequence[Option]) -> str:
    rows = [(f"`{one.flag}`", one.kind or "switch", _meaning(one)) for one in options]
    return table(("option", "takes", "what"), rows)


def _meaning(one: Option) -> str:
    if one.required:
        return f"{one.help} Required."
    if one.default is None or isinstance(one.default, bool):
        return one.help
    return f"{one.help} Default: `{one.default}`."
