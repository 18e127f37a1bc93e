"""Make a workspace with a given version of Second Look, for `test_workspaces.py` to open later.

    python -m tests.upgrades.make_workspace CHECKOUT tests/upgrades/NAME

CHECKOUT is a folder with that version's `app.py`; NAME is its commit. Written are `corpus/` (the
eight drawn images of `tests/conftest.py`: their bytes are the addresses of all scores, and another
Pillow may write others), `workspace.zip`, and `expected.json`, what that version reads in it. The
lock, thumbnails and the remembered hashes of weight files, which name folders of this machine, are
left out. Commands do what commands can do; the rest is done through `app.open_bench` with types of
the checkout, so this script fits 055dc76 and versions whose door is the same.
"""

import argparse
import importlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2

from tests.conftest import draw_object, draw_tiny_corpus
from tests.upgrades.reading import AUTHOR, DEPTH, OVERRIDES, QUESTION, STAGES, read

OTHER, THIRD = "ben", "cleo"
LEFT_OUT = ("lock", "weights.json", "thumbnails/")
SAID = (
    (AUTHOR, "images/disc_q.png", "images/disc_1.png", "verdict", "match"),
    (AUTHOR, "images/disc_q.png", "images/disc_1.png", "tags", ("same light",)),
    (AUTHOR, "images/disc_q.png", "images/cross_1.png", "verdict", "no match"),
    (AUTHOR, "images/cross_q.png", "images/bars_1.png", "verdict", "label error"),
    (AUTHOR, "images/cross_q.png", "images/bars_1.png", "note", 'Größe, "quoted", =1+1'),
    (OTHER, "images/disc_q.png", "images/disc_1.png", "verdict", "near duplicate"),
    (OTHER, "images/disc_q.png", "images/cross_1.png", "verdict", "no match"),
    (OTHER, "images/bars_1.png", "images/bars_2.png", "verdict", "unsure"),
)


def main() -> None:
    """Make all of it in a temporary folder, with paths that name no machine."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", type=Path)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    checkout, out = asked.checkout.resolve(), asked.out.resolve()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        corpus, workspace = draw_tiny_corpus(Path("corpus")), Path("workspace")
        run_commands(checkout)
        expected = in_process(checkout, workspace) | {
            "scores": {name: Path(f"{name}.trec").read_text("utf-8") for name in STAGES},
            "verified": json.loads(command(checkout, "verify", "--json")),
            "opencv": cv2.__version__,
        }
        out.mkdir(parents=True, exist_ok=True)
        shutil.copytree(corpus, out / "corpus", dirs_exist_ok=True)
        pack(workspace, out / "workspace.zip")
    text = json.dumps(expected, ensure_ascii=False, indent=1)
    (out / "expected.json").write_text(f"{text}\n", encoding="utf-8")


def run_commands(checkout: Path) -> None:
    """Evaluate with every second stage, import scores, and measure a trade-off."""
    ranked = ("--depth", str(DEPTH))
    for name, options in STAGES.items():
        if name == "import":
            command(checkout, "export", *STAGES["maxsim"], *ranked, "elsewhere.csv")
            command(checkout, "import", "elsewhere.csv", "--name", "elsewhere")
        command(checkout, "evaluate", *options, *ranked)
        command(checkout, "export", *options, *ranked, f"{name}.trec")
    command(checkout, "evaluate", *ranked, "--lam", "0.3")
    grid = ("--resolutions", "full", "--compressions", "int8", "--depths", "2,4")
    command(checkout, "tradeoff", *grid)


def command(checkout: Path, verb: str, *arguments: str) -> str:
    """Run one command of the checkout on the corpus in the workspace; return what it printed."""
    where = ("--corpus", "corpus", "--workspace", "workspace")
    call = (sys.executable, str(checkout / "app.py"), verb, *where, *arguments)
    environment = {**os.environ, "PYTHONPATH": ""}
    return subprocess.run(
        call, check=True, env=environment, stdout=subprocess.PIPE, text=True
    ).stdout


def in_process(checkout: Path, workspace: Path) -> dict[str, Any]:
    """Do what no command does, then open the workspace again and return what it reads."""
    for name in [n for n in sys.modules if n.partition(".")[0] in ("app", "core", "ui")]:
        del sys.modules[name]  # the drawing imported this checkout's own
    sys.path.insert(0, str(checkout))
    app: Any = importlib.import_module("app")
    assert Path(app.__file__).parent == checkout
    types: Any = importlib.import_module("core.types")
    _, bench = app.open_bench(None, OVERRIDES)
    try:
        exhaust(bench.runs.build_index())
        annotate(bench, types)
        save(bench, types)
    finally:
        bench.close()
    kept = pack(workspace, Path("before.zip"))  # reading evaluates, which adds a run
    _, bench = app.open_bench(None, OVERRIDES)
    try:
        expected = read(bench, workspace)
    finally:
        bench.close()
    shutil.rmtree(workspace)
    shutil.unpack_archive(kept, workspace)
    return expected


def annotate(bench: Any, types: Any) -> None:
    """Judge pairs as two authors, undo and redo, import a third one's, and select pairs."""
    versions: dict[tuple[str, ...], int] = {}
    for number, (author, query, image, op, value) in enumerate(SAID):
        pair = (author, query, image)
        change = types.Change(f"action-{number}", *pair, op, value, versions.get(pair, 0))
        versions[pair] = bench.annotations.act(change).annotation.version
    bench.annotations.move(AUTHOR, "action-undo-1", None, back=True)
    bench.annotations.move(AUTHOR, "action-redo-1", None, back=False)
    bench.annotations.move(OTHER, "action-undo-2", None, back=True)
    text = bench.labels.export("jsonl", OTHER).replace(f'"{OTHER}"', f'"{THIRD}"')
    bench.labels.bring(text, AUTHOR, "action-import")
    pairs = (
        ("images/cross_q.png", "images/disc_2.png"),
        ("images/disc_q.png", "images/bars_2.png"),
    )
    bench.annotations.select(AUTHOR, pairs)


def save(bench: Any, types: Any) -> None:
    """Save a prompt and try it, a recipe, uploads, a selection on the map, and a report."""
    query = "images/disc_q.png"
    prompt = types.PromptText("ours", QUESTION, "images_then_question")
    bench.prompts.save(prompt)
    exhaust(bench.prompts.flips(query, prompt, DEPTH, 0.0, 1.0))
    noise = types.SweepRequest(query, "images/disc_1.png", "noise", pair="positive", seed=3)
    bench.robustness.save_recipe(types.Recipe("dim and noisy", (noise,)))
    picture = io.BytesIO()
    draw_object("disc", 44, 24).save(picture, "PNG")
    upload = bench.queries.add_upload(picture.getvalue(), "from the street.png")
    bench.robustness.level_query(noise, 0.2)
    exhaust(bench.queries.score(upload, DEPTH))
    bench.maps.select("pca", ((-9.0, -9.0), (9.0, -9.0), (9.0, 9.0), (-9.0, 9.0)))
    asked = types.SetRequest(n_queries=2, pair="positive", names=("contrast", "blur"))
    measuring = bench.set_sweeps.measure(asked)
    while True:
        try:
            next(measuring)
        except StopIteration as end:
            bench.set_sweeps.keep(end.value)
            return


def pack(workspace: Path, file: Path) -> Path:
    """Write a workspace's files into a zip, without what names this machine; return the zip."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(p for p in workspace.rglob("*") if p.is_file()):
            name = path.relative_to(workspace).as_posix()
            if not name.startswith(LEFT_OUT):
                archive.writestr(zipfile.ZipInfo(name), path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    return file


def exhaust(work: Iterable[object]) -> None:
    """Run long work to its end."""
    for _ in work:
        pass


if __name__ == "__main__":
    main()
