"""What a run can be taken away as: files, and the command and script that evaluate it again."""

from urllib.parse import quote, urlencode

from markupsafe import Markup

from core.types.saved import RunFileKind
from ui import messages
from ui.render.code import render_code
from ui.render.text import esc

_FILES: tuple[tuple[RunFileKind, str, str], ...] = (
    ("html", "HTML report", "one page with pictures and plots that opens offline"),
    ("csv", "CSV", "a line per query"),
    ("jsonl", "JSONL", "a line per query, with hard negatives and intruders"),
    ("trec", "TREC run", "every ranking after re-ranking, junk left out"),
    ("qrels", "qrels", "the positives of the same queries"),
    ("json", "JSON", "the stored report with its receipt"),
    ("parquet", "Parquet", "the CSV typed; needs the extra `export`"),
    ("png", "PNG", "the plot, as wide as a journal's column"),
)
FILE_KINDS: tuple[RunFileKind, ...] = tuple(kind for kind, _, _ in _FILES)


def render_exports(
    run_id: str, against: str | None, command: str | None, python: str | None
) -> Markup:
    """Return the links to the files and the texts to copy."""
    links = "".join(
        f'<a class="sl-button" href="{_address(run_id, kind, against)}" download data-run-file '
        f'title="{esc(about)}" aria-label="{esc(name)}: {esc(about)}">{esc(name)}</a>'
        for kind, name, about in _FILES
    )
    return Markup(
        '<section class="sl-panel sl-ru-exports" aria-label="Export"><h3>Take it away</h3>'
        f'<div class="sl-ru-files">{links}</div>'
        f"{_copies(command, python)}</section>"
    )


def _copies(command: str | None, python: str | None) -> Markup:
    if command is None or python is None:
        return Markup(f'<p class="sl-sub">{messages.NO_COMMAND}</p>')
    return Markup(f'<p class="sl-sub">{messages.ONE_AT_A_TIME}</p>{render_code(command, python)}')


def _address(run_id: str, kind: str, against: str | None) -> Markup:
    more = f"?{urlencode({'against': against})}" if against and kind == "html" else ""
    return esc(f"run-files/{quote(run_id, safe='')}/{kind}{more}")
