"""A CSV file becomes numbered lines; everything wrong with its form is a fault with its line."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.corpus.csv_lines import Fault, Line, Table, listed, parse_table, quoted
from core.corpus.table_files import read_table

# Everything that UTF-8 can hold; NUL is what no CSV file has.
CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


def write(folder: Path, data: bytes) -> Path:
    path = folder / "t.csv"
    path.write_bytes(data)
    return path


def faults_of(folder: Path, data: bytes) -> list[str]:
    return [str(fault) for fault in read_table(write(folder, data), ("a",)).faults]


@given(st.lists(st.tuples(CELL, CELL).filter(lambda row: "".join(row).strip()), max_size=6))
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
        (b",a\nx,2\n", ["t.csv:1: column 1 has no name"]),
        (b",a\n1,2\n1,3\n", ["t.csv:1: column 1 has no name"]),
        (b"b,b,\n,,x\n", ["t.csv:1: column 'a' is missing", "t.csv:1: column 'b' is named twice",
                     "t.csv:1: column 3 has no name"]),
        (b"\xff\xfea\0\n", ["t.csv:1: the text is not UTF-16; save the file as UTF-8"]),
        (b"a\0\n\0", ["t.csv:1: the text holds a zero byte; save the file as UTF-8"]),
        (b"a,A\n1,2\n", ["t.csv:1: column 'a' is named twice"]),
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


def read(data: bytes) -> Table:
    return parse_table("t.csv", data, ("a", "b"), ("c",))


LINES = (Line(2, {"a": "1,5", "b": "x y"}), Line(3, {"a": "", "b": "3"}))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_encoding_and_line_ends_are_told_from_the_content(
    encoding: str, end: str, delimiter: str
):
    rows = [("a", "b"), ("1,5", "x y"), ("", "3")]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(rows)
    table = read(text.getvalue().encode(encoding))
    assert table.faults == ()
    assert table.lines == LINES


@pytest.mark.parametrize(
    ("data", "lines", "assumed"),
    [
        (b"a,b\n1,2\n", ["12"], ()),
        (b"a;b\n1;2\n", ["12"], ("';' between columns",)),
        (b"a\tb\n1\t2\n", ["12"], ("tabs between columns",)),
        (b"sep=;\na;b\n1;2\n", ["12"], ("a line sep=;", "';' between columns")),
        (b'"sep=,"\r\na,b\r\n1,2\r\n', ["12"], ("a line sep=,",)),
        (b"\xef\xbb\xbfa,b\n1,2\n", ["12"], ("a byte-order mark",)),
        ("a,b\n1,2\n".encode("utf-16"), ["12"], ("UTF-16",)),
        (b"a,b\r1,2\r", ["12"], ("CR line ends",)),
        (b"a,b\n1,2\n,\n , \n\n", ["12"], ("3 blank rows skipped",)),
        (b" A ,B\n1,2\n", ["12"], ("column names in another case",)),
        (b",a,b\n0,1,2\n1,3,4\n", ["12", "34"], ("a column of row numbers left out",)),
        (b"Unnamed: 0,a,b\n7,1,2\n", ["12"], ("a column of row numbers left out",)),
        (b'"a","b"\n"1","1","2"\n"2","3","4"\n', ["12", "34"],
         ("a column of row numbers left out",)),
        (b"a,b,,\n1,2,,\n", ["12"], ("empty cells at the ends of rows left out",)),
        (b"a,b\n1,2,\n", ["12"], ("empty cells at the ends of rows left out",)),
    ],
)  # fmt: skip
def test_what_has_one_reading_is_taken_and_said(
    data: bytes, lines: list[str], assumed: tuple[str, ...]
):
    table = read(data)
    assert table.faults == ()
    assert [line.cells["a"] + line.cells["b"] for line in table.lines] == lines
    assert table.assumed == assumed


def test_line_numbers_count_the_line_that_names_the_delimiter():
    assert [line.number for line in read(b"sep=;\na;b\n1;2\n").lines] == [3]


def test_the_first_faults_of_each_file_are_listed_and_the_rest_counted():
    faults = [Fault(f"{file}.csv", n, "x") for file in "ab" for n in range(1, 26)]
    lines = listed([*faults[30:], *faults[:30]])
    assert lines[0] == "a.csv:1: x"
    assert lines[20] == "a.csv: ... and 5 more faults"
    assert lines[21] == "b.csv:1: x"
    assert len(lines) == 42
