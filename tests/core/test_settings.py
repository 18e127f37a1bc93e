"""Settings: TOML under options, unknown keys and bad values named."""

import pytest

from core.errors import SettingsError
from core.settings import DEMO_CORPUS, UNSET, Settings, load_settings


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
        ("a = " + "[" * 100_000, "not TOML"),
        ("[ranking]\nk = " + "9" * 5000, "not TOML"),
        ("ranking = 5\n", r"'ranking' = 5 cannot be used: write a section \[ranking\]"),
        ("[ranking]\ngamma = inf\n", "'ranking.gamma' = inf cannot be used: .* equal to 1000000"),
        ("[ranking]\ngamma = nan\n", "ranking.gamma"),
        ("[ranking]\nlam = nan\n", "ranking.lam"),
        ("[ranking]\ndepth = 9999999999999999999\n", "ranking.depth"),
        ("[model]\nthreads = 100000000\n", "'model.threads' = 100000000 .* equal to 1024"),
        ('[model]\ndevice = "meta"\n', "model.device"),
        ('[model]\ndevice = "cuda:0\\n"\n', "model.device"),
        ('[model]\nname = " "\n', "'model.name' = ' ' cannot be used: it is empty"),
        ('[model]\nname = "http://u:secret@host/\\u0000"\n', r"\(an address\) cannot be used"),
        ("[model]\nmax_side = 100000\n", "model.max_side"),
        ('[retrieval]\ndescriptor = ""\n', "'retrieval.descriptor' = '' .* it is empty"),
        ('[retrieval]\ndescriptor = "a\\u0000"\n', "retrieval.descriptor.*control characters"),
        ('corpus = "a\\u0000"\n', "corpus.*zero byte"),
        ('workspace = "~nobody-of-this-name/w"\n', "workspace.*that no system has"),
        (f'corpus = "{"a/" * 3000}"\n', "'corpus' = .* longer than a system takes"),
        (f'workspace = "{"a" * 256}"\n', "workspace.*longer than a system takes"),
        (f'[ranking]\npipeline = "{"m" * 20_000}"\n', "longer than 10,000 characters"),
        ("[server]\ntimeout_seconds = inf\n", "server.timeout_seconds"),
    ],
)
def test_a_bad_file_is_one_sentence_with_the_key(tmp_path, text, named):
    file = tmp_path / "s.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=named) as caught:
        load_settings(file, {})
    assert len(str(caught.value)) < 400
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("value", [7, UNSET])
@pytest.mark.parametrize(
    "text", ["ranking = 5", "ranking = [1]", 'ranking = "a"', "ranking = false"]
)
def test_a_value_where_an_option_needs_a_section_is_one_sentence(tmp_path, text, value):
    file = tmp_path / "s.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"^Setting 'ranking' = .*: write a section"):
        load_settings(file, {"ranking.depth": value})


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path / "none.toml", {})


def test_two_corpora_of_one_name_have_two_workspaces(tmp_path):
    one = load_settings(None, {"corpus": tmp_path / "a/photos"}).workspace_path()
    two = load_settings(None, {"corpus": tmp_path / "b/photos"}).workspace_path()
    assert one.name.startswith("photos-")
    assert one != two


def address_of(text: str, **server: object):
    overrides = {f"server.{key}": value for key, value in server.items()}
    return load_settings(None, {"model.name": text, **overrides}).server_address()


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://localhost:8000#m", "http://localhost:8000/v1"),
        ("http://localhost:8000/v1/#m", "http://localhost:8000/v1"),
        ("https://a.example/api/v3#m", "https://a.example/api/v3"),
        ("http://[::1]:8000#m", "http://[::1]:8000/v1"),
    ],
)
def test_a_servers_address_is_taken_as_the_model(text, url):
    address = address_of(text)
    assert address is not None
    assert (address.url, address.model, address.credentials) == (url, "m", None)
    assert load_settings(None, {"model.name": text}).local_model == Settings().model.name


def test_a_server_may_be_set_beside_a_local_model_for_the_descriptors():
    settings = load_settings(
        None, {"model.name": "org/vl", "server.url": "http://h:1", "server.model": "org/big"}
    )
    address = settings.server_address()
    assert address is not None
    assert (settings.local_model, address.shown) == ("org/vl", "http://h:1/v1#org/big")


def test_the_password_of_an_address_is_apart_from_all_that_is_shown():
    address = address_of("http://me:p%40ss@h:1/v1#org/vl")
    assert address is not None
    assert address.credentials == ("me", "p@ss")
    assert "p@ss" not in f"{address!r} {address.url} {address.shown}"


def test_without_an_address_the_local_model_scores():
    assert load_settings(None, {"model.name": "org/vl"}).server_address() is None


@pytest.mark.parametrize(
    ("text", "server", "named"),
    [
        ("http://h:1/v1", {}, "Name the server's model"),
        ("http://#m", {}, "name a host"),
        ("http://h:port#m", {}, "no URL"),
        ("http://h:1/v1?api_key=s3cret#m", {}, "server.key_env"),
        ("org/vl", {"url": "ftp://h", "model": "m"}, "begin with http"),
        ("http://h#m", {"engine": "sglang", "protocol": "score"}, "takes text only"),
        ("http://h#m", {"yes_token_ids": (1,)}, "or neither"),
        ("http://h#m", {"yes_token_ids": (1,), "no_token_ids": (1,)}, "The same token is in"),
        (
            "http://h#m",
            {"yes_token_ids": (1,), "no_token_ids": (2,), "protocol": "rerank"},
            "work only with server.engine vllm",
        ),
    ],
)
def test_an_address_that_cannot_be_used_is_one_sentence_without_its_secrets(text, server, named):
    with pytest.raises(SettingsError, match=named) as caught:
        address_of(text, **server)
    assert "s3cret" not in str(caught.value)


def test_the_key_comes_from_the_named_environment_variable(monkeypatch):
    monkeypatch.setenv("MY_KEY", " s3cret\n")
    monkeypatch.delenv("SECOND_LOOK_KEY", raising=False)
    assert load_settings(None, {"server.key_env": "MY_KEY"}).server.key() == "s3cret"
    assert Settings().server.key() is None
    monkeypatch.setenv("MY_KEY", "a\nb")
    with pytest.raises(SettingsError, match="MY_KEY") as caught:
        load_settings(None, {"server.key_env": "MY_KEY"}).server.key()
    assert "a\nb" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"ranking.scorer": "import:a", "ranking.thin": 5}, "leave out --thin"),
        ({"ranking.scorer": "maxsim", "ranking.thin": 5}, "leave out --thin"),
        ({"ranking.depth": 20, "ranking.thin": 20}, "leaves out none of the first 20"),
    ],
)
def test_settings_that_contradict_the_scorer_are_one_sentence(settings, named):
    with pytest.raises(SettingsError, match=named):
        load_settings(None, settings).check_scorer()
