"""The jobs facet: the one long job of a workspace, prepared in the background."""

from collections.abc import Iterator

from core.jobs import Job
from core.types import JobStatus, Progress
from core.workbench.runs import RunsFacet
from core.workbench.shared import Shared


class JobsFacet:
    """Index first, then evaluate at the default depth; watched by any number of pages."""

    def __init__(self, shared: Shared, runs: RunsFacet) -> None:
        self._shared = shared
        self._runs = runs
        self._job = Job(self._prepare)

    def start_preparation(self) -> None:
        """Start or resume; does nothing while it runs or once it is done."""
        self._job.start()

    def status(self) -> JobStatus:
        """Return a snapshot of stages `load model`, `index` and `evaluate`."""
        return self._job.status()

    def watch(self) -> Iterator[JobStatus]:
        """Yield on change, at most five times a second; ends after the job has ended."""
        return self._job.watch()

    def cancel(self, *, wait: bool = False) -> None:
        """Stop within one batch; what was done is kept and `start_preparation` resumes."""
        self._job.cancel(wait=wait)

    def _prepare(self) -> Iterator[Progress]:
        yield from self._runs.build_index()
        if self._shared.measurable:
            yield from self._runs.evaluate(self._shared.settings.ranking.depth)
