"""A corpus opens whole or lists all its faults at once."""

import hashlib
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from core.corpus.manifest import open_corpus
from core.errors import ManifestError, SettingsError
from core.types.corpus import Box, Corpus, ImageRecord, Relevance

WriteCorpus = Callable[..., Path]
HEAD = "image,role,instance\n"


def faults_of(root: Path) -> tuple[str, ...]:
    with pytest.raises(ManifestError) as caught:
        open_corpus(root)
    return caught.value.faults


def ids(records: tuple[ImageRecord, ...]) -> list[str]:
    return [record.image_id for record in records]


def test_the_tiny_corpus_is_sorted_by_id_in_both_lists(tiny_corpus: Corpus):
    assert tiny_corpus.name == "tiny"
    assert ids(tiny_corpus.queries) == [
        "images/bars_1.png", "images/bars_2.png", "images/cross_q.png", "images/disc_q.png",
    ]  # fmt: skip
    assert ids(tiny_corpus.database) == [
        "images/bars_1.png", "images/bars_2.png", "images/cross_1.png", "images/disc_1.png",
        "images/disc_2.png", "images/empty_1.png",
    ]  # fmt: skip


def test_the_tiny_corpus_has_the_ground_truth_of_its_instances(tiny_corpus: Corpus):
    assert tiny_corpus.relevance is not None
    one, two = "images/bars_1.png", "images/bars_2.png"
    assert dict(tiny_corpus.relevance) == {
        one: Relevance(one, frozenset({two}), frozenset({one})),
        two: Relevance(two, frozenset({one}), frozenset({two})),
        "images/cross_q.png": Relevance("images/cross_q.png", frozenset({"images/cross_1.png"})),
        "images/disc_q.png": Relevance(
            "images/disc_q.png", frozenset({"images/disc_1.png", "images/disc_2.png"})
        ),
    }


def test_a_record_holds_its_row_and_its_file(tiny_corpus: Corpus):
    path = "images/disc_q.png"
    assert tiny_corpus.queries[3] == ImageRecord(
        image_id="images/disc_q.png",
        path=path,
        role="query",
        instance_id="disc",
        width=96,
        height=72,
        sha256=hashlib.sha256((tiny_corpus.root / path).read_bytes()).hexdigest(),
        box=Box(28, 20, 68, 60),
        tags={"light": "bright"},
    )


def test_a_distractor_has_no_instance(tiny_corpus: Corpus):
    assert tiny_corpus.database[-1].instance_id is None


def test_size_and_box_are_those_after_exif_rotation(tmp_path: Path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 30)).save(tmp_path / "a.jpg", exif=exif)
    (tmp_path / "manifest.csv").write_text(
        "image,role,instance,x0,y0,x1,y1\na.jpg,both,mug,0,0,30,40\n"
    )
    record = open_corpus(tmp_path).database[0]
    assert (record.width, record.height) == (30, 40)


def test_faults_of_both_files_and_of_boxes_come_together_in_order(write_corpus: WriteCorpus):
    root = write_corpus(
        "image,role,instance,x0,y0,x1,y1\n"
        "a.png,both,mug,0,0,42,30\n"
        "b.png,both,mug,-2,0,5,5\n"
        "no.png,querry,mug,,,,\n"
        "c.png,database,mug,0,0,42,30\n",
        "a.png", "b.png", "c.png",
        relevance="query,image,label\na.png,z.png,junk\n",
    )  # fmt: skip
    with pytest.raises(ManifestError) as caught:
        open_corpus(root)
    assert str(caught.value) == (
        "Corpus 'corpus' has 5 faults; correct the listed lines and open it again."
    )
    assert caught.value.faults == (
        "manifest.csv:2: box '0,0,42,30' is outside the picture of 40 x 30 pixels",
        "manifest.csv:3: box '-2,0,5,5' is outside the picture of 41 x 30 pixels",
        "manifest.csv:4: image 'no.png' does not exist",
        "manifest.csv:4: role 'querry' is not known; write query, database or both",
        "relevance.csv:2: image 'z.png' is not in the corpus",
    )


@pytest.mark.parametrize("box", ["-2,0,9,9", "0,-2,9,9", "0,0,42,30", "0,0,40,32"])
def test_a_box_that_leaves_one_side_of_its_picture_is_a_fault(write_corpus: WriteCorpus, box: str):
    root = write_corpus(
        f"image,role,instance,x0,y0,x1,y1\na.png,both,mug,{box}\nb.png,both,mug,,,,\n"
        "c.png,both,mug,1,2,42,30\n",
        "a.png", "b.png", "c.png",
    )  # fmt: skip
    with pytest.raises(ManifestError) as caught:
        open_corpus(root)
    assert str(caught.value) == (
        "Corpus 'corpus' has 1 fault; correct the listed lines and open it again."
    )
    assert caught.value.faults == (
        f"manifest.csv:2: box '{box}' is outside the picture of 40 x 30 pixels",
    )


@pytest.mark.parametrize("box", ["-1,0,9,9", "0,-1,9,9", "0,0,40.2,30", "0,0,40,31", "-1,-1,41,31"])
def test_a_box_one_pixel_over_its_picture_is_cut_off_there(write_corpus: WriteCorpus, box: str):
    root = write_corpus(
        f"image,role,instance,x0,y0,x1,y1\na.png,both,mug,{box}\nb.png,both,mug,,,,\n",
        "a.png", "b.png",
    )  # fmt: skip
    corpus = open_corpus(root)
    record = corpus.database[0]
    assert record.box is not None
    assert record.holds(record.box)
    assert "boxes one pixel over the picture, cut off there (1)" in corpus.assumed[0]


def test_the_first_faults_of_a_file_are_listed_and_the_rest_counted(write_corpus: WriteCorpus):
    rows = "".join(f"{n}.png,both,mug\n" for n in range(1000))
    faults = faults_of(write_corpus(HEAD + rows + "a.png,both,mug\n", "a.png"))
    assert len(faults) == 21
    assert faults[0] == "manifest.csv:2: image '0.png' does not exist"
    assert faults[-1] == "manifest.csv: ... and 980 more faults"


def test_a_box_after_a_row_without_one_is_looked_at(write_corpus: WriteCorpus):
    root = write_corpus(
        "image,role,instance,x0,y0,x1,y1\na.png,both,mug,,,,\nb.png,both,mug,0,0,99,9\n",
        "a.png", "b.png",
    )  # fmt: skip
    assert faults_of(root) == (
        "manifest.csv:3: box '0,0,99,9' is outside the picture of 41 x 30 pixels",
    )


def test_a_file_that_cannot_be_decoded_is_a_row_with_its_reason(write_corpus: WriteCorpus):
    root = write_corpus(HEAD + "a.png,query,mug\nbad.png,database,mug\n", "a.png")
    (root / "bad.png").write_bytes(b"")
    record = open_corpus(root).database[0]
    assert record.problem == "Image 'bad.png' is empty (0 bytes); replace the file or remove it."
    assert (record.width, record.height) == (0, 0)


def test_a_box_on_a_picture_that_cannot_be_decoded_is_no_fault(write_corpus: WriteCorpus):
    root = write_corpus("image,role,instance,x0,y0,x1,y1\nbad.png,both,mug,0,0,9,9\n")
    (root / "bad.png").write_bytes(b"no picture")
    assert open_corpus(root).database[0].box == Box(0, 0, 9, 9)


def test_a_wholly_unusable_manifest_is_one_fault(write_corpus: WriteCorpus):
    root = write_corpus(b"\x80i\0m\0", relevance="query,image,label\na,b,junk\n")
    assert faults_of(root) == ("manifest.csv:1: the text is not UTF-8; save the file as UTF-8",)


def test_a_pair_of_relevance_csv_overrides_the_instance(write_corpus: WriteCorpus):
    root = write_corpus(
        HEAD + "q.png,query,mug\na.png,database,mug\nb.png,database,\n",
        "q.png", "a.png", "b.png",
        relevance="query,image,label\nq.png,a.png,junk\nq.png,b.png,positive\n",
    )  # fmt: skip
    truth = open_corpus(root).relevance
    assert truth is not None
    assert truth["q.png"] == Relevance("q.png", frozenset({"b.png"}), frozenset({"a.png"}))


def test_a_folder_per_instance_has_ground_truth(write_corpus: WriteCorpus):
    corpus = open_corpus(write_corpus(None, "mug/1.png", "mug/2.png", "jar/1.png"))
    assert corpus.relevance is not None
    assert dict(corpus.relevance) == {
        "jar/1.png": Relevance("jar/1.png", frozenset(), frozenset({"jar/1.png"})),
        "mug/1.png": Relevance("mug/1.png", frozenset({"mug/2.png"}), frozenset({"mug/1.png"})),
        "mug/2.png": Relevance("mug/2.png", frozenset({"mug/1.png"}), frozenset({"mug/2.png"})),
    }


def test_a_plain_folder_has_no_ground_truth_and_every_image_can_be_a_query(
    write_corpus: WriteCorpus,
):
    corpus = open_corpus(write_corpus(None, "b.png", "a.png"))
    assert corpus.relevance is None
    assert corpus.queries == corpus.database
    assert ids(corpus.queries) == ["a.png", "b.png"]


def test_relevance_csv_gives_a_plain_folder_ground_truth(write_corpus: WriteCorpus):
    root = write_corpus(
        None, "a.png", "b.png", relevance="query,image,label\na.png,b.png,positive\n"
    )
    truth = open_corpus(root).relevance
    assert truth is not None
    assert truth["a.png"] == Relevance("a.png", frozenset({"b.png"}), frozenset({"a.png"}))


def test_a_corpus_says_in_words_where_its_labels_are_from(tiny_corpus: Corpus):
    assert tiny_corpus.labels_from.text == "manifest.csv"
    (tiny_corpus.root / "relevance.csv").write_text(
        "query,image,label\nimages/disc_q.png,images/empty_1.png,junk\n"
    )
    assert open_corpus(tiny_corpus.root).labels_from.text == "manifest.csv and relevance.csv"


@pytest.mark.parametrize("name", ["missing", "file.txt", "a\0b", "n" * 5000])
def test_what_is_no_folder_is_refused_without_its_absolute_path(tmp_path: Path, name: str):
    (tmp_path / "file.txt").touch()
    said = (
        r"'file\.txt' is no corpus; give" if name == "file.txt" else r"There is no folder '.*' to"
    )
    with pytest.raises(ManifestError, match=said) as caught:
        open_corpus(tmp_path / name)
    assert str(tmp_path) not in str(caught.value)


def test_the_fingerprint_stays_while_nothing_changes(tiny_corpus: Corpus, tmp_path: Path):
    again = open_corpus(tiny_corpus.root, tmp_path / "cache.json")
    cached = open_corpus(tiny_corpus.root, tmp_path / "cache.json")
    assert again == cached == tiny_corpus


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("disc_2.png,database,disc", "disc_2.png,both,disc"),
        ("disc_2.png,database,disc", "disc_2.png,database,cross"),
        ("disc_2.png,database,disc", "disc_2.png,database,"),
        ("images/disc_2.png,database,disc,36,8,76,48,dim\n", ""),
    ],
)
def test_the_fingerprint_changes_with_roles_rows_and_relevance(
    tiny_corpus: Corpus, old: str, new: str
):
    manifest = tiny_corpus.root / "manifest.csv"
    assert old in manifest.read_text()
    manifest.write_text(manifest.read_text().replace(old, new))
    assert open_corpus(tiny_corpus.root).fingerprint != tiny_corpus.fingerprint


def test_the_fingerprint_changes_with_the_bytes_of_an_image(tiny_corpus: Corpus):
    Image.new("RGB", (96, 72)).save(tiny_corpus.root / "images/disc_q.png")
    assert open_corpus(tiny_corpus.root).fingerprint != tiny_corpus.fingerprint


def test_the_fingerprint_changes_with_a_label(tiny_corpus: Corpus):
    (tiny_corpus.root / "relevance.csv").write_text(
        "query,image,label\nimages/disc_q.png,images/disc_2.png,junk\n"
    )
    assert open_corpus(tiny_corpus.root).fingerprint != tiny_corpus.fingerprint


def test_the_fingerprint_does_not_depend_on_the_order_of_labels(tiny_corpus: Corpus):
    labels = [f"images/{name}_q.png,images/disc_2.png,junk" for name in ("disc", "cross")]
    prints: set[str] = set()
    for rows in (labels, labels[::-1]):
        text = "\n".join(["query,image,label", *rows, ""])
        (tiny_corpus.root / "relevance.csv").write_text(text)
        prints.add(open_corpus(tiny_corpus.root).fingerprint)
    assert len(prints) == 1


def test_the_fingerprint_does_not_depend_on_names_of_instances_or_order_of_rows(
    tiny_corpus: Corpus,
):
    manifest = tiny_corpus.root / "manifest.csv"
    head, *rows = manifest.read_text().replace(",disc,", ",round,").splitlines()
    manifest.write_text("\n".join([head, *rows[::-1]]) + "\n")
    assert open_corpus(tiny_corpus.root).fingerprint == tiny_corpus.fingerprint


def test_known_images_are_not_opened_again_and_a_folder_is_resolved_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    root = tmp_path / "corpus"
    rows = []
    for n in range(400):
        name = f"{n % 4}/{n}.bmp"
        (root / f"{n % 4}").mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"BM%d" % n)
        rows.append(f"{name},{'query' if n % 50 == 0 else 'database'},{n % 20}\n")
    (root / "manifest.csv").write_text(HEAD + "".join(rows))
    calls: Counter[str] = Counter()
    resolve, fdopen = Path.resolve, os.open
    monkeypatch.setattr(
        Path, "resolve", lambda *a, **k: calls.update(["resolve"]) or resolve(*a, **k)
    )
    monkeypatch.setattr(os, "open", lambda *a, **k: calls.update(["open"]) or fdopen(*a, **k))
    first = open_corpus(root, tmp_path / "cache.json")
    assert calls["open"] > 400
    calls.clear()
    again = open_corpus(root, tmp_path / "cache.json")
    assert again.fingerprint == first.fingerprint
    assert calls["open"] == 1  # the manifest
    assert calls["resolve"] <= 4 + 10  # of the folders; of the root and the manifest


def test_the_real_photographs_have_their_published_counts(photos: Path):
    corpus = open_corpus(photos)
    # shared/README.md: 59 queries, 333 database images, 160 of them distractors.
    assert (len(corpus.queries), len(corpus.database)) == (59, 333)
    assert sum(record.instance_id is None for record in corpus.database) == 160
    assert not [record for record in corpus.database if record.problem]


def test_the_tables_of_a_folder_below_describe_the_same_images(write_corpus: WriteCorpus):
    root = write_corpus("image,role,instance\na.png,both,cup\nb.png,both,cup\n", "a.png", "b.png")
    (root / "asked").mkdir()
    rows = "image,role,instance,text\na.png,query,,in red\nb.png,database,,\n"
    (root / "asked" / "manifest.csv").write_text(rows, encoding="utf-8")
    labels = "query,image,label\na.png#1,b.png,positive\n"
    (root / "asked" / "relevance.csv").write_text(labels, encoding="utf-8")
    assert ids(open_corpus(root).queries) == ["a.png", "b.png"]
    corpus = open_corpus(root, form="tables:asked")
    assert (ids(corpus.queries), ids(corpus.database)) == (["a.png#1"], ["b.png"])
    assert corpus.relevance is not None
    assert corpus.relevance["a.png#1"].positives == {"b.png"}


@pytest.mark.parametrize("folder", ["", "nowhere", "../corpus", "/etc"])
def test_a_folder_without_tables_is_one_sentence(folder: str, write_corpus: WriteCorpus):
    root = write_corpus("image,role,instance\na.png,both,cup\n", "a.png")
    with pytest.raises(SettingsError, match="name a folder below it that holds one"):
        open_corpus(root, form=f"tables:{folder}")
