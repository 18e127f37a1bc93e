"""The parts and the work of the Pair screen over a real bench: embedded model, eight images."""

import html as escaping
import re

import pytest

from core.bench.pairs import lab
from core.errors import ModelError, SettingsError
from core.types.number_text import signed
from core.types.orders import Fusion
from tests.benches import joined_bench
from tests.ui.pages import drawn
from tests.ui.screens.pair.conftest import AT, POSITIVE, QUERY
from ui import messages
from ui.screens.pair.screen import SCREEN

OF_A_PAIR = [part.name for part in SCREEN.parts if part.name not in ("top", "form")]
pytestmark = pytest.mark.usefixtures("fresh_lab")


def test_a_pair_shows_both_pictures_and_its_place(html):
    top = html("top")
    assert "positive" in top
    assert "cosine" in top
    assert "margin" in top
    pictures = html("pictures")
    assert f"picture/{QUERY}" in pictures
    assert f"picture/{POSITIVE}" in pictures
    assert f'data-shows="{QUERY}\n{POSITIVE}"' in pictures


def test_without_a_candidate_the_first_one_is_shown(bench, html):
    address = f"view=pair&query={QUERY}&depth=6"
    place = bench.pairs.place(QUERY, None, Fusion(6, 0.0, 1.0))
    assert f'data-image="{place.candidate.image_id}"' in html("pictures", address)
    assert 'data-pair-go="" data-pair-key="k"' in html("top", address)
    assert f'data-pair-go="{place.next_id}" data-pair-key="j"' in html("top", address)


def test_without_a_query_there_is_an_invitation(html):
    assert messages.NO_PAIR in html("top", "view=pair")
    assert [html(name, "view=pair") for name in OF_A_PAIR] == [""] * len(OF_A_PAIR)


def test_an_unknown_candidate_is_one_sentence(html):
    address = f"view=pair&query={QUERY}&candidate=no<such>.png"
    top = html("top", address)
    assert 'role="alert"' in top
    assert "not in the corpus" in top
    assert "<such>" not in top
    assert [html(name, address) for name in OF_A_PAIR] == [""] * len(OF_A_PAIR)


def test_a_pair_is_looked_at_by_itself_and_then_shows_anatomy_and_both_maps(html, do):
    assert 'data-starts="pair/look"' in html("attribution")
    assert html("anatomy") == ""
    assert do("look").state == "done"
    assert "candidate, query" in html("anatomy")
    found = html("attribution")
    assert 'data-map="query"' in found
    assert 'data-map="candidate"' in found
    assert "data-starts" not in found
    assert "cells, for yes" in found


def test_a_model_that_fails_is_said_in_place(bench, html, do, monkeypatch):
    def refuse(*_args):
        raise ModelError("The <model> failed.")

    monkeypatch.setattr(bench.pairs, "look", refuse)
    assert do("look").state == "failed"
    found = html("attribution")
    assert "The &lt;model&gt; failed." in found
    assert 'role="alert"' in found
    assert "data-job-resume" in found


def test_attribution_that_takes_long_is_offered_with_its_time(html, do, monkeypatch):
    monkeypatch.setattr(lab, "ATTRIBUTION_UNASKED_S", 0.0)
    do("look")
    offered = html("attribution")
    assert "The attribution takes up to" in offered
    assert 'data-job-start="pair/attribution"' in offered
    assert "data-map" not in offered
    assert do("attribution").state == "done"
    assert 'data-map="candidate"' in html("attribution")


def test_matches_are_lines_over_both_pictures(html):
    found = html("matches")
    assert found.count("<image ") == 2
    assert "RootSIFT" in found or "No local features" in found


def test_the_embedded_model_says_that_it_cannot_write(html, do):
    assert 'data-job-start="pair/words"' in html("words")
    do("words")
    assert messages.CANNOT_WRITE in html("words")


def test_a_wording_is_tried_beside_the_own_one(html, do):
    assert "<table" not in html("trials")
    do("wording", question="Same thing? Answer yes or no.", layout="question_first")
    found = html("trials")
    assert "Same thing?" in found
    assert found.count("<tr>") == 3


def test_all_wordings_are_tried_in_both_layouts(bench, html, do):
    do("wordings")
    assert html("trials").count("<tr>") == 2 + len(bench.prompts.variants())


def test_a_flip_rate_counts_the_whole_shortlist(html, do):
    do("flips", question="Are both empty? Answer yes or no.", layout="question_first")
    assert "of n = 6" in html("trials")


def test_an_empty_question_is_one_sentence(html, do):
    assert do("flips", question="", layout="question_first").state == "failed"
    assert 'role="alert"' in html("trials")


def test_a_wording_that_was_stopped_goes_on_from_the_panel(bench, html, ask):
    key = ask("wordings")
    bench.board.stop(key, wait=True)
    if bench.board.view(key).state == "stopped":  # it may have come to its end before
        assert f'data-job-resume="{key}"' in html("trials")


def test_compressions_show_drift_and_what_is_dropped(bench, html, do):
    do("compressions")
    rows = bench.lab.squeezed((QUERY, POSITIVE))
    assert rows[0].compression == "none"
    assert all(row.problem is None for row in rows)
    quarter = next(row for row in rows if row.compression.startswith("divprune"))
    assert quarter.candidate.count == rows[0].candidate.count // 4
    found = html("compressions")
    assert found.count('class="sl-pair-left"') >= rows[0].candidate.count - quarter.candidate.count
    assert found.count("data-pair-kept") == len(rows)


def test_a_compression_that_is_not_known_is_one_sentence(bench, html, do):
    do("compression", compression="zip:<9>")
    assert bench.lab.squeezed((QUERY, POSITIVE))[-1].margin is None
    assert "zip:&lt;9&gt;" in html("compressions")


def test_no_compression_is_no_work(ask):
    with pytest.raises(SettingsError, match="Write a compression first"):
        ask("compression", compression="  ")


@pytest.mark.parametrize("job", [job.name for job in SCREEN.jobs if job.name != "compression"])
def test_without_a_query_there_is_no_work(ask, job):
    with pytest.raises(SettingsError, match="Choose a query first"):
        ask(job, "view=pair", question="Same? Answer yes or no.", layout="question_first")


def test_everything_said_of_a_pair_names_it(html, do):
    for job in ("look", "words", "compressions"):
        do(job)
    do("wording", question="Same thing? Answer yes or no.", layout="question_first")
    absent = ("pictures", "terms", "lineage", "text")  # of evidence, of crops, of a query's text
    said = [name for name in OF_A_PAIR if name not in absent]
    assert [f'data-of="{QUERY}\n{POSITIVE}"' in html(name) for name in said] == [True] * len(said)


def test_names_are_written_as_text(html, do):
    do("wording", question="<b>Same</b>? Answer yes or no.", layout="question_first")
    found = html("trials")
    assert "<b>Same" not in found
    assert escaping.escape("<b>Same</b>?") in found


def test_the_form_offers_every_wording(bench, html):
    form = html("form", AT)
    assert form.count("<option") == 1 + len(bench.prompts.all()) + 2
    assert bench.prompts.own().question in escaping.unescape(form)


@pytest.fixture(scope="module")
def joined(tmp_path_factory):
    bench = joined_bench(tmp_path_factory.mktemp("joined"))
    yield bench
    bench.close()


def test_the_log_odds_are_shown_term_by_term_with_their_sum(joined):
    place = joined.pairs.place(QUERY, POSITIVE, Fusion(6, 0.0, 1.0))
    assert abs(sum(place.shares.values()) - place.margin) < 1e-9
    found = str(drawn(joined, "pair", "terms", AT))
    words = re.findall(r"<li[^>]*><span>([^<]+)</span>", found)
    assert words == ["model", "print", "neighbours", "offset", "log-odds"]
    shown = re.findall(r'<span class="sl-num">([^<]+)</span>', found)
    assert shown == [signed(share, 2) for share in (*place.shares.values(), place.margin)]
    assert f"calibrated probability (evidence:own): {place.probability:.4f}" in found
    top = str(drawn(joined, "pair", "top", AT))
    assert f"evidence {signed(place.margin, 2)} nats" in top


def test_without_a_fit_there_are_no_terms_and_nothing_is_calibrated(html):
    assert html("terms") == ""
    assert not any("calibrated" in html(part) for part in ("top", "attribution", "anatomy"))
