"""The whole command on twelve pictures of the demo, with the real model."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from assets.recipes.pocket_vl.card import model
from assets.recipes.pocket_vl.card.lab import Asked, Lab
from assets.recipes.pocket_vl.card.sections import Section, measure_sections
from assets.recipes.pocket_vl.card.write import render_card, write_card
from core.corpus.manifest import open_corpus
from core.errors import SecondLookError
from core.mllm.prompts import LAYOUTS

ASSETS = Path(__file__).parents[2] / "assets"
KINSHIPS = ("original", "recoloured")


def tiny_demo(folder):
    """Two instances, made siblings, with a query and three views each, and four distractors."""
    with (ASSETS / "demo" / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = list(dict.fromkeys(row["instance"] for row in rows if row["instance"]))[:2]
    chosen = [row for row in rows if row["role"] == "database" and not row["instance"]][:4]
    for name, kinship in zip(names, KINSHIPS, strict=True):
        own = [row for row in rows if row["instance"] == name]
        own.sort(key=lambda row: row["role"] != "query")
        n_queries = sum(row["role"] == "query" for row in own)
        for row in (own[0], *own[n_queries : n_queries + 3]):
            chosen.append(row | {"group": "1", "kinship": kinship, "source": name})
    columns = list(dict.fromkeys(column for row in chosen for column in row))
    for row in chosen:
        for path in (row["image"], row.get("mask")):
            if path:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ASSETS / "demo" / path, folder / path)
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(chosen)
    return folder


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    corpus = tiny_demo(tmp_path_factory.mktemp("demo"))
    return Asked(
        model=ASSETS / "pocket-vl",
        demo=corpus,
        photos=corpus,
        rival=ASSETS / "pocket-vl",
        work=tmp_path_factory.mktemp("work"),
        threads=1,
        n_swept=1,
    )


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("card")


@pytest.fixture(scope="module")
def card(asked, out):
    return write_card(asked, out)


def test_twelve_pictures_are_measured_whole(card, asked):
    assert len(open_corpus(asked.demo).database) == 10
    assert [name for name, one in card["sections"].items() if "not_measured" in one] == []


def test_pairs_are_timed_with_all_and_with_half_of_the_candidates_tokens(asked, monkeypatch):
    timed = []

    def watched(scorer, query, candidates, score=model._score):
        timed.append((len(query.positions), {len(one.positions) for one in candidates}))
        score(scorer, query, candidates)

    monkeypatch.setattr(model, "ROUNDS", 1)
    monkeypatch.setattr(model, "_score", watched)
    found = model.measure_model(Lab(asked))
    assert set(found["half_pair_ms"]) == set(found["pair_ms"]) == set(LAYOUTS)
    whole, halved = timed[: len(timed) // 2], timed[len(timed) // 2 :]
    assert {query for query, _ in timed} <= {48, 49}
    assert all(counts <= {48, 49} for _, counts in whole)
    assert all(counts <= {24, 25} for _, counts in halved)


def test_the_perfect_order_bounds_every_order_of_the_same_shortlist(card):
    methods = card["sections"]["demo"]["methods"]
    ceiling = methods["oracle"]["map"]
    assert max(methods[n]["map"] for n in ("margin", "fusion", "maxsim", "rootsift")) <= ceiling
    assert ceiling == 1.0  # the depth holds all ten pictures


def test_a_rival_of_the_same_weights_is_as_good_as_the_descriptor(card):
    methods = card["sections"]["photos"]["methods"]
    assert methods["rival"] == methods["descriptor"]


def test_photos_are_sliced_by_source_and_by_the_hash_of_the_instance(card):
    slices = card["sections"]["photos"]["slices"]
    assert sum(one["n_queries"] for name, one in slices.items() if name in ("odd", "even")) == 2
    assert sum(name.startswith("source ") for name in slices) == 2


def test_siblings_are_told_by_the_kind_of_edit(card):
    kinds = card["sections"]["kinds"]["kinds"]
    assert kinds["sibling: recoloured"]["n"] == kinds["positive"]["n"] == 6


def test_ten_perturbations_of_one_query_are_counted(card):
    rows = card["sections"]["strengths"]["rows"]
    assert len(rows) == 10
    assert {sum(one["margin"]["counts"].values()) for one in rows.values()} == {1}


def test_the_files_hold_the_card(card, out):
    assert json.loads((out / "card.json").read_text("utf-8")) == card
    page = (out / "README.md").read_text("utf-8")
    assert f"{card['sections']['model']['parameters']:,}" in page
    assert "Not measured" not in page
    with Image.open(out / "calibration.webp") as picture:
        assert picture.format == "WEBP"
    assert (out / "calibration.webp").stat().st_size < 50_000


def test_a_second_run_measures_nothing_again(card, asked, tmp_path):
    kept = {path: path.stat().st_mtime_ns for path in (asked.work / "sections").iterdir()}
    assert write_card(asked, tmp_path) == card
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_a_section_is_measured_again_when_what_it_rests_on_has_changed(asked, tmp_path):
    log, folder = tmp_path / "train.log", tmp_path / "model"
    shutil.copytree(asked.model, folder)
    (folder / "facts.json").unlink()  # what is written beside the weights would come first

    def measured_steps():
        again = Asked(folder, asked.demo, tmp_path / "work", training_logs=(log,))
        return write_card(again, tmp_path, only=["training"])["sections"]["training"]["steps"]

    log.write_text('{"step": 3}\n')
    assert measured_steps() == 3
    log.write_text('{"step": 4}\n')
    assert measured_steps() == 4


def test_numbers_of_files_that_changed_meanwhile_are_refused_and_not_kept(asked, tmp_path):
    log = tmp_path / "train.log"
    log.write_text("{}")

    def measure(lab):
        log.write_text('{"step": 1}')
        return {"steps": 1}

    moving = Asked(asked.model, asked.demo, tmp_path / "work", training_logs=(log,))
    with pytest.raises(SecondLookError, match="section 'training' changed while it was measured"):
        measure_sections(Lab(moving), sections=[Section("training", measure, ("log",))])
    assert not (tmp_path / "work").exists()


def test_the_page_is_written_again_from_the_numbers_alone(card, out, tmp_path):
    shutil.copy(out / "card.json", tmp_path)
    render_card(tmp_path)
    for name in ("README.md", "calibration.webp"):
        assert (tmp_path / name).read_bytes() == (out / name).read_bytes()


def test_sections_that_were_not_asked_for_say_so(asked, tmp_path):
    found = write_card(asked, tmp_path, only=["training"])["sections"]
    assert found["photos"] == {"not_measured": "this section was not asked for"}


def test_without_photos_their_sections_say_so(asked, tmp_path):
    without = Asked(asked.model, asked.demo, tmp_path / "work")
    found = write_card(without, tmp_path, only=["photos", "photo kinds"])["sections"]
    reason = {"not_measured": "no folder of photos was given"}
    assert (found["photos"], found["photo kinds"]) == (reason, reason)
