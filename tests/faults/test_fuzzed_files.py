"""Damaged files of users: exit 0 or 2, no traceback, nothing written but the workspace."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from core.assembly.bench import open_workbench
from core.settings import load_settings
from tests.conftest import draw_tiny_corpus
from tests.core.stand_ins import ColourModels, ColourScorer, ColourTower
from ui.commands import build_cli

pytestmark = pytest.mark.faults
N_EXAMPLES = int(os.environ.get("SECOND_LOOK_FUZZ", "2000"))
QUERY, IMAGE = "images/disc_q.png", "images/disc_1.png"
SETTINGS = """\
folder_labels = "ask"
[model]
prompt = "object"
compression = "none"
max_side = 448
[retrieval]
shortlist = 5
[ranking]
scorer = "maxsim"
depth = 3
k = 10
lam = 0.5
gamma = 2.0
[serve]
port = 7860
"""
PIECES = st.sampled_from(
    [b"", b",", b";", b"\t", b'"', b"\n", b"\r", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"../", b"-1",
     b"1e400", b"inf", b"nan", b"=", b"[", b"]", b"{", b"}", b"both", b"query", b"[[", b"'", b"\\",
     b"/", b"~", b"9" * 40, b"images/", b"\xed\xa0\x80", b"\xc3\xa9", b"true", b"#", b" "]
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """The file with some places overwritten, taken out or filled in, or its start alone."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + draw(st.sampled_from([0, 1, 3, 40])))))
        data[start:end] = draw(st.one_of(PIECES, st.binary(max_size=6)))
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


class Place:
    """A corpus, a workspace and a file, and what lies there besides."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.corpus = draw_tiny_corpus(folder / "corpus")

    def faults(self, *arguments: str, config: Path | None = None) -> list[str]:
        """Run a command and return what it must not do, in words; nothing where all is well."""
        before = self.content()
        given = (*arguments, "--corpus", self.corpus, "--workspace", self.folder / "w")
        if config is not None:
            given = (*given, "--config", config)
        result = CliRunner().invoke(build_cli(_open), [str(one) for one in given])
        found: list[str] = []
        if result.exit_code not in (0, 2):
            found.append(f"exit {result.exit_code}: {result.output} {result.exc_info}")
        if "Traceback" in result.output:
            found.append(result.output)
        after = self.content()
        changed = sorted(k for k in before.keys() | after.keys() if before.get(k) != after.get(k))
        return found + [f"{name} was written" for name in changed]

    def content(self) -> dict[str, bytes]:
        """Everything outside the workspace."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and path.relative_to(self.folder).parts[0] != "w"
        }


def _open(config, overrides):
    chosen = load_settings(config, overrides)
    return chosen, open_workbench(chosen, ColourModels(ColourTower(), ColourScorer()).load)


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as folder:
        yield Place(Path(folder))


def vectors() -> bytes:
    import io

    data = io.BytesIO()
    np.save(data, np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32))
    return data.getvalue()


PAIRS = [(QUERY, IMAGE, "0.5"), (QUERY, "images/disc_2.png", "-1.25")]
SCORES: Mapping[str, bytes] = {
    "s.csv": b"query,image,score\n" + "".join(f"{','.join(p)}\n" for p in PAIRS).encode(),
    "s.jsonl": "".join(
        json.dumps(dict(zip(("query", "image", "score"), pair, strict=True))) + "\n"
        for pair in PAIRS
    ).encode(),
    "s.trec": "".join(f"{q} Q0 {i} 1 {s} t\n" for q, i, s in PAIRS).encode(),
    "s.json": json.dumps({QUERY: {IMAGE: 0.5}}).encode(),
}
FUZZED = settings(
    max_examples=N_EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def faults_with(
    place: Place, path: Path, content: bytes, *arguments: object, config: Path | None = None
) -> list[str]:
    """Return the faults of a command with a file in another's place; put the old one back."""
    old = path.read_bytes() if path.exists() else None
    path.write_bytes(content)
    try:
        return place.faults(*map(str, arguments), config=config)
    finally:
        path.unlink() if old is None else path.write_bytes(old)


@FUZZED
@given(data=st.data())
def test_manifests(place: Place, data: st.DataObject):
    path = place.corpus / "manifest.csv"
    change = data.draw(damaged(path.read_bytes()))
    assert faults_with(place, path, change, "index", "--json") == []


@FUZZED
@given(data=st.data())
def test_relevance_tables(place: Place, data: st.DataObject):
    whole = f"query,image,label\n{QUERY},{IMAGE},junk\n{QUERY},images/empty_1.png,2\n".encode()
    path = place.corpus / "relevance.csv"
    change = data.draw(damaged(whole))
    assert faults_with(place, path, change, "index", "--json") == []


@FUZZED
@given(data=st.data(), name=st.sampled_from(sorted(SCORES)), kind=st.sampled_from("ls"))
def test_score_files(place: Place, data: st.DataObject, name: str, kind: str):
    path = place.folder / name
    what = {"s": "scores", "l": "shortlists"}[kind]
    change = data.draw(damaged(SCORES[name]))
    assert faults_with(place, path, change, "import", path, "--as", what, "--replace") == []


@FUZZED
@given(data=st.data())
def test_files_of_vectors(place: Place, data: st.DataObject):
    path = place.folder / "v.npy"
    change = data.draw(damaged(vectors()))
    arguments = ("import", path, "--as", "descriptors", "--replace")
    assert faults_with(place, path, change, *arguments) == []


def parquet(columns: Mapping[str, object]) -> bytes:
    import io

    pa = pytest.importorskip("pyarrow", reason="the extra `export` is not installed")
    pq = pytest.importorskip("pyarrow.parquet", reason="the extra `export` is not installed")
    data = io.BytesIO()
    pq.write_table(pa.table(columns), data, row_group_size=3)
    return data.getvalue()


@FUZZED
@given(data=st.data())
def test_vectors_in_parquet(place: Place, data: st.DataObject):
    path = place.folder / "v.parquet"
    rows = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)
    change = data.draw(damaged(parquet({"image": list("abcdefgh"), "v": [*rows]})))
    arguments = ("import", path, "--as", "descriptors", "--replace")
    assert faults_with(place, path, change, *arguments) == []


CONFIDENCES: Mapping[str, bytes] = {
    "c.csv": f"query,confidence\n{QUERY},0.5\nimages/cross_q.png,-1e3\n".encode(),
    "c.jsonl": f'{{"query": "{QUERY}", "confidence": 0.5}}\n'.encode() * 2,
    "c.json": json.dumps([{"query": QUERY, "confidence": 0.5}]).encode(),
}


@FUZZED
@given(data=st.data(), name=st.sampled_from([*sorted(CONFIDENCES), "c.parquet"]))
def test_confidences(place: Place, data: st.DataObject, name: str):
    path = place.folder / name
    whole = CONFIDENCES.get(name) or parquet({"query": [QUERY], "confidence": [0.5]})
    arguments = ("import", path, "--as", "confidence", "--replace")
    assert faults_with(place, path, data.draw(damaged(whole)), *arguments) == []


@pytest.fixture(scope="module")
def unnamed() -> Iterator[Place]:
    """A corpus without a manifest."""
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        (place.corpus / "manifest.csv").unlink()
        yield place


METADATA = [{"file_name": QUERY, "role": "query"}, {"file_name": IMAGE, "instance": "a"}]


@FUZZED
@given(data=st.data(), ending=st.sampled_from(["csv", "jsonl", "parquet"]))
def test_metadata(unnamed: Place, data: st.DataObject, ending: str):
    whole = {
        "csv": lambda: f"file_name,role\n{QUERY},query\n{IMAGE},both\n".encode(),
        "jsonl": lambda: "".join(json.dumps(row) + "\n" for row in METADATA).encode(),
        "parquet": lambda: parquet({"file_name": [QUERY, IMAGE], "role": ["query", "both"]}),
    }[ending]()
    path = unnamed.corpus / f"metadata.{ending}"
    assert faults_with(unnamed, path, data.draw(damaged(whole)), "index", "--json") == []


@FUZZED
@given(data=st.data())
def test_settings(place: Place, data: st.DataObject):
    path = place.folder / "c.toml"
    change = data.draw(damaged(SETTINGS.encode()))
    arguments = ("evaluate", "--json", "--depth", 2)
    assert faults_with(place, path, change, *arguments, config=path) == []
    shutil.rmtree(place.folder / "w", ignore_errors=True)
