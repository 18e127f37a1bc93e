"""Folders without a manifest: what is listed, what is passed over, and what is an instance."""

import os
from pathlib import Path

import pytest

from core.corpus.folders import list_folder
from core.corpus.sources.folder import FolderSource
from core.errors import ManifestError
from core.types.corpus import ImageRecord, LabelSource, Role


def listed(image_id: str, role: Role, instance_id: str | None = None) -> ImageRecord:
    return ImageRecord(image_id, image_id, role, instance_id)


def make(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.fsencode(name))
    return root


def test_images_in_several_folders_are_instances_by_folder(tmp_path: Path):
    listing = list_folder(FolderSource(make(tmp_path, "mug/2.jpg", "mug/1.png", "x/jar/1.webp")))
    assert listing.has_truth
    assert listing.entries == (
        listed("mug/1.png", "both", "mug"),
        listed("mug/2.jpg", "both", "mug"),
        listed("x/jar/1.webp", "both", "x/jar"),
    )


def test_images_beside_the_folders_are_distractors(tmp_path: Path):
    listing = list_folder(FolderSource(make(tmp_path, "mug/1.jpg", "loose.jpg")))
    assert listing.entries == (
        listed("loose.jpg", "database"),
        listed("mug/1.jpg", "both", "mug"),
    )


@pytest.mark.parametrize("place", ["", "images/"])
def test_images_all_in_one_folder_have_no_ground_truth(tmp_path: Path, place: str):
    listing = list_folder(FolderSource(make(tmp_path, f"{place}b.jpg", f"{place}a.JPEG")))
    assert not listing.has_truth
    assert listing.entries == (
        listed(f"{place}a.JPEG", "both"),
        listed(f"{place}b.jpg", "both"),
    )


def test_hidden_and_other_files_are_passed_over(tmp_path: Path):
    root = make(tmp_path, "a.jpg", ".b.jpg", ".git/c.jpg", "notes.txt", "d.tiff", "e.svg", "jpg")
    entries = list_folder(FolderSource(root)).entries
    assert [entry.image_id for entry in entries] == ["a.jpg"]


def test_further_names_of_one_file_are_listed_once_by_the_real_name(tmp_path: Path):
    root = make(tmp_path, "m.jpg")
    os.link(root / "m.jpg", root / "z.jpg")
    (root / "a.jpg").symlink_to("m.jpg")
    entries = list_folder(FolderSource(root)).entries
    assert [entry.image_id for entry in entries] == ["m.jpg"]


def test_links_to_folders_are_not_walked_and_loops_end(tmp_path: Path):
    root = make(tmp_path / "corpus", "a.jpg")
    make(tmp_path / "outside", "secret.jpg")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(".")
    (root / "l.jpg").symlink_to("l.jpg")
    entries = list_folder(FolderSource(root)).entries
    assert [entry.image_id for entry in entries] == [
        "a.jpg",
        "l.jpg",
    ]


def test_a_link_out_and_a_pipe_are_listed_to_be_shown_as_refused(tmp_path: Path):
    root = make(tmp_path / "corpus", "a.jpg")
    make(tmp_path, "secret.jpg")
    (root / "out.jpg").symlink_to(tmp_path / "secret.jpg")
    os.mkfifo(root / "pipe.jpg")
    names = [entry.image_id for entry in list_folder(FolderSource(root)).entries]
    assert names == ["a.jpg", "out.jpg", "pipe.jpg"]


def test_names_that_cannot_be_ids_are_passed_over(tmp_path: Path):
    root = make(tmp_path, "a.jpg", "caf\udce9.jpg", "x\\y.jpg")
    entries = list_folder(FolderSource(root)).entries
    assert [entry.image_id for entry in entries] == ["a.jpg"]


def test_folders_of_copies_for_programs_are_passed_over(tmp_path: Path):
    root = make(tmp_path, "a.jpg", "@eaDir/a.jpg", "__MACOSX/a.jpg")
    listing = list_folder(FolderSource(root))
    assert [entry.image_id for entry in listing.entries] == ["a.jpg"]
    assert not listing.has_truth


def test_other_endings_of_jpeg_are_images(tmp_path: Path):
    root = make(tmp_path, "a.jfif", "b.JPE", "c.heic", "d.tif")
    entries = list_folder(FolderSource(root)).entries
    assert [entry.image_id for entry in entries] == [
        "a.jfif",
        "b.JPE",
    ]


def test_labels_from_folder_names_are_guessed_until_they_are_decided(tmp_path: Path):
    root = make(tmp_path, "mug/1.jpg", "jar/1.jpg", "loose.jpg")
    guessed, confirmed = (
        list_folder(FolderSource(root)),
        list_folder(FolderSource(root), "confirmed"),
    )
    assert guessed.labels_from == LabelSource(folders="guessed")
    assert guessed.labels_from.is_guessed
    assert confirmed.labels_from.text == "folder names, confirmed"
    assert confirmed.entries == guessed.entries


def test_dropped_labels_leave_a_plain_folder(tmp_path: Path):
    listing = list_folder(
        FolderSource(make(tmp_path, "mug/1.jpg", "jar/1.jpg", "loose.jpg")), "dropped"
    )
    assert not listing.has_truth
    assert listing.labels_from.text == "none"
    assert listing.entries == (
        listed("jar/1.jpg", "both"),
        listed("loose.jpg", "both"),
        listed("mug/1.jpg", "both"),
    )


def test_images_in_one_folder_have_no_labels_to_decide_about(tmp_path: Path):
    assert (
        list_folder(FolderSource(make(tmp_path, "x/1.jpg", "x/2.jpg"))).labels_from == LabelSource()
    )


def test_a_folder_without_images_says_what_to_do(tmp_path: Path):
    with pytest.raises(ManifestError, match=r"neither manifest\.csv nor images; name another"):
        list_folder(FolderSource(make(tmp_path, "notes.txt")))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_cannot_be_read_is_a_fault(tmp_path: Path):
    root = make(tmp_path, "a/1.jpg", "b/1.jpg")
    (root / "b").chmod(0)
    with pytest.raises(ManifestError) as caught:
        list_folder(FolderSource(root))
    (root / "b").chmod(0o700)
    assert caught.value.faults == ("folder 'b' cannot be read (Permission denied)",)
