"""What is on screen as a shell command."""

import shlex

from core.settings import Settings
from core.types import SweepRequest


def sweep_command(settings: Settings, request: SweepRequest) -> str:
    """Return the `sweep` command that makes the same curve; defaults are left out."""
    words = ["python", "app.py", "sweep", *bench_options(settings)]
    words += ["--query", request.query_id]
    if request.pair == "positive" and request.candidate_id is not None:
        words += ["--candidate", request.candidate_id]
    words += ["--perturbation", request.name, "--pair", request.pair, "--side", request.side]
    if request.box is not None:
        box = request.box
        words += ["--box", f"{box.x0},{box.y0},{box.x1},{box.y1}"]
    return shlex.join([*words, "--seed", str(request.seed)])


def bench_options(settings: Settings) -> list[str]:
    """Return the options that open the same bench; those at their default are left out."""
    default = Settings()
    address = settings.server_address()
    model = settings.model.name if address is None else address.shown
    chosen = {
        "--corpus": (settings.corpus, default.corpus),
        "--workspace": (settings.workspace, default.workspace),
        "--model": (model, default.model.name),
        "--descriptor": (settings.retrieval.descriptor, default.retrieval.descriptor),
        "--device": (settings.model.device, default.model.device),
        "--dtype": (settings.model.dtype, default.model.dtype),
        "--prompt": (settings.model.prompt, default.model.prompt),
        "--scorer": (settings.ranking.scorer, default.ranking.scorer),
        "--thin": (settings.ranking.thin, default.ranking.thin),
        "--compression": (settings.model.compression, default.model.compression),
    }
    pairs = [(option, value) for option, (value, usual) in chosen.items() if value != usual]
    return [word for option, value in pairs for word in (option, str(value))]
