"""Evidence by clicks: a fit is made and put in the pipeline; reliability; what tipped it."""

import re
from dataclasses import replace

import pytest

from core.storage.fits import FIT, sealed
from core.types.evidence import Estimate
from tests.browser.conftest import scroll_to
from tests.core.bench.test_evidence import DEPTH, fitted, opened

pytestmark = pytest.mark.browser


def test_a_fit_is_made_on_setup_and_chosen(open_page, serve, tiny_corpus_root, tmp_path):
    page = open_page(f"{serve(opened(tiny_corpus_root, tmp_path / 'w'))}/?view=setup")
    best = page.locator("#sl-pipeline [data-pipeline-set*=evidence]")
    best.wait_for()
    assert best.is_disabled()
    scroll_to(page, "#sl-evidence-fits form")
    page.fill("#sl-evidence-fits [name=fit]", "mine")
    page.click("#sl-evidence-fits form button")
    page.wait_for_selector("#sl-evidence-fits th >> text=mine")
    page.wait_for_selector("#sl-evidence-fits >> text=Fitted on 3 instances, fewer than 10")
    page.click("#sl-evidence-fits [data-pipeline-set='evidence:mine@50']")
    page.wait_for_selector("#sl-pipeline code >> text=/^evidence:mine@50$/")
    best.click()
    page.wait_for_url(re.compile("pipeline=kreciprocal%40100"))
    page.wait_for_selector("#sl-plan th >> text=evidence@50")


def test_reliability_and_what_tipped_it(open_page, serve, tiny_corpus_root, tmp_path):
    fit = fitted(tiny_corpus_root, tmp_path / "w")
    bench = opened(tiny_corpus_root, tmp_path / "w")
    terms = tuple(
        replace(term, weight=Estimate(weight))
        for term, weight in zip(fit.terms, (-3.0, -0.5, 0.0), strict=True)
    )
    bench.evidence.bring(FIT.dump(sealed(replace(fit, name="wrong", terms=terms))))
    bench.close()
    bench = opened(tiny_corpus_root, tmp_path / "w", f"evidence:wrong@{DEPTH}")
    list(bench.runs.evaluate(DEPTH))
    url = serve(bench)
    page = open_page(f"{url}/?view=overview")
    page.wait_for_selector("#sl-kpis")
    scroll_to(page, "[data-part='overview/reliability']")
    page.wait_for_selector("text=Is the probability right?")
    scroll_to(page, "#sl-reliability")
    page.wait_for_selector("#sl-reliability .legendtext >> text=P(yes), error")
    page = open_page(f"{url}/?view=failures")
    page.wait_for_selector("#sl-fl-tipped >> text=What tipped it")
    page.click("#sl-fl-tipped [data-slice='tipped:geometric']")
    page.wait_for_url(re.compile("view=queries.*slice=tipped%3Ageometric"))
    page.wait_for_selector("text=an intruder put first by print")
    page.goto(f"{url}/?view=failures")
    page.click("#sl-fl-tipped .sl-fl-tipped")
    page.wait_for_url(re.compile("view=pair.*candidate="))
