"""The Failures handler and its panels: full, running, unmeasured, empty, failing, hostile."""

import re
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from core.errors import StaleIndexError
from core.types.failures import LedgerLine, QuerySlice, SliceFinding, SliceSearch
from core.types.orders import Fusion
from tests.fakes import FakeInfo, FakeWorkbench
from ui import messages
from ui.render.failures import render_ledger, render_slices
from ui.selection import ViewState
from ui.shared.slice_words import slice_words
from ui.views import failures, queries

ADDRESS = "view=failures&depth=20"
SETTING = Fusion(20, 0.0, 1.0)


def shown(bench, urls, address=ADDRESS):
    names = ("ledger", "body", "measuring", "grid", "changes", "classes", "slices", "suspects")
    return dict(zip(names, failures.show(bench, urls, address), strict=True))


def listed(bench, urls, slice_text):
    html = queries.show_list(
        bench, urls, urlencode({"view": "queries", "depth": 20, "slice": slice_text})
    )
    return set(re.findall(r'class="sl-row" data-query="([^"]+)"', html))


def test_a_finished_run_fills_every_part(bench, urls):
    parts = shown(bench, urls)
    assert parts["body"].visible is True
    assert "n = 8 of 8<" in parts["ledger"]
    assert parts["grid"].count("data-slice=") > 8
    assert "manifest" in parts["grid"]
    assert "rescued" in parts["classes"]
    assert 'data-queue="suspect"' in parts["suspects"]
    assert parts["measuring"] == ""


def test_other_views_are_left_alone(bench, urls):
    update = failures.show(bench, urls, "view=overview")
    assert len(update) == 8
    assert all(part == {"__type__": "update"} for part in update)


def test_every_button_opens_as_many_queries_as_it_says(bench, urls):
    parts = shown(bench, urls)
    for name, n in re.findall(r'data-slice="(grid:[^"]+)".*?n = (\d+)</small>', parts["grid"]):
        assert len(listed(bench, urls, name)) == int(n)
    assert 'data-slice="lost:re-ranker"' in parts["ledger"]
    line = bench.failures.report(SETTING).lines[1]
    assert len(listed(bench, urls, "lost:re-ranker")) == line.n_losing == 3


def test_the_list_says_which_slice_it_shows_and_how_to_leave_it(bench, urls):
    html = queries.show_list(bench, urls, "view=queries&depth=20&slice=tag:light%3Ddim")
    assert "light = dim" in html
    assert 'data-slice=""' in html
    assert 'data-shows="delta|up|||tag:light=dim"' in html


def test_a_slice_that_does_not_exist_is_one_sentence(bench, urls):
    html = queries.show_list(bench, urls, "view=queries&depth=20&slice=tag:light%3D%3Cb%3E")
    assert "There is no slice &#39;tag:light=&lt;b&gt;&#39;" in html


def test_while_the_run_goes_on_slices_and_suspects_wait(tmp_path, urls):
    bench = FakeWorkbench(tmp_path, evaluated=3)
    bench.state.status = replace(bench.state.status, state="running")
    parts = shown(bench, urls)
    assert "n = 3 of 8" in parts["ledger"]
    assert messages.SLICES_WAIT in parts["slices"]
    assert messages.SLICES_WAIT in parts["suspects"]


def test_before_the_first_outcome_and_without_truth_there_is_one_sentence(tmp_path, urls):
    empty = shown(FakeWorkbench(tmp_path / "a", evaluated=0), urls)
    assert "Not started: 0 of 8 queries are scored." in empty["ledger"]
    assert empty["body"].visible is False
    info = replace(FakeInfo(), has_ground_truth=False)
    assert "no ground truth" in shown(FakeWorkbench(tmp_path / "b", info=info), urls)["ledger"]


def test_unknown_measures_are_dashes_until_the_pictures_are_measured(tmp_path, urls):
    bench = FakeWorkbench(tmp_path, info=replace(FakeInfo(), has_measures=False))
    parts = shown(bench, urls)
    n = bench.failures.report(SETTING).n_to_measure
    assert f"Measure {n} pictures" in parts["measuring"]
    assert parts["grid"].count("not known</small>") == 24
    assert "0.000" not in parts["grid"]
    steps = list(failures.measure(bench, ADDRESS))
    assert f"0 of {n} images" in steps[0][0]
    assert steps[-1][0] == ""
    parts = shown(bench, urls)
    assert parts["measuring"] == ""
    assert f"estimated from pixels {n}" in parts["grid"]
    assert "sl-fl-warn" in parts["grid"]


def test_the_published_limits_can_be_chosen(bench, urls):
    parts = shown(bench, urls, ADDRESS + "&bounds=ilias")
    assert "0.0688 to 0.135" in parts["grid"]
    assert 'data-bounds="ilias" aria-pressed="true"' in parts["grid"]
    assert 'data-slice="grid:ilias:' in parts["grid"]


def test_a_damaged_workspace_is_one_sentence(bench, urls, monkeypatch):
    def refuse(*_args, **_options):
        raise StaleIndexError("scores.sqlite is damaged; run `verify`.")

    monkeypatch.setattr(bench.failures, "report", refuse)
    assert "scores.sqlite is damaged" in shown(bench, urls)["ledger"]


def test_a_fusion_that_gains_is_written_with_its_sign_and_has_no_segment(bench):
    report = bench.failures.report(SETTING)
    lines = (*report.lines[:2], LedgerLine("fusion", -0.02, 1, 3))
    html = render_ledger(replace(report, lines=lines))
    assert "+0.020" in html
    assert "1 of 8 queries lose, 3 gain" in html
    assert 'class="sl-fl-part sl-fl-fusion"' not in html


def test_withheld_numbers_are_not_drawn(bench):
    report = replace(bench.failures.report(SETTING), ledger=None, withheld=True)
    assert messages.WITHHELD in render_ledger(report)


def test_findings_are_marked_and_hostile_values_escaped():
    one = SliceFinding("<b>", '"x"', 9, 30, 0.2, -0.3, None, 0.001)
    html = render_slices(SliceSearch((one, replace(one, p_value=0.9)), 0.05, 39, 5), running=False)
    assert html.count("a finding") == 1
    assert "<b>" not in html
    assert 'data-slice="tag:&lt;b&gt;=&#34;x&#34;"' in html
    assert "1 of 2 tried" in html


def test_the_bound_of_a_slice_stands_beside_its_effect():
    one = SliceFinding("light", "dim", 9, 30, 0.2, -0.3, -0.02, 0.04)
    search = SliceSearch((one, replace(one, bound=None, p_value=1.0)), 0.05, 39, 5)
    html = render_slices(search, running=False)
    assert "<small>at most −0.020</small>" in html  # noqa: RUF001
    assert "<small>–</small>" in html  # noqa: RUF001
    assert "one-sided 95 % bound" in html


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
