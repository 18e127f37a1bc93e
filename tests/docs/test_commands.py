"""Command lines in the manual are commands of the product, with options that it has."""

import importlib.util
import shlex

import pytest
from typer.testing import CliRunner

from assets.docs.command_line import command_line
from assets.docs.reference import commands_table
from tests.docs.pages import DOCS, PAGES, commands
from ui.commands import COMMANDS, build_cli


class OpenedError(Exception):
    """Says that a command line was read and a bench would be opened."""


def refuse(config, overrides):
    raise OpenedError


def lines() -> list[str]:
    return sorted({line for page in PAGES for line in commands(page)})


def fault(line: str) -> str | None:
    """Why a line cannot be run, None where it would open a bench or needs no bench."""
    words = shlex.split(line)
    if words[1] == "-m":
        return None if importlib.util.find_spec(words[2]) else f"no module {words[2]}"
    given = words[2:]
    named = given and (given[0] in COMMANDS or given[0] == "--help")
    command = given if named else ["serve", *given]
    if command[0] == "password" or ("--query" not in command and command[0] == "sweep"):
        command = [*command, "--help"]
    if len(command) == 1 and command[0] in ("import", "export", "robustness", "fit"):
        command = [*command, "--help"]
    if command[0] == "benchmarks" and len(command) > 1:  # its folder is the reader's own
        command = [*command, "--help"]
    if command[0] == "figures" and "--out" not in command:
        command = [*command, "--help"]
    result = CliRunner().invoke(build_cli(refuse), command)
    if isinstance(result.exception, OpenedError) or result.exit_code == 0:
        return None
    return result.output


@pytest.mark.parametrize("line", lines())
def test_a_command_line_can_be_read(line):
    assert fault(line) is None


def test_a_wrong_option_is_found():
    assert "--deep" in str(fault("python app.py evaluate --deep 5"))
    assert fault("python -m assets.docs.nothing") == "no module assets.docs.nothing"


@pytest.mark.parametrize("verb", COMMANDS)
def test_every_command_is_documented_with_the_options_of_its_help(verb):
    command = command_line()[verb]
    runner = CliRunner(env={"COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1"})
    text = runner.invoke(build_cli(refuse), [verb, "--help"]).output
    page = (DOCS / "cli.md").read_text("utf-8")
    assert f"## `python app.py {verb}" in page
    for option in command.options:
        assert f"| `{option.flag}` |" in page
        assert option.is_argument or f"{option.flag} " in text
    assert commands_table(command_line()) in page
