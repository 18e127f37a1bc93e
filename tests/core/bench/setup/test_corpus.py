"""The corpus report of a messy folder, and deciding whether folder names are labels."""

import os
from pathlib import Path

import pytest
from PIL import Image

from core.errors import SettingsError
from core.types.corpus import LabelSource
from core.types.corpus_report import DuplicateImage, FolderImages
from core.types.orders import Fusion
from tests.conftest import draw_object
from tests.core.stand_ins import make_workbench

N_GOOD = 7


def draw_messy(root: Path) -> Path:
    """Seven readable images among what people's folders hold: 5 unreadable, 10 not opened."""
    for folder, kind, places in (
        ("katze 1", "disc", ((10, 10), (20, 20))),
        ("été", "cross", ((10, 10), (20, 20))),
        ("a#b?c&d=e%20", "bars", ((10, 10), (20, 20))),
    ):
        (root / folder).mkdir(parents=True)
        for number, place in enumerate(places):
            draw_object(kind, *place).save(root / folder / f"{number}.png")
    draw_object("empty", 0, 0).save(root / "<b>x'\".png")
    whole = (root / "katze 1/0.png").read_bytes()
    (root / "0 byte.jpg").touch()
    (root / "truncated.png").write_bytes(whole[: len(whole) // 2])
    (root / "text.jpg").write_text("no picture")
    Image.new("RGB", (3000, 20)).save(root / "strip.png")
    (root / "gone.jpg").symlink_to("nowhere.jpg")
    for name in ("a.tif", "b.TIFF", "c.gif", "d.heic", "e.pdf", "notes.txt", ".hidden.jpg"):
        (root / name).write_bytes(b"x")
    (root / "@eaDir").mkdir()
    (root / "@eaDir/0.jpg").write_bytes(b"x")
    (root / "lost.txt").symlink_to("nowhere.txt")
    os.link(root / "katze 1/0.png", root / "katze 1/second name.png")
    (root / "été/copy.png").write_bytes((root / "été/0.png").read_bytes())
    return root


@pytest.fixture
def messy(tmp_path):
    bench = make_workbench(draw_messy(tmp_path / "messy"), tmp_path / "w")
    list(bench.runs.build_index())
    yield bench
    bench.close()


def test_every_file_of_a_messy_folder_is_counted_once(messy):
    report = messy.corpus.report()
    assert (report.n_images, report.n_readable, report.n_unreadable) == (13, 8, 5)
    assert {one.kind: one.n for one in report.left_out} == {
        "TIFF": 2,
        "GIF": 1,
        "HEIC": 1,
        "PDF": 1,
        "other": 1,
        "hidden": 1,
        "copies for programs": 1,
        "broken link": 1,
        "second name of an image": 1,
    }
    assert report.n_left_out == 10
    assert report.is_complete


def test_every_unreadable_image_has_its_reason(messy):
    reasons = {one.image_id: one.reason for one in messy.corpus.report().unreadable}
    assert list(reasons) == ["0 byte.jpg", "gone.jpg", "strip.png", "text.jpg", "truncated.png"]
    for image_id, words in (
        ("0 byte.jpg", "is empty"),
        ("gone.jpg", "is a link that leads nowhere"),
        ("strip.png", "a strip beyond 50:1"),
        ("text.jpg", "is not a JPEG"),
        ("truncated.png", "is damaged or cut short"),
    ):
        assert words in reasons[image_id]


def test_all_counts_are_of_what_can_be_searched(messy):
    n = N_GOOD + 1  # with the copy
    counts = messy.runs.index_counts()
    info = messy.info
    assert messy.corpus.report().n_searchable == n
    assert (info.n_database, info.shortlist, info.max_depth) == (n, n, n)
    assert counts["n_searchable"] == n
    assert counts["n_images"] == counts["n_encoded"] == N_GOOD  # the copy is encoded once
    list(messy.runs.evaluate(messy.info.first_depth))
    summary = messy.runs.latest().summary
    assert (summary.n_database, summary.shortlist, summary.depth) == (n, n, n)


def test_before_there_is_an_index_images_with_a_readable_header_count(tmp_path):
    bench = make_workbench(draw_messy(tmp_path / "messy"), tmp_path / "w")
    assert bench.info.n_database == N_GOOD + 2  # the copy, and the truncated one
    assert bench.corpus.report().n_unreadable == 4
    bench.close()


def test_the_same_damaged_file_under_two_names_is_unreadable_twice(tmp_path):
    root = draw_messy(tmp_path / "messy")
    (root / "truncated 2.png").write_bytes((root / "truncated.png").read_bytes())
    bench = make_workbench(root, tmp_path / "w")
    list(bench.runs.build_index())
    report = bench.corpus.report()
    assert report.n_unreadable == 6
    assert report.n_readable == report.n_searchable == N_GOOD + 1
    bench.close()


def test_duplicates_are_found_by_content(messy):
    report = messy.corpus.report()
    assert report.n_duplicates == 1
    assert report.duplicates == (DuplicateImage("été/copy.png", "été/0.png"),)


def test_heic_names_what_opens_it(messy):
    (heic,) = (one for one in messy.corpus.report().left_out if one.kind == "HEIC")
    assert heic.examples == ("d.heic",)
    assert "pillow-heif" in heic.remedy


def test_folders_are_a_contact_sheet(messy):
    report = messy.corpus.report()
    assert report.n_folders == 3
    assert report.folders == (
        FolderImages("a#b?c&d=e%20", 2, ("a#b?c&d=e%20/0.png", "a#b?c&d=e%20/1.png")),
        FolderImages("katze 1", 2, ("katze 1/0.png", "katze 1/1.png")),
        FolderImages("été", 3, ("été/0.png", "été/1.png", "été/copy.png")),
    )


def test_images_that_the_manifest_does_not_name_are_left_out(tiny_corpus_root, tmp_path):
    draw_object("disc", 1, 1).save(tiny_corpus_root / "images/more.png")
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    report = bench.corpus.report()
    assert [(one.kind, one.n, one.examples) for one in report.left_out] == [
        ("not in manifest.csv", 1, ("images/more.png",))
    ]
    assert (report.n_queries, report.n_database, report.n_images) == (4, 6, 8)
    assert report.labels_from == LabelSource(manifest=True)
    assert (report.n_folders, report.folders) == (0, ())
    bench.close()


def test_masks_belong_to_the_corpus(write_corpus, tmp_path):
    manifest = "image,role,instance,mask\na.png,both,x,m.png\nb.png,both,x,\n"
    bench = make_workbench(write_corpus(manifest, "a.png", "b.png", "m.png"), tmp_path / "w")
    assert bench.corpus.report().left_out == ()
    bench.close()


def test_guessed_labels_are_marked_wherever_labels_are_named(messy):
    assert messy.info.labels_from.is_guessed
    receipt = messy.runs.receipt(Fusion(4, 0.0, 1.0))
    assert receipt.fields["labels"] == "folder names, guessed"


def test_confirmed_labels_are_no_longer_guessed_also_after_a_restart(tmp_path):
    root = draw_messy(tmp_path / "messy")
    bench = make_workbench(root, tmp_path / "w")
    bench.corpus.confirm_labels()
    assert bench.info.labels_from == LabelSource(folders="confirmed")
    assert bench.reopening.overrides is None
    bench.close()
    bench = make_workbench(root, tmp_path / "w")
    assert bench.info.labels_from.text == "folder names, confirmed"
    bench.close()


def test_dropped_labels_are_gone_after_the_reopening_and_can_come_back(tmp_path):
    root = draw_messy(tmp_path / "messy")
    bench = make_workbench(root, tmp_path / "w")
    bench.corpus.drop_labels()
    assert bench.reopening.switch.is_set()
    assert bench.reopening.overrides == {}
    bench.close()
    bench = make_workbench(root, tmp_path / "w")
    assert not bench.info.has_ground_truth
    assert bench.info.labels_from == LabelSource(folders="dropped")
    assert bench.corpus.report().n_folders == 3
    bench.corpus.confirm_labels()
    assert bench.reopening.switch.is_set()
    bench.close()
    bench = make_workbench(root, tmp_path / "w")
    assert bench.info.has_ground_truth
    bench.close()


@pytest.mark.parametrize(
    ("setting", "labels"), [("yes", "confirmed"), ("no", "dropped"), ("ask", "guessed")]
)
def test_a_setting_decides_as_well(tmp_path, setting, labels):
    root = draw_messy(tmp_path / "messy")
    bench = make_workbench(root, tmp_path / "w", folder_labels=setting)
    assert bench.info.labels_from.folders == labels
    bench.close()


def test_what_the_settings_say_cannot_be_turned_over_in_the_page(tmp_path):
    root = draw_messy(tmp_path / "messy")
    bench = make_workbench(root, tmp_path / "w", folder_labels="yes")
    with pytest.raises(SettingsError, match="The settings say folder_labels = yes"):
        bench.corpus.drop_labels()
    bench.close()


def test_without_folder_names_there_is_nothing_to_decide(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    with pytest.raises(SettingsError, match="takes no labels from folder names"):
        bench.corpus.confirm_labels()
    bench.close()
