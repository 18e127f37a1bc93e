"""The demo in three tars, in Parquet and in a zip gives the files' corpus, lists and scores."""

from pathlib import Path

import pytest

from core.assembly.bench import open_workbench
from core.settings import DEMO_CORPUS, POCKET_MODEL, load_settings
from core.types.orders import Fusion
from core.workbench import Workbench
from tests.core.corpus.sources.packing import PACKED
from tests.core.stand_ins import make_workbench

KINDS = ("three tars", "parquet", "zip")
N_QUERIES, DEPTH = 3, 20
pytestmark = pytest.mark.skipif(
    not (DEMO_CORPUS / "manifest.csv").is_file(), reason="assets/demo is not in this checkout"
)


def described(bench: Workbench) -> dict[str, object]:
    """Everything that a bench knows of its corpus, every shortlist, and some queries' scores."""
    list(bench.runs.build_index())
    session = bench._session
    corpus = session.corpus
    lists = [session.shortlist(query) for query in corpus.queries]
    chosen = [query.image_id for query in corpus.queries[:: len(corpus.queries) // N_QUERIES]]
    for query_id in chosen:
        list(bench.queries.score(query_id, DEPTH))
    views = [bench.queries.inspect(query_id, Fusion(DEPTH, 0.0, 1.0), DEPTH) for query_id in chosen]
    return {
        "fingerprint": corpus.fingerprint,
        "images": (corpus.queries, corpus.database),
        "relevance": dict(corpus.relevance or {}),
        "lists": [(one.query_id, one.image_ids, one.cosines.tolist()) for one in lists],
        "scores": [[(card.image_id, card.margin) for card in view.after] for view in views],
    }


def closed(bench: Workbench) -> dict[str, object]:
    try:
        return described(bench)
    finally:
        bench.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    return closed(make_workbench(DEMO_CORPUS, tmp_path_factory.mktemp("files")))


@pytest.mark.parametrize("kind", KINDS)
def test_the_packed_demo_is_the_demo(kind: str, files: dict[str, object], tmp_path: Path):
    packed = PACKED[kind](DEMO_CORPUS, tmp_path / "packed")
    assert all(len(scores) == DEPTH for scores in files["scores"])
    assert closed(make_workbench(packed, tmp_path / "w")) == files


@pytest.mark.faults
@pytest.mark.skipif(
    not (POCKET_MODEL / "model.safetensors").is_file(), reason="the embedded model is not there"
)
def test_the_embedded_model_scores_the_packed_demo_to_the_last_digit(tmp_path: Path):
    found = {}
    for kind in ("files", *KINDS):
        corpus = DEMO_CORPUS if kind == "files" else PACKED[kind](DEMO_CORPUS, tmp_path / kind)
        chosen = {"corpus": corpus, "workspace": tmp_path / f"w {kind}"}
        found[kind] = closed(open_workbench(load_settings(None, chosen)))
    assert all(one == found["files"] for one in found.values())
