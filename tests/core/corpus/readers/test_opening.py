"""A corpus made of a benchmark's own files and pictures drawn where they belong."""

import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.corpus.images import ImageOpener
from core.corpus.manifest import open_corpus
from core.corpus.readers.recognise import read_benchmark, recognised
from core.errors import ManifestError, SettingsError
from core.types.query_text import picture_of
from tests.core.corpus.readers.test_formats import FORMATS

COMPOSED = ["cirr", "circo", "fashioniq", "genecis", "icir"]
IMAGES = ["revisitop/roxford5k", "ilias", "gldv2", "instre", "sop", "inshop", "product1m", "disc21"]
OPENED = [*IMAGES, *COMPOSED]


def drawn(folder: str, place: Path) -> Path:
    """Copy a format and draw a picture of 240 x 200 pixels wherever one should lie."""
    shutil.copytree(FORMATS / folder, place, dirs_exist_ok=True)
    row = recognised(place)
    assert row is not None
    benchmark = read_benchmark(row, place)
    images = {*benchmark.database, *(q.image for q in benchmark.queries if q.image)}
    for number, one in enumerate(sorted(images)):
        path = place / benchmark.files[one][0]
        path.parent.mkdir(parents=True, exist_ok=True)
        random = np.random.default_rng(number)
        pixels = random.integers(0, 256, (200, 240, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    return place


@pytest.mark.parametrize("folder", OPENED)
def test_a_complete_benchmark_opens_with_its_ground_truth(folder: str, tmp_path: Path) -> None:
    corpus = open_corpus(drawn(folder, tmp_path))
    use = corpus.benchmark
    assert use is not None
    assert use.of_all == ""
    assert len(corpus.queries) == use.n_queries
    assert len(corpus.database) == use.n_images
    assert not any(record.problem for record in (*corpus.queries, *corpus.database))
    assert corpus.relevance is not None
    for query in use.benchmark.queries:
        relevance = corpus.relevance[use.queries[query.query_id]]
        assert relevance.positives == {use.image_ids[one] for one in query.positives}
        junk = {use.image_ids[one] for one in query.junk | query.removed}
        own = {relevance.query_id, picture_of(relevance.query_id)}  # always junk to itself
        assert relevance.junk - own == junk - own
    assert corpus.labels_from.text.startswith("the files of ")


def test_queries_that_are_texts_alone_are_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"texts alone.*--format none") as refused:
        open_corpus(drawn("inquire", tmp_path))
    assert str(refused.value).count(". ") == 0


@pytest.mark.parametrize("folder", COMPOSED)
def test_a_query_with_a_text_is_a_query_of_its_own(folder: str, tmp_path: Path) -> None:
    corpus = open_corpus(drawn(folder, tmp_path))
    use = corpus.benchmark
    assert use is not None
    by_id = {query.image_id: query for query in corpus.queries}
    for one in use.benchmark.queries:
        query = by_id[use.queries[one.query_id]]
        assert query.text == " ".join(" and ".join(one.texts).split())
        assert query.role == "query"
        assert query.asked_key != query.sha256
    assert not any(image.text for image in corpus.database)
    assert len({query.asked_key for query in corpus.queries}) == len(corpus.queries)


def test_images_of_the_attribute_tasks_are_crops_as_the_official_loader_cuts_them(
    tmp_path: Path,
) -> None:
    corpus = open_corpus(drawn("genecis", tmp_path))
    use = corpus.benchmark
    assert use is not None
    cropped = {one.crop for one in corpus.database if one.crop is not None}
    assert len(cropped) == len(use.benchmark.crops) > 0
    one = next(iter(use.benchmark.crops))
    x, y, width, height = map(float, one.partition("@")[2].split(","))
    left, top, right, bottom = use.benchmark.crops[one]
    assert left == math.floor(max(0, x - 0.7 * width))
    assert top == math.floor(max(0, y - 0.7 * height))
    assert abs(right - left - 1.7 * width) < 2
    assert abs(bottom - top - 1.7 * height) < 2


def test_a_query_is_its_crop(tmp_path: Path) -> None:
    root = drawn("revisitop/roxford5k", tmp_path)
    corpus = open_corpus(root)
    query = corpus.queries[0]
    assert query.crop is not None
    assert (query.width, query.height) == (156, 126)
    pixels = ImageOpener(root).load(query)
    crop = query.crop
    with Image.open(root / query.path) as image:
        whole = np.asarray(image.convert("RGB"))
    assert np.array_equal(pixels, whole[crop.y0 : crop.y1, crop.x0 : crop.x1])


def test_another_crop_of_the_same_file_is_another_image(tmp_path: Path) -> None:
    plain = open_corpus(drawn("ilias", tmp_path))
    cropped = open_corpus(tmp_path, form="ilias:crop")
    sums = {record.sha256 for record in plain.queries}
    assert not sums & {record.sha256 for record in cropped.queries}
    assert [r.sha256 for r in plain.database] == [r.sha256 for r in cropped.database]


def test_a_crop_outside_the_picture_is_said(tmp_path: Path) -> None:
    root = drawn("revisitop/roxford5k", tmp_path)
    query = open_corpus(root).queries[0]
    Image.new("RGB", (20, 20)).save(root / query.path)
    found = {q.image_id: q for q in open_corpus(root).queries}[query.image_id]
    assert found.problem is not None
    assert "its box 22,21,178,147 shows nothing" in found.problem


def test_missing_images_are_counted_and_named(tmp_path: Path) -> None:
    root = drawn("revisitop/roxford5k", tmp_path)
    (root / "jpg/ox_000011.jpg").unlink()
    (root / "jpg/query_000003.jpg").unlink()
    corpus = open_corpus(root)
    use = corpus.benchmark
    assert use is not None
    assert use.of_all == " on 17 of 19 images"
    assert use.missing == ("jpg/query_000003.jpg", "jpg/ox_000011.jpg")
    assert "numbers are not the benchmark's" in corpus.assumed[0]
    assert all("ox_000011" not in query.positives for query in use.benchmark.queries)


def test_images_are_found_below_the_folder(tmp_path: Path) -> None:
    root = drawn("revisitop/roxford5k", tmp_path)
    (root / "images/oxford").mkdir(parents=True)
    (root / "jpg").rename(root / "images/oxford/jpg")
    use = open_corpus(root).benchmark
    assert use is not None
    assert use.of_all == ""
    assert use.image_ids["ox_000000"] == "images/oxford/jpg/ox_000000.jpg"


@pytest.mark.parametrize(("keep", "said"), [("query", "no database image"), ("ox", "no query")])
def test_a_benchmark_without_its_images_says_where_they_belong(
    keep: str, said: str, tmp_path: Path
) -> None:
    root = drawn("revisitop/roxford5k", tmp_path)
    for path in (root / "jpg").glob("*.jpg"):
        if not path.name.startswith(keep):
            path.unlink()
    with pytest.raises(ManifestError, match=f"{said} of them; put the images"):
        open_corpus(root)


def test_a_query_that_is_in_the_database_whole_keeps_an_id_of_its_own(tmp_path: Path) -> None:
    root = drawn("revisitop/roxford5k", tmp_path)
    import pickle

    ground = {
        "imlist": ["ox_000000", "ox_000001", "ox_000002"],
        "qimlist": ["ox_000000"],
        "gnd": [{"bbx": [10, 10, 50, 60], "easy": [1], "hard": [], "junk": [0]}],
    }
    (root / "gnd_roxford5k.pkl").write_bytes(pickle.dumps(ground))
    corpus = open_corpus(root)
    (query,) = corpus.queries
    assert query.image_id == "jpg/ox_000000.jpg [10,10,50,60]"
    assert "jpg/ox_000000.jpg" in {record.image_id for record in corpus.database}
    assert (query.width, query.height) == (40, 50)


def test_a_manifest_says_more_than_a_benchmarks_files(tmp_path: Path) -> None:
    root = drawn("sop", tmp_path)
    first = next(root.rglob("*.JPG")).relative_to(root).as_posix()
    (root / "manifest.csv").write_text(f"image,role,instance\n{first},both,x\n")
    corpus = open_corpus(root)
    assert corpus.benchmark is None
    assert len(corpus.database) == 1
    named = open_corpus(root, form="sop")
    assert named.benchmark is not None


def test_format_none_opens_the_pictures_alone(tmp_path: Path) -> None:
    root = drawn("sop", tmp_path)
    corpus = open_corpus(root, form="none")
    assert corpus.benchmark is None
    assert corpus.labels_from.folders == "guessed"


def test_an_unknown_format_is_told_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="known are revisited"):
        open_corpus(drawn("sop", tmp_path), form="oxford")
