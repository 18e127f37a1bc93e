"""Ground truth follows instances, and single pairs follow relevance.csv."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.corpus.manifest import open_corpus
from core.corpus.manifest_rows import read_manifest
from core.corpus.relevance import GroundTruth, Judgement, Label, read_relevance
from core.corpus.sources.folder import FolderSource
from core.errors import ManifestError
from core.types.corpus import ImageRecord, Relevance, Role

WriteCorpus = Callable[..., Path]
MANIFEST = (
    "image,role,instance\nq.png,query,mug\na.png,database,mug\nb.png,database,\nc.png,both,mug\n"
)
ENTRIES = (
    ImageRecord("a", "a", "database", "mug"),
    ImageRecord("b", "b", "both", "mug"),
    ImageRecord("c", "c", "database", "jar"),
    ImageRecord("d", "d", "database"),
    ImageRecord("q", "q", "query", "mug"),
    ImageRecord("r", "r", "query"),
)


def test_positives_are_the_database_images_of_the_same_instance():
    assert GroundTruth(ENTRIES, ())["q"] == Relevance("q", frozenset({"a", "b"}))


def test_a_query_that_is_also_in_the_database_is_junk_to_itself():
    assert GroundTruth(ENTRIES, ())["b"] == Relevance("b", frozenset({"a"}), frozenset({"b"}))


def test_a_query_without_an_instance_has_no_positives():
    assert GroundTruth(ENTRIES, ())["r"] == Relevance("r", frozenset())


def test_queries_may_be_asked_for_in_any_order():
    truth = GroundTruth(ENTRIES, ())
    asked = [truth[query_id] for query_id in ("q", "b", "q", "r")]
    assert [one.query_id for one in asked] == ["q", "b", "q", "r"]
    assert [sorted(one.positives) for one in asked] == [["a", "b"], ["a"], ["a", "b"], []]


def test_judgements_are_sorted_by_query_then_image():
    one, two = Judgement("a", "z", "positive"), Judgement("b", "a", "junk")
    assert sorted([two, one]) == [one, two]


def test_every_query_and_nothing_else_has_ground_truth():
    truth = GroundTruth(ENTRIES, ())
    assert list(truth) == ["b", "q", "r"]
    assert len(truth) == 3
    with pytest.raises(KeyError):
        truth["a"]


def test_a_judgement_moves_one_pair_and_leaves_the_others():
    truth = GroundTruth(
        ENTRIES,
        (
            Judgement("q", "a", "negative"),
            Judgement("q", "c", "junk"),
            Judgement("q", "d", "positive"),
            Judgement("r", "c", "positive"),
        ),
    )
    assert dict(truth) == {
        "b": Relevance("b", frozenset({"a"}), frozenset({"b"})),
        "q": Relevance("q", frozenset({"b", "d"}), frozenset({"c"})),
        "r": Relevance("r", frozenset({"c"})),
    }


def test_two_images_may_be_positives_of_each_other(write_corpus: WriteCorpus):
    root = write_corpus(
        "image,role,instance\na.png,both,\nb.png,both,\n",
        "a.png", "b.png",
        relevance="query,image,label\na.png,b.png,positive\nb.png,a.png,positive\n",
    )  # fmt: skip
    found = read_relevance(FolderSource(root), read_manifest(FolderSource(root)))
    assert found.faults == ()
    assert found.rows == (
        Judgement("a.png", "b.png", "positive"),
        Judgement("b.png", "a.png", "positive"),
    )


ROLES: st.SearchStrategy[Role] = st.sampled_from(["query", "database", "both"])
LABELS: st.SearchStrategy[Label] = st.sampled_from(["positive", "junk", "negative"])


@given(
    st.lists(st.tuples(ROLES, st.sampled_from([None, "x", "y"])), max_size=8),
    st.dictionaries(st.tuples(st.integers(0, 7), st.integers(0, 7)), LABELS, max_size=6),
)
def test_ground_truth_agrees_with_its_definition(
    rows: list[tuple[Role, str | None]], labels: dict[tuple[int, int], Label]
):
    entries = [
        ImageRecord(str(n), str(n), role, instance) for n, (role, instance) in enumerate(rows)
    ]
    judged = {
        (str(q), str(i)): label
        for (q, i), label in labels.items()
        if q != i and max(q, i) < len(rows) and rows[i][0] != "query"
    }
    truth = GroundTruth(entries, [Judgement(q, i, label) for (q, i), label in judged.items()])
    for query in entries:
        if query.role == "database":
            continue
        relevance = truth[query.image_id]
        for image in entries:
            if image.role == "query":
                continue
            same = query.instance_id is not None and query.instance_id == image.instance_id
            expected = judged.get(
                (query.image_id, image.image_id), "positive" if same else "negative"
            )
            if image is query:
                expected = "junk"
            assert relevance.relation(image.image_id) == expected


def test_rows_are_read_in_file_order(write_corpus: WriteCorpus):
    root = write_corpus(
        MANIFEST,
        "q.png", "a.png", "b.png", "c.png",
        relevance="image,label,query\nb.png,positive,q.png\na.png, junk ,q.png\n",
    )  # fmt: skip
    found = read_relevance(FolderSource(root), read_manifest(FolderSource(root)))
    assert found.faults == ()
    assert found.rows == (
        Judgement("q.png", "b.png", "positive"),
        Judgement("q.png", "a.png", "junk"),
    )


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("x.png,a.png,junk", "query 'x.png' is not in the corpus"),
        ("a.png,b.png,junk", "query 'a.png' has the role database; give it query or both"),
        ("q.png,x.png,junk", "image 'x.png' is not in the corpus"),
        ("c.png,q.png,junk", "image 'q.png' has the role query; give it database or both"),
        (
            "q.png,a.png,good",
            "label 'good' is not known; write positive, junk or "
            "negative, or a grade (0 negative, 1 and more positive, -1 junk)",
        ),
        (
            "q.png,a.png,",
            "label '' is not known; write positive, junk or "
            "negative, or a grade (0 negative, 1 and more positive, -1 junk)",
        ),
        (
            "q.png,a.png,0.5",
            "label '0.5' is not known; write positive, junk or "
            "negative, or a grade (0 negative, 1 and more positive, -1 junk)",
        ),
        (
            "q.png,a.png,-2",
            "label '-2' is not known; write positive, junk or "
            "negative, or a grade (0 negative, 1 and more positive, -1 junk)",
        ),
        ("c.png,c.png,1", "an image is always junk to itself; remove the row"),
        ("c.png,c.png,positive", "an image is always junk to itself; remove the row"),
        ("q.png,b.png,junk", "the pair is already labelled in line 2"),
    ],
)
def test_each_faulty_row_is_one_fault_with_its_line(
    write_corpus: WriteCorpus, row: str, fault: str
):
    root = write_corpus(
        MANIFEST,
        "q.png", "a.png", "b.png", "c.png",
        relevance=f"query,image,label\nq.png,b.png,positive\n{row}\n",
    )  # fmt: skip
    faults = read_relevance(FolderSource(root), read_manifest(FolderSource(root))).faults
    assert [str(f) for f in faults] == [f"relevance.csv:3: {fault}"]


def test_grades_are_labels_and_are_kept(write_corpus: WriteCorpus):
    root = write_corpus(
        MANIFEST,
        "q.png", "a.png", "b.png", "c.png",
        relevance="Query;Image;Label\nq.png;./a.png;2\nq.png;b.png;0\nq.png;c.png;-1.0\n",
    )  # fmt: skip
    found = read_relevance(FolderSource(root), listing := read_manifest(FolderSource(root)))
    assert found.faults == ()
    assert found.are_graded
    assert found.rows == (
        Judgement("q.png", "a.png", "positive", 2),
        Judgement("q.png", "b.png", "negative", 0),
        Judgement("q.png", "c.png", "junk", -1),
    )
    assert found.assumed.sentence("relevance.csv") == (
        "relevance.csv was read with ';' between columns; column names in another case; "
        "./ and // in paths (1)"
    )
    assert GroundTruth(listing.entries, found.rows)["q.png"] == Relevance(
        "q.png", frozenset({"a.png"}), frozenset({"c.png"}), {"a.png": 2, "b.png": 0, "c.png": -1}
    )


def test_a_word_is_a_label_in_any_case(write_corpus: WriteCorpus):
    root = write_corpus(
        MANIFEST,
        "q.png", "a.png", "b.png", "c.png",
        relevance="query,image,label\nq.png,a.png, JUNK\nq.png,b.png,Positive\n",
    )  # fmt: skip
    found = read_relevance(FolderSource(root), read_manifest(FolderSource(root)))
    assert [row.label for row in found.rows] == ["junk", "positive"]
    assert not found.are_graded
    assert found.assumed.sentence("relevance.csv") == (
        "relevance.csv was read with labels in another case (2)"
    )


def test_a_row_about_an_image_with_a_fault_of_its_own_is_no_further_fault(
    write_corpus: WriteCorpus,
):
    root = write_corpus(
        MANIFEST + "d.png,wrong,mug\n",
        "q.png", "a.png", "b.png", "c.png", "d.png",
        relevance="query,image,label\nq.png,d.png,junk\nd.png,a.png,junk\n",
    )  # fmt: skip
    assert read_relevance(FolderSource(root), read_manifest(FolderSource(root))).faults == ()


def test_a_composed_query_is_named_by_its_number_and_never_finds_itself(write_corpus):
    manifest = "image,role,instance,text\na.png,database,,\nb.png,database,,\na.png,query,,in red\n"
    relevance = "query,image,label\na.png#1,b.png,positive\n"
    corpus = open_corpus(write_corpus(manifest, "a.png", "b.png", relevance=relevance))
    assert corpus.relevance is not None
    found = corpus.relevance["a.png#1"]
    assert (found.positives, found.junk) == ({"b.png"}, {"a.png"})


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a.png,b.png,positive", "name its composed query 'a.png#1'"),
        ("a.png#1,a.png,positive", "an image is always junk to itself"),
    ],
)
def test_a_composed_query_named_wrongly_says_how_it_is_named(row, words, write_corpus):
    manifest = "image,role,instance,text\na.png,database,,\nb.png,database,,\na.png,query,,in red\n"
    root = write_corpus(manifest, "a.png", "b.png", relevance=f"query,image,label\n{row}\n")
    with pytest.raises(ManifestError) as told:
        open_corpus(root)
    assert [words in str(one) for one in told.value.faults] == [True]
