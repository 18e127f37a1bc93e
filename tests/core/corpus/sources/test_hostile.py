"""Truncated, hostile and odd archives: one sentence, nothing unpacked, nothing followed."""

import io
import json
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image

from core.corpus.manifest import open_corpus
from core.corpus.sources.opening import open_source
from core.corpus.walk import IMAGE
from core.errors import ImageError, ManifestError
from tests.core.corpus.sources.packing import add


def png(level: int = 0) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (30 + level, 20), (level, 9, 9)).save(data, "PNG")
    return data.getvalue()


def tar(path: Path, **members: bytes) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, data in members.items():
            add(archive, name, data)
    return path


def refused(path: Path) -> str:
    with pytest.raises(ManifestError) as caught:
        open_source(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")
    return str(caught.value)


def kinds(path: Path) -> dict[str, str]:
    return {one.path: one.kind for one in open_source(path).found()}


def test_links_devices_and_paths_out_of_the_archive_are_left_out(tmp_path: Path):
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as archive:
        add(archive, "a.png", png())
        add(archive, "../out.png", png(1))
        add(archive, "/root.png", png(2))
        add(archive, "x/../../up.png", png(3))
        for name, kind in (("s.png", tarfile.SYMTYPE), ("h.png", tarfile.LNKTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
        device = tarfile.TarInfo("d.png")
        device.type = tarfile.CHRTYPE
        archive.addfile(device)
    found = kinds(path)
    assert [name for name, kind in found.items() if kind == IMAGE] == ["a.png"]
    assert len(found) == 7
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_tar_that_is_cut_short_is_one_sentence(tmp_path: Path, share: float):
    members = {f"{n}.png": png(n) + bytes(4000) for n in range(5)}
    whole = tar(tmp_path / "x.tar", **members).read_bytes()
    end = 5 * (512 + 4608)
    (tmp_path / "x.tar").write_bytes(whole[: int(end * share) // 512 * 512 + 100])
    assert "x.tar is damaged or cut short" in refused(tmp_path / "x.tar")


def test_a_tar_with_an_overwritten_header_is_one_sentence(tmp_path: Path):
    path = tar(tmp_path / "x.tar", **{"a.png": png(), "b.png": png(1)})
    data = bytearray(path.read_bytes())
    data[1024:1100] = b"\xff" * 76
    path.write_bytes(bytes(data))
    assert "is damaged or cut short" in refused(path)


def test_a_zip_that_is_cut_short_is_one_sentence(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.png", png())
    data = (tmp_path / "x.zip").read_bytes()
    (tmp_path / "x.zip").write_bytes(data[:-10])
    assert "x.zip is damaged or cut short" in refused(tmp_path / "x.zip")


def test_a_bomb_is_unpacked_no_further_than_an_image_may_go(tmp_path: Path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("bomb.png", bytes(200 << 20))
        archive.writestr("a.png", png())
    source = open_source(path)
    with pytest.raises(ImageError, match=r"'bomb\.png' is larger than 64 MiB"):
        source.read("bomb.png", "bomb.png")
    corpus = open_corpus(path)
    assert [bool(record.problem) for record in corpus.database] == [False, True]


def test_a_damaged_member_is_a_listed_image(tmp_path: Path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.png", png())
        archive.writestr("b.png", png(1))
    data = bytearray(path.read_bytes())
    place = data.index(b"IDAT")
    data[place + 6] ^= 0xFF
    path.write_bytes(bytes(data))
    first, second = open_corpus(path).database
    assert "cannot be read in x.zip" in str(first.problem)
    assert second.problem is None


def test_links_and_encrypted_members_of_a_zip_are_left_out(tmp_path: Path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.png", png())
        link = zipfile.ZipInfo("s.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("secret.png", png(1))
        archive.infolist()[-1].flag_bits |= 1
    found = kinds(path)
    assert [name for name, kind in found.items() if kind == IMAGE] == ["a.png"]
    assert set(found) == {"a.png", "s.png", "secret.png"}


def test_copies_for_programs_are_left_out_of_archives_too(tmp_path: Path):
    names = ("a.png", "__MACOSX/._a.png", ".hidden/b.png", "@eaDir/a.png/t.jpg", "c.tif")
    path = tar(tmp_path / "x.tar", **{name: png(n) for n, name in enumerate(names)})
    assert [name for name, kind in kinds(path).items() if kind == IMAGE] == ["a.png"]


def test_one_path_in_two_archives_or_twice_in_one_is_refused(tmp_path: Path):
    for shard in ("0.tar", "1.tar"):
        tar(tmp_path / shard, **{"a.png": png()})
    assert "'a.png' is in 0.tar and 1.tar" in refused(tmp_path)
    with tarfile.open(tmp_path / "2.tar", "w") as archive:
        add(archive, "b.png", png())
        add(archive, "b.png", png(1))
    assert "2.tar holds 'b.png' twice" in refused(tmp_path / "2.tar")


@pytest.mark.parametrize("name", ["x.tar.gz", "x.tgz", "x.tar.xz"])
def test_a_tar_that_is_compressed_as_a_whole_says_what_to_do(tmp_path: Path, name: str):
    (tmp_path / name).write_bytes(zlib.compress(bytes(100)))
    assert "unpack it once to a .tar" in refused(tmp_path / name)
    assert "unpack it once to a .tar" in refused(tmp_path)


def test_archives_of_two_kinds_are_refused(tmp_path: Path):
    tar(tmp_path / "a.tar", **{"a.png": png()})
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("b.png", png())
    assert "archives of several kinds (.tar, .zip)" in refused(tmp_path)


def test_an_archive_without_an_image_says_what_to_do(tmp_path: Path):
    path = tar(tmp_path / "x.tar", **{"notes.md": b"x"})
    with pytest.raises(ManifestError, match=r"'x\.tar' holds neither manifest\.csv nor images"):
        open_corpus(path)


def test_text_and_class_beside_an_image_are_attributes(tmp_path: Path):
    members = {
        "mug/1.jpg": png(), "mug/1.txt": b"a red mug\n", "mug/1.cls": b"7",
        "jar/2.png": png(1), "jar/2.cls": b"8", "jar/2.json": b"not JSON",
    }  # fmt: skip
    corpus = open_corpus(tar(tmp_path / "x.tar", **members))
    assert {record.image_id: dict(record.tags) for record in corpus.database} == {
        "mug/1.jpg": {"txt": "a red mug", "cls": "7"},
        "jar/2.png": {"cls": "8"},
    }
    assert corpus.labels_from.is_guessed


def test_a_role_beside_an_image_makes_a_manifest_and_its_faults_are_named(tmp_path: Path):
    rows = {"a": {"role": "Query", "instance": "mug"}, "b": {"role": "datbase"}}
    members: dict[str, bytes] = {}
    for level, (key, row) in enumerate(rows.items()):
        members |= {f"{key}.png": png(level), f"{key}.json": json.dumps(row).encode()}
    with pytest.raises(ManifestError) as caught:
        open_corpus(tar(tmp_path / "x.tar", **members))
    assert any("role 'datbase' is not known" in fault for fault in caught.value.faults)


def test_what_is_remembered_damaged_is_one_sentence(tmp_path: Path):
    from core.errors import StaleIndexError

    path = tar(tmp_path / "x.tar", **{"a.png": png()})
    (tmp_path / "archives.json").write_text("{")
    with pytest.raises(StaleIndexError, match=r"'archives\.json' is damaged; delete"):
        open_source(path, tmp_path / "images.json")


@pytest.mark.parametrize("ending", [".parquet", ".arrow"])
def test_a_damaged_table_is_one_sentence(tmp_path: Path, ending: str):
    pytest.importorskip("pyarrow", reason="the extra `export` is not installed")
    (tmp_path / f"x{ending}").write_bytes(b"PAR1" + bytes(200))
    assert f"x{ending} is damaged or cut short" in refused(tmp_path / f"x{ending}")


def test_a_table_without_images_and_rows_without_bytes_are_said(tmp_path: Path):
    pa = pytest.importorskip("pyarrow", reason="the extra `export` is not installed")
    pq = pytest.importorskip("pyarrow.parquet", reason="the extra `export` is not installed")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "a.parquet")
    assert "has no column of images" in refused(tmp_path / "a.parquet")
    cells = [
        {"bytes": None, "path": "https://example.org/x.jpg"},
        {"bytes": png(), "path": None},
        {"bytes": png(1), "path": "a.png"},
        {"bytes": png(2), "path": "a.png"},
    ]
    pq.write_table(pa.table({"image": cells}), tmp_path / "b.parquet")
    corpus = open_corpus(tmp_path / "b.parquet")
    problems = {record.image_id: record.problem for record in corpus.database}
    assert set(problems) == {"a.png", "b-0-0.jpg", "b-0-1.jpg", "b-0-3.jpg"}
    assert "never fetched" in str(problems.pop("b-0-0.jpg"))
    assert set(problems.values()) == {None}


def test_a_selection_of_a_data_set_says_what_to_do(tmp_path: Path):
    (tmp_path / "data-0.arrow").write_bytes(b"x")
    (tmp_path / "state.json").write_text('{"_indices_files": [{"filename": "i.arrow"}]}')
    assert "flatten_indices()" in refused(tmp_path)


def test_without_pyarrow_a_table_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    assert "pip install pyarrow" in refused(tmp_path / "x.parquet")
