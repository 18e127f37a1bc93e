"""Folders without a manifest: what is listed, what is passed over, and what is an instance."""

import os
from pathlib import Path

import pytest

from core.corpus.folders import list_folder
from core.errors import ManifestError
from core.types.corpus import ImageRecord, Role


def listed(image_id: str, role: Role, instance_id: str | None = None) -> ImageRecord:
    return ImageRecord(image_id, image_id, role, instance_id)


def make(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.fsencode(name))
    return root


def test_images_in_several_folders_are_instances_by_folder(tmp_path: Path):
    listing = list_folder(make(tmp_path, "mug/2.jpg", "mug/1.png", "x/jar/1.webp"))
    assert listing.has_truth
    assert listing.entries == (
        listed("mug/1.png", "both", "mug"),
        listed("mug/2.jpg", "both", "mug"),
        listed("x/jar/1.webp", "both", "x/jar"),
    )


def test_images_beside_the_folders_are_distractors(tmp_path: Path):
    listing = list_folder(make(tmp_path, "mug/1.jpg", "loose.jpg"))
    assert listing.entries == (
        listed("loose.jpg", "database"),
        listed("mug/1.jpg", "both", "mug"),
    )


@pytest.mark.parametrize("place", ["", "images/"])
def test_images_all_in_one_folder_have_no_ground_truth(tmp_path: Path, place: str):
    listing = list_folder(make(tmp_path, f"{place}b.jpg", f"{place}a.JPEG"))
    assert not listing.has_truth
    assert listing.entries == (
        listed(f"{place}a.JPEG", "both"),
        listed(f"{place}b.jpg", "both"),
    )


def test_hidden_and_other_files_are_passed_over(tmp_path: Path):
    root = make(tmp_path, "a.jpg", ".b.jpg", ".git/c.jpg", "notes.txt", "d.tiff", "e.svg", "jpg")
    assert [entry.image_id for entry in list_folder(root).entries] == ["a.jpg"]


def test_further_names_of_one_file_are_listed_once_by_the_real_name(tmp_path: Path):
    root = make(tmp_path, "m.jpg")
    os.link(root / "m.jpg", root / "z.jpg")
    (root / "a.jpg").symlink_to("m.jpg")
    assert [entry.image_id for entry in list_folder(root).entries] == ["m.jpg"]


def test_links_to_folders_are_not_walked_and_loops_end(tmp_path: Path):
    root = make(tmp_path / "corpus", "a.jpg")
    make(tmp_path / "outside", "secret.jpg")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(".")
    (root / "l.jpg").symlink_to("l.jpg")
    assert [entry.image_id for entry in list_folder(root).entries] == ["a.jpg", "l.jpg"]


def test_a_link_out_and_a_pipe_are_listed_to_be_shown_as_refused(tmp_path: Path):
    root = make(tmp_path / "corpus", "a.jpg")
    make(tmp_path, "secret.jpg")
    (root / "out.jpg").symlink_to(tmp_path / "secret.jpg")
    os.mkfifo(root / "pipe.jpg")
    names = [entry.image_id for entry in list_folder(root).entries]
    assert names == ["a.jpg", "out.jpg", "pipe.jpg"]


def test_names_that_no_text_can_hold_are_all_faults(tmp_path: Path):
    root = make(tmp_path, "a.jpg", "caf\udce9.jpg", "x\\y.jpg")
    with pytest.raises(ManifestError, match="2 names in folder") as caught:
        list_folder(root)
    assert caught.value.faults == (
        "image 'caf\ufffd.jpg' has bytes that no text can hold; rename the file",
        "image 'x\\y.jpg' has a backslash; write / between folders",
    )


def test_a_folder_without_images_says_what_to_do(tmp_path: Path):
    with pytest.raises(ManifestError, match=r"neither manifest\.csv nor images; name another"):
        list_folder(make(tmp_path, "notes.txt"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_cannot_be_read_is_a_fault(tmp_path: Path):
    root = make(tmp_path, "a/1.jpg", "b/1.jpg")
    (root / "b").chmod(0)
    with pytest.raises(ManifestError) as caught:
        list_folder(root)
    (root / "b").chmod(0o700)
    assert caught.value.faults == ("folder 'b' cannot be read (Permission denied)",)
