"""The embedded corpus is what its manifest and its plan say, byte for byte."""

import csv
import hashlib
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assets.recipes.rendered.demo import COLUMNS
from assets.recipes.rendered.demo_plan import make_plan
from assets.recipes.rendered.objects import NAMES

DEMO = Path(__file__).parents[2] / "assets" / "demo"
KINSHIPS = {"original", "other art", "recoloured", "one detail changed"}


@pytest.fixture(scope="module")
def rows():
    with (DEMO / "manifest.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_columns_are_those_that_the_readme_documents(rows):
    assert tuple(rows[0]) == COLUMNS
    documented = (DEMO / "README.md").read_text(encoding="utf-8")
    assert all(
        f"`{name}`" in documented for name in COLUMNS if name not in {"x0", "y0", "x1", "y1"}
    )
    assert "`x0,y0,x1,y1`" in documented


def test_sixty_instances_have_two_queries_and_five_or_six_views_each(rows):
    queries = Counter(r["instance"] for r in rows if r["role"] == "query")
    views = Counter(r["instance"] for r in rows if r["role"] == "database" and r["instance"])
    assert len(queries) == 60
    assert set(queries.values()) == {2}
    assert set(views) == set(queries)
    assert set(views.values()) <= {5, 6}


def test_look_alikes_of_each_kind_share_a_group_and_its_family(rows):
    shown = {r["instance"]: r for r in rows if r["instance"]}
    kinds = Counter(r["kinship"] for r in shown.values())
    assert set(kinds) == KINSHIPS
    assert min(kinds.values()) >= 10
    for group in {r["group"] for r in shown.values()}:
        members = [r for r in shown.values() if r["group"] == group]
        assert 2 <= len(members) <= 4
        assert len({r["family"] for r in members}) == 1
        assert [r["kinship"] for r in members].count("original") == 1


def test_distractors_belong_to_no_group(rows):
    distractors = [r for r in rows if r["role"] == "database" and not r["instance"]]
    assert len(distractors) >= 100
    assert all(not r["group"] and not r["kinship"] for r in distractors)
    assert {r["family"] for r in rows} <= set(NAMES)
    assert len({r["family"] for r in rows}) >= 12


def test_a_quarter_of_the_views_is_turned_or_lit_otherwise_than_the_query(rows):
    queries = {r["instance"]: r for r in rows if r["role"] == "query"}
    views = [r for r in rows if r["role"] == "database" and r["instance"]]
    changed = 0
    for view in views:
        query = queries[view["instance"]]
        turn = abs(float(view["azimuth"]) - float(query["azimuth"])) % 360
        changed += min(turn, 360 - turn) > 60 or view["light"] != query["light"]
    assert changed >= len(views) / 4


def test_every_file_is_listed_once_and_every_listed_file_exists(rows):
    for column, folder in (("image", "images"), ("mask", "masks")):
        listed = [r[column] for r in rows]
        assert len(set(listed)) == len(rows)
        assert set(listed) == {f"{folder}/{path.name}" for path in (DEMO / folder).iterdir()}


def test_the_corpus_is_frozen(rows):
    """Pictures are rendered once: a changed byte means that model and card must be made anew."""
    lines = (DEMO / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    assert set(sums) == {"manifest.csv", *(r["image"] for r in rows), *(r["mask"] for r in rows)}
    for name, digest in sums.items():
        assert hashlib.sha256((DEMO / name).read_bytes()).hexdigest() == digest, name
    assert all(one < two for one, two in pairwise(sums))


def test_boxes_masks_and_coverage_agree(rows):
    for row in rows:
        with Image.open(DEMO / row["image"]) as image, Image.open(DEMO / row["mask"]) as mask:
            assert image.size == mask.size
            assert max(image.size) == 320
            assert mask.mode == "1"
            area = np.asarray(mask)
        x0, y0, x1, y1 = (int(row[name]) for name in ("x0", "y0", "x1", "y1"))
        columns, lines = np.flatnonzero(area.any(0)), np.flatnonzero(area.any(1))
        assert (x0, y0, x1, y1) == (columns[0], lines[0], columns[-1] + 1, lines[-1] + 1)
        assert float(row["coverage"]) == pytest.approx(area.mean(), abs=1e-4)


def test_attributes_are_within_their_ranges(rows):
    for row in rows:
        assert 0.01 <= float(row["coverage"]) <= 1
        assert 0 <= float(row["occluded"]) <= 0.8
        assert int(row["clutter"]) >= 0
        assert -180 <= float(row["rotation"]) <= 180
        assert -180 <= float(row["azimuth"]) <= 180
        assert -90 <= float(row["elevation"]) <= 90
        assert float(row["distance"]) > 0


def test_the_manifest_is_the_plan_in_its_order(rows):
    expected = [
        (f"images/{s.name}.jpg", s.role, s.member.instance_id if s.member else "", s.wish.light)
        for s in make_plan()
    ]
    assert [(r["image"], r["role"], r["instance"], r["light"]) for r in rows] == expected


def test_the_corpus_stays_small():
    size = sum(path.stat().st_size for path in DEMO.rglob("*") if path.is_file())
    assert size <= 20 * 1024 * 1024
