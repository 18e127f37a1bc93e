"""A data frame as a corpus: pandas and Polars, the faults of its rows, an open bench."""

import datetime
from pathlib import Path

import pandas as pd
import pytest

from core.assembly.bench import open_workbench
from core.corpus.manifest import open_corpus
from core.errors import ManifestError
from core.opened import Corpus, open_bench
from core.settings import POCKET_MODEL, load_settings
from tests.core.corpus.sources.packing import rows_of, three_tars
from tests.core.stand_ins import ColourModels, ColourScorer, ColourTower


def polars_frame(rows):
    return pytest.importorskip("polars", reason="polars is not installed").DataFrame(rows)


def arrow_table(rows):
    pa = pytest.importorskip("pyarrow", reason="the extra `export` is not installed")
    return pa.Table.from_pylist(rows)


FRAMES = {"pandas": pd.DataFrame, "polars": polars_frame, "pyarrow": arrow_table}


@pytest.fixture
def rows(tiny_corpus_root: Path) -> list[dict[str, object]]:
    """The manifest's rows, with paths from anywhere; the manifest itself is gone."""
    found: list[dict[str, object]] = []
    for row in rows_of(tiny_corpus_root):
        numbers = {name: int(row[name]) if row[name] else None for name in ("x0", "y0", "x1", "y1")}
        found.append({**row, **numbers, "image": str(tiny_corpus_root / row["image"])})
    (tiny_corpus_root / "manifest.csv").unlink()
    return found


def opened(corpus: Corpus):
    return open_corpus(corpus.open_images(corpus.root))


@pytest.mark.parametrize("library", FRAMES)
def test_a_frame_is_the_corpus_of_its_manifest(tiny_corpus, tiny_corpus_root, rows, library):
    corpus = opened(Corpus.from_table(FRAMES[library](rows), root=tiny_corpus_root))
    assert corpus.fingerprint == tiny_corpus.fingerprint
    assert (corpus.queries, corpus.database) == (tiny_corpus.queries, tiny_corpus.database)
    assert corpus.labels_from.text == "table"


@pytest.mark.parametrize("library", FRAMES)
def test_faults_of_rows_are_those_of_a_manifest_by_row_number(tiny_corpus_root, rows, library):
    rows[1]["image"], rows[2]["role"] = "none.png", "querry"
    rows[4] = rows[3]
    with pytest.raises(ManifestError) as caught:
        opened(Corpus.from_table(FRAMES[library](rows), root=tiny_corpus_root))
    assert caught.value.faults == (
        "table:2: image 'none.png' does not exist",
        "table:3: role 'querry' is not known; write query, database or both",
        f"table:5: image '{Path(str(rows[3]['image'])).relative_to(tiny_corpus_root)}' is already "
        "named in line 4",
    )


def test_paths_alone_are_enough(tiny_corpus_root, rows):
    frame = pd.DataFrame({"file": [Path(str(row["image"])) for row in rows]})
    found = opened(Corpus.from_table(frame, image="file"))
    assert found.root == tiny_corpus_root / "images"
    assert len(found.queries) == len(found.database) == 8
    assert found.relevance is None


def test_relevance_may_be_a_frame_too(tiny_corpus_root, rows):
    frame = pd.DataFrame({"image": [row["image"] for row in rows]})
    pairs = [{"query": "images/disc_q.png", "image": "images/disc_1.png", "label": 1}]
    corpus = opened(Corpus.from_table(frame, root=tiny_corpus_root, relevance=pd.DataFrame(pairs)))
    assert corpus.relevance["images/disc_q.png"].positives == {"images/disc_1.png"}
    pairs[0]["image"] = "x"
    with pytest.raises(ManifestError) as caught:
        opened(Corpus.from_table(frame, root=tiny_corpus_root, relevance=pd.DataFrame(pairs)))
    assert caught.value.faults[0].startswith("relevance table:1: image 'x'")


def test_what_is_missing_is_empty_and_dates_booleans_and_categories_are_texts(
    tiny_corpus_root, rows
):
    day = datetime.date(2026, 1, 2)
    frame = pd.DataFrame(
        {
            "image": [row["image"] for row in rows[:3]],
            "day": [day, None, day],
            "seen": [True, None, False],
            "kind": pd.Categorical(["a", None, "b"]),
            "n": [1.5, float("nan"), 2],
        },
        index=[7, 8, 9],
    )
    found = opened(Corpus.from_table(frame, root=tiny_corpus_root))
    tags = {r.image_id: list(r.tags.values()) for r in found.database}
    names = [str(Path(str(row["image"])).relative_to(tiny_corpus_root)) for row in rows[:3]]
    assert tags[names[0]] == ["2026-01-02", "True", "a", "1.5"]
    assert tags[names[1]] == ["", "", "", ""]


def test_images_in_archives_can_be_described_by_a_frame(
    tiny_corpus, tiny_corpus_root, rows, tmp_path
):
    packed = three_tars(tiny_corpus_root, tmp_path / "packed")
    for row in rows:
        row["image"] = str(row["image"]).removeprefix(f"{tiny_corpus_root}/")
    assert opened(Corpus.from_table(pd.DataFrame(rows), root=packed)).fingerprint == (
        tiny_corpus.fingerprint
    )


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ([{"image": "a.png"}], "is a list, which cannot be read; give a DataFrame"),
        (pd.DataFrame({"path": ["a"]}), "no column 'image' of paths; its columns are path"),
        (pd.DataFrame({"image": ["a.png"]}), "not all absolute; say with root=FOLDER"),
        (pd.DataFrame({"image": []}), "not all absolute"),
    ],
)
def test_what_is_no_table_of_paths_is_one_sentence(frame, said):
    with pytest.raises(ManifestError, match=said):
        Corpus.from_table(frame)


def test_a_table_without_rows_is_a_fault(tiny_corpus_root):
    with pytest.raises(ManifestError) as caught:
        opened(Corpus.from_table(pd.DataFrame({"image": []}), root=tiny_corpus_root))
    assert caught.value.faults == ("table:1: the table names no image",)


def test_a_bench_on_a_frame_evaluates_and_says_what_it_leaves_out(tiny_corpus_root, rows, tmp_path):
    corpus = Corpus.from_table(pd.DataFrame(rows[:-1]), root=tiny_corpus_root)
    settings = load_settings(None, {"corpus": corpus.root, "workspace": tmp_path / "w"})
    load = ColourModels(ColourTower(), ColourScorer()).load
    bench = open_workbench(settings, load, corpus.open_images)
    try:
        list(bench.runs.build_index())
        list(bench.runs.evaluate(4))
        assert bench.runs.latest().summary.n_queries == 4
        assert "table" in bench.runs.latest().receipt.fields["labels"]
        assert [(one.kind, one.n) for one in bench.corpus.report().left_out] == [
            ("not in table", 1)
        ]
    finally:
        bench.close()


@pytest.mark.skipif(
    not (POCKET_MODEL / "model.safetensors").is_file(), reason="the embedded model is not there"
)
def test_the_door_opens_frames_and_folders(tiny_corpus_root, rows, tmp_path):
    frame = Corpus.from_table(pd.DataFrame(rows), root=tiny_corpus_root)
    for corpus, labels in ((frame, "table"), (str(tiny_corpus_root), "none")):
        bench = open_bench(corpus, settings={"workspace": tmp_path / labels}).workbench
        assert bench.info.labels_from.text == labels
        bench.close()
