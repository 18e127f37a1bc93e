"""The snippets of the manual do what they say: run with the embedded model on drawn images."""

import json
import re
import shutil

import pytest
import torch
from PIL import Image

from core.corpus.manifest import open_corpus
from core.exchange.formats import ScoreEntry, open_scores
from core.settings import POCKET_MODEL, load_settings
from tests.browser.servers import served
from tests.conftest import draw_tiny_corpus
from tests.core.stand_ins import make_workbench
from tests.docs.pages import DOCS, PAGES, fences

SNIPPETS = DOCS / "snippets"
PAGE = "http://127.0.0.1:7860"
ON_A_BENCH = ("evaluate", "frame", "notebook", "pipeline", "sweep")


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs a snippet in a folder of its own, its page at another address."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def execute(name: str, address: str = PAGE) -> str:
        code = (SNIPPETS / f"{name}.py").read_text("utf-8").replace(PAGE, address)
        exec(compile(code, name, "exec"), {"__name__": "__main__"})
        return capsys.readouterr().out

    return execute


@pytest.mark.parametrize("name", ON_A_BENCH)
def test_a_snippet_opens_evaluates_and_prints(run, tmp_path, name):
    if not (POCKET_MODEL / "model.safetensors").is_file():
        pytest.skip("assets/pocket-vl is not in this checkout")
    draw_tiny_corpus(tmp_path / "photos")
    lines = run(name).splitlines()
    match name:
        case "evaluate":
            assert re.match(r"[01]\.\d+ [01]\.\d+ Interval\(", lines[0])
            assert lines[1].startswith("[('images/")
        case "frame":
            assert 0 < float(lines[0]) <= 1
        case "notebook":
            assert "rank after" in lines[0]
            assert lines[-1].startswith("{'query': 'image id'")
        case "pipeline":
            stages = [line.split()[:3] for line in lines]
            assert [stage for stage, *_ in stages] == ["maxsim", "mllm"]
            assert stages[0][2] == "0.0"
            assert stages[1][1] == stages[1][2]
        case _:
            assert lines[0].startswith("[(0.0, ")
            assert "Breaking(" in lines[1]


def test_scores_of_the_ames_tools_become_a_file_that_is_imported(run, tmp_path):
    similarities = torch.tensor([[0.75, 0.5], [0.875, -0.25]])
    rows = torch.tensor([[2.0, 0.0], [1.0, 2.0]])
    torch.save(torch.stack([similarities, rows]), tmp_path / "nn_ames.pkl")
    (tmp_path / "queries.txt").write_text("q1.jpg\nq2.jpg\n")
    (tmp_path / "images.txt").write_text("a.jpg\nb.jpg\nc.jpg\n")
    (tmp_path / "ames.json").write_text(run("ames_scores"))
    entries = open_scores(tmp_path / "ames.json").entries()
    found = [(e.query, e.image, e.score) for e in entries if isinstance(e, ScoreEntry)]
    assert found == [
        ("q1.jpg", "c.jpg", 0.75),
        ("q1.jpg", "a.jpg", 0.5),
        ("q2.jpg", "b.jpg", 0.875),
        ("q2.jpg", "c.jpg", -0.25),
    ]


def test_the_client_asks_a_running_page(run, tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root, tmp_path / "work")
    for step in (bench.runs.build_index, lambda: bench.runs.evaluate(50)):
        list(step())
    try:
        with served(bench) as address:
            told = run("client", address)
    finally:
        bench.close()
    assert "'map_after'" in told
    assert "'run_id'" in told


def test_the_server_file_names_a_server(tmp_path):
    address = load_settings(SNIPPETS / "server.toml", {}).server_address()
    assert address is not None
    assert address.shown == "http://localhost:8000/v1#Qwen/Qwen3-VL-Reranker-2B"


def test_the_tables_are_a_corpus(tmp_path):
    for name in ("manifest.csv", "relevance.csv"):
        shutil.copy(SNIPPETS / name, tmp_path / name)
    names = re.findall(r"^([\w/]+\.jpg)", (SNIPPETS / "manifest.csv").read_text("utf-8"), re.M)
    for place, name in enumerate(names):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (240, 240), (40 * place, 90, 160)).save(tmp_path / name)
    corpus = open_corpus(tmp_path)
    assert len(corpus.queries) == 2
    assert corpus.relevance["queries/mug.jpg"].positives == {"shelf/1.jpg"}
    assert corpus.relevance["queries/mug.jpg"].junk == {"shelf/2.jpg"}
    assert corpus.database[0].tags == {"light": "lamp"}


def test_every_python_toml_and_csv_block_is_a_snippet_or_an_example():
    files = [*SNIPPETS.iterdir(), *(DOCS.parent / "examples").glob("*.py")]
    kept = {path.read_text("utf-8").strip() for path in files if path.is_file()}
    for page in PAGES:
        for language, text in fences(page):
            if language in ("python", "toml", "csv"):
                assert any(text.strip() in whole for whole in kept), f"{page.name}: {text}"


def test_results_name_their_commands():
    found = json.loads((DOCS / "results.json").read_text("utf-8"))["measured"]
    assert all(one["command"].startswith("python ") for one in found.values())
