"""Evaluation reports as one JSON file each."""

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from core.errors import StaleIndexError, UnknownRunError
from core.storage.files import atomic_write_bytes
from core.types import RunReport

_REPORT = TypeAdapter(RunReport)


def save_report(folder: Path, report: RunReport) -> Path:
    """Write one report under its run id and return the file.

    Raises:
        WorkspaceError: The disk is full or read-only.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{report.run_id}.json"
    atomic_write_bytes(path, report_json(report))
    return path


def report_json(report: RunReport) -> bytes:
    """Return a report as it is stored."""
    return _REPORT.dump_json(report, indent=1)


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
    try:
        return _REPORT.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise StaleIndexError(
            f"Report {path.name} cannot be read; move it out of the workspace's folder "
            f"{path.parent.name}."
        ) from error
