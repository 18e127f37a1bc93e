"""What people's own data cost: images in tars, vectors from elsewhere, a cold folder.

Run `python -m tests.benchmarks.own_data tars|vectors|cold --folder DIR`. The folder is filled first
(resumable); what is measured runs in fresh processes and is printed as JSON.
"""

import argparse
import io
import json
import multiprocessing
import statistics
import sys
import tarfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.corpus.images import ImageOpener
from core.corpus.manifest import READ, open_corpus
from core.corpus.sources.folder import FolderSource
from core.corpus.sources.opening import open_source
from core.exchange.importing_vectors import import_vectors
from core.exchange.vectors import open_vectors
from core.storage.imports import VectorImports
from core.storage.tokens import DescriptorStore
from core.types.corpus import Corpus, ImageRecord
from core.types.runs import Progress

SIDE_PX = 32
N_LOOKS = 500
_STATUS = Path("/proc/self/status")


def main() -> None:
    """Fill the folder, then measure in processes of their own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=sorted(_MEASURES))
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--n", type=int, help="Images or vectors (default: as the aims say).")
    given = parser.parse_args()
    fill, steps, n = _MEASURES[given.what]
    given.folder.mkdir(parents=True, exist_ok=True)
    fill(given.folder, given.n or n)
    found: dict[str, Any] = {}
    for step in steps:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            found |= pool.apply(step, (given.folder,))
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


def drawn(number: int) -> bytes:
    """Return a small PNG that no other number has."""
    pixels = np.random.default_rng(number).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    image = Image.fromarray(pixels).resize((SIDE_PX, SIDE_PX), Image.Resampling.NEAREST)
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


# ---- images in tars


def fill_tars(folder: Path, n: int) -> None:
    """Write n images into 100 tars, instances of ten images as folders."""
    place = folder / "tars"
    place.mkdir(exist_ok=True)
    for shard in range(100):
        path = place / f"{shard:05d}.tar"
        if path.exists():
            continue
        with tarfile.open(path.with_suffix(".part"), "w") as archive:
            for number in range(shard, n, 100):
                data = drawn(number)
                member = tarfile.TarInfo(f"{number // 10:06d}/{number:06d}.png")
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        path.with_suffix(".part").rename(path)
    (folder / "images.json").unlink(missing_ok=True)
    (folder / "archives.json").unlink(missing_ok=True)


def tars_cold(folder: Path) -> dict[str, Any]:
    """List the headers once, then read every image once."""
    root, cache = folder / "tars", folder / "images.json"
    seconds, source = timed(lambda: open_source(root, cache))
    reading, corpus = timed(lambda: open_corpus(source, cache))
    return {
        "images": len(corpus.database),
        "listed_once_s": seconds,
        "read_and_hashed_once_s": reading,
        "cold_peak_mib": peak_mib(),
    }


def tars_again(folder: Path) -> dict[str, Any]:
    """Open the same again, and read images at random places."""
    root, cache = folder / "tars", folder / "images.json"
    listing, source = timed(lambda: open_source(root, cache))
    opening, corpus = timed(lambda: open_corpus(source, cache))
    images = ImageOpener(source)
    rows = np.random.default_rng(0).integers(0, len(corpus.database), N_LOOKS).tolist()
    reads = [timed(lambda row=row: source.read(corpus.database[row].path, ""))[0] for row in rows]
    loads = [timed(lambda row=row: images.load(corpus.database[row]))[0] for row in rows]
    return {
        "listed_again_s": listing,
        "opened_again_s": listing + opening,
        "random_image_read_ms": 1000 * statistics.median(reads),
        "random_image_decoded_ms": 1000 * statistics.median(loads),
        "again_peak_mib": peak_mib(),
    }


# ---- vectors


def fill_vectors(folder: Path, n: int) -> None:
    """Write n random float32 vectors of 512 numbers and their ids."""
    if not (folder / "v.npy").exists():
        rows = np.random.default_rng(0).normal(size=(n, 512)).astype(np.float32)
        np.save(folder / "v.npy", rows)
        (folder / "v.txt").write_text("\n".join(f"{row:06d}.jpg" for row in range(n)))


def vectors_imported(folder: Path) -> dict[str, Any]:
    """Import the file into an empty store, for a corpus of as many images, none of which exists."""
    n = len(np.load(folder / "v.npy", mmap_mode="r"))
    records = tuple(
        ImageRecord(f"{row:06d}.jpg", f"{row:06d}.jpg", "database", sha256=f"{row:064x}")
        for row in range(n)
    )
    corpus = Corpus("drawn", folder, (), records, None, "x")
    before = peak_mib()
    place = folder / f"store-{time.time_ns()}"

    def run() -> None:
        file = open_vectors(folder / "v.npy")
        store = lambda fingerprint: DescriptorStore(place / "d", fingerprint)  # noqa: E731
        for _ in import_vectors(file, "v", corpus, store, VectorImports(place / "i")):
            pass

    seconds, _ = timed(run)
    record = VectorImports(place / "i").get("v")
    return {
        "vectors": record.n_vectors,
        "dimension": record.dimension,
        "imported_s": seconds,
        "peak_mib": peak_mib(),
        "peak_before_mib": before,
    }


# ---- a cold folder


def fill_cold(folder: Path, n: int) -> None:
    """Write n files into folders of 500."""
    for number in range(n):
        place = folder / "cold" / f"{number // 500:04d}"
        place.mkdir(parents=True, exist_ok=True)
        if not (place / f"{number:06d}.png").exists():
            (place / f"{number:06d}.png").write_bytes(drawn(number))
    for name in ("images.json", "first.json"):
        (folder / name).unlink(missing_ok=True)


def cold_stopped(folder: Path) -> dict[str, Any]:
    """Open the folder and stop half-way."""
    steps: list[tuple[float, Progress]] = []
    started = time.perf_counter()

    def watch(progress: Progress) -> None:
        steps.append((time.perf_counter() - started, progress))
        if progress.stage == READ and progress.done >= progress.total / 2:
            raise KeyboardInterrupt

    read = counted(lambda: open_corpus(folder / "cold", folder / "images.json", watch=watch))
    (folder / "first.json").write_text(json.dumps(read))
    first = next(seconds for seconds, progress in steps if progress.stage == READ)
    return {
        "files": steps[-1][1].total,
        "listed_s": first,
        "words_of_progress": len(steps),
        "read_before_stop": len(read),
        "stopped_s": time.perf_counter() - started,
    }


def cold_resumed(folder: Path) -> dict[str, Any]:
    """Open it again: what was read is not read a second time; and once more, all is known."""
    started = time.perf_counter()
    read = counted(lambda: open_corpus(folder / "cold", folder / "images.json"))
    seconds = time.perf_counter() - started
    both = [*json.loads((folder / "first.json").read_text()), *read]
    again, _ = timed(lambda: open_corpus(folder / "cold", folder / "images.json"))
    return {
        "read_after_resume": len(read),
        "resumed_s": seconds,
        "read_twice": len(both) - len(set(both)),
        "opened_again_s": again,
        "peak_mib": peak_mib(),
    }


def counted(run: Callable[[], object]) -> list[str]:
    """Return the paths that were read meanwhile, in order; an interrupt ends it."""
    read: list[str] = []
    whole = FolderSource.read

    def counting(self: FolderSource, path: str, name: str) -> bytes:
        read.append(path)
        return whole(self, path, name)

    FolderSource.read = counting
    try:
        run()
    except KeyboardInterrupt:
        pass
    finally:
        FolderSource.read = whole
    return read


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    """Return wall seconds and what was returned."""
    started = time.perf_counter()
    value = run()
    return time.perf_counter() - started, value


def peak_mib() -> float:
    """Return the most memory that this process ever held, mapped files included."""
    line = next(one for one in _STATUS.read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


_Measure = tuple[Callable[[Path, int], None], tuple[Callable[[Path], dict[str, Any]], ...], int]
_MEASURES: Mapping[str, _Measure] = {
    "tars": (fill_tars, (tars_cold, tars_again), 100_000),
    "vectors": (fill_vectors, (vectors_imported,), 200_000),
    "cold": (fill_cold, (cold_stopped, cold_resumed), 50_000),
}

if __name__ == "__main__":
    main()
