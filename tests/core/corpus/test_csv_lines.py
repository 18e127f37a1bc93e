"""A CSV file becomes numbered lines; everything wrong with its form is a fault with its line."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.corpus.csv_lines import Fault, Line, quoted, read_table

# Everything that UTF-8 can hold; NUL is what no CSV file has.
CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


def write(folder: Path, data: bytes) -> Path:
    path = folder / "t.csv"
    path.write_bytes(data)
    return path


def faults_of(folder: Path, data: bytes) -> list[str]:
    return [str(fault) for fault in read_table(write(folder, data), ("a",)).faults]


@given(st.lists(st.tuples(CELL, CELL), max_size=6))
def test_what_the_csv_module_writes_is_read_back(rows: list[tuple[str, str]]):
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *rows])
    with tempfile.TemporaryDirectory() as folder:
        table = read_table(write(Path(folder), text.getvalue().encode()), ("a", "b"))
    assert table.faults == ()
    assert [(line.cells["a"], line.cells["b"]) for line in table.lines] == rows


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_each_kind_of_line_end_is_accepted(tmp_path: Path, end: bytes):
    table = read_table(write(tmp_path, end.join([b"a,b", b"1,2", b"3,4"])), ("a",))
    assert table.lines == (Line(2, {"a": "1", "b": "2"}), Line(3, {"a": "3", "b": "4"}))


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path):
    assert read_table(write(tmp_path, b"\xef\xbb\xbfa\n1\n"), ("a",)).columns == ("a",)


def test_blank_lines_are_passed_over_but_counted(tmp_path: Path):
    table = read_table(write(tmp_path, b"a,b\n\n1,2\n\n\n3,4\n"), ("a",))
    assert [line.number for line in table.lines] == [3, 6]


def test_a_quoted_line_break_counts_and_the_record_starts_at_its_first_line(tmp_path: Path):
    table = read_table(write(tmp_path, b'a,b\n"1\n2",3\n4,5\n'), ("a",))
    assert [line.number for line in table.lines] == [2, 4]
    assert table.lines[0].cells["a"] == "1\n2"


@pytest.mark.parametrize(
    ("data", "faults"),
    [
        (b"", ["t.csv:1: the file is empty"]),
        (b"\n\n", ["t.csv:1: the file is empty"]),
        (b"b\n1\n", ["t.csv:1: column 'a' is missing"]),
        (b"a,b,b\n1,2,3\n", ["t.csv:1: column 'b' is named twice"]),
        (b",a\n1,2\n", ["t.csv:1: column 1 has no name"]),
        (b"b,b,\n", ["t.csv:1: column 'a' is missing", "t.csv:1: column 'b' is named twice",
                     "t.csv:1: column 3 has no name"]),
        (b"a,b\n1\n2,3\n4,5,6\n", [
            "t.csv:2: the line has 1 cells where the header names 2",
            "t.csv:4: the line has 3 cells where the header names 2"]),
        (b"a\nx\ncaf\xe9\n", ["t.csv:3: the text is not UTF-8; save the file as UTF-8"]),
        (b'a\nx\n"open\nmore\n', [
            "t.csv:3: the line cannot be read as CSV (unexpected end of data)"]),
        (b'a\n"x"y\n', ["t.csv:2: the line cannot be read as CSV (',' expected after '\"')"]),
    ],
)  # fmt: skip
def test_each_fault_of_form_has_its_line(tmp_path: Path, data: bytes, faults: list[str]):
    assert faults_of(tmp_path, data) == faults


def test_lines_before_broken_quoting_are_still_read(tmp_path: Path):
    assert len(read_table(write(tmp_path, b'a\nx\n"open\n'), ("a",)).lines) == 1


def test_a_folder_instead_of_a_file_is_a_fault(tmp_path: Path):
    (tmp_path / "t.csv").mkdir()
    faults = read_table(tmp_path / "t.csv", ("a",)).faults
    assert faults == (Fault("t.csv", 1, "the file cannot be read (it is not a regular file)"),)


def test_a_link_that_leaves_the_folder_is_not_read(tmp_path: Path):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "secret").write_text("a\nsecret\n")
    (tmp_path / "corpus" / "t.csv").symlink_to(tmp_path / "secret")
    table = read_table(tmp_path / "corpus" / "t.csv", ("a",))
    assert table.lines == ()
    assert "leaves the corpus folder" in table.faults[0].text


def test_a_loop_of_links_is_a_fault(tmp_path: Path):
    (tmp_path / "t.csv").symlink_to("t.csv")
    (fault,) = read_table(tmp_path / "t.csv", ("a",)).faults
    # Python 3.13 names the loop, older ones say that the link leads nowhere
    assert str(fault).startswith("t.csv:1: the file cannot be read (")


def test_faults_are_sorted_by_file_and_by_the_number_of_the_line():
    faults = [Fault("b.csv", 1, "x"), Fault("a.csv", 10, "x"), Fault("a.csv", 2, "x")]
    assert [str(one) for one in sorted(faults)] == ["a.csv:2: x", "a.csv:10: x", "b.csv:1: x"]


def test_a_quoted_text_shows_nothing_invisible():
    assert quoted("a\nb\u202e") == "'a\ufffdb\ufffd'"
