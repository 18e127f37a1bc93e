"""The page behind a real nginx: a public name, a prefix taken away and not, another Host, TLS."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browser.conftest import is_fault, wait_for_pictures
from tests.browser.servers import served
from ui.screen_names import SCREEN_NAMES
from ui.server.addresses import parse_public_url
from ui.server.launch import Serving

pytestmark = pytest.mark.browser

NAME = "bench.localhost"  # browsers take it for this machine without asking anybody
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
KEEP = "proxy_set_header Host $http_host;"
WAYS = {
    "prefix taken away": ("http", "/bench", "/bench/", "/", KEEP),
    "prefix left": ("http", "/bench", "/bench/", "", KEEP),
    "another Host": ("http", "/a/b", "/a/b/", "/", ""),
    "TLS at the top": ("https", "", "/", "", KEEP),
}
"""Scheme, prefix, what nginx answers, what it puts in its place, and what it says of the Host."""
_PAGE = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off; proxy_buffering off; proxy_http_version 1.1; client_max_body_size 40m;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port}{tls};
    location {at} {{ proxy_pass {to}; {host} }}
  }}
}}
"""
UPLOAD = """async () => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 60, height: 50 });
  canvas.getContext('2d').fillRect(0, 0, 60, 50);
  const body = await new Promise((done) => canvas.toBlob(done, 'image/png'));
  const headers = { 'X-File-Name': 'drawn.png' };
  return (await fetch('uploads', { method: 'POST', body, headers })).status;
}"""


@pytest.fixture(scope="module")
def tools(chromium) -> object:
    """A browser that takes a certificate of our own; nginx and openssl are there, or CI fails."""
    if NGINX is None or shutil.which("openssl") is None:
        reason = "needs nginx and openssl (.github/CONTRIBUTING.md)"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    context = chromium.new_context(ignore_https_errors=True)
    yield context
    context.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextmanager
def proxied(folder: Path, port: int, way: str, upstream: str) -> Iterator[None]:
    """Run nginx in front of a server until the block ends."""
    scheme, _, at, to, host = WAYS[way]
    tls = ""
    if scheme == "https":
        certificate, key = folder / "certificate.pem", folder / "key.pem"
        asked = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        asked += ["-subj", f"/CN={NAME}", "-keyout", str(key), "-out", str(certificate)]
        subprocess.run(asked, check=True, capture_output=True)
        tls = f" ssl; ssl_certificate {certificate}; ssl_certificate_key {key}"
    page = _PAGE.format(folder=folder, port=port, tls=tls, at=at, to=f"{upstream}{to}", host=host)
    (folder / "nginx.conf").write_text(page)
    assert NGINX is not None
    started = subprocess.Popen([NGINX, "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert started.poll() is None, (folder / "error.log").read_text()
                assert time.monotonic() < until, "nginx did not answer"
                time.sleep(0.05)
        yield
    finally:
        started.terminate()
        started.wait(10)


@pytest.mark.parametrize("way", WAYS)
def test_all_screens_and_an_upload_work_behind_a_proxy(way, tools, bench, tmp_path):
    scheme, prefix, *_ = WAYS[way]
    port = free_port()
    public = parse_public_url(f"{scheme}://{NAME}:{port}{prefix}")
    said, refused = [], []
    serving = Serving(public=(public,), login_by_proxy=True)
    with served(bench, serving) as upstream, proxied(tmp_path, port, way, upstream):
        page = tools.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda m: said.append(m.text) if is_fault(m) else 0)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("response", lambda r: refused.append((r.status, r.url)) if r.status >= 400 else 0)
        page.goto(public.url)
        for screen in SCREEN_NAMES:
            page.get_by_role("tab", name=screen.title()).click()
            page.wait_for_function(f"document.documentElement.dataset.view === '{screen}'")
            page.wait_for_load_state("networkidle")
        page.get_by_role("tab", name="Queries").click()
        wait_for_pictures(page, "#sl-view-queries")
        assert page.evaluate(UPLOAD) == 200
        assert page.url.startswith(public.url)
        page.reload()
        wait_for_pictures(page, "#sl-view-queries")
        page.close()
    assert (said, refused) == ([], [])
