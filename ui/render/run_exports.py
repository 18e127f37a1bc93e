"""What a run can be taken away as: files, and the command and script that evaluate it again."""

from urllib.parse import quote, urlencode

from markupsafe import Markup

from core.types.saved import RunFileKind
from ui import messages
from ui.render.code import render_code
from ui.render.parts import download, note, panel, tag

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
    links = (_link(_address(run_id, kind, against), name, about) for kind, name, about in _FILES)
    body = (tag("div", *links, class_="sl-ru-files"), _copies(command, python))
    return panel("Take it away", *body, kind="sl-ru-exports", label="Export")


def _link(href: str, name: str, about: str) -> Markup:
    return download(name, href, data_run_file=True, title=about, aria_label=f"{name}: {about}")


def _copies(command: str | None, python: str | None) -> Markup:
    if command is None or python is None:
        return note(messages.NO_COMMAND)
    return note(messages.ONE_AT_A_TIME) + render_code(command, python)


def _address(run_id: str, kind: str, against: str | None) -> str:
    more = f"?{urlencode({'against': against})}" if against and kind == "html" else ""
    return f"run-files/{quote(run_id, safe='')}/{kind}{more}"
