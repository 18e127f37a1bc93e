"""Verdicts as labels and the ground truth with them laid over it."""

import pytest

from core.annotation.relabel import Relabelled, relabelling
from core.types.annotation import Annotation, Content, LabelChange, Relabelling
from core.types.corpus import Relevance

TRUTH = {
    "q": Relevance("q", frozenset("ab"), frozenset("j")),
    "r": Relevance("r", frozenset("c")),
}
KNOWN = {"queries": {"q", "r"}, "database": set("abcjnqz")}


def said(verdict, image="n", author="ada", query="q") -> Annotation:
    return Annotation(author, query, image, Content(verdict), 1)


@pytest.mark.parametrize(
    ("image", "verdict", "new"),
    [
        ("n", "match", "positive"),
        ("z", "match", "positive"),
        ("n", "near duplicate", "junk"),
        ("n", "label error", "positive"),
        ("a", "no match", "negative"),
        ("a", "label error", "negative"),
        ("a", "near duplicate", "junk"),
        ("j", "match", "positive"),
        ("j", "no match", "negative"),
    ],
)
def test_a_verdict_changes_a_label(image, verdict, new):
    (change,) = relabelling([said(verdict, image)], TRUTH, KNOWN, None).changes
    assert change == LabelChange("q", image, TRUTH["q"].relation(image), new)


@pytest.mark.parametrize(
    ("word", "field"),
    [
        (said("match", "a"), "n_confirmed"),
        (said("no match", "n"), "n_confirmed"),
        (said("near duplicate", "j"), "n_confirmed"),
        (said("unsure", "a"), "n_unsure"),
        (said("label error", "j"), "n_unclear"),
        (said("match", "gone"), "n_unknown"),
        (said("match", "a", query="gone"), "n_unknown"),
        (said("match", "q"), "n_unknown"),
    ],
)
def test_a_verdict_that_changes_nothing_is_counted(word, field):
    found = relabelling([word], TRUTH, KNOWN, None)
    assert found.changes == ()
    assert (found.n_judged, getattr(found, field)) == (1, 1)


def test_every_kind_of_verdict_is_counted_in_one_pass():
    words = [
        said("match", "gone"),
        said("match", "gone too"),
        said("match", "a"),
        said("match", "b"),
        said("no match", "n"),
        said("unsure", "j"),
        said("unsure", "c"),
        said("match", "z"),
        said("label error", "j", query="q", author="bob"),
        said("label error", "j", query="r"),
        said("label error", "c", query="r"),
    ]
    found = relabelling(words, TRUTH, KNOWN, None)
    # j of q: unsure and label error differ; j of r is a negative, so its error makes a positive
    assert found == Relabelling(
        author=None,
        n_judged=10,
        n_confirmed=3,
        n_unsure=1,
        n_disputed=1,
        n_unclear=0,
        n_unknown=2,
        changes=(
            LabelChange("q", "z", "negative", "positive"),
            LabelChange("r", "c", "positive", "negative"),
            LabelChange("r", "j", "negative", "positive"),
        ),
    )


def test_authors_who_differ_change_nothing_together_but_each_alone():
    words = [said("match"), said("no match", author="bob")]
    assert relabelling(words, TRUTH, KNOWN, None).n_disputed == 1
    assert len(relabelling(words, TRUTH, KNOWN, "ada").changes) == 1
    assert relabelling(words, TRUTH, KNOWN, "bob").n_confirmed == 1


def test_a_word_without_a_verdict_is_not_counted():
    assert relabelling([said(None)], TRUTH, KNOWN, None).n_judged == 0


def test_without_a_ground_truth_matches_make_one():
    found = relabelling([said("match"), said("label error", "a")], None, KNOWN, None)
    assert found.changes == (LabelChange("q", "n", "unlabelled", "positive"),)
    assert found.n_unclear == 1
    truth = Relabelled(None, found.changes)
    assert dict(truth) == {"q": Relevance("q", frozenset("n"))}
    assert len(truth) == 1
    with pytest.raises(KeyError):
        truth["r"]


def test_changes_lie_over_the_truth_and_leave_it_as_it_is():
    changes = [
        LabelChange("q", "a", "positive", "negative"),
        LabelChange("q", "n", "negative", "positive"),
        LabelChange("q", "b", "positive", "junk"),
        LabelChange("q", "j", "junk", "negative"),
    ]
    truth = Relabelled(TRUTH, changes)
    assert truth["q"] == Relevance("q", frozenset("n"), frozenset("b"))
    assert truth["r"] is TRUTH["r"]
    assert truth.changed == ("q",)
    assert TRUTH["q"] == Relevance("q", frozenset("ab"), frozenset("j"))
    assert set(truth) == set(TRUTH)
    assert len(truth) == 2
