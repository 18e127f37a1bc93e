"""Rankings without a bench: read from a file or made of vectors, and measured as published."""

import json

import numpy as np
import pytest

from core.analysis.protocols.table import measure
from core.bench.benchmark_folders import read_benchmark_in
from core.bench.benchmark_rankings import RankingWork
from core.errors import ExchangeError, SettingsError
from core.exchange.submissions import SUBMISSIONS
from core.types.benchmarks import RankedList
from tests.core.corpus.readers.test_formats import FOLDERS, FORMATS

MEASURED = [one for one in FOLDERS if one != "trec"]


def vectors_of(benchmark, dimension=8):
    """A seeded row per query and database image, and their ids, in a mixed order."""
    ids = [*(q.query_id for q in benchmark.queries), *benchmark.database]
    ids = list(dict.fromkeys(ids))
    random = np.random.default_rng(7)
    random.shuffle(ids)
    return ids, random.normal(size=(len(ids), dimension)).astype(np.float32)


def saved(folder, benchmark):
    ids, array = vectors_of(benchmark)
    np.save(folder / "v.npy", array)
    (folder / "v.ids.json").write_text(json.dumps(ids))
    return ids, array


def work_of(folder, file, **more):
    work = RankingWork(FOLDERS[folder], FORMATS / folder, file, **more)
    steps = list(work.run())
    assert steps[-1].done == steps[-1].total
    return work.found


@pytest.mark.parametrize("folder", MEASURED)
def test_vectors_alone_give_the_numbers_of_brute_force(folder, tmp_path):
    benchmark = read_benchmark_in(FOLDERS[folder], FORMATS / folder)
    ids, array = saved(tmp_path, benchmark)
    unit = dict(zip(ids, array / np.linalg.norm(array, axis=1, keepdims=True), strict=True))
    rankings = {}
    for query in benchmark.queries:
        gallery = benchmark.database if query.gallery is None else query.gallery
        cosines = np.array([float(unit[one] @ unit[query.query_id]) for one in gallery])
        order = np.argsort(-cosines, kind="stable")
        rankings[query.query_id] = RankedList([gallery[i] for i in order], cosines[order])
    expected = {one.name: one.value for one in measure(benchmark, rankings)}
    found = work_of(folder, tmp_path / "v.npy", is_vectors=True)
    values = {one.name: one.value for one in found.values}
    assert values == pytest.approx(expected, abs=1e-6)
    assert (found.n_database, found.n_images) == (len(benchmark.database),) * 2
    assert any(value is not None for value in values.values())


def test_written_rankings_are_measured_the_same(tmp_path):
    benchmark = read_benchmark_in("ilias", FORMATS / "ilias")
    saved(tmp_path, benchmark)
    for form in ("ilias", "trec"):
        file = tmp_path / f"run.{form}"
        made = work_of("ilias", tmp_path / "v.npy", is_vectors=True, write=file, form=form)
        again = work_of("ilias", file)
        assert [one.name for one in again.values] == [one.name for one in made.values]
        assert [one.value for one in again.values] == pytest.approx(
            [one.value for one in made.values], abs=1e-6, nan_ok=False
        )


def test_every_format_that_is_written_is_known_to_the_command():
    from typer.testing import CliRunner

    from ui.commands import build_cli

    help_text = CliRunner(env={"COLUMNS": "300"}).invoke(
        build_cli(lambda *_: None), ["benchmarks", "--help"]
    )
    for one in SUBMISSIONS:
        assert one.name in help_text.output


def test_numbers_say_over_which_part_of_the_database_they_are(tmp_path):
    benchmark = read_benchmark_in("revisited", FORMATS / "revisitop/roxford5k")
    ids, array = vectors_of(benchmark)
    kept = [row for row, one in enumerate(ids) if one not in ("ox_000000", "ox_000001")]
    np.save(tmp_path / "v.npy", array[kept])
    (tmp_path / "v.ids.json").write_text(json.dumps([ids[row] for row in kept]))
    found = work_of("revisitop/roxford5k", tmp_path / "v.npy", is_vectors=True)
    assert (found.n_database, found.n_images) == (12, 14)
    assert all(one.name.endswith(" on 12 of 14 images") for one in found.values)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda ids, array: (ids[1:], array[1:]), "has no vector for"),
        (lambda ids, array: (ids, np.where(np.arange(len(ids))[:, None] == 2, 0, array)), "Row 3"),
        (lambda ids, array: (ids, np.full_like(array, np.nan)), "no direction"),
        (lambda ids, array: ([f"x{one}" for one in ids], array), "no vector for"),
    ],
)
def test_vectors_that_do_not_fit_are_one_sentence(change, said, tmp_path):
    benchmark = read_benchmark_in("sop", FORMATS / "sop")
    ids, array = change(*vectors_of(benchmark))
    np.save(tmp_path / "v.npy", array)
    (tmp_path / "v.ids.json").write_text(json.dumps(ids))
    with pytest.raises(ExchangeError, match=said):
        work_of("sop", tmp_path / "v.npy", is_vectors=True)


def test_vectors_without_ids_ask_for_them(tmp_path):
    np.save(tmp_path / "v.npy", np.eye(4, dtype=np.float32))
    with pytest.raises(ExchangeError, match="--ids"):
        work_of("sop", tmp_path / "v.npy", is_vectors=True)


def test_an_unknown_form_is_refused_before_anything_is_ranked(tmp_path):
    saved(tmp_path, read_benchmark_in("sop", FORMATS / "sop"))
    work = RankingWork("sop", FORMATS / "sop", tmp_path / "v.npy", True, None, tmp_path / "o", "x")
    with pytest.raises(SettingsError, match="Submission format"):
        next(work.run())
    assert not (tmp_path / "o").exists()
