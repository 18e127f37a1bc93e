"""Dockerfile and Space agree with the project: dependencies, versions, paths, options."""

import importlib.util
import re
import tomllib
from pathlib import Path

import gradio
import pytest
import yaml

from ui.server.passwords import password_line, read_credentials

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "assets" / "deploy"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")


@pytest.fixture
def space():
    spec = importlib.util.spec_from_file_location("space", DEPLOY / "space" / "space.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def card() -> dict[str, object]:
    text = (DEPLOY / "space" / "README.md").read_text("utf-8")
    return yaml.safe_load(text.split("---\n")[1])


def test_the_space_requires_what_the_project_requires():
    lines = (DEPLOY / "space" / "requirements.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not line.startswith("--")] == PROJECT["dependencies"]


def test_the_card_names_the_gradio_that_is_pinned(card):
    pin = next(d for d in PROJECT["dependencies"] if d.startswith("gradio=="))
    assert card["sdk"] == "gradio"
    assert str(card["sdk_version"]).startswith(pin.removeprefix("gradio==").removesuffix("*"))
    assert card["sdk_version"] == gradio.__version__


def test_the_card_names_a_python_that_the_project_takes(card):
    least = PROJECT["requires-python"].removeprefix(">=").split(".")
    assert [int(n) for n in str(card["python_version"]).split(".")] >= [int(n) for n in least]
    assert f"FROM python:{card['python_version']}-slim" in DOCKERFILE


def test_the_card_fits_its_form(card):
    assert (DEPLOY / "space" / str(card["app_file"])).is_file()
    assert len(str(card["short_description"])) <= 60  # the hub's limit
    assert str(card["license"]) == PROJECT["license"].lower()


def test_every_path_that_is_copied_is_there():
    copied = re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.M)
    paths = [path for line in copied for path in line.split()]
    assert {"core", "ui", "assets", "app.py"} <= set(paths)
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_a_container_listens_with_a_login():
    entry = DOCKERFILE.rpartition("ENTRYPOINT ")[2]
    assert '"--host", "0.0.0.0"' in entry
    assert '"--auth-file", "/run/secrets/users"' in entry
    assert DOCKERFILE.index("USER bench") < DOCKERFILE.index("ENTRYPOINT")


def test_the_space_serves_with_the_users_of_its_secret(space, tmp_path):
    options = space.arguments(password_line("anna", "correct horse"), tmp_path)
    assert options[:2] == ["--host", "0.0.0.0"]
    file = Path(options[options.index("--auth-file") + 1])
    assert file.stat().st_mode & 0o077 == 0
    assert read_credentials(file).accepts("anna", "correct horse")


@pytest.mark.parametrize("users", [None, "", " \n"])
def test_a_space_without_users_does_not_start(space, tmp_path, users):
    with pytest.raises(SystemExit, match="SECOND_LOOK_USERS"):
        space.arguments(users, tmp_path)
