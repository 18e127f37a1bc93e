"""Other scorers of a workspace: found, named, read, and never filled up."""

from pathlib import Path

import pytest

from core.bench.rank_changes import largest_changes
from core.bench.scorer_names import named_scorer
from core.errors import SettingsError
from core.exchange.formats import open_scores
from core.exchange.importing import import_scores
from core.storage.imports import Imports
from core.storage.scorers import ScorerCards, report_fields
from core.types.orders import Fusion
from core.types.scorers import DESCRIPTOR_ID, MovedPositive
from core.types.scores import MARGIN
from core.workbench import Workbench
from tests.core.stand_ins import make_workbench

QUERY = "images/disc_q.png"
POSITIVES = ("images/disc_1.png", "images/disc_2.png")


@pytest.fixture
def open_bench(tiny_corpus_root: Path, tmp_path: Path):
    opened: list[Workbench] = []

    def open_(depth: int = 6, **settings: object) -> Workbench:
        for bench in opened:
            bench.close()
        chosen = {key.replace("__", "."): value for key, value in settings.items()}
        bench = make_workbench(tiny_corpus_root, tmp_path / "work", **chosen)
        opened.append(bench)
        list(bench.runs.build_index())
        list(bench.runs.evaluate(depth))
        return bench

    yield open_
    opened[-1].close()


def names(bench: Workbench) -> list[str]:
    return [entry.name for entry in bench.scorers.entries()]


def other(bench: Workbench) -> str:
    return bench.scorers.entries()[2].scorer_id


def give(bench: Workbench, tmp_path: Path, lines: str, name: str = "theirs") -> None:
    file = tmp_path / f"{name}.csv"
    file.write_text(f"query,image,score\n{lines}")
    session = bench._session
    imports = Imports(session.workspace.imports)
    list(import_scores(open_scores(file), name, session.corpus, session.scores, imports))


def test_before_the_models_are_loaded_no_scorer_is_listed(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root, tmp_path / "work")
    assert bench.scorers.entries() == ()
    assert bench.moves.positives(None, None, Fusion(6, 0.0, 1.0), 5) is None
    bench.close()


def test_the_descriptor_and_the_own_scorer_come_first(open_bench):
    first, own = open_bench().scorers.entries()
    assert (first.scorer_id, own.is_own) == (DESCRIPTOR_ID, True)


def test_another_compression_is_named_by_its_run(open_bench):
    open_bench(model__compression="int8")
    entries = open_bench().scorers.entries()
    assert [entry.is_own for entry in entries] == [False, True, False]
    assert entries[2].detail.startswith("model: pocket-vl; ")


def test_a_name_says_what_differs_from_the_own_scorer():
    own = {"model": "m", "prompt": "Same?", "layout": "question_first", "compression": "none"}
    squeezed = named_scorer("a" * 64, {**own, "compression": "int8"}, own, is_own=False)
    asked = named_scorer("b" * 64, {**own, "prompt": "x" * 60}, own, is_own=False)
    assert (squeezed.name, squeezed.kind) == ("m, int8", MARGIN)
    assert asked.name == "m, “" + "x" * 47 + "…”"


def test_an_import_is_named_and_its_missing_pairs_are_unscored(open_bench, tmp_path):
    bench = open_bench()
    give(bench, tmp_path, f"{QUERY},{POSITIVES[1]},0.9\n{QUERY},{POSITIVES[0]},0.1\n")
    assert names(bench)[2] == "import theirs"
    view = bench.scorers.inspect(other(bench), QUERY, Fusion(6, 0.0, 1.0))
    scores = {card.image_id: card.margin for card in view.after}
    assert {i for i, score in scores.items() if score is not None} == set(POSITIVES)
    assert (view.n_unscored, view.n_pending) == (4, 0)
    ranks = {card.image_id: card.rank_after for card in view.after}
    assert ranks[POSITIVES[1]] < ranks[POSITIVES[0]]
    unscored = [card for card in view.after if card.margin is None]
    assert all(card.rank_before == card.rank_after for card in unscored)


def test_the_own_scorer_inspected_as_another_gives_the_same_order(open_bench):
    bench = open_bench()
    own = bench.scorers.entries()[1].scorer_id
    there = bench.scorers.inspect(own, QUERY, Fusion(6, 0.3, 2.0))
    here = bench.queries.inspect(QUERY, Fusion(6, 0.3, 2.0))
    assert [c.image_id for c in there.after] == [c.image_id for c in here.after]
    assert there.outcome == here.outcome


def test_a_scorer_that_is_not_there_is_one_sentence(open_bench):
    with pytest.raises(SettingsError, match="holds no scores of scorer 'feedfeedfeedfeed'"):
        open_bench().scorers.inspect("feed" * 4, QUERY, Fusion(6, 0.0, 1.0))


def test_scores_that_nothing_names_are_listed_by_their_fingerprint(open_bench):
    bench = open_bench()
    store = bench._session.scores
    known = bench.scorers.known()[0]
    session = bench._session
    query = session.record(QUERY)
    found = store.get(known.fingerprint, query.sha256, [r.sha256 for r in session.corpus.database])
    store.put("ab" * 32, query.sha256, found)
    assert names(bench)[2] == "scores abababab"


def test_a_card_names_a_tried_wording(open_bench):
    bench = open_bench()
    session = bench._session
    query, image = session.record(QUERY), session.corpus.database[0]
    found = session.scores.get(
        bench.scorers.known()[0].fingerprint, query.sha256, [image.sha256]
    ) or {image.sha256: None}
    session.scores.put("cd" * 32, query.sha256, found)
    fields = {"model": "tiny", "scorer": "mllm", "prompt": "Same thing?", "compression": "none"}
    ScorerCards(session.workspace.scorers).save("cd" * 32, fields)
    assert names(bench)[2] == "tiny, “Same thing?”"


def test_equal_names_are_told_apart(open_bench):
    bench = open_bench()
    session = bench._session
    query, image = session.record(QUERY), session.corpus.database[0]
    known = bench.scorers.known()[0].fingerprint
    found = session.scores.get(known, query.sha256, [image.sha256])
    for byte in ("cd", "ef"):
        session.scores.put(byte * 32, query.sha256, found)
        ScorerCards(session.workspace.scorers).save(byte * 32, {"model": "m", "scorer": "maxsim"})
    assert names(bench)[2:] == ["MaxSim (cdcdcd)", "MaxSim (efefef)"]


def test_moved_positives_are_counted_from_the_two_orders(open_bench, tmp_path):
    bench = open_bench()
    shortlist = bench._session.shortlist(bench._session.record(QUERY))
    last = [i for i in shortlist.image_ids if i not in POSITIVES]
    lines = [f"{QUERY},{image},{1 - row / 10}" for row, image in enumerate([*last, *POSITIVES])]
    give(bench, tmp_path, "\n".join(lines) + "\n")
    before = {
        i: sum(other not in POSITIVES for other in shortlist.image_ids[:row])
        for row, i in enumerate(shortlist.image_ids)
        if i in POSITIVES
    }
    found = bench.moves.positives(None, other(bench), Fusion(6, 0.0, 1.0), 50)
    expected = {MovedPositive(QUERY, i, before[i], len(last)) for i in POSITIVES}
    assert {pair for pair in found.pairs if pair.query_id == QUERY} == expected
    assert found.n_queries == found.n_total == 4
    # the other queries' positives have no imported score
    assert found.n_unscored + found.n_pairs == 2 + 1 + 1 + 1
    assert found.n_unscored == 3


def test_moved_positives_follow_new_scores(open_bench, tmp_path):
    bench = open_bench()
    give(bench, tmp_path, f"{QUERY},{POSITIVES[0]},0.5\n")
    first = bench.moves.positives(None, other(bench), Fusion(6, 0.0, 1.0), 5)
    give(bench, tmp_path, f"{QUERY},{POSITIVES[0]},0.5\n{QUERY},{POSITIVES[1]},0.6\n", "more")
    second = bench.moves.positives(
        None, bench.scorers.entries()[3].scorer_id, Fusion(6, 0.0, 1.0), 5
    )
    assert (first.n_pairs, second.n_pairs) == (1, 2)


def test_a_scorer_against_itself_moves_nothing(open_bench):
    bench = open_bench()
    own = bench.scorers.entries()[1].scorer_id
    found = bench.moves.positives(own, own, Fusion(6, 0.0, 1.0), 5)
    assert (found.pairs, found.n_pairs) == ((), 5)


def test_rescues_and_harms_come_with_their_first_cards(open_bench):
    bench = open_bench()
    rescues, harms = bench.moves.queries(Fusion(6, 0.0, 1.0), 5, 2)
    outcomes = bench.runs.outcomes(Fusion(6, 0.0, 1.0))
    assert (tuple(o.outcome for o in rescues), tuple(o.outcome for o in harms)) == largest_changes(
        outcomes, 5
    )
    for one in (*rescues, *harms):
        assert len(one.view.after) == 2
        assert one.view.query.image_id == one.outcome.query_id


def test_a_reports_receipt_is_read_from_its_head(open_bench):
    bench = open_bench()
    report = bench.runs.latest()
    path = bench._session.workspace.runs / f"{report.run_id}.json"
    assert report_fields(path) == report.receipt.fields
    path.write_text('{"run_id": "x"')
    assert report_fields(path) == {}
