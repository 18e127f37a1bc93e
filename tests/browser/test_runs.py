"""The Runs screen in a real browser, over a bench on drawn images."""

import json

import pytest

from core.storage.reports import reports
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.slow import GatedTower
from tests.core.stand_ins import make_workbench
from tests.drawn_bench import draw_corpus, hostile, save_run

pytestmark = pytest.mark.browser

OLD, NEW = "20260101T000000000000Z-aaaaaaaaaaaa", "20260102T000000000000Z-bbbbbbbbbbbb"
HOSTILE = "<img src=x onerror=window.hit=1>\"'`${window.hit=1}{{x}}"
NAMELESS = """() => [...document.querySelectorAll('#sl-runs :is(button, a, [tabindex="0"])')]
  .filter(n => !(n.getAttribute('aria-label') || n.textContent).trim()).map(n => n.outerHTML)"""
# WCAG 2.2, 1.4.3: contrast of every text on the nearest opaque background, at least 4.5.
FAINT = """() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = (c) => c.slice(0, 3).map(v => v / 255).map(v =>
    v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = (n) => {
    for (; n; n = n.parentElement) {
      const c = rgb(getComputedStyle(n).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('#sl-runs *')].filter(n => n.checkVisibility()
      && !n.closest('svg') && [...n.childNodes].some(c => c.nodeType === 3 && c.data.trim()))
    .map(n => [n, [light(rgb(getComputedStyle(n).color)), light(behind(n))].sort((a, b) => b - a)])
    .filter(([, [a, b]]) => (a + .05) / (b + .05) < 4.5)
    .map(([n, pair]) => `${n.className}: ${n.textContent.slice(0, 40)} ${pair}`);
}"""


def test_from_the_list_to_a_comparison_a_file_and_a_query(open_page, serve, bench):
    save_run(bench, OLD, 5)
    save_run(bench, NEW, 20)
    page = open_page(serve(bench))
    page.wait_for_selector("#sl-scatter .points path")
    page.click("role=tab[name=Runs]")
    page.wait_for_selector("#sl-run >> text=depth 20")
    page.wait_for_selector("#sl-run-plot .points path")
    page.click(f'[data-run-against="{OLD}"]')
    page.wait_for_selector("#sl-run-versus >> text=paired bootstrap")
    page.wait_for_selector("#sl-run-plot >> text=AP after in B")
    assert f"against={OLD}" in page.url
    url = page.url
    page.reload()
    page.wait_for_selector("#sl-run-versus >> text=paired bootstrap")
    assert page.url == url
    with page.expect_download() as told:
        page.click("text=HTML report")
    assert told.value.suggested_filename == f"run-{NEW}-depth20-lam0-gamma1.html"
    report = told.value.path().read_text("utf-8")
    assert f"Compared with run {OLD}" in report
    with page.expect_download() as told:
        page.click("text=JSONL")
    lines = told.value.path().read_text("utf-8").splitlines()
    assert len([json.loads(line) for line in lines]) == bench.info.n_queries
    page.click("role=button[name='This screen as code']")
    page.wait_for_selector("#sl-code >> text=Copy as Python")
    page.keyboard.press("Escape")
    page.click("text=stop comparing")
    page.wait_for_selector("#sl-run-plot >> text=AP before, n = 8 queries")
    page.click(f'[data-run="{OLD}"]')
    page.wait_for_selector("#sl-run >> text=depth 5")
    page.click(f'[data-run-against="{NEW}"]')
    page.click("#sl-run-tables [data-query] >> nth=0")
    page.wait_for_selector('[data-strip="after"] [data-card]')
    assert "view=queries" in page.url


def test_a_plot_is_saved_for_a_paper_with_its_caption_and_its_table(open_page, serve, bench):
    save_run(bench, OLD, 5)
    save_run(bench, NEW, 20)
    page = open_page(f"{serve(bench)}/?view=runs&run={NEW}&against={OLD}")
    page.wait_for_selector("#sl-run-plot .points path")
    page.click("#sl-run-plot [data-save-plot]")
    with page.expect_download() as told:
        page.click("#sl-paper [aria-label='SVG, one column']")
    assert told.value.suggested_filename == "run-one.svg"
    with page.expect_download() as told:
        page.click("#sl-paper [aria-label='Table as LaTeX']")
    assert "\\toprule" in told.value.path().read_text("utf-8")
    page.click("#sl-paper [aria-label='Copy caption']")
    page.wait_for_selector("text=The caption is copied.")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.hasAttribute('data-save-plot')")


def test_every_size_and_theme_has_names_contrast_and_no_sideways_scroll(open_page, serve, bench):
    save_run(bench, OLD, 5)
    report = save_run(bench, NEW, 20)
    (bench._session.workspace.runs / "20260103T0Z-cc.json").write_text("{", "utf-8")
    page = open_page(f"{serve(bench)}/?view=runs&run={NEW}&against={OLD}&__theme=dark")
    page.wait_for_selector("#sl-run-plot .points path")
    page.wait_for_selector(".sl-ru-bad >> text=cannot be read")
    assert report.outcomes
    for size in (DESKTOP, PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for dark in (True, False):
            assert page.evaluate("document.body.classList.contains('dark')") == dark
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
            wide = "[...document.querySelectorAll('#sl-runs section')].map(n => n.offsetWidth)"
            assert max(page.evaluate(wide)) <= size[0]
            assert page.evaluate(NAMELESS) == []
            assert page.evaluate(FAINT) == []
            page.click("[data-theme-switch]")


def test_an_empty_workspace_invites_and_its_first_run_appears_by_itself(open_page, serve, tmp_path):
    tower = GatedTower()
    bench = make_workbench(
        draw_corpus(tmp_path / "drawn"), tmp_path / "work", tower=tower, **{"ranking.depth": 20}
    )
    url = serve(bench)
    bench.jobs.start_preparation()
    page = open_page(f"{url}/?view=runs")
    page.wait_for_selector("#sl-run >> text=first evaluation is under way")
    tower.may_encode.set()
    page.wait_for_selector("#sl-run >> text=depth 20")
    (run,) = bench.saved.entries().entries
    page.wait_for_selector(f'.sl-ru-list [data-run="{run.run_id}"]')


def test_faults_are_sentences_and_the_page_stays_usable(
    open_page, serve, bench, evaluated, tmp_path
):
    again = evaluated.unprepared(tmp_path / "unprepared")  # as at a start: there are no rankings
    reports(again._session.workspace.runs).save(save_run(bench, NEW, 20))
    page = open_page(f"{serve(again)}/?view=runs&run=20200101T0Z-gone", forgive="422")
    page.wait_for_selector("#sl-run >> text=There is no run")
    page.click(f'[data-run="{NEW}"]')
    page.wait_for_selector("#sl-run >> text=depth 20")
    page.click("text=TREC run")
    page.wait_for_selector("#sl-toast.sl-shown >> text=not open yet")


def test_the_report_is_whole_on_paper(open_page, bench, tmp_path):
    save_run(bench, NEW, 20)
    file = tmp_path / "report.html"
    file.write_bytes(bench.saved.export(NEW, "html", None).data)
    page = open_page(file.as_uri())
    queries = page.locator("details table").last
    assert not queries.is_visible()  # folded on the screen
    page.emulate_media(media="print", color_scheme="dark")
    assert queries.is_visible()
    hidden = "all => all.filter(n => getComputedStyle(n).overflowX !== 'visible').length"
    assert page.eval_on_selector_all(".scroll, .strip", hidden) == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_hostile_names_run_nothing_on_the_page_or_in_the_report(
    open_page, context, serve, tmp_path
):
    bench = hostile(tmp_path / "w", HOSTILE.replace("/", ""))
    save_run(bench, OLD, 5)
    report = save_run(bench, NEW, 20)
    fields = {**report.receipt.fields, "model": HOSTILE, "corpus": HOSTILE}
    save_run(bench, NEW, 20, receipt=type(report.receipt)("x", fields))
    page = open_page(f"{serve(bench)}/?view=runs&run={NEW}&against={OLD}&text={HOSTILE}")
    page.wait_for_selector("#sl-run-tables [data-query]")
    assert page.evaluate("window.hit") is None
    file = tmp_path / "report.html"
    file.write_bytes(bench.saved.export(NEW, "html", OLD).data)
    offline = context.new_page()
    requests = []
    offline.on("request", lambda request: requests.append(request.url))
    offline.goto(file.as_uri())
    offline.wait_for_selector("text=Largest gains")
    assert offline.evaluate("window.hit") is None
    assert [r for r in requests if not r.startswith(("data:", file.as_uri()))] == []
    offline.close()
