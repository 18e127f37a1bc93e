"""Serve the page from a thread, for browser tests and screenshots."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from ui.server.launch import LOCAL, Serving, create_server


class Server(uvicorn.Server):
    """Closes what a page still holds open, so that no socket outlives its server."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop as uvicorn does, then cut the connections that are still open."""
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        while self.server_state.connections:
            await asyncio.sleep(0.01)


@contextmanager
def served(workbench: Any, serving: Serving = LOCAL) -> Iterator[str]:
    """Serve a workbench on a free port of loopback and yield the page's address."""
    config = uvicorn.Config(
        create_server(workbench, serving),
        port=0,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    server = Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started:
        assert thread.is_alive(), "the server stopped while starting"
        assert time.monotonic() < until, "the server did not start within a minute"
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=15)
