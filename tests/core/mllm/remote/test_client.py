"""How long is waited between attempts, and how long a server may ask for."""

import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import pytest

from core.mllm.remote.client import Backoff, ServerClient, _asked_seconds
from core.mllm.remote.protocol import ServerFaultError
from core.server_settings import ServerAddress, ServerSettings
from tests.core.mllm.remote.fake_server import Reply


def test_waits_double_up_to_the_longest_and_half_is_jitter():
    least = Backoff(1.0, 5.0, jitter=lambda: 0.0)
    most = Backoff(1.0, 5.0, jitter=lambda: 1.0)
    assert [least.seconds(i, None) for i in range(4)] == [0.5, 1.0, 2.0, 2.5]
    assert [most.seconds(i, None) for i in range(4)] == [1.0, 2.0, 4.0, 5.0]


def test_what_the_server_asks_for_is_waited_for_but_no_longer_than_a_minute():
    backoff = Backoff(1.0, 5.0, jitter=lambda: 0.0)
    assert backoff.seconds(0, 12.0) == 12.0
    assert backoff.seconds(0, 3600.0) == 60.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, None), ("7", 7.0), ("-3", 0.0), ("nan", None), ("soon", None), ("inf", None)],
)
def test_retry_after_is_a_number_of_seconds(header, seconds):
    assert _asked_seconds(header) == seconds


def test_retry_after_may_be_a_date(monkeypatch):
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    clock = SimpleNamespace(time=now.timestamp)
    monkeypatch.setattr("core.mllm.remote.client.time", clock)
    header = format_datetime(now + timedelta(seconds=30), usegmt=True)
    assert _asked_seconds(header) == 30.0


class Waits(threading.Event):
    """An event that says how long it was waited for, without the waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout)
        return False


def test_429_is_waited_out_as_long_as_the_server_asks(server):
    server.script.extend(
        [Reply(status=429, headers={"Retry-After": text}) for text in ("7", "12.5")]
        + [Reply({"good": 1})]
    )
    address, waits = ServerAddress(server.url, "tiny-vl"), Waits()
    backoff = Backoff(1.0, 5.0, jitter=lambda: 0.0)
    client = ServerClient(address, ServerSettings(), None, backoff)
    with client.open() as http:
        assert client.post(http, "/chat/completions", {}, waits, 2) == {"good": 1}
    assert waits.seconds == [7.0, 12.5]


def test_waiting_for_another_attempt_ends_with_a_cancel(server):
    server.script.extend([Reply(status=503)] * 4)
    address = ServerAddress(server.url, "tiny-vl")
    client = ServerClient(address, ServerSettings(), None, Backoff(1.0, 1.0))
    stop = threading.Event()
    stop.set()
    with client.open() as http, pytest.raises(ServerFaultError, match="status 503"):
        client.post(http, "/chat/completions", {}, stop)
    assert len(server.requests) == 1  # of four
