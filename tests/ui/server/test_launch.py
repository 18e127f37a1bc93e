"""The server from outside: hosts, headers, closed routes, thumbnails, uploads, login."""

import hashlib
from io import BytesIO
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from core.errors import SettingsError
from ui.server.launch import Serving, create_server, is_loopback
from ui.server.login import COOKIE
from ui.server.passwords import Credentials, PasswordHash

GOOD = "http://127.0.0.1:7860"
ROOT = Path(__file__).resolve().parents[3]


class OnePassword(PasswordHash):
    """Knows its password without hashing, so that tests do not wait for scrypt."""

    def matches(self, password: str) -> bool:
        return password == "right"


def locked_server(bench):
    return create_server(bench, Serving(credentials=Credentials({"ada": OnePassword(b"", b"")})))


@pytest.fixture(scope="module")
def served(evaluated, tmp_path_factory):
    """A bench and its two servers, without and with a login."""
    bench = evaluated.copy(tmp_path_factory.mktemp("served"))
    yield bench, create_server(bench), locked_server(bench)
    bench.close()


@pytest.fixture
def client(served) -> TestClient:
    """A browser of its own at the server without a login."""
    return TestClient(served[1], base_url=GOOD)


@pytest.fixture
def locked(served) -> TestClient:
    """A browser of its own at the server with a login."""
    return TestClient(served[2], base_url=GOOD, follow_redirects=False)


def png() -> bytes:
    data = BytesIO()
    Image.new("RGB", (40, 30), (9, 90, 160)).save(data, "PNG")
    return data.getvalue()


def paths_of(routes) -> set[str]:
    """Every path of the server, those of mounted and included routers too."""
    paths = set()
    for route in routes:
        inner = getattr(route, "original_router", None) or getattr(route, "app", None)
        if hasattr(inner, "routes"):
            paths |= paths_of(inner.routes)
        elif getattr(route, "path", ""):
            paths.add(route.path.replace("{", "").replace("}", ""))
    return paths


def log_in(client: TestClient, password="right", target="/"):
    return client.post(f"/login?next={target}", data={"user": "ada", "password": password})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:7860", "[::1]:7860"])
def test_loopback_names_are_answered(client, host):
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.com", "127.0.0.1.evil.com", "", "localhost.evil.com:7860"])
def test_other_names_are_refused(client, host):
    headers = {"Host": host, "Origin": "https://evil.com"}
    answer = client.get("/", headers=headers)
    assert answer.status_code == 400
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/", "/thumbnail/160/nothing", "/look/plotly-basic.js", "/config"]
)
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'self'" in headers["content-security-policy"]


@pytest.mark.parametrize("name", ["basic", "whole"])
def test_the_drawing_library_comes_compressed_and_may_be_kept(client, name):
    answer = client.get(f"/look/plotly-{name}.js")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.text.startswith("/**\n* plotly.js")


def test_there_is_no_third_drawing_library(client):
    assert client.get("/look/plotly-other.js").status_code == 404


def test_the_copied_library_is_the_published_one():
    folder = ROOT / "assets" / "vendor"
    digest, name = (folder / "SHA256SUMS").read_text("utf-8").split()
    assert hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file/etc/passwd",
        "/gradio_api/upload",
        "/gradio_api/proxy=http://evil.com",
        "/monitoring",
        "/monitoring/summary",
        "/gradio_api/runs",
        "/gradio_api/component_server",
        "/docs",
        "/openapi.json",
    ],
)
def test_what_the_page_does_not_use_is_closed(client, path):
    answer = client.get(path)
    assert answer.status_code == 404 or "gradio-app" in answer.text


def test_uploads_to_gradio_are_closed(client):
    assert client.post("/gradio_api/upload", files={"files": b"x"}).status_code == 404


def test_a_thumbnail_is_a_webp_that_may_be_kept(client):
    answer = client.get("/thumbnail/160/queries/object_00.jpg?v=1")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert Image.open(BytesIO(answer.content)).size == (160, 120)


@pytest.mark.parametrize(
    "path",
    [
        "160/nothing.jpg",
        "161/queries/object_00.jpg",
        "-1/queries/object_00.jpg",
        "160/../../pyproject.toml",
        "160/..%2f..%2fpyproject.toml",
        "160/%2e%2e/%2e%2e/pyproject.toml",
        "160//etc/passwd",
        "160/queries/object_00.jpg%00.webp",
        "160/",
        "abc/queries/object_00.jpg",
    ],
)
def test_only_known_ids_in_known_sizes_have_thumbnails(client, path):
    answer = client.get(f"/thumbnail/{path}")
    assert answer.status_code == 404
    assert b"project" not in answer.content


def test_an_image_becomes_a_query(client):
    answer = client.post("/uploads", content=png(), headers={"X-File-Name": "my%20mug.png"})
    assert answer.status_code == 200
    listed = client.get("/part/queries/list?view=queries").text
    assert f'data-query="{answer.json()["query_id"]}"' in listed
    assert "my mug.png" in listed


def test_what_is_no_image_is_refused_with_its_reason(client):
    answer = client.post("/uploads", content=b"text", headers={"X-File-Name": "a.png"})
    assert answer.status_code == 422
    assert "a.png" in answer.json()["error"]


def test_a_body_that_is_too_large_is_refused(client):
    huge = {"Content-Length": str(33 * 1024 * 1024)}
    assert client.post("/uploads", content=b"x", headers=huge).status_code == 413


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.com"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_other_sites_cannot_write(client, headers):
    assert client.post("/uploads", content=png(), headers=headers).status_code == 403


def test_the_page_itself_can_write(client):
    assert client.post("/uploads", content=png(), headers={"Origin": GOOD}).status_code == 200


def test_with_a_login_every_route_is_closed(locked):
    paths = paths_of(locked.app.routes) | {"/thumbnail/160/queries/object_00.jpg", "/nowhere"}
    assert {"/uploads", "/config", "/gradio_api/queue/join", "/gradio_api/cancel"} <= paths
    for path in sorted(paths - {"/login", "/login/"}):
        for method in ("GET", "POST"):
            answer = locked.request(method, path)
            is_home = path == "/" and method == "GET"
            allowed = (303,) if is_home else (401, 404)
            assert answer.status_code in allowed, f"{method} {path}: {answer.status_code}"


def test_the_page_sends_strangers_to_the_login(locked):
    answer = locked.get("/?view=queries&query=a%26b")
    assert answer.status_code == 303
    assert answer.headers["location"] == "login?next=%2F%3Fview%3Dqueries%26query%3Da%2526b"


def test_logging_in_opens_everything(locked):
    assert log_in(locked, target="%2F%3Fview%3Dqueries").headers["location"] == "./?view=queries"
    assert locked.get("/").status_code == 200
    assert locked.get("/thumbnail/160/queries/object_00.jpg").status_code == 200


def test_the_session_cookie_is_out_of_reach_of_scripts(locked):
    cookie = log_in(locked).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_a_wrong_password_opens_nothing(locked):
    assert log_in(locked, "wrong").status_code == 401
    assert COOKIE not in locked.cookies


def test_logging_in_leads_to_no_other_site(locked):
    assert log_in(locked, target="https://evil.com").headers["location"] == "./"
    assert log_in(locked, target="//evil.com").headers["location"] == "./"


def test_guessing_is_slowed_down(bench):
    locked = TestClient(locked_server(bench), base_url=GOOD, follow_redirects=False)
    assert [log_in(locked, "wrong").status_code for _ in range(11)][-2:] == [401, 429]
    assert log_in(locked).status_code == 429


def test_logging_out_closes_the_door(locked):
    log_in(locked)
    assert locked.post("/logout").status_code == 303
    assert locked.get("/config").status_code == 401


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "bench.local", "::"])
def test_other_hosts_need_a_login(served, host):
    with pytest.raises(SettingsError, match="--auth-file"):
        create_server(served[0], Serving(host=host))


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("a.b", False)],
)
def test_loopback_is_known(host, expected):
    assert is_loopback(host) is expected


def test_a_configured_host_is_answered_too():
    names = Serving(host="bench.local").addresses.names
    assert names == ("127.0.0.1", "localhost", "[::1]", "bench.local")


def test_nothing_of_other_sites_stands_in_the_page(client):
    page = client.get("/").text
    assert "googleapis" not in page
    assert "cdn." not in page


def test_cancelling_an_event_that_is_just_ending_is_answered(bench):
    server = create_server(bench)
    (page,) = [r.app for r in server.routes if hasattr(getattr(r, "app", None), "iterators")]

    class Ending:
        """A generator whose event ends while it is closed, as Gradio's queue ends events."""

        async def aclose(self) -> None:
            page.iterators.pop("event", None)

    page.iterators["event"] = Ending()
    with TestClient(server, base_url=GOOD) as client:
        answer = client.post(
            "/gradio_api/cancel", json={"session_hash": "s", "fn_index": 0, "event_id": "event"}
        )
    assert (answer.status_code, answer.json()) == (200, {"success": True})
