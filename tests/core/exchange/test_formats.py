"""Every format of scores, and every way in which such a file is broken."""

import json
from pathlib import Path

import pytest

from core.errors import ExchangeError
from core.exchange.formats import Fault, ScoreEntry, open_scores

PAIRS = [("q/a.jpg", "d/1.jpg", 0.5), ("q/a.jpg", "d/2.jpg", -1.25), ("q/b.jpg", "d/1.jpg", 3e-9)]
CSV = "query,image,score\n" + "".join(f"{q},{i},{s!r}\n" for q, i, s in PAIRS)
JSONL = "".join(json.dumps({"query": q, "image": i, "score": s}) + "\n" for q, i, s in PAIRS)
TREC = "".join(f"{q} Q0 {i} {n} {s!r} tag\n" for n, (q, i, s) in enumerate(PAIRS, 1))
ILIAS = json.dumps({"q/a.jpg": {"d/1.jpg": 0.5, "d/2.jpg": -1.25}, "q/b.jpg": {"d/1.jpg": 3e-9}})


@pytest.fixture
def read(tmp_path: Path):
    def read_one(content: str | bytes, name: str = "scores.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        file = open_scores(path)
        return file.format, list(file.entries())

    return read_one


def pairs(entries) -> list[tuple[str, str, float]]:
    assert all(isinstance(entry, ScoreEntry) for entry in entries), entries
    return [(entry.query, entry.image, entry.score) for entry in entries]


def faults(entries) -> list[str]:
    return [entry.text for entry in entries if isinstance(entry, Fault)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [(CSV, "CSV"), (JSONL, "JSONL"), (TREC, "TREC run"), (ILIAS, "ILIAS JSON")],
)
@pytest.mark.parametrize("change", ["as it is", "BOM", "CRLF", "no last newline"])
def test_a_format_is_told_by_content_and_read_exactly(read, content, expected, change):
    changed = {
        "as it is": content,
        "BOM": "\ufeff" + content,
        "CRLF": content.replace("\n", "\r\n"),
        "no last newline": content.rstrip("\n"),
    }[change]
    found, entries = read(changed)
    assert found == expected
    assert pairs(entries) == PAIRS


def test_a_pretty_printed_ilias_file_is_read_too(read):
    found, entries = read(json.dumps(json.loads(ILIAS), indent=2), "run.json")
    assert (found, pairs(entries)) == ("ILIAS JSON", PAIRS)


ARRAY = json.dumps([{"query": q, "image": i, "score": s} for q, i, s in PAIRS])


@pytest.mark.parametrize(
    ("content", "name", "assumed"),
    [
        (CSV.replace(",", "\t"), "s.tsv", ("tabs between columns",)),
        (CSV.replace(",", "\t"), "s.txt", ("tabs between columns",)),
        (CSV.replace(",", ";"), "s.csv", ("';' between columns",)),
        ("sep=;\n" + CSV.replace(",", ";"), "s.csv", ("a line sep=;", "';' between columns")),
        (CSV.replace(",", ";").replace(".5", ",5").replace(".25", ",25"), "s.csv",
         ("';' between columns",)),
        (CSV.replace("query,image", "Query, IMAGE"), "s.csv", ("column names in another case",)),
        (CSV + "\n,,\n", "s.csv", ("2 blank rows skipped",)),
        (CSV.replace("\n", ",,\n"), "s.csv", ()),
        (CSV.encode("utf-16"), "s.csv", ("UTF-16",)),
        (CSV.replace("\n", "\r"), "s.csv", ("CR line ends",)),
        (TREC.replace("\n", "\r"), "s.trec", ("CR line ends",)),
        (ARRAY, "s.json", ()),
        (json.dumps(json.loads(ARRAY), indent=2), "s.json", ()),
        (JSONL.replace('"query"', '"Query"'), "s.jsonl", ()),
    ],
)  # fmt: skip
def test_what_has_one_reading_is_read_and_said(tmp_path, content, name, assumed):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    file = open_scores(path)
    assert pairs(list(file.entries())) == PAIRS
    assert file.assumed == assumed


def test_columns_may_stand_in_any_order_with_others_between(read):
    _, entries = read('rank,score,image,query\n1,0.5,"d/1, left.jpg",q/ä 图.jpg\n', "s.csv")
    assert pairs(entries) == [("q/ä 图.jpg", "d/1, left.jpg", 0.5)]


def test_entries_name_their_line(read):
    _, entries = read(CSV, "s.csv")
    assert [entry.where for entry in entries] == ["s.csv:2", "s.csv:3", "s.csv:4"]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        ("", "s.csv", "is empty"),
        ("\n \n", "s.csv", "is empty"),
        (b"\xff\xfe\x00", "s.csv", "not UTF-8 text"),
        (b"\x80\x02}q\x00.", "nn.pkl", "scorers-and-stages.md says how tensors"),
        ("a b c\n", "s.txt", "no known format"),
        ('[{"query": ', "s.json", "may be cut off"),
        ("query,image\nq,d\n", "s.csv", "query,image,score once each"),
        ("query|image|score\nq|d|1\n", "s.csv", "once each"),
        ("query,image,score,score\nq,d,1,2\n", "s.csv", "once each"),
        (ILIAS[:40], "run.json", "may be cut off"),
        ("{" * 5000, "run.json", "may be cut off"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(read, content, name, words):
    with pytest.raises(ExchangeError, match=words) as raised:
        read(content, name)
    assert "\n" not in str(raised.value)
    assert name in str(raised.value)


def test_a_missing_file_and_a_folder_are_one_sentence(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(ExchangeError, match="cannot be read"):
            open_scores(path)


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (CSV[:-12], "s.csv", "s.csv:4: 2 columns instead of 3"),
        (CSV + '"q,d,1\n', "s.csv", "s.csv:5: no CSV"),
        (JSONL[:-20], "s.jsonl", "s.jsonl:3: no JSON object; the line may be cut off"),
        (JSONL + '{"query": "q"}\n', "s.jsonl", "s.jsonl:4: no JSON object with the keys"),
        (JSONL + '{"query": 1, "image": "d", "score": 1}', "s.jsonl", "s.jsonl:4: query and image"),
        (JSONL + '{"query": "q", "image": "d", "score": true}', "s.jsonl", "'True' is no number"),
        (TREC[:-20], "s.trec", "s.trec:3: "),
        (CSV + "q,d,nan\n", "s.csv", "s.csv:5: score nan is not finite"),
        (CSV + "q,d,-inf\n", "s.csv", "s.csv:5: score -inf is not finite"),
        (CSV + "q,d,1e999\n", "s.csv", "s.csv:5: score 1e999 is not finite"),
        (CSV + "q,d,1_0\n", "s.csv", "s.csv:5: score '1_0' is no number"),
        (CSV + "q,d,\n", "s.csv", "s.csv:5: score '' is no number"),
        (JSONL + '{"query": "q", "image": "d", "score": NaN}', "s.jsonl", ":4: score nan is not"),
        ('{"q": {"d": Infinity}}', "s.json", "query 'q', image 'd': score inf is not finite"),
        ("[1]", "s.json", "s.json, object 1: no JSON object with the keys"),
        ("query;image;score\nq;d;1,500\n", "s.csv", "s.csv:2: score '1,500' is no number"),
        ('{"q": [1, 2]}', "s.json", "query 'q': no object of images and scores"),
    ],
)
def test_a_faulty_line_is_named_with_its_place(read, content, name, expected):
    found = faults(read(content, name)[1])
    assert len(found) == 1
    assert expected in found[0]


def test_a_huge_id_is_cut_in_messages(read):
    _, entries = read(f"query,image,score\nq,{'d' * 100_000},x\n", "s.csv")
    assert len(faults(entries)[0]) < 200
    _, entries = read(json.dumps({"q" * 10**6: {"d": 10**400}}), "s.json")
    assert "is not finite" in faults(entries)[0]
    assert len(faults(entries)[0]) < 400


def test_a_cell_that_no_csv_reader_takes_is_a_fault(read):
    _, entries = read(f"query,image,score\nq,{'d' * 200_000},1\n", "s.csv")
    assert "no CSV" in faults(entries)[0]
