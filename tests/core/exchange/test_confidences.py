"""A number per query: every form that it may have, and every way in which it is broken."""

import json
from pathlib import Path

import pytest

from core.corpus.manifest import open_corpus
from core.errors import ExchangeError
from core.exchange.confidences import open_confidences
from core.exchange.importing_confidence import import_confidence
from core.storage.imports import ConfidenceImports

A, B = "images/disc_q.png", "images/cross_q.png"
FORMS = {
    "a.csv": f"query,confidence\n{A},0.5\n{B},-2\n",
    "a.tsv": f"Confidence\tQuery\tnote\n0.5\t{A}\tx\n\n-2e0\t./{B}\ty\n",
    "semicolon.csv": f"sep=;\nquery;confidence\n{A};0,5\n{B};-2\n",
    "a.jsonl": f'{{"query": "{A}", "confidence": 0.5}}\n\n{{"Query": "{B}", "confidence": "-2"}}\n',
    "a.json": json.dumps([{"query": A, "confidence": 0.5}, {"query": B, "confidence": -2}]),
}


@pytest.fixture
def put(tiny_corpus_root: Path, tmp_path: Path):
    """Import a text and return what was kept."""
    corpus, imports = open_corpus(tiny_corpus_root), ConfidenceImports(tmp_path / "imports")

    def put(text: str, name: str = "a.csv"):
        (tmp_path / name).write_text(text)
        import_confidence(open_confidences(tmp_path / name), "mine", corpus, imports)
        return ConfidenceImports(tmp_path / "imports").get("mine")

    put.imports = imports
    return put


@pytest.mark.parametrize("name", FORMS)
def test_each_form_gives_the_same_numbers(put, name: str):
    record = put(FORMS[name], name)
    assert record.values == {A: 0.5, B: -2.0}
    assert record.n_queries_missing == 2


def test_parquet_gives_the_same_numbers(put, tmp_path: Path):
    pa = pytest.importorskip("pyarrow", reason="the extra `export` is not installed")
    pq = pytest.importorskip("pyarrow.parquet", reason="the extra `export` is not installed")
    pq.write_table(pa.table({"query": [A, B], "Confidence": [0.5, -2.0]}), tmp_path / "a.parquet")
    file = open_confidences(tmp_path / "a.parquet")
    assert file.rows == ((1, A, 0.5), (2, B, -2.0))
    pq.write_table(pa.table({"query": [A]}), tmp_path / "b.parquet")
    (tmp_path / "c.parquet").write_bytes(b"PAR1")
    for name, said in (("b", "has no column confidence"), ("c", "cannot be read")):
        with pytest.raises(ExchangeError, match=said):
            open_confidences(tmp_path / f"{name}.parquet")


def test_what_was_taken_of_the_form_is_said(put):
    said = put(FORMS["a.tsv"], "a.tsv").assumed
    for what in ("tabs between columns", "1 blank row", "in another case", "./ and // in paths"):
        assert what in said


def test_all_faults_are_listed_and_nothing_is_kept(put):
    with pytest.raises(ExchangeError, match="5 faulty rows; give each query") as caught:
        put(f"query,confidence\n{A},1\n{A},2\nimages/none.png,1\n{B},nan\n{B},\n,1\n")
    assert caught.value.faults == (
        f"a.csv:3: query '{A}' has a number already, in line 2",
        "a.csv:4: 'images/none.png' is no query of the corpus",
        "a.csv:5: confidence nan is not finite",
        "a.csv:6: confidence is empty",
        "a.csv:7: query must be a name",
    )
    assert put.imports.names() == ()


def test_a_database_image_is_no_query(put):
    with pytest.raises(ExchangeError) as caught:
        put("query,confidence\nimages/empty_1.png,1\n")
    assert "is no query" in caught.value.faults[0]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "", "holds no number"),
        ("a.csv", "query,score\na,1\n", "holds no number"),
        ("a.csv", "query,confidence\n", "holds no number"),
        ("a.json", "[", "is no JSON"),
        ("a.json", "[]", "it names no query; give each query"),
        ("a.jsonl", '{"query": "a"', "1 faulty row"),
        ("a.jsonl", '{"a.png": 1}', "1 faulty row"),
        ("a.jsonl", "[" * 100_000, "is no JSON"),
        ("none/a.csv", None, "cannot be read"),
    ],
)
def test_what_is_no_table_of_numbers_is_one_sentence(put, tmp_path, name, text, said):
    with pytest.raises(ExchangeError, match=said) as caught:
        open_confidences(tmp_path / name) if text is None else put(text, name)
    assert "\n" not in str(caught.value)


def test_a_guarded_name_comes_back(tmp_path: Path):
    (tmp_path / "a.csv").write_text("query,confidence,formula_guard\n'=q.png,1,yes\n'b.png,2,\n")
    assert [row[1] for row in open_confidences(tmp_path / "a.csv").rows] == ["=q.png", "'b.png"]
