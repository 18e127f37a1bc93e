"""Every reader against what the official code makes of a small ground truth in its layout."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.corpus.readers.recognise import read_benchmark, reader_named, recognised
from core.corpus.readers.table import READERS
from core.types.benchmarks import Benchmark

FORMATS = Path(__file__).resolve().parents[3] / "golden" / "formats"
FOLDERS = {
    "revisitop/roxford5k": "revisited",
    "revisitop/rparis6k": "revisited",
    **{one.name: one.name for one in READERS if one.name != "revisited"},
}


def _read(folder: str, named: str | None = None) -> tuple[Benchmark, dict[str, Any]]:
    place = FORMATS / folder
    row, split = reader_named(named or FOLDERS[folder])
    expected = json.loads((place / "expected.json").read_text())
    return read_benchmark(row, place, split), expected


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_benchmark_is_known_by_its_files(folder: str) -> None:
    row = recognised(FORMATS / folder)
    assert row is not None
    assert row.name == FOLDERS[folder]


def test_every_format_has_a_reader_and_every_reader_a_format() -> None:
    folders = {
        path.parent.relative_to(FORMATS).as_posix() for path in FORMATS.rglob("expected.json")
    }
    assert folders == set(FOLDERS) | {"revisitop/hostile"}
    assert set(FOLDERS.values()) == {one.name for one in READERS}


@pytest.mark.parametrize("folder", ["revisitop/roxford5k", "revisitop/rparis6k"])
def test_revisited_reads_as_the_official_code(folder: str) -> None:
    benchmark, expected = _read(folder)
    assert list(benchmark.database) == expected["database"]
    crops = {query.query_id: query.crop for query in benchmark.queries}
    for one in expected["queries"]:
        box = crops[one["id"]]
        assert box == tuple(map(round, one["crop x0 y0 x1 y1"]))
    for query in benchmark.queries:
        easy, hard = query.marks["easy"], query.marks["hard"]
        settings = {"E": (easy, query.junk | hard), "M": (easy | hard, query.junk)}
        settings["H"] = (hard, query.junk | easy)
        for name, (positives, junk) in settings.items():
            official = expected["relevance"][name][query.query_id]
            assert sorted(positives) == sorted(official["positive"])
            assert sorted(junk) == sorted(official["junk"])


def test_ilias_reads_as_the_official_code() -> None:
    benchmark, expected = _read("ilias")
    assert [query.query_id for query in benchmark.queries] == expected["image queries"]
    assert list(benchmark.database) == expected["database"]
    for query in benchmark.queries:
        name = query.groups["instance"][0]
        assert sorted(query.positives) == sorted(expected["positives of instance"][name])
        assert query.groups["category"][0] == expected["category"][name]
    values = {one: [v["scale"], v["clutter"]] for one, v in benchmark.values.items()}
    assert values == expected["scale and clutter"]
    assert "3 text queries are left out" in benchmark.notes[0]


def test_ilias_cropped_cuts_to_the_hull_of_the_boxes() -> None:
    benchmark, expected = _read("ilias", "ilias:crop")
    (key,) = (key for key in expected if key.startswith("crop x0 y0 x1 y1"))
    found = {q.query_id: q.crop for q in benchmark.queries}
    for one, corners in expected[key].items():
        box = found[one]
        assert box == tuple(corners)


def test_gldv2_reads_as_the_official_code() -> None:
    benchmark, expected = _read("gldv2")
    assert list(benchmark.database) == expected["database"]
    for usage, queries in expected["queries"].items():
        of_usage = {
            query.query_id: sorted(query.positives)
            for query in benchmark.queries
            if query.groups["usage"] == (usage,)
        }
        assert of_usage == {one: sorted(found) for one, found in queries.items()}
    assert not {q.query_id for q in benchmark.queries} & set(expected["ignored"])


def test_gldv2_reads_one_usage_alone() -> None:
    benchmark, expected = _read("gldv2", "gldv2:private")
    assert {q.query_id for q in benchmark.queries} == set(expected["queries"]["Private"])


def test_instre_counts_rows_from_one() -> None:
    benchmark, expected = _read("instre")
    assert list(benchmark.database) == expected["database"]
    for query, one in zip(benchmark.queries, expected["queries"], strict=True):
        assert query.image == one["image"]
        assert sorted(query.positives) == sorted(one["positives"])
        assert query.crop == tuple(one["crop x0 y0 x1 y1"])


def test_sop_asks_with_every_image_and_removes_itself() -> None:
    benchmark, expected = _read("sop")
    found = {query.query_id: sorted(query.positives) for query in benchmark.queries}
    assert found == {one: sorted(ids) for one, ids in expected["positives"].items()}
    assert all(query.removed == {query.query_id} for query in benchmark.queries)


def test_inshop_keeps_queries_and_gallery_apart() -> None:
    benchmark, expected = _read("inshop")
    assert list(benchmark.database) == expected["gallery"]
    found = {query.query_id: sorted(query.positives) for query in benchmark.queries}
    assert found == {one: sorted(ids) for one, ids in expected["queries"].items()}


def test_product1m_keeps_repeated_labels() -> None:
    benchmark, expected = _read("product1m")
    assert dict(benchmark.labels) == expected["gallery label"]
    for query in benchmark.queries:
        official = expected["queries"][query.query_id]
        assert list(query.labels) == official["labels"]
        assert sorted(query.positives) == sorted(official["positives"])


def test_disc21_counts_queries_without_a_match() -> None:
    benchmark, expected = _read("disc21")
    assert len(benchmark.queries) == expected["queries"]
    without = [query for query in benchmark.queries if not query.positives]
    assert len(without) == expected["queries without a match"]


def test_disc21_needs_no_header(tmp_path: Path) -> None:
    text = (FORMATS / "disc21/ground_truth_no_header.csv").read_text()
    (tmp_path / "dev_ground_truth.csv").write_text(text)
    row = recognised(tmp_path)
    assert row is not None
    assert len(read_benchmark(row, tmp_path).queries) == len(text.split())


def test_cirr_removes_the_reference_and_keeps_the_subset() -> None:
    benchmark, expected = _read("cirr")
    assert list(benchmark.database) == expected["database"]
    for query, one in zip(benchmark.queries, expected["queries"], strict=True):
        assert (query.query_id, query.image) == (one["id"], one["reference"])
        assert query.texts == (one["text"],)
        assert sorted(query.positives) == one["positives"]
        assert sorted(query.removed) == one["removed from the list"]
        assert sorted(query.marks["subset"]) == sorted(one["subset"])


def test_cirr_test_has_no_targets() -> None:
    benchmark, _ = _read("cirr", "cirr:test1")
    assert all(not query.positives for query in benchmark.queries)


def test_circo_keeps_the_reference() -> None:
    benchmark, expected = _read("circo")
    assert list(benchmark.database) == expected["database"]
    for query, one in zip(benchmark.queries, expected["queries"], strict=True):
        assert (int(query.query_id), query.image) == (one["id"], one["reference"])
        assert query.texts == (one["text"],)
        assert sorted(query.positives) == sorted(one["positives"])
        assert query.marks["target"] == {one["positives"][0]}
        assert sorted(query.removed) == one["removed from the list"]


def test_fashioniq_has_a_gallery_per_category() -> None:
    benchmark, expected = _read("fashioniq")
    for category, official in expected["categories"].items():
        queries = [q for q in benchmark.queries if q.groups["category"] == (category,)]
        for query, one in zip(queries, official["queries"], strict=True):
            assert query.image == one["reference"]
            assert list(query.texts) == one["texts"]
            assert sorted(query.positives) == one["positives"]
            assert list(query.gallery or ()) == official["database"]


def test_genecis_never_puts_the_target_first_by_its_place() -> None:
    benchmark, expected = _read("genecis")
    assert {q.groups["task"][0] for q in benchmark.queries} == set(expected["tasks"])
    for task, queries in expected["tasks"].items():
        found = [query for query in benchmark.queries if query.groups["task"] == (task,)]
        for query, one in zip(found, queries, strict=True):
            assert query.texts == (one["text"],)
            gallery = one["gallery in official order, target first"]
            assert query.gallery is not None
            assert len(query.gallery) == len(gallery)
            assert list(query.gallery) == sorted(query.gallery)
            (target,) = query.positives
            number = str(next(iter(gallery[0].values())))
            assert target.partition("@")[0].lstrip("0") == number.lstrip("0")


def test_icir_has_a_database_per_instance() -> None:
    benchmark, expected = _read("icir")
    for query, one in zip(benchmark.queries, expected["queries"], strict=True):
        assert (query.image, query.texts) == (one["reference"], (one["text"],))
        assert list(query.gallery or ()) == one["gallery"]
        assert sorted(query.positives) == sorted(one["positives"])


def test_inquire_asks_with_texts_alone() -> None:
    benchmark, expected = _read("inquire")
    assert len(benchmark.queries) == expected["queries"]
    assert all(query.image is None and query.texts for query in benchmark.queries)


def test_trec_takes_a_grade_of_zero_for_negative() -> None:
    benchmark, expected = _read("trec")
    found = {query.query_id: sorted(query.positives) for query in benchmark.queries}
    assert found == {one: sorted(ids) for one, ids in expected["positives"].items()}


def test_revisited_adds_the_million_distractors_where_they_are_listed(tmp_path: Path) -> None:
    ground = FORMATS / "revisitop/roxford5k/gnd_roxford5k.pkl"
    (tmp_path / ground.name).write_bytes(ground.read_bytes())
    lists = tmp_path / "revisitop1m"
    lists.mkdir()
    text = (FORMATS / "revisitop/revisitop1m/revisitop1m.txt").read_text()
    (lists / "revisitop1m.txt").write_text(text)
    row = recognised(tmp_path)
    assert row is not None
    benchmark = read_benchmark(row, tmp_path)
    assert benchmark.name == "roxford5k + R1M"
    assert list(benchmark.database)[-6:] == text.split()
