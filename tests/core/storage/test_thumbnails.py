"""Thumbnails are small, made once, and of known sizes only."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.corpus.images import ImageOpener
from core.corpus.manifest import open_corpus
from core.errors import ImageError, WorkspaceError
from core.storage.thumbnails import SIDES_PX, Thumbnails
from core.types.corpus import Corpus, ImageRecord


class CountingOpener:
    """A real opener that counts how often it decodes."""

    def __init__(self, root: Path) -> None:
        self._opener = ImageOpener(root)
        self.n_loads = 0

    def load(self, record: ImageRecord) -> np.ndarray:
        self.n_loads += 1
        return self._opener.load(record)


@pytest.fixture
def opener(tiny_corpus: Corpus) -> CountingOpener:
    return CountingOpener(tiny_corpus.root)


@pytest.fixture
def wide(tiny_corpus: Corpus) -> ImageRecord:
    """A picture of 800 x 400 pixels, left half red and right half blue."""
    pixels = np.zeros((400, 800, 3), np.uint8)
    pixels[:, :400, 0] = 255
    pixels[:, 400:, 2] = 255
    Image.fromarray(pixels).save(tiny_corpus.root / "wide.png")
    return ImageRecord("wide.png", "wide.png", "database", None, 800, 400, "")


def test_the_long_side_gets_the_size_asked_for(
    tmp_path: Path, opener: CountingOpener, wide: ImageRecord
):
    thumbnails = Thumbnails(tmp_path / "thumbs", opener)
    sizes = {}
    for side in SIDES_PX:
        with Image.open(thumbnails.path(wide, side)) as picture:
            sizes[side] = picture.size
            assert picture.format == "WEBP"
    assert sizes == {96: (96, 48), 160: (160, 80), 320: (320, 160), 640: (640, 320)}


def test_colours_survive_within_the_codec_s_loss(
    tmp_path: Path, opener: CountingOpener, wide: ImageRecord
):
    with Image.open(Thumbnails(tmp_path / "thumbs", opener).path(wide, 160)) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    # Measured 1 at quality 80 for flat red and blue; 8 leaves room for another libwebp.
    assert np.abs(pixels[40, 20] - (255, 0, 0)).max() <= 8
    assert np.abs(pixels[40, 140] - (0, 0, 255)).max() <= 8


def test_a_small_image_is_never_enlarged(
    tmp_path: Path, opener: CountingOpener, tiny_corpus: Corpus
):
    path = Thumbnails(tmp_path / "thumbs", opener).path(tiny_corpus.queries[0], 640)
    with Image.open(path) as picture:
        assert picture.size == (96, 72)


def test_the_second_call_decodes_nothing(
    tmp_path: Path, opener: CountingOpener, tiny_corpus: Corpus
):
    record = tiny_corpus.queries[0]
    first = Thumbnails(tmp_path / "thumbs", opener).path(record, 96)
    assert Thumbnails(tmp_path / "thumbs", opener).path(record, 96) == first
    assert opener.n_loads == 1


def test_a_thumbnail_that_a_power_cut_emptied_is_made_again(
    tmp_path: Path, opener: CountingOpener, tiny_corpus: Corpus
):
    thumbnails = Thumbnails(tmp_path / "thumbs", opener)
    path = thumbnails.path(tiny_corpus.queries[0], 96)
    path.write_bytes(b"")
    assert thumbnails.path(tiny_corpus.queries[0], 96).stat().st_size > 0


def test_threads_that_ask_together_decode_once(
    tmp_path: Path, opener: CountingOpener, wide: ImageRecord
):
    thumbnails = Thumbnails(tmp_path / "thumbs", opener)
    with ThreadPoolExecutor(8) as pool:
        paths = set(pool.map(lambda _: thumbnails.path(wide, 320), range(16)))
    assert len(paths) == 1
    assert opener.n_loads == 1


@pytest.mark.parametrize("side", [0, -96, 95, 100_000])
def test_other_sizes_are_refused(
    tmp_path: Path, opener: CountingOpener, tiny_corpus: Corpus, side: int
):
    thumbnails = Thumbnails(tmp_path / "thumbs", opener)
    with pytest.raises(ImageError, match="ask for one of 96, 160, 320, 640"):
        thumbnails.path(tiny_corpus.queries[0], side)
    assert not (tmp_path / "thumbs").exists()


def test_a_row_with_a_problem_has_no_thumbnail_but_its_reason(
    tmp_path: Path, opener: CountingOpener, tiny_corpus: Corpus
):
    record = replace(tiny_corpus.queries[0], problem="Image 'a' is damaged; replace it.")
    with pytest.raises(ImageError, match=r"^Image 'a' is damaged; replace it\.$"):
        Thumbnails(tmp_path / "thumbs", opener).path(record, 96)


def test_an_undecodable_file_leaves_nothing_behind(tmp_path: Path, tiny_corpus: Corpus):
    (tiny_corpus.root / "bad.png").write_bytes(b"no picture")
    record = ImageRecord("bad.png", "bad.png", "database", None, 9, 9, "")
    with pytest.raises(ImageError, match=r"'bad\.png' is not a JPEG"):
        Thumbnails(tmp_path / "thumbs", ImageOpener(tiny_corpus.root)).path(record, 96)
    assert not (tmp_path / "thumbs").exists()


def test_a_folder_that_cannot_be_made_is_a_workspace_error(
    tmp_path: Path, opener: CountingOpener, tiny_corpus: Corpus
):
    (tmp_path / "thumbs").touch()
    with pytest.raises(WorkspaceError, match="'thumbs' for thumbnails cannot be made"):
        Thumbnails(tmp_path / "thumbs", opener).path(tiny_corpus.queries[0], 96)


def test_thumbnails_of_real_photographs_are_webp_files_of_few_bytes(tmp_path: Path, photos: Path):
    corpus = open_corpus(photos)
    thumbnails = Thumbnails(tmp_path / "thumbs", ImageOpener(photos))
    sizes = [thumbnails.path(record, 160).stat().st_size for record in corpus.database[:20]]
    assert max(sizes) < 20_000
