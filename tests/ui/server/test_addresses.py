"""Public names, prefixes, frames: what a proxy in front changes, and what it never may."""

import re

import pytest
from fastapi.testclient import TestClient

from core.errors import SettingsError
from core.settings import load_settings
from tests.ui.server.test_launch import OnePassword
from ui.server.addresses import Addresses, parse_origin, parse_public_url
from ui.server.launch import Serving, bound, create_server, serving_of
from ui.server.login import COOKIE
from ui.server.passwords import Credentials
from ui.server.visitors import COOKIE as VISITOR

LAB = parse_public_url("https://bench.lab.org/second-look")
TOP = parse_public_url("https://look.lab.org")
USERS = Credentials({"ada": OnePassword(b"", b"")})


@pytest.fixture(scope="module")
def bench(evaluated, tmp_path_factory):
    bench = evaluated.copy(tmp_path_factory.mktemp("addresses"))
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def behind(bench):
    return create_server(bench, Serving(public=(LAB, TOP), login_by_proxy=True))


@pytest.fixture
def lab(behind):
    return TestClient(behind, base_url="https://bench.lab.org", follow_redirects=False)


@pytest.mark.parametrize(
    ("text", "url", "prefix"),
    [
        ("https://bench.lab.org", "https://bench.lab.org/", ""),
        ("https://Bench.Lab.org:443/a/b/", "https://bench.lab.org/a/b/", "/a/b"),
        ("http://lab:8080/x", "http://lab:8080/x/", "/x"),
        ("http://[2001:db8::1]:80/", "http://[2001:db8::1]/", ""),
    ],
)
def test_a_public_address_is_brought_to_one_form(text, url, prefix):
    found = parse_public_url(text)
    assert (found.url, found.prefix) == (url, prefix)


@pytest.mark.parametrize(
    "text",
    ["bench.lab.org", "ftp://a", "https://", "https://a/?q", "https://u@a", "https://a:x", ""],
)
def test_what_is_no_address_is_one_sentence(text):
    with pytest.raises(SettingsError, match="is no public address"):
        parse_public_url(text)


def test_an_origin_has_no_path():
    assert parse_origin("https://lab.org/") == "https://lab.org"
    with pytest.raises(SettingsError, match="leave the path out"):
        parse_origin("https://lab.org/page")


def test_the_refusal_of_a_wrong_name_says_which_option_to_give(bench):
    client = TestClient(create_server(bench), base_url="http://bench.lab.org")
    answer = client.get("/")
    assert answer.status_code == 400
    assert "--public-url https://bench.lab.org" in answer.json()["error"]
    assert "127.0.0.1" in answer.json()["error"]


@pytest.mark.parametrize("path", ["/", "/second-look/"])
def test_a_prefix_is_taken_away_by_the_proxy_or_here(lab, path):
    answer = lab.get(path)
    assert answer.status_code == 200
    assert "gradio-app" in answer.text
    assert "location.href" in answer.text


@pytest.mark.parametrize("prefix", ["", "/second-look"])
def test_every_own_route_answers_below_the_prefix(lab, prefix):
    assert lab.get(f"{prefix}/jobs").status_code == 200
    assert lab.get(f"{prefix}/thumbnail/160/queries/object_00.jpg").status_code == 200
    module = re.search(r'src="(js/[^"]+main\.js)"', lab.get(f"{prefix}/").text)
    assert module is not None
    assert lab.get(f"{prefix}/{module[1]}").status_code == 200
    assert lab.get(f"{prefix}/theme.css").status_code == 200
    assert lab.get(f"{prefix}/gradio_api/upload").status_code == 404


def test_a_prefix_that_only_begins_alike_is_another(lab):
    assert lab.get("/second-looking/jobs").status_code == 404


def test_the_folder_without_its_slash_leads_to_it(lab):
    answer = lab.get("/second-look")
    assert (answer.status_code, answer.headers["location"]) == (307, "/second-look/")


def test_own_addresses_in_the_page_are_relative(lab):
    page = lab.get("/second-look/").text
    assert "const root = gradio_config.root;" in page
    assert lab.get("/second-look/favicon.ico").status_code == 200
    assert lab.get("/second-look/manifest.json").status_code == 200
    for found in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert not found.startswith("/"), found


def test_cookies_are_kept_to_the_prefix_and_to_https(lab):
    cookie = lab.get("/second-look/").headers["set-cookie"]
    assert cookie.startswith(VISITOR)
    assert "Path=/second-look" in cookie
    assert "Secure" in cookie


def test_a_public_name_needs_a_login_or_a_proxy_that_has_one(bench):
    with pytest.raises(SettingsError, match="--auth-file too, or --login-by-proxy"):
        create_server(bench, Serving(public=(LAB,)))
    with pytest.raises(SettingsError, match="only the proxy can reach"):
        create_server(bench, Serving(host="0.0.0.0", login_by_proxy=True))


@pytest.mark.parametrize(("host", "prefix"), [("look.lab.org", ""), ("bench.lab.org", LAB.prefix)])
def test_the_login_goes_round_below_any_prefix(bench, host, prefix):
    server = create_server(bench, Serving(public=(LAB, TOP), credentials=USERS))
    client = TestClient(server, base_url=f"https://{host}", follow_redirects=True)
    page = client.get(f"{prefix}/?view=queries")
    assert 'action="login?next=' in page.text
    assert page.url.path == f"{prefix}/login"
    done = client.post(
        f"{prefix}/login?next=%2F%3Fview%3Dqueries", data={"user": "ada", "password": "right"}
    )
    assert done.status_code == 200
    assert str(done.url) == f"https://{host}{prefix}/?view=queries"
    assert client.get(f"{prefix}/jobs").status_code == 200
    assert client.post(f"{prefix}/logout").url.path == f"{prefix}/login"
    assert client.get(f"{prefix}/jobs").status_code == 401


@pytest.mark.parametrize(
    ("headers", "is_own"),
    [
        ({"Origin": "https://bench.lab.org"}, True),
        ({"Origin": "http://bench.lab.org"}, False),
        ({"Origin": "https://evil.com"}, False),
        ({"Origin": "https://evil.com", "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "https://sub.lab.org", "Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "https://bench.lab.org", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "null"}, False),
    ],
)
@pytest.mark.parametrize("host", ["127.0.0.1:7860", "bench.lab.org"])
def test_only_the_page_itself_may_change_anything(behind, headers, is_own, host):
    client = TestClient(behind, base_url="http://127.0.0.1:7860")
    answer = client.post("/jobs/stop", headers={"Host": host, **headers})
    assert (answer.status_code != 403) is is_own


def test_what_a_request_says_of_its_proxy_is_not_believed(behind):
    client = TestClient(behind, base_url="http://127.0.0.1:7860")
    forged = {
        "X-Forwarded-Host": "evil.com",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/evil",
        "X-Gradio-Server": "https://evil.com",
        "Forwarded": "host=evil.com",
    }
    answer = client.get("/", headers=forged)
    assert answer.status_code == 200
    assert "evil" not in answer.text
    assert "Secure" not in answer.headers["set-cookie"]
    posted = client.post("/jobs/stop", headers={**forged, "Origin": "https://evil.com"})
    assert posted.status_code == 403
    assert client.get("/", headers={**forged, "Host": "evil.com"}).status_code == 400


def test_frames_are_refused_but_for_the_origins_that_are_named(bench, lab):
    headers = lab.get("/").headers
    assert headers["x-frame-options"] == "DENY"
    assert headers["content-security-policy"].endswith("frame-ancestors 'none'")
    framed = create_server(
        bench, Serving(embed_from=("https://lab.org",), credentials=USERS, public=(TOP,))
    )
    client = TestClient(framed, base_url="https://look.lab.org", follow_redirects=False)
    answer = client.post("/login", data={"user": "ada", "password": "right"})
    assert answer.headers["content-security-policy"].endswith("frame-ancestors https://lab.org")
    assert "x-frame-options" not in answer.headers
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(COOKIE)
    assert "SameSite=none; Secure; Partitioned" in cookie.replace("samesite", "SameSite")


def test_the_opener_policy_is_sent_where_browsers_take_it(bench):
    plain = parse_public_url("http://lab:8080")
    server = create_server(bench, Serving(public=(plain,), login_by_proxy=True))
    name = "cross-origin-opener-policy"
    own = create_server(bench, Serving(public=(LAB,), login_by_proxy=True))
    assert name in TestClient(own, base_url="http://127.0.0.1").get("/jobs").headers
    assert name in TestClient(own, base_url="https://bench.lab.org").get("/jobs").headers
    assert name not in TestClient(server, base_url="http://lab:8080").get("/jobs").headers


def test_a_server_on_all_addresses_answers_to_any_name():
    assert Addresses("0.0.0.0").answers("anything.org:80")
    assert not Addresses("127.0.0.1").answers("anything.org:80")


class _Chosen:
    host, port, auth_file, login_by_proxy, embed_from = "127.0.0.1", 0, None, False, ()
    public_urls, certificate, key = (), None, None


def test_a_certificate_needs_its_key(tmp_path):
    chosen = _Chosen()
    chosen.certificate = tmp_path / "c.pem"
    with pytest.raises(SettingsError, match="--certificate and --key together"):
        serving_of(chosen)


def test_a_port_in_use_is_refused_or_the_next_free_one_is_taken():
    with bound("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match="Choose another --port"):
            bound("127.0.0.1", port)
        with bound("127.0.0.1", port, 20) as other:
            assert port < other.getsockname()[1] < port + 20


def test_the_settings_know_whether_a_port_was_asked_for():
    assert "port" not in load_settings(None, {}).serve.model_fields_set
    assert "port" in load_settings(None, {"serve.port": 7860}).serve.model_fields_set
