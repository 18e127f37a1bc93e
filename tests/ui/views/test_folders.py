"""Opening another corpus: what is offered, what is refused, what is escaped."""

import pytest

from tests.conftest import draw_object
from tests.core.stand_ins import make_workbench
from ui.render.folders import MAX_FAULTS, render_folders, render_refusal
from ui.views.folders import opened


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    for name in ("good", "bad"):
        (tmp_path / "root" / name).mkdir(parents=True)
        draw_object("disc", 5, 5).save(tmp_path / "root" / name / "x.png")
    (tmp_path / "root/bad/manifest.csv").write_text("image,role,instance\n<b>.png,query,a\n")
    opened = make_workbench(
        tiny_corpus_root, tmp_path / "w", **{"serve.roots": (tmp_path / "root",)}
    )
    yield opened
    opened.close()


def test_without_a_root_there_is_nothing_to_see():
    assert render_folders(()) == ""


def test_a_good_folder_is_asked_for(bench, tmp_path):
    assert "data-reopen" in opened(bench, "root/good")
    asked = {"corpus": (tmp_path / "root/good").resolve(), "workspace": None}
    assert bench.reopening.overrides == asked
    assert bench.reopening.switch.is_set()


def test_every_fault_of_a_bad_folder_is_shown_and_nothing_moves(bench):
    shown = opened(bench, "root/bad")
    assert "manifest.csv:2" in shown
    assert "&lt;b&gt;.png" in shown
    assert "<b>" not in shown
    assert not bench.reopening.switch.is_set()


def test_a_name_outside_the_root_is_one_sentence(bench):
    assert "no folder below a root" in opened(bench, "../../etc")


def test_names_are_escaped():
    assert "&lt;img&gt;" in render_folders(("<img>",))


def test_many_faults_are_counted():
    shown = render_refusal(("a",), "Sentence.", [f"f{i}" for i in range(MAX_FAULTS + 7)])
    assert "and 7 more" in shown
