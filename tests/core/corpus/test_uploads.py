"""Uploads are checked, kept once, listed newest first and limited by a quota."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from core.corpus.images import ImageOpener
from core.corpus.uploads import Uploads
from core.errors import ImageError, StaleIndexError, UnknownImageError, WorkspaceError
from core.types.corpus import ImageRecord

QUOTA = 1_000_000


def png(colour: tuple[int, int, int], size: tuple[int, int] = (30, 20), **options: object) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG", **options)
    return buffer.getvalue()


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "uploads", QUOTA)


def test_an_upload_is_a_query_without_an_instance(uploads: Uploads, tmp_path: Path):
    record = uploads.add(png((1, 2, 3)), "mug.png")
    key = record.image_id.removeprefix("upload:")
    path = tmp_path / "uploads" / f"{key}.png"
    assert record == ImageRecord(
        image_id=record.image_id,
        path=str(path),
        role="query",
        instance_id=None,
        width=30,
        height=20,
        sha256=record.sha256,
        tags={"name": "mug.png"},
    )
    assert len(key) == 16


def test_a_stored_upload_opens_like_an_image_of_the_corpus(uploads: Uploads, tmp_path: Path):
    record = uploads.add(png((10, 200, 3)), "mug.png")
    (tmp_path / "corpus").mkdir()
    pixels = ImageOpener(tmp_path / "corpus", tmp_path / "uploads").load(record)
    assert pixels.shape == (20, 30, 3)
    assert (pixels == (10, 200, 3)).all()


@settings(max_examples=25)
@given(
    hnp.arrays(
        np.uint8,
        st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3)),
        elements=st.integers(0, 255),
    )
)
def test_pixels_of_an_upload_round_trip_exactly(
    tmp_path_factory: pytest.TempPathFactory, pixels: np.ndarray
):
    folder = tmp_path_factory.mktemp("uploads")
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    record = Uploads(folder, QUOTA).add(buffer.getvalue(), "a.png")
    np.testing.assert_array_equal(ImageOpener(folder).load(record), pixels)


def test_the_same_pixels_in_another_file_are_the_same_upload(uploads: Uploads):
    first = uploads.add(png((1, 2, 3)), "first.png")
    assert uploads.add(png((1, 2, 3), compress_level=0), "second.png") == first
    assert uploads.records() == (first,)


def test_one_colour_in_two_shapes_is_two_uploads(uploads: Uploads):
    one = uploads.add(png((0, 0, 0), (30, 20)), "a.png")
    two = uploads.add(png((0, 0, 0), (20, 30)), "a.png")
    assert one.image_id != two.image_id


def test_records_are_listed_newest_first_also_after_a_restart(uploads: Uploads, tmp_path: Path):
    added = [uploads.add(png((n, 0, 0)), f"{n}.png") for n in range(4)]
    assert list(uploads.records()) == added[::-1]
    assert list(Uploads(tmp_path / "uploads", QUOTA).records()) == added[::-1]


def test_without_a_folder_there_are_no_records(uploads: Uploads):
    assert uploads.records() == ()


def test_a_deleted_upload_leaves_no_file(uploads: Uploads, tmp_path: Path):
    kept = uploads.add(png((1, 1, 1)), "kept.png")
    gone = uploads.add(png((2, 2, 2)), "gone.png")
    uploads.delete(gone.image_id)
    assert uploads.records() == (kept,)
    assert len(list((tmp_path / "uploads").iterdir())) == 2
    with pytest.raises(UnknownImageError, match=f"no upload '{gone.image_id}'"):
        uploads.get(gone.image_id)


def test_an_upload_is_found_by_its_id(uploads: Uploads):
    record = uploads.add(png((5, 5, 5)), "a.png")
    assert uploads.get(record.image_id) == record


@pytest.mark.parametrize(
    "image_id",
    [
        "upload:",
        "upload:../../etc/passwd",
        "images/a.jpg",
        "upload:" + "0" * 16,
        "upload:" + "G" * 16,
        "",
    ],
)
def test_an_unknown_id_is_one_sentence(uploads: Uploads, image_id: str):
    with pytest.raises(UnknownImageError, match="There is no upload"):
        uploads.get(image_id)
    with pytest.raises(UnknownImageError, match="There is no upload"):
        uploads.delete(image_id)


def test_more_than_the_quota_is_refused_and_nothing_is_kept(tmp_path: Path):
    uploads = Uploads(tmp_path / "uploads", 1000)
    first = uploads.add(png((1, 1, 1)), "a.png")
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    buffer = BytesIO()
    Image.fromarray(noise).save(buffer, "PNG")
    with pytest.raises(WorkspaceError, match="delete older uploads first"):
        uploads.add(buffer.getvalue(), "noise.png")
    assert uploads.records() == (first,)
    assert len(list((tmp_path / "uploads").iterdir())) == 2


@pytest.mark.parametrize(
    "data", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", png((1, 1, 1))[:60]]
)
def test_a_refused_file_is_named_and_not_kept(uploads: Uploads, tmp_path: Path, data: bytes):
    with pytest.raises(ImageError, match=r"^Image 'a\.png' "):
        uploads.add(data, "a.png")
    assert not (tmp_path / "uploads").exists()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\mug.jpg", "mug.jpg"),
        ("line\nbreak\u202egpj.exe", "line\ufffdbreak\ufffdgpj.exe"),
        ("bytes\udce9.jpg", "bytes\ufffd.jpg"),
        ("<img onerror=alert(1)>.png", "<img onerror=alert(1)>.png"),
        ("", "upload"),
        ("x" * 300, "x" * 59 + "…" + "x" * 60),
    ],
)
def test_a_display_name_holds_no_folder_and_nothing_invisible(
    uploads: Uploads, name: str, shown: str
):
    assert uploads.add(png((7, 7, 7)), name).tags == {"name": shown}


def test_metadata_of_the_uploaded_file_is_not_kept(uploads: Uploads):
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    record = uploads.add(png((7, 7, 7), exif=exif), "a.png")
    assert b"taken at home" not in Path(record.path).read_bytes()


def test_a_damaged_note_is_named_with_its_remedy(uploads: Uploads, tmp_path: Path):
    record = uploads.add(png((7, 7, 7)), "a.png")
    note = next((tmp_path / "uploads").glob("*.json"))
    for text in ("", "{", "[]", '{"format": "other"}', note.read_text().replace("30", '"30"')):
        note.write_text(text)
        with pytest.raises(StaleIndexError, match=f"The upload '{note.name}' is damaged"):
            uploads.get(record.image_id)


def test_a_picture_without_its_note_is_no_upload_and_is_written_over(
    uploads: Uploads, tmp_path: Path
):
    record = uploads.add(png((7, 7, 7)), "a.png")
    next((tmp_path / "uploads").glob("*.json")).unlink()
    assert uploads.records() == ()
    assert uploads.add(png((7, 7, 7)), "a.png") == record


def test_uploads_folder_that_cannot_be_made_is_a_workspace_error(tmp_path: Path):
    (tmp_path / "uploads").touch()
    with pytest.raises(WorkspaceError, match="'uploads' for uploads cannot be used"):
        Uploads(tmp_path / "uploads", QUOTA).add(png((1, 1, 1)), "a.png")


def test_two_owners_of_one_picture_have_an_upload_each(uploads: Uploads):
    picture = png((7, 7, 7))
    mine, yours = uploads.add(picture, "a.png", "me"), uploads.add(picture, "b.png", "you")
    assert mine.image_id != yours.image_id
    assert uploads.records("me") == (mine,)
    assert uploads.records("you") == (yours,)
    assert uploads.records("") == ()


def test_the_owner_survives_a_restart(uploads: Uploads, tmp_path: Path):
    mine = uploads.add(png((7, 7, 7)), "a.png", "me")
    assert Uploads(tmp_path / "uploads", QUOTA).owner(mine.image_id) == "me"


def test_what_is_made_from_an_upload_is_its_owners(uploads: Uploads):
    mine = uploads.add(png((7, 7, 7)), "a.png", "me")
    crop = uploads.add_pixels(np.zeros((8, 8, 3), np.uint8), "crop", mine.image_id, "0,0,8,8")
    copy = uploads.add_pixels(np.ones((8, 8, 3), np.uint8), "copy", crop.image_id)
    assert uploads.owner(copy.image_id) == "me"
    assert uploads.records("me") == (mine,)


def test_what_is_made_from_an_image_of_the_corpus_is_everyones(uploads: Uploads):
    copy = uploads.add_pixels(np.ones((8, 8, 3), np.uint8), "copy", "images/a.jpg")
    assert uploads.owner(copy.image_id) is None


def test_deleting_an_upload_deletes_what_was_made_from_it(uploads: Uploads, tmp_path: Path):
    mine = uploads.add(png((7, 7, 7)), "a.png", "me")
    crop = uploads.add_pixels(np.zeros((8, 8, 3), np.uint8), "crop", mine.image_id, "0,0,8,8")
    copy = uploads.add_pixels(np.ones((8, 8, 3), np.uint8), "copy", crop.image_id)
    assert uploads.delete(mine.image_id) == (mine, crop, copy)
    assert list((tmp_path / "uploads").iterdir()) == []


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_an_upload_expires_after_its_lifetime(tmp_path: Path, clock: Clock):
    uploads = Uploads(tmp_path / "uploads", QUOTA, clock)
    old = uploads.add(png((1, 1, 1)), "old.png", "me")
    copy = uploads.add_pixels(np.ones((8, 8, 3), np.uint8), "copy", "images/a.jpg")
    clock.now += timedelta(days=5)
    uploads.add(png((2, 2, 2)), "new.png", "me")
    assert uploads.expired(timedelta(days=6)) == ()
    clock.now += timedelta(days=2)
    assert uploads.expired(timedelta(days=6)) == (old.image_id,)
    assert copy in uploads.records()


def test_uploading_again_begins_the_lifetime_again(tmp_path: Path, clock: Clock):
    uploads = Uploads(tmp_path / "uploads", QUOTA, clock)
    uploads.add(png((1, 1, 1)), "a.png", "me")
    clock.now += timedelta(days=5)
    uploads.add(png((1, 1, 1)), "a.png", "me")
    clock.now += timedelta(days=5)
    assert uploads.expired(timedelta(days=6)) == ()


def test_the_lifetime_of_an_upload_of_an_older_version_begins_now(tmp_path: Path, clock: Clock):
    uploads = Uploads(tmp_path / "uploads", QUOTA, clock)
    old = uploads.add(png((1, 1, 1)), "a.png")
    note = next((tmp_path / "uploads").glob("*.json"))
    fields = json.loads(note.read_text())
    del fields["owner"], fields["created_at"]
    note.write_text(json.dumps(fields))
    assert uploads.owner(old.image_id) == ""  # no browser's: only scripts see it
    assert uploads.expired(timedelta(days=6)) == ()
    clock.now += timedelta(days=7)
    assert uploads.expired(timedelta(days=6)) == (old.image_id,)
