"""Serve the page over a bench on drawn images in processes that may be killed.

Run as `python -m tests.faults.annotation_server FOLDER N`: every line on stdin, a port, forks a
process that serves the bench below FOLDER there and writes `PID PORT` once it answers. What is
heavy is imported once. N is how many pairs the selection of `ada` holds.
"""

import os
import sys
from pathlib import Path

import uvicorn

from tests.drawn_bench import database_ids, draw_corpus, open_drawn, query_ids
from ui.server.launch import create_server


class Server(uvicorn.Server):
    """Says when it answers."""

    async def startup(self, sockets=None) -> None:
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        sys.stdout.write(f"{os.getpid()} {port}\n")
        sys.stdout.flush()


def main(folder: Path, n_pairs: int) -> None:
    """Fork a server for every line of stdin."""
    for line in sys.stdin:
        if os.fork():
            continue
        corpus = folder / "drawn"
        if not corpus.exists():
            draw_corpus(corpus)
        bench = open_drawn(corpus, folder / "work")
        pairs = [(q, i) for q in query_ids() for i in database_ids()]
        bench.annotations.select("ada", tuple(pairs[:n_pairs]))
        config = uvicorn.Config(create_server(bench), port=int(line), log_level="error")
        Server(config).run()
        return


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
