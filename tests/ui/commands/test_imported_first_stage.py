"""Vectors and whole lists made elsewhere as the first stage, on the command line."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.corpus.manifest import open_corpus
from core.errors import ModelError, SettingsError
from tests.core.stand_ins import make_workbench
from tests.ui.commands.test_commands import Cli


class Place:
    def __init__(self, root: Path, folder: Path) -> None:
        self.folder = folder
        self.root = root
        self.corpus = open_corpus(root)
        images = {r.image_id: r for r in (*self.corpus.queries, *self.corpus.database)}
        self.ids = sorted(images)
        rows = np.random.default_rng(1).normal(size=(len(self.ids), 16))
        self.rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        self.vectors = dict(zip(self.ids, self.rows, strict=True))

    def run(self, verb: str, *arguments: object, exit_code: int = 0):
        place = ("--corpus", self.root, "--workspace", self.folder / "w")
        result = Cli()(verb, *arguments, *place)
        assert result.exit_code == exit_code, result.output
        return result

    def bench(self, **settings: object):
        return make_workbench(self.root, self.folder / "w", **settings)

    def brute_force(self, query_id: str) -> list[str]:
        names = [record.image_id for record in self.corpus.database]
        cosines = np.stack([self.vectors[name] for name in names]) @ self.vectors[query_id]
        return [names[row] for row in np.argsort(-cosines, kind="stable")]

    def import_vectors(self) -> None:
        np.save(self.folder / "theirs.npy", self.rows)
        (self.folder / "theirs.txt").write_text("\n".join(self.ids))
        self.run("import", self.folder / "theirs.npy", "--as", "descriptors")

    def import_lists(self, name: str, text: str) -> dict:
        (self.folder / name).write_text(text)
        file = self.folder / name
        return json.loads(self.run("import", file, "--as", "shortlists", "--json").stdout)


@pytest.fixture
def place(tiny_corpus_root, tmp_path) -> Place:
    return Place(tiny_corpus_root, tmp_path)


def lists_of(bench) -> dict[str, tuple[str, ...]]:
    session = bench._session
    list(bench.runs.build_index())
    return {query.image_id: session.shortlist(query).image_ids for query in session.corpus.queries}


def test_shortlists_of_imported_vectors_are_those_of_brute_force(place: Place):
    place.import_vectors()
    bench = place.bench(**{"retrieval.descriptor": "import:theirs"})
    try:
        assert lists_of(bench) == {
            query.image_id: tuple(place.brute_force(query.image_id))
            for query in place.corpus.queries
        }
        assert bench.info.descriptor_name == "import:theirs"
    finally:
        bench.close()


def test_evaluate_runs_on_imported_vectors_and_the_receipt_names_them(place: Place):
    place.import_vectors()
    found = json.loads(place.run("evaluate", "--descriptor", "import:theirs", "--json").stdout)
    assert found["receipt"]["descriptor"] == "import:theirs"
    assert (found["n_database"], found["n_unscored"]) == (6, 0)
    assert place.run("verify", "--json").exit_code == 0


def test_an_upload_and_a_sweep_say_what_imported_vectors_cannot_do(place: Place):
    place.import_vectors()
    bench = place.bench(**{"retrieval.descriptor": "import:theirs"})
    try:
        list(bench.runs.build_index())
        data = (place.root / "images/disc_1.png").read_bytes()
        record = bench.queries.add_upload(data + b"\0", "a.png")
        with pytest.raises(ModelError, match="an uploaded, added or damaged picture has none"):
            bench._session.shortlist(bench._session.record(record))
        with pytest.raises(SettingsError, match="holds no vector of a damaged image"):
            bench.robustness.require_sweeper()
    finally:
        bench.close()


def test_an_image_without_a_vector_is_not_searched(place: Place):
    place.ids, place.rows = place.ids[:-1], place.rows[:-1]
    place.import_vectors()
    bench = place.bench(**{"retrieval.descriptor": "import:theirs"})
    try:
        found = lists_of(bench)
        assert {len(ids) for ids in found.values()} == {5}
        assert bench.info.n_database == 5
    finally:
        bench.close()


@pytest.mark.parametrize("option", ["--descriptor", "--shortlists"])
def test_an_unknown_import_is_one_sentence(place: Place, option: str):
    result = place.run("evaluate", option, "import:none", exit_code=2)
    assert "has no import 'none' --as " in result.stderr
    assert "first." in result.stderr


def test_a_projection_of_imported_vectors_is_refused(place: Place):
    place.import_vectors()
    np.save(place.folder / "p.npy", np.eye(16, dtype=np.float32))
    options = ("--descriptor", "import:theirs", "--projection", place.folder / "p.npy")
    assert "apply it before" in place.run("evaluate", *options, exit_code=2).stderr


@pytest.mark.parametrize("ending", ["csv", "trec", "jsonl", "json"])
def test_imported_lists_are_the_shortlists(place: Place, ending: str):
    order = {q.image_id: place.brute_force(q.image_id)[:4] for q in place.corpus.queries}
    rows = [(q, i, 4 - n) for q, ids in order.items() for n, i in enumerate(ids)]
    text = {
        "csv": "query,image,score\n" + "".join(f"{q},{i},{s}\n" for q, i, s in rows[::-1]),
        "trec": "".join(f"{q} Q0 {i} {5 - s} {s} tag\n" for q, i, s in rows),
        "jsonl": "".join(
            json.dumps({"query": q, "image": i, "score": s}) + "\n" for q, i, s in rows
        ),
        "json": json.dumps({q: {i: 4 - n for n, i in enumerate(ids)} for q, ids in order.items()}),
    }[ending]
    facts = place.import_lists(f"run.{ending}", text)
    assert (facts["queries"], facts["n_pairs"], facts["n_shortest"]) == (4, 16, 4)
    bench = place.bench(**{"retrieval.shortlists": "import:run"})
    try:
        assert lists_of(bench) == {query: tuple(ids) for query, ids in order.items()}
        assert bench.info.shortlist == 4
        with pytest.raises(ModelError, match=r"has no list for 'images/disc_1\.png'"):
            bench._session.shortlist(bench._session.record("images/disc_1.png"))
    finally:
        bench.close()
    found = json.loads(place.run("evaluate", "--shortlists", "import:run", "--json").stdout)
    assert found["receipt"]["shortlists"].startswith(f"import:run (run.{ending}, ")
    assert place.run("verify").exit_code == 0


def test_a_query_without_a_list_is_a_fault(place: Place):
    (place.folder / "run.csv").write_text(
        "query,image,score\nimages/disc_q.png,images/disc_1.png,1\n"
    )
    result = place.run("import", place.folder / "run.csv", "--as", "shortlists", exit_code=2)
    assert "3 queries have no list in it" in result.stderr
    assert "query 'images/bars_1.png' has no list" in result.stderr


def test_lists_of_other_images_and_damaged_lists_are_refused(place: Place):
    rows = [(q.image_id, i) for q in place.corpus.queries for i in place.brute_force(q.image_id)]
    place.import_lists("run.csv", "query,image,score\n" + "".join(f"{q},{i},1\n" for q, i in rows))
    arrays = place.folder / "w/imports-shortlists/run.npz"
    data = arrays.read_bytes()
    arrays.write_bytes(data[:-1])
    options = ("evaluate", "--shortlists", "import:run")
    assert "are damaged; import run.csv again" in place.run(*options, exit_code=2).stderr
    assert place.run("verify", exit_code=1).stdout.count("differs from its checksum") == 1
    arrays.write_bytes(data)
    (place.root / "images/more.png").write_bytes(
        (place.root / "images/disc_1.png").read_bytes() + b"\0"
    )
    with (place.root / "manifest.csv").open("a") as file:
        file.write("images/more.png,database,disc,,,,,dim\n")
    assert "have changed since" in place.run(*options, exit_code=2).stderr


def test_a_confidence_is_kept_and_read_back_by_name(place: Place):
    query = place.corpus.queries[0].image_id
    file = place.folder / "sure.csv"
    file.write_text(f"query,confidence\n{query},0.25\n")
    said = place.run("import", file, "--as", "confidence")
    assert "Numbers of 1 queries read as table; they are the confidence import:sure" in said.stdout
    assert "3 of 4 queries have none in it" in said.stdout
    facts = json.loads(place.run("import", file, "--as", "confidence", "--json").stdout)
    assert (facts["n_queries"], facts["confidence"]) == (1, "import:sure")
    bench = place.bench()
    try:
        assert bench.exchange.imported_confidence("sure").values == {query: 0.25}
        with pytest.raises(SettingsError, match="'x' --as confidence; choose one of: sure"):
            bench.exchange.imported_confidence("x")
    finally:
        bench.close()
    file.write_text(f"query,confidence\n{query},nan\n")
    options = ("import", file, "--as", "confidence")
    assert "stands for sure.csv already" in place.run(*options, exit_code=2).stderr
    assert "not finite" in place.run(*options, "--replace", exit_code=2).stderr
    kept = place.folder / "w/imports-confidence/sure.json"
    kept.write_text(kept.read_text()[:-2])
    assert "cannot be read as an import" in place.run("verify", exit_code=1).stdout


def test_a_name_is_taken_over_only_when_asked(place: Place):
    place.import_vectors()
    np.save(place.folder / "theirs.npy", place.rows[::-1])
    file = place.folder / "theirs.npy"
    again = place.run("import", file, "--as", "descriptors", exit_code=2)
    assert "stands for theirs.npy already" in again.stderr
    place.run("import", file, "--as", "descriptors", "--replace")
