"""A hub of models on this machine: what huggingface_hub asks of one, and its faults."""

import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote, urlsplit

COMMIT, OTHER = "a" * 40, "b" * 40


@dataclass
class FakeHub:
    """Models by id, one of them in `name`, their revisions, and every request for a model."""

    address: str = ""
    name: str = ""
    models: dict[str, Path] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    revisions: ClassVar[dict[str, str]] = {
        "main": COMMIT,
        COMMIT: COMMIT,
        OTHER: OTHER,
        "v1.0": OTHER,
    }


@contextmanager
def fake_hub() -> Generator[FakeHub]:
    """Serve a hub without models; put folders into `models` and faults into `faults`.

    Faults: gated, 401, 503, hang (no answer), drip (an answer that never ends), stall (files).
    """
    hub = FakeHub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


def _handler(served: FakeHub) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"hub": served})


class _Handler(BaseHTTPRequestHandler):
    hub: FakeHub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path).strip("/")
        if path.startswith("api/agent"):  # huggingface_hub asks about its caller, not a model
            self._error(404, "")
            return
        self.hub.asked.append(f"{self.command} {path}")
        is_api = path.startswith("api/models/")
        parts = path.removeprefix("api/models/").split("/")
        repo, rest = "/".join(parts[:2]), parts[2:]
        fault = self.hub.faults.get(repo)
        if fault is not None and self._fault(fault, is_api):
            return
        if repo not in self.hub.models:
            self._error(404, "RepoNotFound")
        elif is_api:
            self._api(self.hub.models[repo], repo, rest)
        else:
            self._file(self.hub.models[repo], rest)

    def _fault(self, fault: str, is_api: bool) -> bool:
        match fault:
            case "gated" if not is_api:
                self._error(403, "GatedRepo")
            case "503":
                self._error(503, "")
            case "401":
                self._error(401, "")
            case "hang":
                time.sleep(60)
            case "drip":
                self._drip()
            case _:
                return False
        return True

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        for _ in range(100):
            try:
                self.wfile.write(b" ")
                self.wfile.flush()
            except OSError:
                return
            time.sleep(0.5)

    def _api(self, folder: Path, repo: str, rest: list[str]) -> None:
        asked = "/".join(rest[1:]) or "main"
        if rest[:1] not in ([], ["revision"], ["tree"]):
            self._error(404, "EntryNotFound")
        elif asked not in self.hub.revisions:
            self._error(404, "RevisionNotFound")
        else:
            files = sorted(path for path in folder.iterdir() if path.is_file())
            tree = rest[:1] == ["tree"]
            found: object = [_entry(path) for path in files]
            if not tree:
                siblings = [{"rfilename": path.name, "size": path.stat().st_size} for path in files]
                commit = self.hub.revisions[asked]
                found = {"id": repo, "modelId": repo, "sha": commit, "siblings": siblings}
            self._send(200, json.dumps(found).encode(), {"Content-Type": "application/json"})

    def _file(self, folder: Path, rest: list[str]) -> None:
        if rest[1] not in self.hub.revisions:
            self._error(404, "RevisionNotFound")
            return
        path = folder / "/".join(rest[2:])
        if not path.is_file():
            self._error(404, "EntryNotFound")
            return
        headers = {"ETag": f'"{_blob(path)}"', "X-Repo-Commit": self.hub.revisions[rest[1]]}
        self._send(200, path.read_bytes(), headers)

    def _error(self, status: int, code: str) -> None:
        headers = {"X-Error-Code": code} if code else {}
        self._send(status, b"{}", headers)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _entry(path: Path) -> dict[str, object]:
    return {
        "type": "file",
        "path": path.name,
        "size": path.stat().st_size,
        "oid": _blob(path),
    }


def _blob(path: Path) -> str:
    return sha1(path.read_bytes(), usedforsecurity=False).hexdigest()
