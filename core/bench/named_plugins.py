"""Which of the user's own code may run: what the command line named, and nothing else."""

from collections.abc import Sequence

from core.errors import SettingsError
from core.reranking.pipelines import StageCall
from core.reranking.stages import PYTHON


class NamedPlugins:
    """The plug-ins that whoever started the bench named.

    Args:
        calls: The stages of the pipeline that it was started with.
    """

    def __init__(self, calls: Sequence[StageCall]) -> None:
        self._calls = set(calls)

    def add(self, calls: Sequence[StageCall]) -> None:
        """Add what the command line named besides the pipeline; the page never calls this."""
        self._calls.update(calls)

    def require(self, calls: Sequence[StageCall]) -> None:
        """Refuse stages that would run code which was not named.

        Raises:
            SettingsError: A stage would run it.
        """
        for call in calls:
            if call.name == PYTHON and call not in self._calls:
                raise SettingsError(
                    f"Stage '{str(call)[:80]}' runs code of your own, so it is named on the "
                    "command line only, never in the page or an address; start with --pipeline "
                    "or --scorers."
                )
