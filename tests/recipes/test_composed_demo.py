"""The demo's composed queries ask for one sibling, in words that are true of its pictures."""

import csv
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assets.recipes.rendered.composed import main, palette_names, write
from assets.recipes.rendered.demo_plan import members
from assets.recipes.world.colours import NAMES, named, shares

DEMO = Path(__file__).parents[2] / "assets" / "demo"


def rows_of(name):
    with (DEMO / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def known():
    return {row["image"]: row for row in rows_of("manifest.csv")}


@pytest.fixture(scope="module")
def queries():
    """Return each query's row with its id; the ids count the rows of an image from 1."""
    numbers = Counter()
    found = {}
    for row in rows_of("composed/manifest.csv"):
        if row["role"] == "query":
            numbers[row["image"]] += 1
            found[f"{row['image']}#{numbers[row['image']]}"] = row
    return found


@pytest.fixture(scope="module")
def judged():
    found = defaultdict(lambda: defaultdict(set))
    for row in rows_of("composed/relevance.csv"):
        found[row["query"]][row["label"]].add(row["image"])
    return found


@pytest.fixture(scope="module")
def targets(judged, known):
    """Return the instances of each query's positives."""
    return {
        q: {known[one]["instance"] for one in labels["positive"]} for q, labels in judged.items()
    }


def colours_of(text):
    return set(text.replace(",", "").split()) & set(NAMES)


def test_the_tables_are_what_the_recipe_writes(tmp_path):
    assert write(DEMO, tmp_path) >= 60
    for name in ("manifest.csv", "relevance.csv"):
        assert (tmp_path / name).read_bytes() == (DEMO / "composed" / name).read_bytes()


def test_every_query_asks_for_all_views_of_one_sibling(queries, judged, targets, known):
    assert set(judged) == set(queries)
    for query, row in queries.items():
        (target,) = targets[query]
        assert known[next(iter(judged[query]["positive"]))]["group"] == row["group"]
        assert target != row["instance"]
        assert judged[query]["positive"] == {
            image for image, one in known.items()
            if one["role"] == "database" and one["instance"] == target
        }  # fmt: skip
        assert len(judged[query]["positive"]) >= 5


def test_images_of_the_querys_own_instance_are_negatives(queries, judged, known):
    for query, row in queries.items():
        assert judged[query]["negative"] == {
            image for image, one in known.items()
            if one["role"] == "database" and one["instance"] == row["instance"]
        }  # fmt: skip


def test_all_images_are_the_demos_own_rows(known):
    for row in rows_of("composed/manifest.csv"):
        assert {key: value for key, value in row.items() if key != "text"} == known[row["image"]]
    database = [row["image"] for row in rows_of("composed/manifest.csv") if row["role"] != "query"]
    assert database == [image for image, row in known.items() if row["role"] == "database"]


def test_an_image_is_never_asked_twice_with_one_sentence(queries):
    asked = Counter((row["image"], row["text"]) for row in queries.values())
    assert set(asked.values()) == {1}
    assert max(Counter(row["image"] for row in queries.values()).values()) > 1


def test_the_sentence_says_what_differs(queries, targets, known):
    """By the demo's column of kinships, in which each kind stands at most once per group."""
    kinship = {row["instance"]: row["kinship"] for row in known.values()}
    for query, row in queries.items():
        kinds = {row["kinship"], kinship[next(iter(targets[query]))]}
        if "detail" in row["text"]:
            assert kinds == {"original", "one detail changed"}
        elif "art" in row["text"]:
            assert "other art" in kinds
        else:
            assert "recoloured" in kinds
            assert "other art" not in kinds


def test_a_sentence_fits_no_other_sibling_of_its_kind(queries, targets, known):
    """Without a colour it is the only one that differs in this way; with one, the colour tells."""
    kinship = {row["instance"]: (row["group"], row["kinship"]) for row in known.values()}
    for query, row in queries.items():
        if row["text"] == "the same shape with other art" and row["kinship"] == "other art":
            others = {one for one, (group, _) in kinship.items() if group == row["group"]}
            assert others == {row["instance"], *targets[query]}
        if row["text"] == "the same in other colours" and row["kinship"] == "recoloured":
            named_ones = {row["instance"], *targets[query]}
            group = {one: kind for one, (name, kind) in kinship.items() if name == row["group"]}
            rest = {kind for one, kind in group.items() if one not in named_ones}
            assert rest <= {"other art"}


def test_named_colours_are_in_the_siblings_palette_and_pictures(queries, targets, known):
    by_id = {member.instance_id: member for member in members()}
    n_named = 0
    for query, row in queries.items():
        (target,) = targets[query]
        for colour in colours_of(row["text"]):
            n_named += 1
            assert colour in palette_names(by_id[target])
            k = NAMES.index(colour)
            shown = [share_of(one, k) for one in known.values()
                     if one["instance"] == target and one["role"] == "query"]  # fmt: skip
            assert min(shown) >= 0.2
            assert share_of(row, k) <= min(shown) / 2
    assert n_named >= 20


def share_of(row, k):
    with Image.open(DEMO / row["image"]) as image, Image.open(DEMO / row["mask"]) as mask:
        return shares(np.asarray(image.convert("RGB"))[np.asarray(mask)])[k]


def test_a_corpus_holds_every_file_that_its_tables_name(tmp_path, monkeypatch):
    small = tmp_path / "demo"
    for name in ("images", "masks"):
        (small / name).mkdir(parents=True)
    for row in rows_of("manifest.csv"):
        if row["role"] == "query":
            for column in ("image", "mask"):
                (small / row[column]).write_bytes((DEMO / row[column]).read_bytes())
    (small / "manifest.csv").write_bytes((DEMO / "manifest.csv").read_bytes())
    folder = tmp_path / "corpus"
    monkeypatch.setattr("sys.argv", ["composed", "--demo", str(small), "--folder", str(folder)])
    main()
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        asked = [row for row in csv.DictReader(file) if row["role"] == "query"]
    assert all((folder / row["image"]).is_file() for row in asked)
    assert (folder / "relevance.csv").is_file()


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((220, 30, 30), "red"), ((240, 140, 30), "orange"), ((240, 225, 50), "yellow"),
        ((60, 180, 60), "green"), ((50, 200, 200), "turquoise"), ((40, 80, 210), "blue"),
        ((130, 50, 200), "purple"), ((240, 110, 180), "pink"), ((120, 75, 30), "brown"),
        ((12, 14, 10), "black"), ((128, 128, 126), "grey"), ((245, 242, 240), "white"),
    ],
)  # fmt: skip
def test_a_plain_colour_has_its_plain_name(rgb, name):
    assert NAMES[named(np.array([rgb], dtype=np.uint8))[0]] == name


def test_shares_of_named_colours_sum_to_one():
    pixels = np.random.default_rng(1).integers(0, 256, (500, 3)).astype(np.uint8)
    found = shares(pixels)
    assert found.sum() == pytest.approx(1.0)
    assert found[NAMES.index("green")] == np.mean(named(pixels) == NAMES.index("green"))


def test_the_readme_counts_the_sentences(queries):
    texts = [row["text"] for row in queries.values()]
    n_named = sum(bool(colours_of(text)) for text in texts)
    counts = Counter(text for text in texts if not colours_of(text))
    page = " ".join((DEMO / "README.md").read_text(encoding="utf-8").split())
    assert f"hold {len(texts)} queries of an image and a sentence" in page
    assert (
        f"{n_named} name a colour, {counts['the same in other colours']} ask for other colours, "
        f"{counts['the same shape with other art']} for other art, "
        f"{counts['the same with one detail changed']} for one changed detail"
    ) in page
