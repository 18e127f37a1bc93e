"""The terms of evidence under damage: what each loses, the small plots, the sentence, the files."""

import csv
from dataclasses import replace

import pytest

from core.exchange.robustness import write_report
from core.robustness.summary import set_response
from core.robustness.term_falls import term_falls
from core.types.number_text import signed
from core.types.robustness import Breaking
from core.types.runs import Receipt
from core.types.scores import OFFSET, evidence_kind
from core.types.sets import RobustnessReport, SetRequest
from tests.ui.screens.perturb.test_figure import BLUR, SCALE, curve, point
from ui.commands.sweep import as_json
from ui.screens.perturb.term_words import falls_text
from ui.screens.perturb.terms_figure import terms_of, terms_plot, terms_px
from ui.screens.perturb.words import level_facts, scorer_word

SHARES = ((2.0, 3.0, 0.5), (1.8, 2.0, 0.5), (1.5, 0.5, 0.6), (-1.0, 0.0, 0.6))
KIND = evidence_kind("evidence:own")


def joined(shares=SHARES, spec=BLUR, offset=-2.0, **changes):
    """A curve of model, print and neighbours; 3.5 nats at neutral, and the line at 1.5."""
    points = []
    for level, told in zip(spec.levels, shares, strict=False):
        terms = dict(zip(("mllm", "geometric", "kreciprocal"), told, strict=True)) | {
            OFFSET: offset
        }
        points.append(replace(point(level, sum(terms.values())), shares=terms))
    found = curve(
        spec, *points, kind=KIND, **{"breaking_margin": Breaking(4 / 3, "crossed")} | changes
    )
    return replace(found, term_falls=term_falls(found))


def test_the_losses_up_to_the_breaking_strength_add_up_to_what_the_log_odds_lost():
    found = joined().term_falls
    assert found.until == pytest.approx(4 / 3)
    assert [one.stage for one in found.falls] == ["mllm", "geometric", "kreciprocal"]
    # a third of the way from level 1 to level 2
    wanted = (1.8 - 0.1 - 2.0, 2.0 - 0.5 - 3.0, 0.5 + 0.1 / 3 - 0.5)
    assert [one.change for one in found.falls] == pytest.approx(wanted)
    margin_there = 2.3 + (0.6 - 2.3) / 3
    assert sum(wanted) == pytest.approx(margin_there - 3.5)


def test_alone_is_where_one_terms_loss_uses_up_the_lead():
    model, print_, neighbours = joined().term_falls.falls
    assert print_.alone.value == pytest.approx(1 + 1 / 1.5)  # print at 3.0 - 2.0 nats
    assert model.alone.value == pytest.approx(2 + 2 * 1.5 / 2.5)
    assert neighbours.alone.reason == "never"
    assert joined().term_falls.first == print_


def test_without_a_line_or_a_breaking_strength_the_last_level_counts():
    found = joined(hard_negative_margin=None, breaking_margin=None).term_falls
    assert (found.until, found.first) == (4.0, None)
    assert {one.alone for one in found.falls} == {None}
    assert [one.change for one in found.falls] == pytest.approx((-3.0, -3.0, 0.1))


def test_nothing_joined_or_no_shares_at_neutral_says_nothing():
    assert term_falls(curve()) is None
    missing = joined()
    points = (replace(missing.points[0], shares=None, margin=None), *missing.points[1:])
    assert term_falls(replace(missing, points=points)) is None


def test_the_sentence_names_the_term_that_falls_most_and_the_one_that_breaks_first():
    found = joined()
    whole = signed(sum(one.change for one in found.term_falls.falls), 2)
    minus = "\N{MINUS SIGN}"
    assert falls_text(found) == (
        f"By the breaking strength, 1.33 %, print has fallen most: {minus}1.50 nats of "
        f"{whole} in all, model {minus}0.30, "
        "neighbours +0.03. Of the terms that alone would break the pair, print comes first, "
        "at 1.67 %."
    )
    held = joined(
        ((2.0, 3.0, 0.5), (2.0, 2.9, 0.5), (2.0, 2.8, 0.5), (2.0, 2.7, 0.5)),
        breaking_margin=Breaking(None, "never"),
    )
    assert falls_text(held) == (
        f"By the last level, 4 %, print has fallen most: {minus}0.30 nats of {minus}0.30 in all, "
        "model +0.00, neighbours +0.00. No term's fall alone would break the pair."
    )
    risen = joined((SHARES[0],) * 4, breaking_margin=Breaking(None, "never"))
    assert falls_text(risen) == "By the last level, 4 %, no term has fallen."
    assert falls_text(curve()) == ""


def test_a_small_plot_per_term_on_one_axis_and_one_scale_of_nats():
    figure = terms_plot(BLUR, joined(), "k")
    assert [trace.name for trace in figure.data] == ["model", "print", "neighbours"]
    assert [trace.yaxis for trace in figure.data] == ["y", "y2", "y3"]
    for trace, values in zip(figure.data, zip(*SHARES, strict=True), strict=True):
        assert trace.y == values
        assert trace.customdata == ("0", "1", "2", "4")
    spans = {
        round(high - low, 6)
        for low, high in (figure.layout[name].range for name in ("yaxis", "yaxis2", "yaxis3"))
    }
    assert len(spans) == 1
    assert sum(shape.type == "line" for shape in figure.layout.shapes) == 3  # the breaking strength
    assert "print +2.00 nats" in figure.data[1].text[1]
    assert terms_px(joined()) > 3 * 80
    assert (terms_of(curve()), terms_of(None), terms_px(None)) == ((), (), 0)


def test_levels_that_failed_are_gaps_and_octaves_are_the_same_axis():
    found = joined(((2.0, 3.0, 0.5), (1.8, 2.0, 0.5), (0.0, 0.0, 0.0)), SCALE)
    failed = replace(found.points[1], shares=None, margin=None)
    figure = terms_plot(
        SCALE, replace(found, points=(found.points[0], failed, found.points[2])), "k"
    )
    assert figure.data[0].y == (2.0, None, 0.0)
    assert figure.data[0].x == (0.0, -1.0, -2.0)


def test_nothing_of_a_curve_of_evidence_is_called_mllm_or_p_yes():
    facts = {name: value for name, value, _ in level_facts(joined().points[0], KIND)}
    assert facts["calibrated probability (evidence:own)"] == "0.5000"
    assert "P(yes)" not in facts
    assert scorer_word(KIND) == "evidence"


def test_the_json_of_a_sweep_has_a_list_per_term():
    found = as_json(joined())
    assert found["shares"]["geometric"] == [3.0, 2.0, 0.5, 0.0]
    assert list(found["shares"]) == ["mllm", "geometric", "kreciprocal", OFFSET]
    assert found["term_falls"]["first"]["stage"] == "geometric"
    assert found["margins"] == [None] * 4  # no margin of the MLLM
    plain = as_json(curve())
    assert (plain["shares"], plain["term_falls"]) == ({}, None)


@pytest.mark.parametrize(
    ("shown", "columns"),
    [
        (joined(), ["share_mllm", "share_geometric", "share_kreciprocal", "share_offset"]),
        (curve(), []),
    ],
)
def test_the_csv_of_a_report_has_a_column_per_term(tmp_path, shown, columns):
    report = RobustnessReport(
        corpus="c",
        request=SetRequest(n_queries=1),
        instances={shown.query_id: "mug"},
        left_out=(),
        boxes={},
        responses=(set_response([shown], ["mug"]),),
        breaking=(),
        curves=(shown,),
        receipt=Receipt("r", {}),
    )
    write_report(tmp_path / "out", report)
    rows = list(csv.DictReader((tmp_path / "out" / "curves.csv").read_text().splitlines()))
    assert [name for name in rows[0] if name.startswith("share_")] == columns
    for row, one in zip(rows, shown.points, strict=True):
        told = [float(row[name]) for name in columns]
        assert sum(told) == pytest.approx(one.margin if columns else 0.0, abs=1e-9)
