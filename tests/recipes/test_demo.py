"""The embedded corpus is what its manifest says."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assets.recipes.demo.generate import COLUMNS, jpeg_bytes, mask_bytes, row_of, shoot
from assets.recipes.demo.plan import clutter_instances, make_plan
from assets.recipes.world.families import FAMILIES
from assets.recipes.world.scenery import make_scenery
from assets.recipes.world.views import LIGHTS

DEMO = Path(__file__).parents[2] / "assets" / "demo"


@pytest.fixture(scope="module")
def rows():
    with (DEMO / "manifest.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_columns_are_those_that_the_product_documents(rows):
    assert tuple(rows[0]) == COLUMNS
    assert ",".join(COLUMNS) == (
        "image,role,instance,x0,y0,x1,y1,mask,coverage,occluded,clutter,rotation,light,family"
    )


def test_sixty_instances_have_two_queries_and_five_to_seven_views_each(rows):
    queries = Counter(r["instance"] for r in rows if r["role"] == "query")
    views = Counter(r["instance"] for r in rows if r["role"] == "database" and r["instance"])
    assert len(queries) == 60
    assert set(queries.values()) == {2}
    assert set(views) == set(queries)
    assert set(views.values()) <= {5, 6, 7}


def test_there_are_at_least_a_hundred_distractors_and_twelve_families(rows):
    assert sum(r["role"] == "database" and not r["instance"] for r in rows) >= 100
    assert {r["family"] for r in rows} == set(FAMILIES)


def test_every_file_is_listed_once_and_every_listed_file_exists(rows):
    for column, folder in (("image", "images"), ("mask", "masks")):
        listed = [r[column] for r in rows]
        assert len(set(listed)) == len(rows)
        assert set(listed) == {f"{folder}/{path.name}" for path in (DEMO / folder).iterdir()}


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
        assert 0.02 <= float(row["coverage"]) <= 1
        assert 0 <= float(row["occluded"]) <= 0.6
        assert int(row["clutter"]) >= 0
        assert -180 <= float(row["rotation"]) <= 180
        assert row["light"] in LIGHTS


def test_the_manifest_is_the_plan_in_its_order(rows):
    plan = make_plan()
    expected = [(f"images/{s.name}.jpg", s.role, s.instance_id, s.view.light) for s in plan]
    assert [(r["image"], r["role"], r["instance"], r["light"]) for r in rows] == expected


def test_the_same_seed_makes_the_same_files():
    plan = make_plan()
    assert plan == make_plan()
    for shot in (plan[3], plan[-1]):
        made = []
        for _ in range(2):
            scenery = make_scenery(clutter_instances()[:2], 5, 160, 1)
            view = shoot(shot, scenery)
            made.append((jpeg_bytes(view.image), mask_bytes(view.mask), row_of(shot, view)))
        assert made[0] == made[1]


def test_the_corpus_stays_small():
    size = sum(path.stat().st_size for path in DEMO.rglob("*") if path.is_file())
    assert size <= 10 * 1024 * 1024
