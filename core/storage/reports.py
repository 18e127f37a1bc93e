"""Evaluation reports, named by their run ids: the last name is the newest run."""

from pathlib import Path

from pydantic import TypeAdapter

from core.errors import StaleIndexError, UnknownRunError
from core.storage.documents import DocumentKind, Documents
from core.storage.report_versions import current_fields
from core.types.runs import RunReport

_HOLDS = TypeAdapter(RunReport)
REPORT = DocumentKind(
    parse=lambda data: _HOLDS.validate_python(current_fields(data)),
    dump=lambda report: _HOLDS.dump_json(report, indent=1),
    broken="Report {file} cannot be read; move it out of the workspace's folder {folder}.",
    error=StaleIndexError,
)


def reports(folder: Path) -> Documents[RunReport]:
    """Return the reports of a workspace's folder."""
    return Documents(folder, REPORT, lambda report: report.run_id)


def runs_of_receipt(folder: Path, receipt_id: str) -> list[str]:
    """Return the ids of the runs with this receipt, newest first."""
    return [name for name in reversed(reports(folder).names()) if name.endswith(receipt_id)]


def find_report(folder: Path, run_id: str) -> RunReport:
    """Return the report with this id.

    Raises:
        UnknownRunError: There is none.
        StaleIndexError: It cannot be read.
    """
    found = reports(folder).find(run_id)
    if found is None:
        raise UnknownRunError(
            f"There is no run '{run_id[:80]}' in this workspace; choose one from the list."
        )
    return found
