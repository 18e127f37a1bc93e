"""Fixtures that every test may use; the environment is set before any heavy import."""

import os

# albumentations asks the network for its newest version at import, gradio counts its users.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # of each of the processes that share the cores
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from PIL import Image, ImageDraw

from core.corpus import heif
from core.corpus.manifest import open_corpus
from core.types.corpus import Corpus
from tests.chromium import CHROMIUM, CHROMIUM_ARGS

if TYPE_CHECKING:  # it imports the models
    from tests.drawn_bench import Evaluated

# The time of one example says nothing on a machine shared with other work.
settings.register_profile("bench", deadline=None)
settings.load_profile("bench")

ASKED_FOR_ONLY = ("browser", "faults", "gpu", "large", "recipe", "scale")
RECIPES = Path(__file__).parent / "recipes"
WIDTH, HEIGHT = 96, 72
COLOURS: Mapping[str, tuple[int, int, int]] = {
    "disc": (200, 40, 40),
    "cross": (40, 160, 60),
    "bars": (50, 70, 190),
    "empty": (120, 120, 120),
}
MANIFEST = """\
image,role,instance,x0,y0,x1,y1,light
images/bars_1.png,both,bars,20,16,60,56,dim
images/bars_2.png,both,bars,28,12,68,52,bright
images/cross_1.png,database,cross,20,16,60,56,bright
images/cross_q.png,query,cross,32,20,72,60,dim
images/disc_1.png,database,disc,20,16,60,56,bright
images/disc_2.png,database,disc,36,8,76,48,dim
images/disc_q.png,query,disc,28,20,68,60,bright
images/empty_1.png,database,,,,,,dim
"""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave long and special tests out of a plain run; `-m faults` and so on runs them."""
    asked = str(config.option.markexpr)
    for item in items:
        if RECIPES in item.path.parents:
            item.add_marker("recipe")
        for name in ASKED_FOR_ONLY:
            if item.get_closest_marker(name) and name not in asked:
                item.add_marker(pytest.mark.skip(reason=f"runs with -m {name} only"))


@pytest.fixture(autouse=True)
def without_heic(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """HEIC stays closed, whether its extra is installed or not, but in the tests of it."""
    if not request.path.name.endswith("test_heif.py"):
        monkeypatch.setattr(heif, "is_installed", lambda: False)
        monkeypatch.setattr(heif, "can_open", lambda: False)


def draw_object(kind: str, x: int, y: int) -> Image.Image:
    """Draw one of four objects, 40 pixels wide, with its top-left corner at (x, y)."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), (230, 225, 215))
    pen = ImageDraw.Draw(picture)
    colour = COLOURS[kind]
    if kind == "disc":
        pen.ellipse((x, y, x + 39, y + 39), fill=colour)
    elif kind == "cross":
        pen.rectangle((x + 14, y, x + 25, y + 39), fill=colour)
        pen.rectangle((x, y + 14, x + 39, y + 25), fill=colour)
    elif kind == "bars":
        for left in range(x, x + 40, 10):
            pen.rectangle((left, y, left + 5, y + 39), fill=colour)
    else:
        pen.line((0, HEIGHT, WIDTH, 0), fill=colour, width=5)
    return picture


def draw_tiny_corpus(root: Path) -> Path:
    """Draw the images of `MANIFEST` below `root`, write it there, and return `root`."""
    (root / "images").mkdir(parents=True)
    (root / "manifest.csv").write_text(MANIFEST, encoding="utf-8")
    for line in MANIFEST.splitlines()[1:]:
        image, _, instance, x0, y0, *_ = line.split(",")
        draw_object(instance or "empty", int(x0 or 0), int(y0 or 0)).save(root / image)
    return root


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """The one browser of this process; where there is none the tests are skipped, or fail in CI."""
    if not Path(CHROMIUM).exists():
        reason = f"no browser at {CHROMIUM}"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture
def tiny_corpus_root(tmp_path: Path) -> Path:
    """Eight PNG images of 96 x 72 pixels and a manifest: 4 queries, 6 database images.

    Objects disc (query + 2), cross (query + 1), bars (2 of role both) and one distractor.
    """
    return draw_tiny_corpus(tmp_path / "tiny")


@pytest.fixture
def tiny_corpus(tiny_corpus_root: Path) -> Corpus:
    """The opened corpus of `tiny_corpus_root`."""
    return open_corpus(tiny_corpus_root)


@pytest.fixture(scope="session")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> "Evaluated":
    """Forty-eight drawn images and their workspaces, to be copied by whoever opens them."""
    from tests.drawn_bench import Evaluated

    return Evaluated(tmp_path_factory.mktemp("evaluated"))


@pytest.fixture
def write_corpus(tmp_path: Path) -> Callable[..., Path]:
    """A function that makes a corpus folder from texts and a picture for each named image."""

    def write(manifest: str | bytes | None, *images: str, relevance: str | None = None) -> Path:
        root = tmp_path / "corpus"
        root.mkdir()
        for place, image in enumerate(images):
            path = root / image
            path.parent.mkdir(parents=True, exist_ok=True)
            # A different size each: no two files with the same bytes.
            Image.new("RGB", (40 + place, 30), (10 * place % 256, 90, 160)).save(path)
        if manifest is not None:
            data = manifest if isinstance(manifest, bytes) else manifest.encode()
            (root / "manifest.csv").write_bytes(data)
        if relevance is not None:
            (root / "relevance.csv").write_text(relevance, encoding="utf-8")
        return root

    return write


@pytest.fixture
def photos() -> Path:
    """The folder of real photographs, which are not part of the project."""
    folder = os.environ.get("SECOND_LOOK_PHOTOS")
    if not folder:
        pytest.skip("SECOND_LOOK_PHOTOS does not name a folder of real photographs")
    return Path(folder)
