"""Requests to one server: bounded in number, time and size, tried again where that can help."""

import json
import math
import random
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from core.mllm.remote.protocol import ServerFaultError
from core.server_settings import ServerAddress, ServerSettings

_CONNECT_S = 10.0
_LONGEST_ANSWER = 64 * 1024 * 1024  # bytes; vLLM's /rerank sends the documents back
_LONGEST_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before another attempt: doubling, with jitter, up to `longest_s`.

    `jitter` returns a number in [0, 1): half of a wait is left to it, so that many clients of an
    overloaded server do not come back together.
    """

    first_s: float = 0.5
    longest_s: float = 8.0
    jitter: Callable[[], float] = random.random

    def seconds(self, attempt: int, asked_s: float | None) -> float:
        """Return the wait after the attempt numbered from 0; `asked_s` is the server's wish."""
        if asked_s is not None:
            return min(asked_s, _LONGEST_WAIT_S) + self.first_s * self.jitter()
        return min(self.first_s * 2.0**attempt, self.longest_s) * (0.5 + 0.5 * self.jitter())


class _TryAgainError(Exception):
    """A fault that may pass; `asked_s` is the Retry-After of the answer."""

    def __init__(self, fault: ServerFaultError, asked_s: float | None = None) -> None:
        super().__init__(fault.reason)
        self.fault = fault
        self.asked_s = asked_s


class ServerClient:
    """Posts JSON to one server; safe for several threads, which share its bound on requests.

    It talks to the named host only: redirects are refused, and proxies and netrc files of the
    environment are not used. Neither the key nor the address's password is in any message.

    Args:
        address: Where the server is.
        settings: Limits, and the name of the key's environment variable.
        key: Sent as a bearer token; None sends the address's user and password, if any.
        backoff: Waits between attempts.
    """

    def __init__(
        self,
        address: ServerAddress,
        settings: ServerSettings,
        key: str | None,
        backoff: Backoff | None = None,
    ) -> None:
        self._address = address
        self._settings = settings
        self._headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        self._auth = None if key is not None else address.credentials
        if key is not None:
            self._headers["Authorization"] = f"Bearer {key}"
        self._has_key = key is not None
        self._backoff = backoff or Backoff()
        self._slots = threading.BoundedSemaphore(settings.concurrency)
        self._tls: ssl.SSLContext | bool = (
            httpx.create_ssl_context(trust_env=False) if address.url.startswith("https") else True
        )

    def open(self) -> httpx.Client:
        """Return connections for one run of requests; the caller closes them."""
        timeout = self._settings.timeout_seconds
        return httpx.Client(
            headers=self._headers,
            auth=self._auth,
            timeout=httpx.Timeout(timeout, connect=min(_CONNECT_S, timeout), pool=None),
            limits=httpx.Limits(max_connections=self._settings.concurrency),
            follow_redirects=False,
            trust_env=False,
            verify=self._tls,
        )

    def post(
        self,
        http: httpx.Client,
        path: str,
        body: Mapping[str, Any],
        stop: threading.Event,
        retries: int | None = None,
    ) -> object:
        """Return the JSON of the server's answer.

        Args:
            http: From `open`.
            path: What follows the base address.
            body: The request's JSON.
            stop: Set by another thread, it ends the waiting between attempts.
            retries: Further attempts; None = as set.

        Raises:
            ServerFaultError: There is no answer, or none that is JSON.
        """
        attempts = 1 + (self._settings.retries if retries is None else retries)
        for attempt in range(attempts):
            try:
                return self._once(http, path, body)
            except _TryAgainError as error:
                is_last = attempt + 1 == attempts
                if is_last or stop.wait(self._backoff.seconds(attempt, error.asked_s)):
                    raise error.fault from error
        raise AssertionError("the last attempt returns or raises")

    def _once(self, http: httpx.Client, path: str, body: Mapping[str, Any]) -> object:
        url = self._address.url
        try:
            with self._slots, http.stream("POST", url + path, json=body) as response:
                content = self._read(response)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            reason = f"No server answers at {url}; start it, or correct server.url."
            raise _TryAgainError(ServerFaultError(reason, is_final=True)) from error
        except httpx.TimeoutException as error:
            raise ServerFaultError(
                f"The server at {url} was silent for {self._settings.timeout_seconds:g} s; raise "
                "server.timeout_seconds or lower server.concurrency."
            ) from error
        except httpx.TransportError as error:
            reason = f"The server at {url} broke the connection off; see the server's own log."
            raise _TryAgainError(ServerFaultError(reason)) from error
        self._refuse_status(response, content, path)
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise ServerFaultError(
                f"The server at {url} answered with text that is no whole JSON; check that "
                "server.url is the address of a vLLM, SGLang or OpenAI-compatible server."
            ) from error

    def _read(self, response: httpx.Response) -> bytes:
        parts: list[bytes] = []
        n_bytes = 0
        for part in response.iter_raw():
            parts.append(part)
            n_bytes += len(part)
            if n_bytes > _LONGEST_ANSWER:
                raise ServerFaultError(
                    f"The server at {self._address.url} sent an answer of more than "
                    f"{_LONGEST_ANSWER >> 20} MiB; check server.url."
                )
        return b"".join(parts)

    def _refuse_status(self, response: httpx.Response, content: bytes, path: str) -> None:
        status, url = response.status_code, self._address.url
        if 200 <= status < 300:
            return
        if status == 429 or status >= 500:
            fault = ServerFaultError(
                f"The server at {url} is overloaded or failing (status {status}"
                f"{_told(content)}); try again later, or lower server.concurrency."
            )
            raise _TryAgainError(fault, _asked_seconds(response.headers.get("Retry-After")))
        if 300 <= status < 400:
            raise ServerFaultError(
                f"The server at {url} redirects to {_host_of(response)}, and redirects are not "
                "followed; if you trust that host, set server.url to its address.",
                is_final=True,
            )
        if status in (401, 403):
            raise ServerFaultError(self._key_reason(status), is_final=True)
        if status in (404, 405):
            raise ServerFaultError(
                f"The server at {url} has no {path} for model '{self._address.model}' (status "
                f"{status}{_told(content)}); check server.url, server.protocol and server.model.",
                is_final=True,
            )
        raise ServerFaultError(
            f"The server at {url} refuses the request (status {status}{_told(content)}); check "
            "server.model, server.engine and server.image_side."
        )

    def _key_reason(self, status: int) -> str:
        variable = self._settings.key_env
        if self._has_key:
            return (
                f"The server at {self._address.url} refuses the key (status {status}); put a valid "
                f"one into the environment variable {variable}."
            )
        return (
            f"The server at {self._address.url} wants a key (status {status}); put it into the "
            f"environment variable {variable}."
        )


def _told(content: bytes) -> str:
    """Return the server's own message, in at most 160 printable characters, after a colon."""
    try:
        answer = json.loads(content)
        message = answer["error"]["message"] if "error" in answer else answer["message"]
    except (ValueError, RecursionError, TypeError, KeyError):
        return ""
    shown = "".join(c if c.isprintable() else " " for c in str(message)[:160])
    return f": {shown.strip().rstrip('.')}"


def _host_of(response: httpx.Response) -> str:
    try:
        target = response.request.url.join(response.headers.get("Location", ""))
    except httpx.InvalidURL:
        return "no valid address"
    shown = f"{target.scheme}://{target.netloc.decode('ascii', 'replace')}{target.path}"
    return "".join(c if c.isprintable() else " " for c in shown)[:160]


def _asked_seconds(text: str | None) -> float | None:
    """Return the seconds of a Retry-After header: a number, or a date; None = none that is."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            date = parsedate_to_datetime(text)
        except ValueError:
            return None
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        seconds = date.timestamp() - time.time()
    return max(0.0, seconds) if math.isfinite(seconds) else None
