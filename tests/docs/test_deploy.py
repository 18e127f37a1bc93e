"""The files for servers in `assets/deploy/server` say what the command line takes."""

import configparser
import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ui.commands import build_cli
from ui.server.addresses import parse_public_url

FILES = Path(__file__).resolve().parents[2] / "assets/deploy/server"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class OpenedError(Exception):
    """Says that the options were read and a bench would be opened."""


def _opened(config, overrides):
    raise OpenedError(overrides)


def test_the_service_starts_a_command_that_can_be_read():
    service = configparser.ConfigParser(interpolation=None, strict=False)
    service.optionxform = str
    service.read(FILES / "second-look.service")
    words = shlex.split(service["Service"]["ExecStart"])
    assert words[1] == "app.py"
    result = CliRunner().invoke(build_cli(_opened), words[2:])
    assert isinstance(result.exception, OpenedError), result.output
    overrides = result.exception.args[0]
    assert parse_public_url(overrides["serve.public_urls"][0]).prefix == "/second-look"


def test_nginx_takes_its_file_and_has_the_prefix_of_the_public_address(tmp_path):
    text = (FILES / "nginx.conf").read_text()
    public = parse_public_url(text.partition("--public-url ")[2].split()[0])
    assert f"location {public.prefix}/ {{" in text
    assert f"server_name {public.hostname};" in text
    if NGINX is None or shutil.which("openssl") is None:
        pytest.skip("needs nginx and openssl to try the file")
    pem, key = tmp_path / "c.pem", tmp_path / "k.pem"
    asked = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x"]
    subprocess.run([*asked, "-keyout", key, "-out", pem], check=True, capture_output=True)
    text = text.replace("/etc/ssl/bench.pem", str(pem)).replace("/etc/ssl/bench.key", str(key))
    whole = tmp_path / "nginx.conf"
    whole.write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/log; events {{}}\nhttp {{\n{text}\n}}"
    )
    tried = subprocess.run([NGINX, "-t", "-c", whole], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr
