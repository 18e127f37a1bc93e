"""Evaluation reports as one JSON file each."""

from pathlib import Path

from pydantic import TypeAdapter

from core.errors import UnknownRunError
from core.storage.documents import document_json, load_document, save_document
from core.types.runs import RunReport

_REPORT = TypeAdapter(RunReport)


def save_report(folder: Path, report: RunReport) -> Path:
    """Write one report under its run id and return the file.

    Raises:
        WorkspaceError: The disk is full or read-only.
    """
    return save_document(folder / f"{report.run_id}.json", _REPORT, report)


def report_json(report: RunReport) -> bytes:
    """Return a report as it is stored."""
    return document_json(_REPORT, report)


def newest_report(folder: Path) -> RunReport | None:
    """Return the report with the latest run id, or None where there is none.

    Raises:
        StaleIndexError: The file cannot be read as a report.
    """
    files = sorted(folder.glob("*.json"))
    return load_report(files[-1]) if files else None


def report_ids(folder: Path) -> list[str]:
    """Return the ids of all stored reports, oldest first."""
    return sorted(path.stem for path in folder.glob("*.json"))


def find_report(folder: Path, run_id: str) -> RunReport:
    """Return the report with this id; the id is looked up and never made a path.

    Raises:
        UnknownRunError: There is none.
        StaleIndexError: It cannot be read.
    """
    if run_id not in report_ids(folder):
        raise UnknownRunError(
            f"There is no run '{run_id[:80]}' in this workspace; choose one from the list."
        )
    return load_report(folder / f"{run_id}.json")


def load_report(path: Path) -> RunReport:
    """Return one stored report, equal to what was saved.

    Raises:
        StaleIndexError: The file cannot be read as a report.
    """
    return load_document(path, _REPORT, "Report")
