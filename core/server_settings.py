"""A server that scores the pairs: its section of the settings, and where it is."""

import os
from dataclasses import dataclass, field
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field

from core.errors import SettingsError
from core.setting_types import MOST_SIDE, Text


class Section(BaseModel):
    """A part of the settings; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ServerSettings(Section):
    """A server that scores the pairs in place of the local model."""

    url: Text | None = None
    """Base address such as `http://localhost:8000/v1`; none = the local model scores."""
    engine: Literal["vllm", "sglang"] = "vllm"
    """Whose API it has; `vllm` with `chat` serves for other OpenAI-compatible servers."""
    protocol: Literal["chat", "rerank", "score"] = "chat"
    """Chat with log-probabilities, or a re-ranker's `/rerank` or (vLLM only) `/score`."""
    model: Text | None = None
    """The name under which the server serves its model; also `#MODEL` behind the address."""
    scores: Literal["probability", "logit"] = "probability"
    """What rerank and score return."""
    yes_token_ids: tuple[int, ...] = ()
    """Token ids of yes that vLLM's chat is asked for; none = the 20 most probable tokens."""
    no_token_ids: tuple[int, ...] = ()
    """Token ids of no, in the same form; given together with yes_token_ids."""
    key_env: Text = "SECOND_LOOK_KEY"
    """Environment variable that holds the server's key, if it wants one."""
    concurrency: Annotated[int, Field(ge=1, le=256)] = 8
    """Most requests under way at a time."""
    timeout_seconds: Annotated[float, Field(gt=0.0, le=86_400.0)] = 60.0
    """Longest silence of the server before a request is given up."""
    retries: Annotated[int, Field(ge=0, le=20)] = 3
    """Further attempts after 429, 5xx and failed connections."""
    image_side: Annotated[int, Field(ge=28, le=MOST_SIDE)] = 768
    """Images are sent as JPEG with a long side of at most this many pixels."""

    def key(self) -> str | None:
        """Return the server's API key, from the environment variable `key_env`.

        None where the variable is empty or not set.

        Raises:
            SettingsError: The key holds characters that an HTTP header cannot carry.
        """
        key = os.environ.get(self.key_env, "").strip()
        if not key.isascii() or not key.isprintable():
            raise SettingsError(
                f"The environment variable {self.key_env} holds characters that an HTTP header "
                "cannot carry; set it to the server's API key."
            )
        return key or None


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a server is, apart from the secrets in its address.

    `url` ends in a path such as `/v1` and holds no user, password, query or fragment;
    `credentials` are user and password for basic authentication.
    """

    url: str
    model: str
    credentials: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def shown(self) -> str:
        """The address as `--model` takes it, without credentials."""
        return f"{self.url}#{self.model}"


def is_address(text: str) -> bool:
    """Return whether a model is named by a server's address."""
    return text.startswith(("http://", "https://"))


def check_server(server: ServerSettings) -> None:
    """Refuse settings of a server that contradict each other.

    Raises:
        SettingsError: One sentence.
    """
    if server.engine == "sglang" and server.protocol == "score":
        raise SettingsError("SGLang's /v1/score takes text only; set server.protocol to rerank.")
    if bool(server.yes_token_ids) != bool(server.no_token_ids):
        raise SettingsError("Set both server.yes_token_ids and server.no_token_ids, or neither.")
    if server.yes_token_ids and (server.engine, server.protocol) != ("vllm", "chat"):
        raise SettingsError(
            "server.yes_token_ids and server.no_token_ids work only with server.engine vllm and "
            "server.protocol chat; leave them out."
        )
    if set(server.yes_token_ids) & set(server.no_token_ids):
        raise SettingsError(
            "The same token is in server.yes_token_ids and in server.no_token_ids; name it in one "
            "of them."
        )


def parse_address(text: str, model: str | None) -> ServerAddress:
    """Split an address; its text is in no message, since it may hold a password.

    Args:
        text: The address, with the model's name behind `#` or without.
        model: The name where the address has none.

    Raises:
        SettingsError: It is no address of a server, or no model is named.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SettingsError(
            "The server's address is no URL; give one such as http://localhost:8000/v1."
        ) from error
    if parts.scheme not in ("http", "https") or not host:
        raise SettingsError(
            "The server's address must begin with http:// or https:// and name a host, such as "
            "http://localhost:8000/v1."
        )
    if parts.query:
        raise SettingsError(
            "The server's address must not hold a query (?...); put a key into the environment "
            "variable that server.key_env names."
        )
    name = unquote(parts.fragment) or model
    if not name:
        raise SettingsError(
            "Name the server's model: behind the address, as in http://localhost:8000/v1#MODEL, "
            "or in server.model."
        )
    place = f"[{host}]" if ":" in host else host
    place += "" if port is None else f":{port}"
    url = urlunsplit((parts.scheme, place, parts.path.rstrip("/") or "/v1", "", ""))
    if parts.username is None:
        return ServerAddress(url, name)
    return ServerAddress(url, name, (unquote(parts.username), unquote(parts.password or "")))
