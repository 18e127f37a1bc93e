"""`figures`: plots and tables of an evaluated workspace, laid out for a paper."""

import json
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from core.errors import SecondLookError, SettingsError, WorkspaceError
from core.types.runs import Progress
from core.workbench import Workbench
from ui.commands.progress import follow
from ui.commands.shared import Json, Opener
from ui.paper.captions import caption
from ui.paper.choices import Format, Width, format_named, width_named
from ui.paper.figures import FIGURES, figure_named
from ui.paper.files import figure_bytes
from ui.paper.tables import TABLES, table_text
from ui.selection import ViewState
from ui.shared.screen import read_state

NAME = "figures"
_Made = TypeVar("_Made")
_AT_ONCE = tuple(name for name in TABLES if name != "breaking")
"""Tables that need no sweep of all ten perturbations."""


def run(
    opener: Opener,
    *,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help=f"Which: {', '.join([*FIGURES, *TABLES])} (default: all that the workspace holds "
            "the numbers of)."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the files; made where it is missing.")],
    width: Annotated[str, typer.Option(help="Of a page: one or two columns.")] = "one",
    formats: Annotated[
        str, typer.Option(help="Of figures, joined by commas: svg, pdf, png.")
    ] = "svg,pdf",
    select: Annotated[
        str,
        typer.Option(
            help="What is drawn, as the page's address says it after the question mark, such as "
            "'query=a.jpg&pert=noise&set=spread:20' (default: the query whose AP changed most)."
        ),
    ] = "",
    json_output: Json = False,
) -> None:
    """Lay plots and tables out for a paper, each with its caption; what is stored is read."""
    columns: Width = width_named(width)
    wanted: tuple[Format, ...] = tuple(format_named(word.strip()) for word in formats.split(","))
    known = [*FIGURES, *TABLES]
    for name in names or ():
        if name not in known:
            raise SettingsError(f"There is no figure '{name}'; use some of: {', '.join(known)}.")
    _, bench = opener.open()
    try:
        made, left_out = _all(bench, names, select, _Page(out, columns, wanted))
    finally:
        bench.close()
    if json_output:
        typer.echo(json.dumps({"files": made, "left_out": left_out}))
        return
    for name, reason in left_out.items():
        typer.echo(f"left out: {name}: {reason}")
    typer.echo(f"Written to {out}: {', '.join(made)}.")


class _Page:
    """Where figures are written, how wide and in which formats."""

    def __init__(self, folder: Path, width: Width, formats: tuple[Format, ...]) -> None:
        self._folder = folder
        self._width: Width = width
        self._formats = formats

    def figure(self, bench: Workbench, state: ViewState, name: str) -> list[str]:
        """Write one figure and its caption; return the files' names."""
        chosen = figure_named(name)
        drawn = _followed(chosen.draw(bench, state))
        words = caption(drawn.what, drawn.n, drawn.receipt)
        files: dict[str, bytes] = {
            f"{name}.{form}": figure_bytes(drawn.figure, self._width, form, chosen.title, words)
            for form in self._formats
        }
        return self._write({**files, f"{name}.txt": f"{words}\n".encode()})

    def table(self, bench: Workbench, state: ViewState, name: str) -> list[str]:
        """Write one table in both formats; return the files' names."""
        made = _followed(TABLES[name].read(bench, state))
        return self._write(
            {
                f"{name}.tex": table_text(made, "tex").encode(),
                f"{name}.md": table_text(made, "md").encode(),
            }
        )

    def _write(self, files: dict[str, bytes]) -> list[str]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for name, data in files.items():
                part = self._folder / f".{name}.part"
                part.write_bytes(data)
                part.replace(self._folder / name)
        except OSError as error:
            raise WorkspaceError(
                f"Figures cannot be written to {self._folder} ({error.strerror}); give another "
                "folder."
            ) from error
        return list(files)


def _all(
    bench: Workbench, names: list[str] | None, select: str, page: _Page
) -> tuple[list[str], dict[str, str]]:
    """Return the files that were written, and why what nobody asked for by name is left out."""
    state = read_state(bench, select)
    if "query=" in select and state.query is None:
        raise SettingsError(f"--select '{select}' names a query that the corpus does not hold.")
    follow(_evaluated(bench, state))
    state = _with_query(bench, state)
    made: list[str] = []
    left_out: dict[str, str] = {}
    for name in names or [*FIGURES, *_AT_ONCE]:
        write = page.figure if name in FIGURES else page.table
        try:
            made += write(bench, state, name)
        except WorkspaceError:
            raise
        except SecondLookError as error:
            if names:
                raise
            left_out[name] = str(error)
    return made, left_out


def _evaluated(bench: Workbench, state: ViewState) -> Iterator[Progress]:
    """Index, and evaluate where no query is evaluated at this depth; what is stored is read."""
    yield from bench.runs.build_index()
    if bench.info.has_ground_truth and not bench.runs.outcomes(state.fusion):
        yield from bench.runs.evaluate(state.depth)


def _with_query(bench: Workbench, state: ViewState) -> ViewState:
    """Return a selection that names a query: its own, else the one whose AP changed most."""
    outcomes = bench.runs.outcomes(state.fusion)
    if state.query is not None or not outcomes:
        return state
    most = max(outcomes, key=lambda one: (abs(one.delta), one.query_id))
    return replace(state, query=most.query_id)


def _followed(steps: Generator[Progress, None, _Made]) -> _Made:
    """Return what some work makes, its progress told on the way."""
    found: list[Any] = []

    def told() -> Iterator[Progress]:
        found.append((yield from steps))

    follow(told())
    (made,) = found
    return made
