"""What surrounds the screens: header, facts of the run, receipt, the screen as code."""

from dataclasses import replace
from html import unescape
from urllib.parse import urlencode

import pytest

from core.types.setting import SettingFacts
from tests.drawn_bench import query_ids
from tests.ui.pages import drawn
from ui.frame.screen import FRAME, header, headline, popovers, sidebar
from ui.screens import SCREENS
from ui.shared.screen import make_page

FACTS = SettingFacts("id", "a<b>", "Same <i>thing</i>?", "question_first", "int8", None)


@pytest.fixture
def query():
    return query_ids()[0]


def frame(bench, part: str, address: str = "") -> str:
    return str(drawn(bench, "frame", part, address))


def test_the_sentence_about_a_servers_model_stands_beside_its_name_escaped(bench, monkeypatch):
    info = replace(bench.info, model_note="The server scores <uncompressed> images.")
    monkeypatch.setattr(type(bench), "info", info)
    facts = frame(bench, "facts")
    assert '<p class="sl-sub">The server scores &lt;uncompressed&gt; images.</p>' in facts


def test_a_local_model_needs_no_sentence(bench):
    assert 'class="sl-sub"' not in frame(bench, "facts")


def test_the_sidebar_tells_run_and_receipt(bench):
    assert "pocket-vl" in frame(bench, "facts", "lam=0.5")
    assert "lam 0.5, gamma 1 per nat" in frame(bench, "receipt", "lam=0.5")


def test_the_sidebar_has_sliders_and_the_places_of_what_is_opened(bench):
    html = sidebar(make_page(bench, (*SCREENS, FRAME)))
    for name in ("depth", "lam", "gamma"):
        assert f'data-slider="{name}"' in html
    for name in ("receipt", "code"):
        assert f'data-part="frame/{name}"' in html


def test_the_header_names_what_is_looked_at_and_the_setting(bench):
    page = make_page(bench, (*SCREENS, FRAME))
    html = header(page)
    assert f'data-setting="{bench.setting.present().setting_id}"' in html
    assert "8 queries" in html
    assert 'id="sl-moved"' in popovers(page)


def test_the_headline_is_cut_and_leaves_out_what_is_not_used():
    assert headline(FACTS) == "“Same <i>thing</i>?” · compression int8"
    assert headline(replace(FACTS, question="not used")) == "compression int8"


@pytest.mark.parametrize(
    ("fields", "holds"),
    [
        ({"view": "overview"}, "bench.runs.latest().summary"),
        ({"view": "queries", "depth": "7"}, "python app.py evaluate {bench} --depth 7"),
        ({"view": "queries", "query": True}, "bench.queries.inspect({query!r}, Fusion(depth=20,"),
        ({"view": "pair", "query": True, "candidate": "d.jpg"}, "pairs.look({query!r}, 'd.jpg')"),
        ({"view": "pair", "query": True}, "bench.queries.inspect({query!r}, Fusion(depth=20,"),
        ({"view": "perturb", "query": True}, "sweep {bench} --query {query} --perturbation blur"),
        ({"view": "perturb", "query": True, "pert": "all"}, "--perturbation all"),
        ({"view": "perturb", "set": "hardest:5"}, "--queries 5 --choose hardest"),
        ({"view": "perturb", "query": True, "with": "noise"}, "bench.robustness.surface("),
        ({"view": "perturb"}, "bench.runs.latest().summary"),
        ({"view": "failures"}, "bench.failures.report(Fusion(depth=20, lam=0.0, gamma=1.0))"),
        ({"view": "annotate"}, "export {bench} annotations.csv --what annotations"),
        ({"view": "runs"}, "bench.runs.latest().summary"),
    ],
)
def test_each_screen_is_written_as_code(bench, query, fields, holds):
    fields = {name: query if value is True else value for name, value in fields.items()}
    session = bench._session
    opened = f"--corpus {session.corpus.root} --workspace '{session.workspace.folder}'"
    assert holds.format(query=query, bench=opened) in unescape(
        frame(bench, "code", urlencode(fields))
    )


def test_nothing_of_an_address_is_trusted(bench):
    hostile = "</code><img src=x onerror=hit()>"
    for name in ("query", "candidate", "recipe", "text"):
        code = frame(bench, "code", urlencode({"view": "pair", name: hostile}))
        assert "sl-code" in code
        assert "<img" not in code


def test_what_cannot_be_written_is_one_sentence(bench, query):
    asked = urlencode({"view": "perturb", "query": query, "recipe": "gone"})
    assert "no saved recipe" in unescape(frame(bench, "code", asked))
