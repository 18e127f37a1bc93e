"""What is left out of a folder is counted by kind, with a few examples and within a bound."""

from pathlib import Path

from core.corpus.left_out import N_EXAMPLES, left_out
from core.corpus.sources.folder import FolderSource
from core.types.corpus_report import LeftOut


def make(root: Path, *names: str) -> Path:
    root.mkdir(exist_ok=True)
    for name in names:
        (root / name).touch()
    return root


def test_the_most_frequent_kind_leads_with_its_first_examples(tmp_path: Path):
    root = make(tmp_path, *(f"{n:02}.pdf" for n in range(9)), "a.txt", "known.jpg")
    found, is_complete = left_out(FolderSource(root), {"known.jpg"}, manifest=None)
    assert [(one.kind, one.n) for one in found] == [("PDF", 9), ("other", 1)]
    assert found[0].examples == tuple(f"{n:02}.pdf" for n in range(N_EXAMPLES))
    assert is_complete


def test_the_walk_ends_after_the_most_entries_and_says_so(tmp_path: Path):
    root = make(tmp_path, *(f"{n}.pdf" for n in range(9)))
    found, is_complete = left_out(FolderSource(root), (), manifest=None, most=4)
    assert found[0].n == 4
    assert not is_complete


def test_the_tables_of_a_corpus_are_not_left_out(tmp_path: Path):
    root = make(tmp_path, "manifest.csv", "relevance.csv")
    assert left_out(FolderSource(root), (), manifest="manifest.csv") == ((), True)


def test_an_image_that_came_later_says_what_to_do(tmp_path: Path):
    root = make(tmp_path, "late.jpg")
    assert left_out(FolderSource(root), (), manifest=None)[0] == (
        LeftOut(
            "new since the corpus was opened",
            1,
            ("late.jpg",),
            "Open the corpus again to search them.",
        ),
    )


def test_examples_show_no_invisible_letters(tmp_path: Path):
    root = make(tmp_path, "a\nb.pdf")
    assert left_out(FolderSource(root), (), manifest=None)[0][0].examples == (
        "a\N{REPLACEMENT CHARACTER}b.pdf",
    )
