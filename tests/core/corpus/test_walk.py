"""The walk of a corpus folder: every entry is an image or has a kind, and no link leads away."""

import os
from pathlib import Path

import pytest

from core.corpus.walk import Found, suffix_kind, walk


def make(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def kinds(root: Path) -> dict[str, str]:
    return {found.path: found.kind for found in walk(root)}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.JPG", "image"),
        ("a.jfif", "image"),
        ("a.HEIC", "HEIC"),
        ("a.heif", "HEIC"),
        ("a.tif", "TIFF"),
        ("a.gif", "GIF"),
        ("a.pdf", "PDF"),
        ("a.NEF", "camera raw"),
        ("a.mov", "video"),
        ("a.txt", "other"),
        ("jpg", "other"),
    ],
)
def test_a_file_is_of_the_kind_that_its_ending_says(name: str, kind: str):
    assert suffix_kind(name) == kind


def test_every_entry_is_found_once_with_its_kind(tmp_path: Path):
    root = make(
        tmp_path / "corpus",
        *("a.jpg", "b/c.png", "b/d.heic", ".e.jpg", ".git/f.jpg", "@eaDir/a.jpg", "notes.txt"),
    )
    assert kinds(root) == {
        "a.jpg": "image",
        "b/c.png": "image",
        "b/d.heic": "HEIC",
        ".e.jpg": "hidden",
        ".git": "hidden",
        "@eaDir": "copies for programs",
        "notes.txt": "other",
    }


def test_links_are_never_walked(tmp_path: Path):
    root = make(tmp_path / "corpus", "a.jpg")
    make(tmp_path / "outside", "secret.jpg")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(".")
    (root / "gone.txt").symlink_to("nowhere")
    (root / "gone.jpg").symlink_to("nowhere")  # an image that is opened, and refused, later
    assert kinds(root) == {
        "a.jpg": "image",
        "gone.jpg": "image",
        "gone.txt": "broken link",
        "loop": "linked folder",
        "out": "linked folder",
    }


def test_a_name_that_cannot_be_an_id_says_why(tmp_path: Path):
    root = make(tmp_path, "caf\udce9.jpg", "x\\y.jpg", "caf\udce9.txt")
    assert sorted(walk(root), key=lambda found: found.path) == [
        Found("caf\udce9.jpg", "unusable name", "has bytes that no text can hold; rename the file"),
        Found("caf\udce9.txt", "other"),
        Found("x\\y.jpg", "unusable name", "has a backslash; write / between folders"),
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_cannot_be_read_is_found_as_such(tmp_path: Path):
    root = make(tmp_path, "a/1.jpg", "b/1.jpg")
    (root / "b").chmod(0)
    found = list(walk(root))
    (root / "b").chmod(0o700)
    assert Found("b", "unreadable folder", "Permission denied") in found
