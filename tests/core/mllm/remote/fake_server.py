"""A local server that speaks chat, /rerank and /score as documented, and fails on demand.

Documented at docs.vllm.ai (OpenAI-compatible server; pooling models: score and re-rank) and
docs.sglang.io (rerank models).
"""

import base64
import json
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

YES_ID, NO_ID = 9454, 2753


@dataclass
class Reply:
    """What is sent: `cut` drops that many of the announced bytes, `delay_s` comes first."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    cut: int = 0

    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body).encode()


class FakeServer(ThreadingHTTPServer):
    """Answers pairs by how alike their colours are; `script` replies come before that.

    `always`, if set, turns every right answer into another reply.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: deque[Reply | None] = deque()
        self.always: Callable[[Any], Reply] | None = None
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.most_at_once = 0
        self._at_once = 0
        self._guard = threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def close(self) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""

    def reply(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Reply:
        with self._guard:
            self.requests.append((path, headers, body))
            scripted = self.script.popleft() if self.script else None
        if scripted is not None:
            return scripted
        answer = _ANSWERS[path](body)
        return Reply(answer) if self.always is None else self.always(answer)

    def enter(self, step: int) -> None:
        with self._guard:
            self._at_once += step
            self.most_at_once = max(self.most_at_once, self._at_once)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.enter(1)
        try:
            reply = self.server.reply(self.path, dict(self.headers.items()), body)
            time.sleep(reply.delay_s)
        finally:
            self.server.enter(-1)
        content = reply.content()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) - reply.cut])
        if reply.cut:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass


def margin_of(one: np.ndarray, other: np.ndarray) -> float:
    """4 nats for equal images, less by 40 times their mean difference of colour."""
    return 4.0 - 40.0 * float(np.abs(one - other).mean())


def colours(part: dict[str, Any]) -> np.ndarray:
    """Return the 4 x 4 colours in [0, 1] of an image part."""
    assert part["type"] == "image_url"
    head, _, text = part["image_url"]["url"].partition(",")
    assert head == "data:image/jpeg;base64"
    image = Image.open(BytesIO(base64.b64decode(text))).convert("RGB")
    small = image.resize((4, 4), Image.Resampling.BOX)
    return np.asarray(small, np.float64) / 255


def _chat(body: dict[str, Any]) -> dict[str, Any]:
    parts = body["messages"][-1]["content"]
    one, other = (colours(part) for part in parts if part["type"] == "image_url")
    yes, no = _log_probabilities(margin_of(one, other))
    if "logprob_token_ids" in body:
        assert body["return_tokens_as_token_ids"] is True
        known = {YES_ID: yes, NO_ID: no}
        tokens = {f"token_id:{i}": known.get(i, -30.0) for i in body["logprob_token_ids"]}
    else:
        tokens = {"Yes": yes, "No": no, " yes": yes - 3, "The": -9.0}
    top = [{"token": t, "logprob": p, "bytes": None} for t, p in tokens.items()]
    best = max(top, key=lambda entry: entry["logprob"])
    return {
        "object": "chat.completion",
        "choices": [{"index": 0, "logprobs": {"content": [{**best, "top_logprobs": top}]}}],
    }


def _rerank(body: dict[str, Any]) -> Any:
    if isinstance(body["query"], list):  # SGLang: parts without a wrapper, a bare list back
        (query,), documents = body["query"], [document[0] for document in body["documents"]]
        scores = _scores(query, documents, logit=False)
        rows = [{"score": s, "index": i, "meta_info": {}} for i, s in enumerate(scores)]
        return sorted(rows, key=lambda row: -row["score"])
    (query,) = body["query"]["content"]
    documents = [document["content"][0] for document in body["documents"]]
    scores = _scores(query, documents, logit=body.get("use_activation") is False)
    rows = [{"index": i, "document": {}, "relevance_score": s} for i, s in enumerate(scores)]
    return {"id": "r", "results": sorted(rows, key=lambda row: -row["relevance_score"])}


def _score(body: dict[str, Any]) -> dict[str, Any]:
    (query,) = body["queries"]["content"]
    documents = [document["content"][0] for document in body["documents"]]
    scores = _scores(query, documents, logit=body.get("use_activation") is False)
    rows = [{"index": i, "object": "score", "score": s} for i, s in enumerate(scores)]
    return {"object": "list", "data": rows}


def _scores(query: Any, documents: list[Any], *, logit: bool) -> list[float]:
    margins = [margin_of(colours(query), colours(document)) for document in documents]
    return margins if logit else [math.exp(_log_probabilities(m)[0]) for m in margins]


def _log_probabilities(margin: float) -> tuple[float, float]:
    return -math.log1p(math.exp(-margin)), -math.log1p(math.exp(margin))


_ANSWERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "/v1/chat/completions": _chat,
    "/v1/rerank": _rerank,
    "/v1/score": _score,
}
