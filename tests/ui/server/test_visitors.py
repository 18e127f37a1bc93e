"""Two browsers at one server: neither lists, opens, guesses nor removes the other's upload."""

import re
from io import BytesIO

import gradio as gr
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from core.types.orders import Fusion
from core.types.visitors import SCRIPT
from tests.conftest import draw_tiny_corpus
from tests.core.stand_ins import make_workbench
from ui.server.cookies import Cookies
from ui.server.launch import Serving, create_server
from ui.server.passwords import Credentials, PasswordHash
from ui.server.visitors import COOKIE, VisitorCookie, current_visitor

GOOD = "http://127.0.0.1:7860"
FUSION = Fusion(3, 0.0, 1.0)


class OnePassword(PasswordHash):
    """Knows its password without hashing, so that tests do not wait for scrypt."""

    def matches(self, password: str) -> bool:
        return password == "right"


def png() -> bytes:
    data = BytesIO()
    Image.new("RGB", (80, 60), (9, 90, 160)).save(data, "PNG")
    return data.getvalue()


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A bench of eight images; every test adds uploads of its own browsers."""
    folder = tmp_path_factory.mktemp("visitors")
    bench = make_workbench(draw_tiny_corpus(folder / "tiny"), folder / "w")
    list(bench.runs.build_index())
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def server(real):
    return create_server(real)


def browser(server) -> TestClient:
    client = TestClient(server, base_url=GOOD)
    client.get("/")
    return client


def upload(client: TestClient, name: str = "mine%20%C3%BC.jpg") -> str:
    answer = client.post("/uploads", content=png(), headers={"X-File-Name": name})
    assert answer.status_code == 200
    return answer.json()["query_id"]


def test_a_browser_gets_one_cookie_that_scripts_cannot_read(server):
    client = TestClient(server, base_url=GOOD)
    cookie = client.get("/").headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    for words in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age="):
        assert words in cookie
    assert "set-cookie" not in client.get("/").headers
    assert "set-cookie" not in TestClient(server, base_url=GOOD).get("/config").headers


def test_a_cookie_that_the_server_cannot_have_made_is_replaced(server):
    client = TestClient(server, base_url=GOOD, cookies={COOKIE: "admin"})
    assert COOKIE in client.get("/").headers["set-cookie"]


@pytest.mark.parametrize(
    "path", ["/thumbnail/160/{}", "/picture/{}", "/strip/before?stop=3&query={}"]
)
def test_another_browser_cannot_open_an_upload(server, path):
    owner, other = browser(server), browser(server)
    query_id = upload(owner)
    assert owner.get(path.format(query_id)).status_code == 200
    assert other.get(path.format(query_id)).status_code == 404


def test_a_link_to_an_upload_opens_nothing_for_another_browser(server):
    owner, other = browser(server), browser(server)
    query_id = upload(owner)
    address = f"/part/queries/query?view=queries&query={query_id}"
    assert "mine ü.jpg" in owner.get(address).text
    assert "mine" not in other.get(address).text


def test_a_damaged_level_of_an_upload_is_its_browsers(server):
    owner, other = browser(server), browser(server)
    address = f"/level/160?view=perturb&level=1.0&perturbation=blur&query={upload(owner)}"
    assert owner.get(address).status_code == 200
    assert other.get(address).status_code == 404


def test_another_browser_cannot_crop_an_upload(server):
    owner, other = browser(server), browser(server)
    asked = {"image": upload(owner), "box": [0, 0, 40, 40]}
    crop = owner.post("/crops", json=asked)
    assert other.post("/crops", json=asked).status_code == 404
    assert other.get(f"/picture/{crop.json()['image']}").status_code == 404


def test_what_one_browser_asks_otherwise_no_other_opens(server):
    owner, other = browser(server), browser(server)
    wish = {"query": "images/disc_q.png", "asked": "other text", "text": "in green"}
    made = owner.post("/asked", json=wish)
    query_id = made.json()["query"]
    assert owner.get(f"/picture/{query_id}").status_code == 200
    assert other.get(f"/picture/{query_id}").status_code == 404
    assert other.post("/asked", json={**wish, "query": query_id}).status_code == 404
    assert owner.delete(f"/uploads/{query_id}").status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'{"query": 1}', b'{"query": "images/disc_q.png", "asked": "text alone"}',
     b'{"query": "images/disc_q.png", "asked": "backwards", "text": "x"}', b"{" * 20_000],
)  # fmt: skip
def test_a_wish_that_cannot_be_read_is_one_sentence(server, body):
    answer = browser(server).post("/asked", content=body)
    assert answer.status_code == 422
    assert answer.json()["error"].count(". ") == 0


def test_the_same_picture_has_another_id_in_every_browser(server):
    assert upload(browser(server)) != upload(browser(server))


def test_only_its_browser_removes_an_upload(server):
    owner, other = browser(server), browser(server)
    query_id = upload(owner)
    assert other.delete(f"/uploads/{query_id}").status_code == 404
    assert owner.delete(f"/uploads/{query_id}").json() == {"removed": query_id}
    assert owner.get(f"/picture/{query_id}").status_code == 404
    assert owner.delete(f"/uploads/{query_id}").status_code == 404


def test_another_site_cannot_remove_an_upload(server):
    owner = browser(server)
    headers = {"Origin": "https://evil.com"}
    assert owner.delete(f"/uploads/{upload(owner)}", headers=headers).status_code == 403


def test_a_pasted_picture_is_called_so(server, real):
    upload(browser(server), "")
    newest = real._session.uploads.records()[0]
    assert newest.tags["name"] == "pasted image"


def test_the_page_lists_an_upload_for_its_browser_only(server, real):
    owner, other = browser(server), browser(server)
    query_id = upload(owner)
    assert query_id in listed(owner)
    assert query_id not in listed(other)
    assert query_id not in [row.query_id for row in real.queries.rows(FUSION)]


def listed(client: TestClient) -> str:
    answer = client.get("/part/queries/list?view=queries")
    assert answer.status_code == 200
    return answer.text


def test_an_upload_is_scored_for_its_browser_only(server, real):
    owner, other = browser(server), browser(server)
    query_id = upload(owner)
    address = f"/job/queries/score?view=queries&depth=3&query={query_id}"
    assert other.post(address, headers={"X-Tab": "b"}).status_code == 422
    key = owner.post(address, headers={"X-Tab": "a"}).json()["key"]
    wait(real, key)
    assert real.queries.inspect(query_id, FUSION).n_pending == 0


def wait(bench, key: str) -> None:
    """Wait for a job of the board."""
    while (view := bench.board.view(key)) is not None and view.is_active:
        bench.board.wait(bench.board.revision(), 1.0)


def test_an_event_of_gradios_queue_knows_its_browser(server):
    """The queue's task may have been started by another browser's request."""
    with gr.Blocks() as page:
        shown = gr.Textbox()
        gr.Button().click(lambda: current_visitor().owner, None, shown, api_name="who")
    app = gr.mount_gradio_app(FastAPI(), page, path="/")
    app.add_middleware(VisitorCookie, cookies=Cookies())
    with TestClient(app, base_url=GOOD) as client:
        owners = []
        for token in ("a" * 43, "b" * 43, "a" * 43):
            client.cookies.clear()
            client.cookies.set(COOKIE, token)
            session = f"{token[:4]}{len(owners)}"
            body = {"data": [], "fn_index": 0, "session_hash": session}
            client.post("/gradio_api/queue/join", json=body)
            text = client.get("/gradio_api/queue/data", params={"session_hash": session}).text
            owners.append(re.findall(r"browser:[0-9a-f]{32}", text)[-1])
    assert owners[0] == owners[2] != owners[1]


def test_with_a_login_an_upload_is_the_users_in_every_browser(real):
    users = Credentials({"ada": OnePassword(b"", b""), "bob": OnePassword(b"", b"")})
    server = create_server(real, Serving(credentials=users))

    def logged_in(user: str) -> TestClient:
        client = TestClient(server, base_url=GOOD, follow_redirects=False)
        client.post("/login?next=/", data={"user": user, "password": "right"})
        return client

    query_id = upload(logged_in("ada"))
    again, other = logged_in("ada"), logged_in("bob")
    assert again.get(f"/picture/{query_id}").status_code == 200
    assert other.get(f"/picture/{query_id}").status_code == 404
    assert COOKIE not in again.cookies


def test_outside_an_event_a_script_looks():
    assert current_visitor() == SCRIPT
