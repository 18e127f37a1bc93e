"""Every kind of file of vectors, its ids, and every way in which it is broken."""

import json
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from core.corpus.manifest import open_corpus
from core.errors import ExchangeError
from core.exchange.importing_vectors import import_vectors
from core.exchange.vectors import open_vectors, read_ids
from core.storage.imports import VectorImports
from core.storage.tokens import DescriptorStore

ROWS = np.random.default_rng(0).normal(size=(8, 5)).astype(np.float32)
NOT_FINITE = "a number that is not finite"
IDS = [f"images/{name}.png" for name in "abcdefgh"]


def write_parquet(path: Path, columns: dict) -> Path:
    pa = pytest.importorskip("pyarrow", reason="the extra `export` is not installed")
    pq = pytest.importorskip("pyarrow.parquet", reason="the extra `export` is not installed")
    pq.write_table(pa.table(columns), path, row_group_size=3)
    return path


def write(folder: Path, kind: str, rows: np.ndarray = ROWS, ids: list[str] | None = None) -> Path:
    path = folder / f"v.{kind}"
    named = {} if ids is None else {"ids": np.array(ids)}
    if kind == "npy":
        np.save(path, rows)
    elif kind == "npz":
        np.savez(path, features=rows, **named)
    elif kind == "parquet":
        columns = {"vector": [*rows]} | ({} if ids is None else {"image": ids})
        write_parquet(path, columns)
    else:
        said = None if ids is None else {"ids": json.dumps(ids)}
        save_file({"features": np.ascontiguousarray(rows)}, path, metadata=said)
    return path


@pytest.mark.parametrize("kind", ["npy", "npz", "safetensors", "parquet"])
def test_each_kind_is_read_exactly(tmp_path: Path, kind: str):
    file = open_vectors(write(tmp_path, kind))
    assert (file.format, file.ids) == (kind, None)
    assert np.array_equal(file.array, ROWS)


@pytest.mark.parametrize("kind", ["npz", "safetensors", "parquet"])
def test_ids_may_be_in_the_file(tmp_path: Path, kind: str):
    assert open_vectors(write(tmp_path, kind, ids=IDS)).ids == tuple(IDS)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("v.ids.txt", "\n".join(IDS)),
        ("v.txt", "\r\n".join(IDS) + "\r\n\r\n"),
        ("v.json", json.dumps(IDS)),
        ("v.csv", "row;Image\n" + "".join(f"{n};{one}\n" for n, one in enumerate(IDS))),
    ],
)
def test_ids_may_lie_beside_the_file(tmp_path: Path, name: str, text: str):
    (tmp_path / name).write_text(text)
    file = open_vectors(write(tmp_path, "npy"))
    assert (file.ids, file.ids_from) == (tuple(IDS), name)


def test_ids_that_are_given_win_and_are_in_the_checksum(tmp_path: Path):
    path = write(tmp_path, "npz", ids=IDS[::-1])
    (tmp_path / "other.txt").write_text("\n".join(IDS))
    found = open_vectors(path, tmp_path / "other.txt")
    assert found.ids == tuple(IDS)
    assert found.sha256 != open_vectors(path).sha256


def test_two_files_of_ids_are_not_chosen_between(tmp_path: Path):
    for name in ("v.txt", "v.json"):
        (tmp_path / name).write_text(json.dumps(IDS))
    with pytest.raises(ExchangeError, match=r"lie v\.txt and v\.json; say with --ids"):
        open_vectors(write(tmp_path, "npy"))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (np.zeros((2, 3, 4)), r"shape \(2, 3, 4\)"),
        (np.zeros(4), r"shape \(4,\)"),
        (np.zeros((0, 4)), r"shape \(0, 4\)"),
        (np.array([["a", "b"]]), "no numbers"),
        (np.zeros((2, 2), complex), "no numbers"),
        (np.zeros((2, 2), bool), "no numbers"),
    ],
)
def test_what_is_no_table_of_numbers_is_refused(tmp_path: Path, rows: np.ndarray, said: str):
    with pytest.raises(ExchangeError, match=said):
        open_vectors(write(tmp_path, "npy", rows))


def test_pickles_and_broken_files_are_refused_in_one_sentence(tmp_path: Path):
    np.save(tmp_path / "o.npy", np.array([{"a": 1}], object), allow_pickle=True)
    np.savez(tmp_path / "o.npz", a=np.array([[1.0]]), b=np.array([{}], object))
    whole = write(tmp_path, "npy").read_bytes()
    (tmp_path / "cut.npy").write_bytes(whole[:-7])
    (tmp_path / "huge.npy").write_bytes(whole.replace(b"(8, 5)", b"(8, 9)"))
    (tmp_path / "open.npy").write_bytes(whole.replace(b"{'descr'", b"['descr'"))
    (tmp_path / "zip.npz").write_bytes((tmp_path / "o.npz").read_bytes()[:-30])
    (tmp_path / "x.npz").write_bytes(b"PK\3\4 no archive")
    (tmp_path / "x.safetensors").write_bytes(b"\xff" * 40)
    (tmp_path / "x.parquet").write_bytes(b"PAR1 no table")
    (tmp_path / "x.pt").write_bytes(b"x")
    for path in [p for p in sorted(tmp_path.iterdir()) if p.name != "v.npy"]:
        with pytest.raises(ExchangeError) as caught:
            open_vectors(path)
        assert "\n" not in str(caught.value)
        assert path.name in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "said", "faults"),
    [
        (
            {"image": ["a", "b", "c", "d"], "v": [[1.0, 2.0], None, [1.0], []]},
            "3 rows have no vector of the others' length",
            ("row 2: no vector", "row 3: 1 numbers, others 2", "row 4: no vector"),
        ),
        ({"image": ["a", None], "v": [[1.0], [2.0]]}, "has no id in row 2", ()),
        ({"image": ["a", "b"], "v": [1.0, 2.0]}, r"0 columns of lists \(none\)", ()),
        ({"v": [[1.0]], "w": [[1.0]]}, r"2 columns of lists \(v, w\)", ()),
        ({"a": ["x"], "b": ["y"], "v": [[1.0]]}, r"columns of texts \(a, b\); call the ids", ()),
        ({"v": [["x"], ["y"]]}, "no numbers", ()),
        ({"v": [[[1.0]], [[2.0]]]}, "no numbers", ()),
    ],
)
def test_a_parquet_file_that_can_be_read_in_no_one_way_is_refused(
    tmp_path: Path, columns: dict, said: str, faults: tuple[str, ...]
):
    with pytest.raises(ExchangeError, match=said) as caught:
        open_vectors(write_parquet(tmp_path / "v.parquet", columns))
    assert caught.value.faults == faults


def test_lists_of_whole_and_of_fixed_numbers_are_read_and_a_gap_is_seen(tmp_path: Path):
    pa = pytest.importorskip("pyarrow", reason="the extra `export` is not installed")
    whole = open_vectors(write_parquet(tmp_path / "w.parquet", {"v": [[1, 2], [3, None]]}))
    assert whole.ids is None
    assert np.array_equal(whole.array, [[1, 2], [3, np.nan]], equal_nan=True)
    for kind in (pa.list_(pa.float16(), 2), pa.large_list(pa.float16())):
        lists = pa.array([np.array([1, 2], np.float16)] * 5, kind)
        found = open_vectors(write_parquet(tmp_path / "f.parquet", {"v": lists})).array
        assert (found.dtype, found.shape) == (np.float16, (5, 2))


def test_without_pyarrow_one_sentence_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "v.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ExchangeError, match="run `python -m pip install pyarrow` and import again"):
        open_vectors(tmp_path / "v.parquet")


def test_two_arrays_are_not_chosen_between(tmp_path: Path):
    np.savez(tmp_path / "v.npz", a=ROWS, b=ROWS)
    with pytest.raises(ExchangeError, match=r"holds 2 arrays of rows \(a, b\)"):
        open_vectors(tmp_path / "v.npz")


def test_another_number_of_ids_is_refused_and_a_transposed_array_named(tmp_path: Path):
    (tmp_path / "v.txt").write_text("\n".join(IDS))
    with pytest.raises(ExchangeError, match=r"has 5 rows and v\.txt names 8 ids; .* transposed"):
        open_vectors(write(tmp_path, "npy", ROWS.T.copy()))


def test_what_is_no_list_of_ids_is_refused(tmp_path: Path):
    for text in ("[1, 2]", "{}", "[", '{"a": 1}'):
        (tmp_path / "v.json").write_text(text)
        with pytest.raises(ExchangeError, match=r"v\.json"):
            read_ids(tmp_path / "v.json")


class Bench:
    def __init__(self, root: Path, folder: Path) -> None:
        self.folder = folder
        self.corpus = open_corpus(root)
        self.imports = VectorImports(folder / "imports")
        self.stores: dict[str, DescriptorStore] = {}
        self.ids = sorted({r.image_id for r in (*self.corpus.queries, *self.corpus.database)})

    def store(self, fingerprint: str) -> DescriptorStore:
        folder = self.folder / "stores" / fingerprint
        return self.stores.setdefault(fingerprint, DescriptorStore(folder, fingerprint))

    def put(self, rows: np.ndarray, ids: list[str] | None = None):
        path = write(self.folder, "npz", rows, ids)
        steps = import_vectors(open_vectors(path), "v", self.corpus, self.store, self.imports)
        list(steps)
        return self.imports.get("v")


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    return Bench(tiny_corpus_root, tmp_path)


def refused(bench: Bench, rows: np.ndarray, ids: list[str] | None = None) -> ExchangeError:
    with pytest.raises(ExchangeError) as caught:
        bench.put(rows, ids)
    assert bench.imports.names() == ()
    assert bench.stores == {}
    return caught.value


def test_rows_are_stored_as_unit_vectors_of_their_images(bench: Bench):
    record = bench.put(ROWS, bench.ids[::-1])
    assert (record.n_vectors, record.dimension, record.n_database_missing) == (8, 5, 0)
    assert "brought to length 1" in record.assumed
    sha256 = {r.image_id: r.sha256 for r in (*bench.corpus.queries, *bench.corpus.database)}
    found = bench.store(record.fingerprint).get([sha256[one] for one in bench.ids])
    expected = ROWS[::-1] / np.linalg.norm(ROWS[::-1], axis=1, keepdims=True)
    assert np.allclose(found, expected, atol=1e-7)


def test_without_ids_a_row_is_an_image_in_the_order_of_ids(bench: Bench):
    record = bench.put(ROWS / np.linalg.norm(ROWS, axis=1, keepdims=True))
    assert "in the order of the corpus's ids" in record.assumed
    assert "length 1" not in record.assumed
    (bench.folder / "other").mkdir()
    error = refused(Bench(bench.corpus.root, bench.folder / "other"), ROWS[:7])
    assert "has 7 rows and no ids, and corpus 'tiny' has 8 images" in str(error)


def test_unknown_and_doubled_ids_and_queries_without_a_row_are_listed(bench: Bench):
    ids = [*bench.ids[:6], bench.ids[0], "none.png"]
    error = refused(bench, ROWS, ids)
    assert error.faults == (
        "row 8: 'none.png' is no image of the corpus",
        "row 7: 'images/bars_1.png' is row 1 already",
        "query 'images/disc_q.png' has no vector",
    )


def test_a_database_image_without_a_row_is_counted(bench: Bench):
    record = bench.put(ROWS[:7], bench.ids[:7])
    assert record.n_database_missing == 1


@pytest.mark.parametrize(
    ("value", "said"), [(np.nan, NOT_FINITE), (np.inf, NOT_FINITE), (0.0, "only zeros")]
)
def test_a_row_that_is_no_direction_is_named(bench: Bench, value: float, said: str):
    rows = ROWS.copy()
    rows[3] = value
    assert refused(bench, rows, bench.ids).faults == (f"row 4 holds {said}",)


def test_one_file_under_two_names_needs_one_vector(bench: Bench, tiny_corpus_root, tmp_path):
    data = (tiny_corpus_root / "images/disc_1.png").read_bytes()
    (tiny_corpus_root / "images/zz.png").write_bytes(data)
    manifest = tiny_corpus_root / "manifest.csv"
    manifest.write_text(manifest.read_text() + "images/zz.png,database,disc,,,,,dim\n")
    again = Bench(tiny_corpus_root, tmp_path / "imports")
    rows = np.concatenate([ROWS, ROWS[again.ids.index("images/disc_1.png")][None]])
    (tmp_path / "imports").mkdir()
    assert again.put(rows, again.ids).n_vectors == 9
    rows[-1] += 1
    with pytest.raises(ExchangeError, match="are the same file twice"):
        again.put(rows, again.ids)


def test_memory_does_not_grow_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rows = np.lib.format.open_memmap(tmp_path / "v.npy", "w+", np.float32, (40_000, 256))
    rows[:] = 1.0
    rows.flush()
    del rows
    file = open_vectors(tmp_path / "v.npy")
    from core.exchange.importing_vectors import _Lengths

    lengths = _Lengths()
    tracemalloc.start()
    for start in range(0, len(file.array), 1024):
        lengths.take(start, file.array[start : start + 1024])
    assert tracemalloc.get_traced_memory()[1] < 20 << 20  # the file has 40 MB
    tracemalloc.stop()
    assert lengths.least == lengths.greatest == 16.0
