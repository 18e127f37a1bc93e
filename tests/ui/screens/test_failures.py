"""The Failures screen's panels: full, running, unmeasured, empty, failing, hostile."""

import re
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from core.errors import StaleIndexError
from core.types.annotation import Queue, QueueItem, QueueSpec
from core.types.failures import LedgerLine, QuerySlice, SliceFinding, SliceSearch
from core.types.scores import MARGIN, MAXSIM
from tests.drawn_bench import FUSION
from tests.ui.pages import drawn
from ui import messages
from ui.screens.failures import screen
from ui.selection import ViewState
from ui.shared.screen import Asked, make_page, read_state
from ui.shared.slice_words import slice_words

ADDRESS = "view=failures&depth=20"


def report(bench, address: str = ADDRESS) -> str:
    return str(drawn(bench, "failures", "report", address))


def suspects(bench) -> str:
    return str(drawn(bench, "failures", "suspects", ADDRESS))


def listed(bench, slice_text: str) -> set[str]:
    address = urlencode({"view": "queries", "depth": 20, "slice": slice_text})
    html = str(drawn(bench, "queries", "list", address))
    return set(re.findall(r'class="sl-row" data-query="([^"]+)"', html))


def with_report(bench, monkeypatch, **changes) -> str:
    made = replace(bench.failures.report(FUSION), **changes)
    monkeypatch.setattr(bench.failures, "report", lambda *_, **__: made)
    return report(bench)


def measured(bench, address: str = ADDRESS) -> str:
    """Measure the pictures, as the button asks; return the job's key."""
    page = make_page(bench, (screen.SCREEN,))
    job = next(one for one in screen.SCREEN.jobs if one.name == "measure")
    return job.ask(page, read_state(bench, address), Asked("tab", {}))


def finished(bench, key: str):
    """Wait for a job of the board to end."""
    revision = 0
    while (view := bench.board.view(key)).is_active:
        revision = bench.board.wait(revision, 30)
    return view


@pytest.fixture
def unmeasured(opens, evaluated):
    """Evaluated, and the manifest tells neither coverage nor clutter."""
    return opens(evaluated.unmeasured)


def test_a_finished_run_fills_every_panel(bench):
    html = report(bench)
    assert "n = 8 of 8<" in html
    assert html.count("data-slice=") > 8
    assert "manifest" in html
    assert "rescued" in html
    assert 'data-part="failures/suspects"' in html
    assert "sl-progress" not in html
    assert 'data-queue="suspect"' in suspects(bench)


def test_every_button_opens_as_many_queries_as_it_says(bench):
    html = report(bench)
    cells = re.findall(r'data-slice="(grid:[^"]+)".*?n = (\d+)</small>', html)
    assert cells
    for name, n in cells:
        assert len(listed(bench, name)) == int(n)
    assert 'data-slice="lost:re-ranker"' in html
    line = bench.failures.report(FUSION).lines[1]
    assert len(listed(bench, "lost:re-ranker")) == line.n_losing == 7


def test_a_cell_is_named_by_what_is_written_in_it(bench):
    assert not re.search(r'class="sl-fl-cell[^>]*aria-label', report(bench))


def test_while_the_run_goes_on_slices_and_suspects_wait(running):
    html = report(running)
    assert "n = 3 of 8" in html
    assert messages.SLICES_WAIT in html
    assert messages.SLICES_WAIT in suspects(running)


def test_before_the_first_outcome_and_without_truth_there_is_one_sentence(fresh, unlabelled):
    empty = report(fresh)
    assert "Not started: 0 of 8 queries are scored." in empty
    assert "sl-fl-grid" not in empty
    assert "no ground truth" in report(unlabelled)


def test_unknown_measures_are_dashes_and_their_pictures_can_be_measured(unmeasured):
    html = report(unmeasured)
    n = unmeasured.failures.report(FUSION).n_to_measure
    assert n
    assert f"Measure {n} pictures" in html
    assert 'data-job-start="failures/measure"' in html
    assert html.count("not known</small>") == 24
    assert "0.000</b>" not in html


def test_measuring_is_a_job_after_which_the_groups_are_known(unmeasured):
    n = unmeasured.failures.report(FUSION).n_to_measure
    view = finished(unmeasured, measured(unmeasured))
    assert (view.state, view.kind, view.progress.total) == ("done", "measure", n)
    html = report(unmeasured)
    assert "sl-progress" not in html
    assert f"estimated from pixels {n}" in html
    assert "sl-fl-warn" in html


def test_while_pictures_are_measured_they_cannot_be_asked_for_again(unmeasured, monkeypatch):
    monkeypatch.setattr(unmeasured.board, "_next", lambda _lane: None)  # everything waits
    measured(unmeasured)
    html = report(unmeasured)
    assert "Measuring the pictures" in html
    assert "data-job-start" not in html


def test_the_published_limits_can_be_chosen(bench):
    html = report(bench, f"{ADDRESS}&bounds=ilias")
    assert "0.0688 to 0.135" in html
    assert 'data-bounds="ilias" aria-pressed="true"' in html
    assert 'data-slice="grid:ilias:' in html


def test_a_damaged_workspace_is_one_sentence(bench, monkeypatch):
    def refuse(*_args, **_options):
        raise StaleIndexError("scores.sqlite is damaged; run `verify`.")

    monkeypatch.setattr(bench.failures, "report", refuse)
    assert "scores.sqlite is damaged" in report(bench)


def test_a_fusion_that_gains_is_written_with_its_sign_and_has_no_segment(bench, monkeypatch):
    lines = (*bench.failures.report(FUSION).lines[:2], LedgerLine("fusion", -0.02, 1, 3))
    html = with_report(bench, monkeypatch, lines=lines)
    assert "+0.020" in html
    assert "1 of 8 queries lose, 3 gain" in html
    assert 'class="sl-fl-part sl-fl-fusion"' not in html


def test_every_stage_of_a_pipeline_has_its_segment(bench, monkeypatch):
    stages = [LedgerLine(f"stage {i}", 0.1, 2, 0, name) for i, name in ((1, "maxsim"), (2, "mllm"))]
    html = with_report(bench, monkeypatch, lines=tuple(stages))
    assert html.count('class="sl-fl-part sl-fl-reranker"') == 2
    assert "what the order by maxsim loses" in html


def test_withheld_numbers_are_not_drawn(bench, monkeypatch):
    assert messages.WITHHELD in with_report(bench, monkeypatch, ledger=None, withheld=True)


def test_findings_are_marked_and_hostile_values_escaped(bench, monkeypatch):
    one = SliceFinding("<b>", '"x"', 9, 30, 0.2, -0.3, None, 0.001)
    search = SliceSearch((one, replace(one, p_value=0.9)), 0.05, 39, 5)
    html = with_report(bench, monkeypatch, slices=search)
    assert html.count("a finding") == 1
    assert 'data-slice="tag:&lt;b&gt;=&#34;x&#34;"' in html
    assert "1 of 2 tried" in html


def test_the_bound_of_a_slice_stands_beside_its_effect(bench, monkeypatch):
    one = SliceFinding("light", "dim", 9, 30, 0.2, -0.3, -0.02, 0.04)
    search = SliceSearch((one, replace(one, bound=None, p_value=1.0)), 0.05, 39, 5)
    html = with_report(bench, monkeypatch, slices=search)
    assert "<small>at most −0.020</small>" in html  # noqa: RUF001
    assert "<small>–</small>" in html  # noqa: RUF001
    assert "one-sided 95 % bound" in html


@pytest.mark.parametrize(("kind", "scale"), [(MARGIN, "nats"), (MAXSIM, "the scale of MaxSim")])
def test_suspicion_is_in_the_scale_of_the_bench_s_scores(bench, monkeypatch, kind, scale):
    item = QueueItem(
        "queries/object_00.jpg", "database/image_000.jpg", "positive", "why <b>",
        margin=0.5, suspicion=0.25, suspect="positive",
    )  # fmt: skip
    queue = Queue(QueueSpec("suspect"), "t", (item,), 1, 8, 8, "a rule", kind)
    monkeypatch.setattr(bench.annotations, "queue", lambda *_: queue)
    html = suspects(bench)
    assert f"labels, n = 1; suspicion in {scale}<" in html
    assert "why &lt;b&gt;" in html


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (QuerySlice("lost", "fusion"), "AP lost to fusion"),
        (QuerySlice("grid", "corpus:1,*"), "a positive in coverage 1st quarter, clutter any"),
        (QuerySlice("change", "light=other"), "a positive with light change: other"),
        (QuerySlice("map", "0123456789ab"), "selection 012345 on the descriptor map"),
    ],
)
def test_slices_have_words(chosen, words):
    assert slice_words(chosen) == words


def test_a_slice_and_bounds_survive_the_address():
    state = ViewState(slice=QuerySlice("grid", "ilias:1,*"), bounds="ilias")
    assert state.to_address_fields()["slice"] == "grid:ilias:1,*"
    assert state.to_address_fields()["bounds"] == "ilias"
