"""Paths of a manifest are relative, in their shortest form, and stay inside the folder."""

from pathlib import Path

import pytest

from core.corpus.path_checks import CorpusFolder, spelling_fault


@pytest.mark.parametrize(
    "path",
    [
        "a.jpg",
        "x/y/a b.jpg",
        "…/é.png",
        "..a",
        "a..b/c",
        "-a.jpg",
        "=1.jpg",
        "a\nb.jpg",
        "CON",
        "\ud7ff\ue000.jpg",
    ],
)
def test_ordinary_and_odd_names_are_accepted(path: str):
    assert spelling_fault(path) is None


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("x\\a.jpg", "has a backslash"),
        ("/etc/a.jpg", "leaves the corpus folder"),
        ("../a.jpg", "leaves the corpus folder"),
        ("x/../../a.jpg", "leaves the corpus folder"),
        ("a\0.jpg", "has bytes that no text can hold"),
        ("caf\udce9.jpg", "has bytes that no text can hold"),
        ("\ud800.jpg", "has bytes that no text can hold"),
        (chr(0xDFFF) + ".jpg", "has bytes that no text can hold"),
        ("upload:00", "starts with 'upload:'"),
        ("./a.jpg", "is not in its shortest form"),
        ("x//a.jpg", "is not in its shortest form"),
        ("x/a.jpg/", "is not in its shortest form"),
        (".", "is not in its shortest form"),
    ],
)
def test_a_misspelled_path_is_a_fault(path: str, fault: str):
    assert str(spelling_fault(path)).startswith(fault)


@pytest.fixture
def folder(tmp_path: Path) -> CorpusFolder:
    root = tmp_path / "corpus"
    (root / "sub").mkdir(parents=True)
    (root / "sub" / "a.jpg").touch()
    (tmp_path / "out.jpg").touch()
    (root / "link_in.jpg").symlink_to("sub/a.jpg")
    (root / "link_out.jpg").symlink_to("../out.jpg")
    (root / "folder_out").symlink_to("..")
    (root / "loop").symlink_to("loop")
    (root / "gone_out.jpg").symlink_to("../gone.jpg")
    (root / "gone_folder_out").symlink_to("../gone")
    return CorpusFolder(root)


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("sub/a.jpg", None),
        ("link_in.jpg", None),
        ("sub/b.jpg", "does not exist"),
        ("missing/b.jpg", "does not exist"),
        ("loop", "does not exist"),
        ("loop/a.jpg", "does not exist"),
        ("gone_out.jpg", "does not exist"),
        ("gone_folder_out/a.jpg", "does not exist"),
        ("x" * 300, "does not exist"),
        ("sub", "is a folder, not a file"),
        ("link_out.jpg", "is a link that leaves the corpus folder; copy the file into the folder"),
        ("folder_out/out.jpg",
         "leaves the corpus folder through a link; copy the file into the folder"),
    ],
)  # fmt: skip
def test_a_path_is_looked_up_inside_the_folder(folder: CorpusFolder, path: str, fault: str | None):
    assert folder.place_fault(path) == fault
    assert folder.place_fault(path) == fault  # from the memory of folders
