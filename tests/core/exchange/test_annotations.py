"""Annotations out and in again: exact round trips, formulas, faults, label patches."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.annotation.content import checked_author, checked_note, checked_tags
from core.annotation.store import Imported
from core.errors import AnnotationError
from core.exchange.annotations import (
    annotations_csv,
    annotations_jsonl,
    parse_annotations,
    patch_csv,
    relevance_csv,
)
from core.types.annotation import VERDICTS, Annotation, Content, LabelChange

HOSTILE = "<img src=x onerror=alert(1)>"


def parse(text, fault_of=lambda query, image: None):
    return parse_annotations(text, "ada", fault_of)


def printable(**sizes):
    return st.text(st.characters(exclude_categories=["C", "Zs", "Zl", "Zp"]), **sizes)


def words() -> st.SearchStrategy[Annotation]:
    tag = printable(min_size=1, max_size=20).map(lambda t: t.replace(",", ".").replace(";", "."))
    text = st.text(
        st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t"), max_size=60
    )
    content = st.builds(
        Content,
        st.sampled_from(VERDICTS),
        st.lists(tag, max_size=4).map(lambda tags: checked_tags(tuple(tags))),
        text.map(checked_note),
    )
    name = printable(min_size=1, max_size=20)
    return st.builds(Annotation, name.map(checked_author), name, name, content, st.just(1))


@pytest.mark.parametrize("write", [annotations_csv, annotations_jsonl])
@given(words=st.lists(words(), max_size=4, unique_by=lambda a: (a.author, a.query_id, a.image_id)))
def test_every_annotation_comes_back_exactly(write, words):
    if not words:
        return
    expected = tuple(Imported(a.author, a.query_id, a.image_id, a.content) for a in words)
    assert parse(write(words)) == expected


@pytest.mark.parametrize("cell", ["=1+1", " =1", '"=1', "'=1", "+1", "-1", "@sum", "\t=1", "\r=1"])
def test_formulas_are_quoted_in_csv(cell):
    note = Annotation("ada", "q", "i", Content("match", (), cell), 1)
    rows = list(csv.DictReader(io.StringIO(annotations_csv([note]), newline="")))
    assert rows[0]["note"] == f"'{cell}"


def test_a_relevance_file_is_read_as_verdicts_of_the_importer():
    changes = [
        LabelChange("q", "a", "negative", "positive"),
        LabelChange("q", "b", "positive", "negative"),
        LabelChange("q", "=c", "positive", "junk"),
    ]
    text = patch_csv(changes)
    assert text.splitlines()[0] == '"query","image","label","formula_guard"'
    assert [(row.image_id, row.content.verdict) for row in parse(text)] == [
        ("a", "match"),
        ("b", "no match"),
        ("=c", "near duplicate"),
    ]


def test_the_whole_relevance_file_keeps_its_rows_and_their_order():
    filed = [("q", "b", "junk"), ("q", "a", "positive")]
    changes = [
        LabelChange("q", "a", "positive", "negative"),
        LabelChange("q", "n", "negative", "junk"),
    ]
    rows = list(csv.reader(io.StringIO(relevance_csv(filed, changes))))
    assert rows[1:] == [["q", "b", "junk"], ["q", "a", "negative"], ["q", "n", "junk"]]


def test_all_faulty_lines_are_listed_at_once_and_nothing_is_taken():
    text = (
        annotations_csv(
            [
                Annotation("ada", "q", "i", Content("match"), 1),
                Annotation("ada", "gone", "i", Content("match"), 1),
                Annotation("ada", "q", "i", Content("unsure"), 1),
            ]
        )
        + '"ada","q","j","maybe","","","1",""\n"ada","q"\n'
    )
    with pytest.raises(AnnotationError, match="4 lines are faulty") as caught:
        parse(text, lambda query, image: f"query '{query}' is missing" if query == "gone" else None)
    assert caught.value.faults == (
        "line 3: query 'gone' is missing",
        "line 4: the pair is already judged in line 2",
        "line 5: Verdict 'maybe' is not known; use one of match, no match, unsure, near "
        "duplicate, label error.",
        "line 6: the line has 2 cells where the header names 8",
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "query,image\nq,i\n",
        '{"format": "second-look-annotations", "version": 9}\n',
        '{"author": "ada"\n',
        "[" * 100_000,
        "{" * 100_000,
        '{"author": 1, "query": "q", "image": "i", "note": ""}',
        '{"author": "ada", "query": "q", "image": "i", "note": "", "tags": [1]}',
        '{"author": "ada", "query": "q", "image": "i", "note": "", "verdict": ["match"]}',
        '"author","query","image","verdict","tags","note"\n"a\n',
        "query,image,label\nq,i,maybe\n",
        "\0",
    ],
)
def test_a_file_of_another_form_is_one_sentence(text):
    with pytest.raises(AnnotationError):
        parse(text)


def test_a_file_with_a_byte_order_mark_is_read():
    assert len(parse("\ufeff" + patch_csv([LabelChange("q", "a", "negative", "positive")]))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Query;Image;Label\r\n\r\nq;i; Positive \r\n",
        "sep=\t\nquery\timage\tlabel\nq\ti\t2\n",
        ",query,image,label\n0,q,i,positive\n",
    ],
)
def test_a_relevance_file_is_read_as_every_table_is(text):
    (row,) = parse(text)
    assert (row.query_id, row.image_id, row.content.verdict) == ("q", "i", "match")


def test_an_annotation_file_that_a_spreadsheet_wrote_is_read():
    text = "Author;Query;Image;Verdict;Tags;Note\nada;q;i;match;;said\n;;;;;\n"
    (row,) = parse(text)
    assert (row.author, row.content.verdict, row.content.note) == ("ada", "match", "said")


def test_an_open_quote_is_a_fault_of_its_line_beside_the_others():
    with pytest.raises(AnnotationError) as caught:
        parse('query,image,label\nq,i,maybe\n"q,i\n')
    assert [fault.partition(":")[0] for fault in caught.value.faults] == ["line 2", "line 3"]
