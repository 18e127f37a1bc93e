"""The MLLM on another machine: what it is sent, and who asks it."""

from core.mllm.prompts import parse_prompt
from core.mllm.remote.chat import ChatProtocol
from core.mllm.remote.client import ServerClient
from core.mllm.remote.images import ServerImages
from core.mllm.remote.rerank import RerankProtocol
from core.mllm.remote.scorer import ServerScorer
from core.server_settings import ServerAddress
from core.settings import Settings


def server_scorer(settings: Settings, address: ServerAddress, sent: ServerImages) -> ServerScorer:
    """Return what asks a server about pairs of sent images.

    Raises:
        SettingsError: The prompt cannot be read, or the key is missing.
    """
    server, prompt = settings.server, parse_prompt(settings.model.prompt)
    if server.protocol == "chat":
        protocol = ChatProtocol(address.model, prompt, server.yes_token_ids, server.no_token_ids)
    elif server.engine == "sglang":
        protocol = RerankProtocol(address.model, prompt, "sglang rerank", server.scores)
    else:
        dialect = "vllm score" if server.protocol == "score" else "vllm rerank"
        protocol = RerankProtocol(address.model, prompt, dialect, server.scores)
    return ServerScorer(
        ServerClient(address, server, server.key()),
        protocol,
        sent,
        address,
        engine=server.engine,
        concurrency=server.concurrency,
    )
