"""No cell of any CSV is run as a formula, and what is read back is exact."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.corpus.manifest import open_corpus
from core.exchange.annotations import annotations_csv, parse_annotations, patch_csv, relevance_csv
from core.exchange.exporting import write_scores
from core.exchange.formats import ScoreEntry, open_scores
from core.exchange.outcomes import outcomes_csv
from core.exchange.robustness import write_report
from core.exchange.tradeoff_csv import table_csv
from core.robustness.summary import set_response
from core.spreadsheet import guarded, restorable_csv_text, unguarded, unguarded_row
from core.types.annotation import Annotation, Content, LabelChange
from core.types.robustness import Breaking
from core.types.runs import Receipt
from core.types.sets import PairBreaking, RobustnessReport, SetRequest
from tests.core.robustness.test_summary import curve
from tests.runs import make_report
from tests.tradeoffs import row, table

ROOT = Path(__file__).parents[2]
FORMULA = ("=", "+", "-", "@", "\t", "\r")
NAMES = ["=1+1.png", "+1.png", "-1.png", "@a.png", "\tb.png", "\rc.png", "'=1+1.png", "d\r=1.png"]
MARGINS = (-0.1 - 0.2, 1e-300, 3.0)


def scores_of() -> list[tuple[str, list[tuple[str, float]]]]:
    """Return what is written: every query with its first three images and their scores."""
    return [(query, list(zip(NAMES, MARGINS, strict=False))) for query in NAMES]


def changes() -> list[LabelChange]:
    return [LabelChange(NAMES[0], name, "negative", "positive") for name in NAMES[1:]]


def annotations() -> list[Annotation]:
    return [
        Annotation(name, name, name, Content("match", (name.strip(),), f"{name}\n=2"), 1)
        for name in NAMES
    ]


def outcomes() -> str:
    made = make_report(afters=[0.2] * len(NAMES), befores=[0.7] * len(NAMES))
    named = zip(made.outcomes, NAMES, strict=True)
    return outcomes_csv(
        replace(
            made,
            run_id=NAMES[0],
            outcomes=tuple(replace(one, query_id=n, instance_id=n) for one, n in named),
        )
    )


def robustness(folder: Path) -> dict[str, str]:
    curves = tuple(curve(name, (-4.0, 2.0, 0.0), 1.0, Breaking(0.3, "crossed")) for name in NAMES)
    response = set_response(curves, NAMES)
    response = replace(
        response,
        responses=tuple(replace(one, scorer=NAMES[0]) for one in response.responses),
    )
    report = RobustnessReport(
        corpus="c",
        request=SetRequest(n_queries=2),
        instances={name: name for name in NAMES},
        left_out=(),
        boxes={},
        responses=(response,),
        breaking=tuple(
            PairBreaking(name, name, "contrast", name, "falling", "crossed", -0.3) for name in NAMES
        ),
        curves=curves,
        receipt=Receipt("=abc", {}),
    )
    written = write_report(folder / "r", report)
    return {
        name: (folder / "r" / name).read_bytes().decode()
        for name in written
        if name.endswith(".csv")
    }


@pytest.fixture
def files(tmp_path: Path) -> Mapping[str, str]:
    """Return the text of every CSV that the page offers or a command writes."""
    write_scores(tmp_path / "scores.csv", scores_of(), "mllm")
    rows = tuple(row(scorer=name, problem=name) for name in NAMES)
    return {
        "scores": (tmp_path / "scores.csv").read_bytes().decode(),
        "outcomes": outcomes(),
        "annotations": annotations_csv(annotations()),
        "patch": patch_csv(changes()),
        "relevance": relevance_csv([(NAMES[1], NAMES[0], "junk")], changes()),
        "trade-off": table_csv(table(rows)),
        **robustness(tmp_path),
    }


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    "name",
    [
        "scores",
        "outcomes",
        "annotations",
        "patch",
        "relevance",
        "trade-off",
        "curves.csv",
        "means.csv",
        "breaking.csv",
        "breaking_by_query.csv",
    ],
)
def test_no_cell_of_a_csv_begins_a_formula(files: Mapping[str, str], name: str):
    rows = list(csv.reader(io.StringIO(files[name], newline=""), strict=True))
    cells = [cell for row in rows[1:] for cell in row]
    assert any(NAMES[0] in cell for cell in cells)  # a hostile name is in the file
    assert [c for c in cells if c.startswith(FORMULA) and not is_number(c)] == []
    assert len({len(row) for row in rows}) == 1


def test_every_csv_of_a_report_is_among_those_tested(files: Mapping[str, str]):
    assert len(files) == 10


@given(st.text(max_size=20))
def test_a_guarded_cell_is_no_formula_and_comes_back(text: str):
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith((*FORMULA, "\n"))


CELLS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    st.text("=+-@\t\r\n'\" a,", max_size=6),
)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=5))
def test_a_marked_table_is_read_back_exactly(rows: list[tuple[str, str]]):
    text = restorable_csv_text(("one", "two"), rows)
    read = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    found = [unguarded_row(row) for row in read]
    assert [(row["one"], row["two"]) for row in found] == rows


def test_a_table_without_formulas_has_no_further_column():
    assert restorable_csv_text(("a", "b"), [("x", -1.5), ("'y", None)]) == "a,b\nx,-1.5\n'y,\n"


def test_exported_scores_are_read_back_exactly(tmp_path: Path):
    path = tmp_path / "scores.csv"
    write_scores(path, scores_of(), "mllm")
    entries = list(open_scores(path).entries())
    assert [(e.query, e.image, e.score) for e in entries if isinstance(e, ScoreEntry)] == [
        (query, *one) for query, found in scores_of() for one in found
    ]
    assert len(entries) == len(NAMES) * len(MARGINS)


def test_a_foreign_file_of_scores_is_read_as_it_stands(tmp_path: Path):
    path = tmp_path / "scores.csv"
    path.write_text("query,image,score\n'=q.png,=i.png,-1.5\n")
    assert list(open_scores(path).entries()) == [
        ScoreEntry("scores.csv:2", "'=q.png", "=i.png", -1.5)
    ]


def test_a_patch_is_read_back_exactly_as_verdicts():
    found = parse_annotations(patch_csv(changes()), "ada", lambda query, image: None)
    assert [(one.query_id, one.image_id) for one in found] == [
        (one.query_id, one.image_id) for one in changes()
    ]


@pytest.fixture
def hostile_corpus(write_corpus) -> Path:
    cells = [f'"{name}",both,' for name in NAMES]
    return write_corpus("\n".join(["image,role,instance", *cells]) + "\n", *NAMES)


def test_a_relevance_file_is_read_back_exactly_by_the_corpus(hostile_corpus: Path):
    text = relevance_csv([(NAMES[1], NAMES[0], "junk")], changes())
    (hostile_corpus / "relevance.csv").write_bytes(text.encode())
    truth = open_corpus(hostile_corpus).relevance
    assert truth is not None
    assert truth[NAMES[0]].positives == set(NAMES[1:])
    assert truth[NAMES[1]].junk == {NAMES[0], NAMES[1]}


@pytest.mark.parametrize("text", [outcomes(), table_csv(table())], ids=["outcomes", "trade-off"])
def test_numbers_stay_numbers(text: str):
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    column = "delta" if "delta" in rows[0] else "delta_low"
    assert min(float(row[column]) for row in rows if row[column]) < 0


def test_no_other_file_writes_csv():
    writers = {
        path.relative_to(ROOT).as_posix()
        for folder in ("core", "ui")
        for path in (ROOT / folder).rglob("*.py")
        if any(word in path.read_text("utf-8") for word in ("csv.writer", "DictWriter"))
    }
    assert writers == {"core/spreadsheet.py"}
