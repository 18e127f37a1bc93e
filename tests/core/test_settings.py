"""Settings: TOML under options, unknown keys and bad values named, every field documented."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from core.errors import SettingsError
from core.settings import DEMO_CORPUS, Settings, load_settings

README = Path(__file__).resolve().parents[2] / "README.md"


def test_defaults_are_the_embedded_demo():
    settings = load_settings(None, {})
    assert settings.corpus == DEMO_CORPUS
    assert (settings.ranking.depth, settings.ranking.k, settings.ranking.lam) == (100, 1000, 0.0)
    assert settings.serve.host == "127.0.0.1"


def test_options_win_over_the_file(tmp_path):
    file = tmp_path / "s.toml"
    file.write_text('corpus = "/a"\n[ranking]\ndepth = 7\nlam = 0.5\n')
    settings = load_settings(file, {"ranking.depth": 9, "ranking.k": None})
    assert (settings.ranking.depth, settings.ranking.lam, settings.ranking.k) == (9, 0.5, 1000)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[ranking]\ndepht = 7\n", "ranking.depht"),
        ("colour = 1\n", "colour"),
        ("[ranking]\ndepth = 0\n", "ranking.depth"),
        ("[ranking]\nlam = 1.5\n", "ranking.lam"),
        ("[serve]\nport = 99999\n", "serve.port"),
        ("[ranking\n", "not TOML"),
    ],
)
def test_a_bad_file_is_one_sentence_with_the_key(tmp_path, text, named):
    file = tmp_path / "s.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=named):
        load_settings(file, {})


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path / "none.toml", {})


def test_two_corpora_of_one_name_have_two_workspaces(tmp_path):
    one = load_settings(None, {"corpus": tmp_path / "a/photos"}).workspace_path()
    two = load_settings(None, {"corpus": tmp_path / "b/photos"}).workspace_path()
    assert one.name.startswith("photos-")
    assert one != two


def sections(model: type[BaseModel], prefix: str = "") -> list[str]:
    keys: list[str] = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            keys += sections(kind, f"{prefix}{name}.")
        else:
            keys.append(f"{prefix}{name}")
    return keys


@pytest.mark.parametrize("key", sections(Settings))
def test_every_setting_is_in_the_readme(key):
    assert f"`{key}`" in README.read_text("utf-8")
