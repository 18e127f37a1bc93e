"""`export`: files, endings, refusals; a first stage comes back as it was."""

import json

import numpy as np
import pytest

from core.corpus.manifest import open_corpus
from core.types.annotation import Change
from tests.core.stand_ins import make_workbench
from tests.ui.commands.test_commands import Cli

PAIR = ("images/disc_q.png", "images/empty_1.png")


@pytest.fixture
def export(tiny_corpus_root, tmp_path):
    """The command over a workspace with one verdict."""
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    bench.annotations.act(Change("a", "ada", *PAIR, "verdict", "match", 0))
    bench.close()
    places = ("--corpus", tiny_corpus_root, "--workspace", tmp_path / "w")
    return lambda *arguments: Cli()("export", *places, *arguments)


def test_the_ending_chooses_the_format(export, tmp_path):
    for name, first in (("a.csv", '"author"'), ("a.jsonl", '{"format"')):
        done = export(tmp_path / name, "--what", "annotations")
        assert (done.exit_code, "1 rows of annotations" in done.stdout) == (0, True)
        assert (tmp_path / name).read_text().startswith(first)


def test_labels_are_exported_as_json_says(export, tmp_path):
    done = export(tmp_path / "p.csv", "--what", "patch", "--json")
    fields = {"file": str(tmp_path / "p.csv"), "what": "patch", "n_rows": 1}
    assert json.loads(done.stdout) == fields
    assert '"images/disc_q.png","images/empty_1.png","positive"' in (tmp_path / "p.csv").read_text()


def test_another_authors_export_is_empty(export, tmp_path):
    done = export(tmp_path / "b.csv", "--what", "annotations", "--author", "bob")
    assert "0 rows of annotations" in done.stdout


def test_the_corpus_folder_is_never_written(export, tiny_corpus_root):
    place = tiny_corpus_root / "relevance.csv"
    done = export(place, "--what", "relevance")
    assert (done.exit_code, place.exists()) == (2, False)
    assert "stays as it is" in done.stderr


def test_a_folder_that_does_not_exist_is_one_sentence(export, tmp_path):
    done = export(tmp_path / "none" / "a.csv", "--what", "annotations")
    assert done.exit_code == 2
    assert "cannot be written" in done.stderr


class FirstStage:
    """A workspace whose first stage leaves it and comes into another one."""

    def __init__(self, root, folder) -> None:
        self.root, self.folder = root, folder

    def run(self, verb, *arguments, workspace="w"):
        place = ("--corpus", self.root, "--workspace", self.folder / workspace)
        done = Cli()(verb, *place, *arguments)
        assert done.exit_code == 0, done.output
        return done

    def found(self, workspace, **settings):
        """Every vector by image, and every shortlist by query."""
        bench = make_workbench(self.root, self.folder / workspace, **settings)
        try:
            list(bench.runs.build_index())
            session = bench._session
            records = session.database | session.queries
            keys = [records[one].sha256 for one in sorted(records)]
            lists = [session.shortlist(query) for query in session.corpus.queries]
            shown = [(one.query_id, one.image_ids, one.cosines.tolist()) for one in lists]
            return session.models().vectors.get(keys), shown
        finally:
            bench.close()


@pytest.fixture
def stage(tiny_corpus_root, tmp_path):
    return FirstStage(tiny_corpus_root, tmp_path)


@pytest.mark.parametrize("ending", ["npy", "npz", "safetensors", "parquet"])
def test_exported_descriptors_come_back_bit_for_bit(stage, ending):
    if ending == "parquet":
        pytest.importorskip("pyarrow", reason="the extra `export` is not installed")
    file = stage.folder / f"theirs.{ending}"
    said = json.loads(stage.run("export", file, "--what", "descriptors", "--json").stdout)
    assert (said["n_vectors"], said["descriptor"]) == (8, "mllm")
    beside = sorted(path.name for path in stage.folder.glob("theirs.*"))
    assert beside == (["theirs.ids.json", "theirs.npy"] if ending == "npy" else [file.name])
    stage.run("import", file, "--as", "descriptors", workspace="other")
    mine = stage.found("w")
    theirs = stage.found("other", **{"retrieval.descriptor": "import:theirs"})
    assert np.array_equal(mine[0], theirs[0])
    assert mine[1] == theirs[1]


@pytest.mark.parametrize("ending", ["csv", "jsonl", "trec", "run", "json"])
def test_exported_shortlists_come_back_with_their_cosines(stage, ending):
    file = stage.folder / f"run.{ending}"
    said = json.loads(stage.run("export", file, "--what", "shortlists", "--json").stdout)
    assert (said["n_queries"], said["shortlist"]) == (4, 6)
    stage.run("import", file, "--as", "shortlists", workspace="other")
    theirs = stage.found("other", **{"retrieval.shortlists": "import:run"})
    assert stage.found("w")[1] == theirs[1]


def test_imported_vectors_leave_without_the_images_that_have_none(stage):
    ids = sorted(
        {r.image_id for r in open_corpus(stage.root).queries + open_corpus(stage.root).database}
    )
    np.savez(stage.folder / "v.npz", v=np.eye(8, 5)[:7] + 1, ids=np.array(ids[:-1]))
    stage.run("import", stage.folder / "v.npz", "--as", "descriptors")
    options = ("--descriptor", "import:v", "--what", "descriptors", "--json")
    said = json.loads(stage.run("export", stage.folder / "out.npy", *options).stdout)
    assert (said["n_vectors"], said["descriptor"]) == (7, "import:v")
    assert json.loads((stage.folder / "out.ids.json").read_text()) == ids[:-1]


@pytest.mark.parametrize(
    ("what", "name", "endings"),
    [
        ("descriptors", "a.pt", ".npy, .npz, .safetensors, .parquet"),
        ("shortlists", "a.npy", ".csv, .jsonl, .trec, .run, .json"),
    ],
)
def test_an_unknown_ending_is_refused_before_any_work(stage, what, name, endings):
    place = ("--corpus", stage.root, "--workspace", stage.folder / "w")
    done = Cli()("export", *place, stage.folder / name, "--what", what)
    assert (done.exit_code, endings in done.stderr, "index" in done.stderr) == (2, True, False)
