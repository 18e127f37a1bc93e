"""A test server leaves nothing open behind it."""

import asyncio
import gc
import socket

from tests.browser import servers


async def endless(scope, receive, send):
    """Answer every request with more than a client that does not read can take."""
    if scope["type"] == "lifespan":
        for _ in range(2):
            await send({"type": f"{(await receive())['type']}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": bytes(1_000_000), "more_body": True})
        await asyncio.sleep(0.01)


def test_a_stream_that_nobody_reads_is_closed_with_its_server(monkeypatch):
    monkeypatch.setattr(servers, "create_server", lambda *_: endless)
    with servers.served(None) as url:
        client = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))
        client.sendall(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        assert client.recv(8) == b"HTTP/1.1"
    gc.collect()  # a socket that is still open says so here
    client.close()
