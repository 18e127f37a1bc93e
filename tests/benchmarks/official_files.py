"""Cost of benchmarks of full size: `python -m tests.benchmarks.official_files ilias | revisited`.

- `ilias`: 1,000 image queries over 5,000,000 ids with vectors only (random, D float16), in the
  layout of ILIAS: `benchmarks ilias FOLDER --vectors FILE` ranks and measures them. Printed are
  seconds, and the most memory that the command held.
- `revisited`: 5,000 drawn pictures and 70 queries in the layout of Revisited Oxford: the folder is
  looked at, opened, evaluated, and its numbers are printed.

Each command is a process of its own, so that its memory is its own.
"""

import argparse
import gzip
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parents[2]
N_LANDMARKS, N_OF_LANDMARK = 14, 5


def run(*words: str) -> str:
    """Run a command of the product; print its time, and the most memory of any command so far."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py"), *words], check=True, capture_output=True, text=True
    )
    seconds = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    print(f"{seconds:8.1f} s  {peak:6.2f} GiB  app.py {' '.join(words[:2])}", flush=True)  # noqa: T201
    return done.stdout


def write_ilias(folder: Path, n: int, dimension: int) -> Path:
    """Write ground truth of 1,000 queries and 4,715 positives over n ids, and vectors of all."""
    ids = folder / "image_ids"
    ids.mkdir(parents=True)
    random = np.random.default_rng(1)
    queries = [f"object_{i:03d}/query/Q{i:03d}_00" for i in range(1000)]
    owners = random.integers(0, 1000, 4715 - 1000).tolist()
    owners = [*range(1000), *owners]
    positives = [f"object_{i:03d}/pos/P{i:03d}_{k:04d}" for k, i in enumerate(owners)]
    distractors = [f"shard_{i // 10_000:04d}.tar/{i:07d}" for i in range(n - len(positives))]
    (ids / "image_query_ids.txt").write_text("".join(f"{one},0\n" for one in queries))
    (ids / "positive_ids.txt").write_text(
        "".join(f"{one},{random.random():.6f},{random.integers(80)}\n" for one in positives)
    )
    with gzip.open(ids / "distractor_ids.txt.gz", "wt", compresslevel=1) as file:
        file.write("\n".join(distractors))
    total = len(queries) + n
    path = folder / "vectors.npy"
    array = np.lib.format.open_memmap(path, "w+", np.float16, (total, dimension))
    centres = random.normal(size=(1000, dimension))
    array[:1000] = centres + random.normal(size=(1000, dimension))
    array[1000 : 1000 + len(positives)] = centres[owners] + random.normal(
        size=(len(positives), dimension)
    )
    for start in range(1000 + len(positives), total, 100_000):
        some = min(100_000, total - start)
        array[start : start + some] = random.normal(size=(some, dimension))
    array.flush()
    (folder / "vectors.ids.txt").write_text("\n".join((*queries, *positives, *distractors)))
    return path


def write_revisited(folder: Path, n: int) -> None:
    """Draw n pictures of coloured shapes and 70 queries, in the layout of Revisited Oxford."""
    (folder / "jpg").mkdir(parents=True)
    names = [f"drawn_{i:06d}" for i in range(n)]
    random = np.random.default_rng(2)
    looks = random.integers(0, 256, (N_LANDMARKS, 4, 3))
    shown = random.integers(-60, N_LANDMARKS, n)
    for name, landmark in zip(names, shown.tolist(), strict=True):
        look = looks[landmark] if landmark >= 0 else random.integers(0, 256, (4, 3))
        _draw(folder / "jpg" / f"{name}.jpg", look, random)
    gnd, queries = [], []
    for place in range(N_LANDMARKS * N_OF_LANDMARK):
        landmark = place // N_OF_LANDMARK
        name = f"landmark{landmark:02d}_{place:06d}"
        _draw(folder / "jpg" / f"{name}.jpg", looks[landmark], random)
        rows = np.flatnonzero(shown == landmark)
        parts = np.array_split(random.permutation(rows), 3)
        easy, hard, junk = (sorted(part.tolist()) for part in parts)
        gnd.append({"bbx": [10.0, 8.0, 118.0, 88.0], "easy": easy, "hard": hard, "junk": junk})
        queries.append(name)
    ground = {"imlist": names, "qimlist": queries, "gnd": gnd}
    (folder / "gnd_roxford5k.pkl").write_bytes(pickle.dumps(ground))


def _draw(path: Path, look: np.ndarray, random: np.random.Generator) -> None:
    image = Image.new("RGB", (128, 96), tuple(random.integers(0, 256, 3).tolist()))
    drawing = ImageDraw.Draw(image)
    x, y = random.integers(0, 30, 2).tolist()
    for number, colour in enumerate(look.tolist()):
        box = (x + 18 * number, y + 6 * number, x + 18 * number + 34, y + 6 * number + 40)
        (drawing.ellipse if number % 2 else drawing.rectangle)(box, fill=tuple(colour))
    image.save(path, quality=90)


def main() -> None:
    """Write a benchmark into a temporary folder, and run the commands on it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", choices=("ilias", "revisited"))
    parser.add_argument("--images", type=int, help="default: 5,000,000 and 5,000")
    parser.add_argument("--dimension", type=int, default=128)
    given = parser.parse_args()
    os.environ["PYTHONPATH"] = str(ROOT)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.which == "ilias":
            file = write_ilias(folder / "ilias", given.images or 5_000_000, given.dimension)
            found = run("benchmarks", "ilias", str(folder / "ilias"), "--vectors", str(file))
        else:
            place = folder / "oxford"
            write_revisited(place, given.images or 5_000)
            run("benchmarks", "auto", str(place))
            workspace = ("--corpus", str(place), "--workspace", str(folder / "space"))
            run("index", *workspace)
            found = run("evaluate", *workspace)
        print(found)  # noqa: T201


if __name__ == "__main__":
    main()
