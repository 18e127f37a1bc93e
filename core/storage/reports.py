"""Evaluation reports as one JSON file each."""

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from core.errors import StaleIndexError
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
    atomic_write_bytes(path, _REPORT.dump_json(report, indent=1))
    return path


def newest_report(folder: Path) -> RunReport | None:
    """Return the report with the latest run id, or None where there is none.

    Raises:
        StaleIndexError: The file cannot be read as a report.
    """
    files = sorted(folder.glob("*.json"))
    return load_report(files[-1]) if files else None


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
