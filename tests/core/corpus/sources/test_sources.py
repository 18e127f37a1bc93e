"""Every place where images may lie behaves as a folder of files does."""

import json
import os
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest

from core.corpus.images import ImageOpener
from core.corpus.manifest import open_corpus
from core.corpus.sources.folder import FolderSource
from core.corpus.sources.opening import open_source
from core.corpus.sources.protocol import UNKNOWN
from core.corpus.walk import IMAGE
from core.errors import ImageError
from core.types.corpus import Corpus
from tests.core.corpus.sources.packing import PACKED, add
from tests.shared import shared


@pytest.fixture(params=["files", *PACKED])
def packed(request: pytest.FixtureRequest, tiny_corpus_root: Path, tmp_path: Path) -> Path:
    if request.param == "files":
        return tiny_corpus_root
    return PACKED[request.param](tiny_corpus_root, tmp_path / "packed")


def test_the_same_corpus_comes_out(packed: Path, tiny_corpus: Corpus, tmp_path: Path):
    corpus = open_corpus(packed, tmp_path / "space/images.json")
    assert corpus.fingerprint == tiny_corpus.fingerprint
    assert corpus.relevance is not None
    assert tiny_corpus.relevance is not None
    assert dict(corpus.relevance) == dict(tiny_corpus.relevance)
    for mine, theirs in zip(
        corpus.queries + corpus.database, tiny_corpus.queries + tiny_corpus.database, strict=True
    ):
        assert mine == theirs
    again = open_corpus(packed, tmp_path / "space/images.json")
    assert (again.fingerprint, again.queries) == (corpus.fingerprint, corpus.queries)


def test_pixels_are_those_of_the_files(packed: Path, tiny_corpus: Corpus):
    images, files = ImageOpener(open_source(packed)), ImageOpener(tiny_corpus.root)
    for record in tiny_corpus.database:
        assert np.array_equal(images.load(record), files.load(record))


def test_found_find_stamp_and_read_agree(packed: Path, tiny_corpus: Corpus):
    source = open_source(packed)
    ids = {record.image_id for record in tiny_corpus.queries + tiny_corpus.database}
    assert {one.path for one in source.found() if one.kind == IMAGE} == ids
    for image_id in sorted(ids):
        assert source.find(image_id).fault is None
        assert source.stamp(image_id) != UNKNOWN
        assert source.read(image_id, "x") == (tiny_corpus.root / image_id).read_bytes()
    assert len({source.stamp(image_id) for image_id in ids}) == len(ids)


def test_a_path_with_one_reading_is_found_and_what_is_missing_is_not(packed: Path):
    source = open_source(packed)
    for spelled in ("./images/disc_1.png", "images\\disc_1.png", "images//disc_1.png"):
        place = source.find(spelled)
        assert (place.name, place.fault) == ("images/disc_1.png", None)
        assert place.said
    for spelled in ("images/none.png", "../images/disc_1.png", "/images/disc_1.png", ""):
        assert source.find(spelled).fault is not None
    assert source.stamp("images/none.png") == UNKNOWN
    with pytest.raises(ImageError, match=r"^Image 'x' is missing.*; .+\.$"):
        source.read("images/none.png", "x")


@pytest.mark.parametrize("kind", ["three tars", "zip", "webdataset", "parquet"])
def test_masks_come_out_of_archives(kind: str, tmp_path: Path):
    case = tmp_path / "case"
    shutil.copytree(shared("cases/09-masks") / "m01", case)
    for path in [case, *case.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    packed = PACKED[kind](case, tmp_path / "packed")
    corpus = open_corpus(packed)
    assert corpus.fingerprint == open_corpus(case).fingerprint
    images = ImageOpener(open_source(packed))
    assert [images.load_mask(record).mean() for record in corpus.database] == [0.25] * 6


def test_a_mask_that_an_archive_lacks_is_listed(tmp_path: Path):
    case = tmp_path / "case"
    shutil.copytree(shared("cases/09-masks") / "m01", case)
    rows = [{"image": "a.png", "mask": "none.png"}]
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        for row in rows:
            add(archive, row["image"], (case / "m/o0_1.png").read_bytes())
            said = {"role": "both", "instance": "x", "mask": row["mask"]}
            add(archive, "a.json", json.dumps(said).encode())
    (record,) = open_corpus(tmp_path / "x.tar").database
    assert record.problem is None
    assert "is missing in the archive" in str(record.mask_problem)


def test_what_was_remembered_is_not_read_through_again(
    tiny_corpus_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    packed = PACKED["three tars"](tiny_corpus_root, tmp_path / "packed")
    cache = tmp_path / "space/images.json"
    first = open_corpus(packed, cache)
    monkeypatch.setattr(tarfile, "open", None)
    assert open_corpus(packed, cache).fingerprint == first.fingerprint


def test_an_archive_that_was_replaced_is_seen(tiny_corpus_root: Path, tmp_path: Path):
    packed = PACKED["one tar"](tiny_corpus_root, tmp_path / "packed")
    cache = tmp_path / "space/images.json"
    first = open_corpus(packed, cache)
    source, status = open_source(packed, cache), packed.stat()
    (tiny_corpus_root / "images/disc_1.png").write_bytes(
        (tiny_corpus_root / "images/cross_1.png").read_bytes()
    )
    PACKED["one tar"](tiny_corpus_root, tmp_path / "packed")
    os.utime(packed, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(ImageError, match="which has changed; start again"):
        source.read("images/disc_1.png", "x")
    assert open_corpus(packed, cache).fingerprint != first.fingerprint


def test_names_in_the_other_unicode_form_are_found_in_archives(tmp_path: Path):
    case = shared("cases/06-names-nfd") / "corpus"
    for name in ("three tars", "zip"):
        packed = PACKED[name](case, tmp_path / name)
        corpus = open_corpus(packed)
        assert corpus.fingerprint == open_corpus(case).fingerprint
        assert "names in another Unicode form (9)" in corpus.assumed[0]


def test_a_folder_of_images_beside_an_archive_is_a_folder(tiny_corpus_root: Path):
    (tiny_corpus_root / "copy.zip").write_bytes(b"PK")
    assert isinstance(open_source(tiny_corpus_root), FolderSource)
