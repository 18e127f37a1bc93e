"""Ask the demo's queries with a sentence: `python -m assets.recipes.rendered.composed`.

The plan knows what differs between look-alikes, so "the same in green" has a right answer. Writes
two tables beside the demo's own, and with `--folder` a corpus of them with the demo's pictures.
"""

from __future__ import annotations

import argparse
import csv
import logging
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from assets.recipes.rendered.demo import COLUMNS
from assets.recipes.rendered.demo_plan import Member, members
from assets.recipes.world.artwork import palette_of
from assets.recipes.world.colours import NAMES, named, shares

logger = logging.getLogger(__name__)
TABLES = "composed"
"""Folder in the demo's own that holds the two tables."""
LEAST_SHARE = 0.2
"""Of an object's pixels, for its colour to be named."""
LARGEST_RATIO = 0.5
"""Of a colour's share in what else might be meant to that in the right sibling."""
NOT_NAMED = frozenset({"grey", "white", "black", "brown"})
"""Colours that shadows, highlights and metal have too."""

Row: TypeAlias = dict[str, str]
Shares: TypeAlias = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a sentence asks for; `colours` may be empty, `is_detail` excludes the others."""

    text: str
    other_art: bool
    colours: tuple[str, ...]
    is_detail: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A query: the image's row, what is said, and the sibling that is meant."""

    row: Row
    text: str
    target: str


def read_rows(demo: Path) -> list[Row]:
    """Return the rows of the demo's manifest."""
    with (demo / "manifest.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def seen_colours(demo: Path, rows: Iterable[Row]) -> Shares:
    """Return each instance's colour shares (2, len(NAMES)), over its object in its query images."""
    found: dict[str, list[NDArray[np.float64]]] = {}
    for row in rows:
        if row["role"] == "query":
            with Image.open(demo / row["image"]) as image, Image.open(demo / row["mask"]) as mask:
                pixels = np.asarray(image.convert("RGB"))[np.asarray(mask)]
            found.setdefault(row["instance"], []).append(shares(pixels))
    return {instance: np.stack(each) for instance, each in found.items()}


def palette_names(member: Member) -> frozenset[str]:
    """Return the colours of a member's palette by name."""
    palette = np.array(astuple(palette_of(member.instance.art)), dtype=np.uint8)
    return frozenset(NAMES[k] for k in named(palette))


def told_colours(source: Member, target: Member, seen: Shares) -> tuple[str, ...]:
    """Return at most two colours of the target, the largest first, that the source hardly has.

    They are in the target's palette and in both its query images, whatever their light.
    """
    one, other = seen[source.instance_id].max(axis=0), seen[target.instance_id].min(axis=0)
    names = palette_names(target) - NOT_NAMED
    told = [
        k
        for k in np.argsort(-other)
        if NAMES[k] in names and other[k] >= LEAST_SHARE and one[k] <= LARGEST_RATIO * other[k]
    ]
    return tuple(NAMES[k] for k in told[:2])


def wishes(source: Member, target: Member, seen: Shares) -> Iterator[Wish]:
    """Yield the sentences that turn the source into the target."""
    one, other = source.instance.art, target.instance.art
    other_art, recoloured = (
        one.layout_seed != other.layout_seed,
        one.palette_seed != other.palette_seed,
    )
    colours = told_colours(source, target, seen)
    said = " and ".join(colours)
    if not recoloured:
        yield Wish("the same with one detail changed", False, (), is_detail=True)
        return
    if other_art:
        if colours:
            yield Wish(f"with other art, in {said}", True, colours)
        yield Wish("the same shape with other art", True, ())
        return
    if colours:
        yield Wish(f"the same in {said}", False, colours)
    yield Wish("the same in other colours", False, ())


def is_meant(member: Member, wish: Wish, source: Member, target: Member, seen: Shares) -> bool:
    """Return whether a look-alike of the source might be meant too."""
    one, other = source.instance.art, member.instance.art
    recoloured = one.palette_seed != other.palette_seed
    if wish.is_detail:
        return not recoloured
    if wish.other_art != (one.layout_seed != other.layout_seed) or not recoloured:
        return False
    have, wanted = seen[member.instance_id].max(axis=0), seen[target.instance_id].min(axis=0)
    places = [NAMES.index(colour) for colour in wish.colours]
    return all(have[k] > LARGEST_RATIO * wanted[k] for k in places)


def clear_sentences(source: Member, target: Member, seen: Shares) -> list[str]:
    """Return the sentences that mean the target and none of its look-alikes."""
    group = [m for m in members() if m.group_id == source.group_id and m != source]
    return [
        wish.text
        for wish in wishes(source, target, seen)
        if [m for m in group if is_meant(m, wish, source, target, seen)] == [target]
    ]


def ask(rows: list[Row], seen: Shares) -> list[Asked]:
    """Return a query per pair of look-alikes that a sentence can tell from the others.

    The pairs take turns over the two query images of an instance, and two of three sentences name
    a colour where one can be named.
    """
    images = {(row["instance"], number): row for row, number in numbered_queries(rows)}
    found: list[Asked] = []
    for source in members():
        for target in members():
            if target.group_id != source.group_id or target == source:
                continue
            texts = clear_sentences(source, target, seen)
            if texts:
                text = texts[0 if len(found) % 3 else -1]
                row = images[source.instance_id, len(found) % 2 + 1]
                found.append(Asked(row, text, target.instance_id))
    return sorted(found, key=lambda one: one.row["image"])


def numbered_queries(rows: Iterable[Row]) -> Iterator[tuple[Row, int]]:
    """Yield the rows of query images with their number within their instance, from 1."""
    numbers: Counter[str] = Counter()
    for row in rows:
        if row["role"] == "query":
            numbers[row["instance"]] += 1
            yield row, numbers[row["instance"]]


def tables(rows: Iterable[Row], asked: Iterable[Asked]) -> tuple[list[Row], list[Row]]:
    """Return the rows of the manifest, queries first, and those of the relevance.

    A query is named `IMAGE#N`, N its number among the image's rows. Images of its own instance are
    negatives: they do not show what is asked for.
    """
    database = [row for row in rows if row["role"] == "database"]
    manifest: list[Row] = []
    judged: list[Row] = []
    numbers: Counter[str] = Counter()
    for one in asked:
        image = one.row["image"]
        numbers[image] += 1
        manifest.append({**one.row, "text": one.text})
        labels = {one.target: "positive", one.row["instance"]: "negative"}
        judged += [
            {"query": f"{image}#{numbers[image]}", "image": row["image"],
             "label": labels[row["instance"]]}
            for row in database
            if row["instance"] in labels
        ]  # fmt: skip
    return [*manifest, *({**row, "text": ""} for row in database)], judged


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write rows as CSV: to a temporary name, then renamed."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    partial.replace(path)


def write(demo: Path, folder: Path) -> int:
    """Write both tables into a folder and return how many queries they ask."""
    rows = read_rows(demo)
    asked = ask(rows, seen_colours(demo, rows))
    manifest, judged = tables(rows, asked)
    folder.mkdir(parents=True, exist_ok=True)
    write_table(folder / "manifest.csv", (*COLUMNS, "text"), manifest)
    write_table(folder / "relevance.csv", ("query", "image", "label"), judged)
    return len(asked)


def main() -> None:
    """Parse the command line and write the tables, with or without the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", type=Path, default=Path("assets/demo"))
    parser.add_argument("--folder", type=Path, help="write a corpus here, pictures included")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    folder: Path = options.folder or options.demo / TABLES
    logger.info("%d queries in %s", write(options.demo, folder), folder)
    if options.folder:
        for name in ("images", "masks"):
            shutil.copytree(options.demo / name, folder / name, dirs_exist_ok=True)


if __name__ == "__main__":
    main()
