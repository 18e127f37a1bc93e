"""Tables for papers: what they hold, and that no text breaks LaTeX or Markdown."""

from dataclasses import dataclass, replace

import pytest

from core.errors import SettingsError
from core.exchange.paper_tables import (
    breaking_table,
    classes_table,
    comparison_table,
    latex_text,
    markdown_text,
    metrics_table,
    p_cell,
    paper_table,
    table_format,
    table_text,
    tradeoffs_table,
)
from core.types.number_text import MISSING
from core.types.runs import Interval
from core.types.saved import RunComparison, SliceDifference
from core.types.sets import BreakingStrengths, Estimate, RobustnessReport, SetResponse
from tests.drawn_bench import FUSION
from tests.tradeoffs import table as tradeoffs
from tests.ui.paper.plots import BLUR, response_of_set

HOSTILE = r"50 % of a_b & {c} $d$ #e ~f ^g \h <i> |j| "


@dataclass(frozen=True)
class Row:
    name: str
    value: float | None
    n: int
    interval: Interval | None = None


COLUMNS = {
    "name": lambda row: row.name,
    "value": lambda row: row.value,
    "n": lambda row: row.n,
    "interval": lambda row: row.interval,
}


@pytest.fixture
def bench(evaluated, tmp_path):
    opened = evaluated.copy(tmp_path)
    yield opened
    opened.close()


def rows(*items):
    return paper_table("A caption.", COLUMNS, items)


def test_numbers_intervals_and_what_is_missing():
    made = rows(Row("a", -0.12345, 1200, Interval(-0.1, 0.2)), Row("b", None, 0))
    minus = "\N{MINUS SIGN}"
    assert made.rows == (
        ("a", f"{minus}0.123", "1,200", f"[{minus}0.100, 0.200]"),
        ("b", MISSING, "0", MISSING),
    )
    assert made.is_number == (False, True, True, True)


def test_latex_is_booktabs_with_every_sign_escaped():
    text = latex_text(rows(Row(HOSTILE, -0.5, 1)))
    assert text.splitlines()[3] == r"  \begin{tabular}{lrrr}"
    assert r"\toprule" in text
    assert (
        r"50 \% of a\_b \& \{c\} \$d\$ \#e \textasciitilde{}f \textasciicircum{}g "
        r"\textbackslash{}h \textless{}i\textgreater{} \textbar{}j\textbar{} & $-$0.500 & 1 & -- \\"
    ) in text


def test_markdown_holds_a_cell_per_column_whatever_a_name_says():
    *table, empty, caption = markdown_text(rows(Row(f"{HOSTILE}\n`x`", 1.0, 1))).splitlines()
    assert [line.replace("\\|", "").count("|") for line in table] == [5, 5, 5]
    assert table[1] == "| :--- | ---: | ---: | ---: |"
    assert "<i>" not in table[2]
    assert (empty, caption) == ("", "A caption.")


def test_a_table_without_rows_has_a_head():
    assert markdown_text(rows()).startswith("| name | value |")


def test_unknown_formats_are_refused():
    with pytest.raises(SettingsError, match="tex, md"):
        table_format("docx")
    assert table_text(rows(), table_format("md")) == markdown_text(rows())


@pytest.mark.parametrize(("p", "text"), [(None, None), (0.0004, "< 0.001"), (0.0312, "0.031")])
def test_small_p_values_are_bounds(p, text):
    assert p_cell(p) == text


def test_metrics_have_change_interval_and_p(bench):
    summary = bench.runs.summary(FUSION)
    made = metrics_table(summary, "c")
    assert [row[0] for row in made.rows] == [one.name for one in summary.changes]
    first = dict(zip(made.head, made.rows[0], strict=True))
    sign = "+" if summary.map_after > summary.map_before else "\N{MINUS SIGN}"
    assert first["change"].startswith(sign)
    assert first["95 % interval"].startswith("[")
    assert first["p"] != MISSING


def test_classes_have_shares_that_add_up(bench):
    summary = bench.runs.summary(FUSION)
    made = classes_table(summary, "c")
    assert sum(int(row[1]) for row in made.rows) == summary.n_evaluated


def test_tradeoffs_keep_the_setting_that_failed():
    made = tradeoffs_table(tradeoffs(), "c")
    assert len(made.rows) == 13
    assert made.rows[-1][3:] == (MISSING,) * 7


def test_breaking_strengths_say_never_and_below():
    never = BreakingStrengths("any", 5, 0, 5, 0, 0, 0, Estimate(5, 8.0, None), None, True)
    broke = BreakingStrengths(
        "any", 5, 4, 1, 1, 0, 0, Estimate(5, 2.5, Interval(1.5, 3.5)), 2.0, False
    )
    responses = tuple(
        _with_breaking(response_of_set(name, "nats"), found)
        for name, found in (("mllm", broke), ("descriptor", never))
    )
    report = RobustnessReport("c", None, {}, (), {}, (SetResponse(BLUR, responses),), (), (), None)
    made = breaking_table(report, "c")
    assert made.rows[0][3:6] == ("2.5", "[1.5, 3.5]", "2")
    assert made.rows[1][3:6] == ("never", MISSING, "never")


def test_a_comparison_has_a_row_for_all_and_one_per_slice():
    found = RunComparison(
        a=None, b=None, n_common=8, n_only_a=0, n_only_b=0, map_a=0.5, map_b=0.4, delta=-0.1,
        delta_ci=Interval(-0.2, -0.05), p_value=0.004, differences=(),
        by={"light": {"dim": SliceDifference(3, 0.4, 0.5, None)}}, fields=(), cautions=(),
    )  # fmt: skip
    made = comparison_table(found, "c")
    minus = "\N{MINUS SIGN}"
    interval = f"[{minus}0.200, {minus}0.050]"
    assert made.rows[0] == ("all", "8", "0.500", "0.400", f"{minus}0.100", interval, "0.004")
    assert made.rows[1] == ("light=dim", "3", "0.400", "0.500", "+0.100", MISSING, MISSING)


def _with_breaking(response, found):
    return replace(response, breaking=(found,))
