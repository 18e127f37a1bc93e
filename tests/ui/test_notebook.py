"""The page in a notebook's cell: a server of the kernel's own, its frame and its address."""

import urllib.request

import pytest

from core.errors import SettingsError
from core.notebook.bench import Bench
from core.opened import Corpus
from tests.core.stand_ins import make_workbench
from ui import notebook


@pytest.fixture
def opened(tiny_corpus_root, tmp_path, monkeypatch):
    """`open_bench` with small models."""

    def open_bench(corpus, *, model, depth, settings):
        assert model is None
        chosen = {"ranking.depth": depth or 4, **(settings or {})}
        return Bench(make_workbench(tiny_corpus_root, tmp_path / "w", **chosen))

    monkeypatch.setattr(notebook, "open_bench", open_bench)
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX", raising=False)


def test_a_page_is_served_with_the_bench_of_the_cells(opened):
    shown = notebook.show(depth=3, height_px=700)
    with urllib.request.urlopen(shown.address) as answer:
        assert "gradio-app" in answer.read().decode()
        policy = answer.headers["content-security-policy"]
    assert policy.endswith("frame-ancestors 'self' http://127.0.0.1:* http://localhost:*")
    html = shown._repr_html_()
    assert f'src="http://127.0.0.1:{shown.port}/"' in html
    assert 'height="700"' in html
    shown.bench.evaluate()
    assert len(shown.bench.queries) > 0
    shown.close()
    shown.close()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(shown.address, timeout=2)


def test_behind_a_hub_it_is_below_the_hubs_prefix(opened, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")
    monkeypatch.setattr(notebook.importlib.util, "find_spec", lambda _: object())
    shown = notebook.show()
    assert shown.address == f"/user/ada/proxy/{shown.port}/"
    shown.close()


def test_a_hub_without_its_proxy_is_one_sentence(opened, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")
    monkeypatch.setattr(notebook.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SettingsError, match="pip install jupyter-server-proxy"):
        notebook.show()


def test_a_corpus_of_a_data_frame_is_what_open_bench_takes():
    assert notebook.Corpus is Corpus
