"""How the settings want the model loaded, and what is known of it before it is."""

from collections.abc import Callable

from core.bench.receipts import shown_name
from core.mllm.wanted import Wanted
from core.settings import Settings
from core.types.runs import Progress
from core.types.setting import ModelFacts


def wanted_of(settings: Settings) -> Wanted:
    """Return how the settings want the model loaded."""
    model = settings.model
    return Wanted(model.device, model.dtype, model.adapter, model.quantise)


def diagnosis_of(
    settings: Settings, watch: Callable[[Progress], None] = lambda _: None
) -> ModelFacts | None:
    """Return what the settings' model is and takes; None where another machine scores."""
    from core.mllm.diagnosis import diagnose

    if settings.server_address() is not None:
        return None
    name = settings.local_model
    return diagnose(name, wanted_of(settings), shown=shown_name(name), watch=watch)
