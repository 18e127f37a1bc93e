"""Cascades on eight drawn images: counts, depths, exports, and what they are called."""

import shutil

import pytest

from core.errors import SettingsError
from core.reranking.chosen import check_stages, pipeline_of
from core.settings import load_settings
from core.types.orders import Fusion
from tests.core.stand_ins import make_workbench

QUERY = "images/disc_q.png"


@pytest.fixture
def open_bench(tiny_corpus_root, tmp_path):
    benches = []

    def opened(**settings):
        settings = {key.replace("__", "."): value for key, value in settings.items()}
        bench = make_workbench(tiny_corpus_root, tmp_path / f"w{len(benches)}", **settings)
        benches.append(bench)
        list(bench.runs.build_index())
        return bench

    yield opened
    for bench in benches:
        bench.close()


def fusion_of(bench):
    return Fusion(bench.info.first_depth, 0.0, 1.0)


def test_before_scoring_nothing_is_scored_and_nothing_failed(open_bench):
    bench = open_bench(ranking__pipeline="maxsim@6 > mllm@2")
    view = bench.queries.inspect(QUERY, fusion_of(bench))
    assert (view.n_pairs, view.n_unscored, view.n_pending) == (6, 6, 6)
    list(bench.queries.score(QUERY, 6))
    view = bench.queries.inspect(QUERY, fusion_of(bench))
    assert (view.n_pairs, view.n_unscored, view.n_pending) == (2, 0, 0)
    assert sum(card.is_thinned for card in view.moved) == 4


def test_what_an_import_lacks_is_counted_once(open_bench, tmp_path):
    first = open_bench()
    ids = [card.image_id for card in first.queries.inspect(QUERY, Fusion(6, 0.0, 1.0)).before]
    scores = tmp_path / "few.csv"
    lines = "".join(f"{QUERY},{image},{i}\n" for i, image in enumerate(ids[:2]))
    scores.write_text(f"query,image,score\n{lines}")
    list(first.exchange.import_scores(scores, "few", replace=False))
    workspace = first._session.workspace.folder
    first.close()
    bench = make_workbench(
        first._session.corpus.root, workspace, **{"ranking.pipeline": "import:few@6 > maxsim@3"}
    )
    list(bench.runs.build_index())
    list(bench.queries.score(QUERY, 6))
    view = bench.queries.inspect(QUERY, Fusion(6, 0.0, 1.0))
    scored = [card for card in view.moved if card.margin is not None]
    assert len(scored) == 3
    assert view.n_pairs == len(scored) + view.n_unscored
    assert view.n_unscored <= 4
    assert view.n_pending == 0
    assert all(card.problem is None for card in scored)
    bench.close()


def test_a_later_stage_may_look_deeper(open_bench):
    bench = open_bench(ranking__pipeline="maxsim@2 > mllm@6")
    list(bench.runs.evaluate(2))
    view = bench.queries.inspect(QUERY, Fusion(2, 0.0, 1.0))
    assert (len(view.moved), view.depth, view.n_pairs) == (6, 6, 6)
    (outcome,) = [o for o in bench.runs.outcomes(Fusion(2, 0.0, 1.0)) if o.query_id == QUERY]
    best = max(
        (card for card in view.moved if card.relation == "negative"), key=lambda card: card.margin
    )
    assert outcome.hard_negative_ids == (best.image_id,)


def test_a_run_deeper_than_the_shortlist_is_exported(open_bench):
    bench = open_bench(ranking__scorer="maxsim", ranking__depth=500)
    list(bench.runs.evaluate(500))
    run = bench.runs.latest()
    assert run.receipt.fields["pipeline"] == "maxsim@500"
    assert bench.saved.export(run.run_id, "trec").data


def test_two_queries_of_one_picture_keep_their_own_outcomes(tiny_corpus_root, tmp_path):
    twin = tiny_corpus_root / "images" / "twin_q.png"
    shutil.copy(tiny_corpus_root / QUERY, twin)
    with (tiny_corpus_root / "manifest.csv").open("a") as file:
        file.write("images/twin_q.png,query,cross,,,,,dim\n")
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    list(bench.runs.build_index())
    list(bench.runs.evaluate(6))
    outcomes = {o.query_id: o for o in bench.runs.outcomes(Fusion(6, 0.0, 1.0))}
    assert {QUERY, "images/twin_q.png"} <= outcomes.keys()
    assert outcomes[QUERY].n_positives != outcomes["images/twin_q.png"].n_positives
    bench.close()


def test_the_first_stages_depth_is_named_once():
    both = load_settings(None, {"ranking.pipeline": "maxsim@9 > mllm@3", "ranking.depth": 5})
    with pytest.raises(SettingsError, match="leave one of the two out"):
        check_stages(both)
    one = load_settings(None, {"ranking.pipeline": "maxsim > mllm@3", "ranking.depth": 5})
    check_stages(one)
    assert pipeline_of(one).depth == 5


def test_the_code_of_a_screen_says_the_depth_on_it(open_bench):
    bench = open_bench(ranking__pipeline="maxsim@6 > mllm@2")
    code = bench.code.evaluation(Fusion(4, 0.0, 1.0))
    assert "--pipeline 'maxsim@4 > mllm@2'" in code.shell
    assert "--depth" not in code.shell
    assert "--pipeline" not in bench.tradeoff.command()


def test_stored_scorers_are_named_as_the_bench_names_its_stages(open_bench):
    bench = open_bench(ranking__pipeline="maxsim@6 > maxsim/int8@3")
    list(bench.runs.evaluate(6))
    own, first = bench.scorers.find("maxsim/int8"), bench.scorers.find("maxsim")
    assert own.entry.is_own
    assert not first.entry.is_own
    assert (own.stage, first.stage) == ("maxsim/int8", "maxsim")


def test_a_server_refuses_what_it_would_be_asked_and_nothing_else():
    server = {"model.name": "http://h:1/v1#m"}
    check_stages(load_settings(None, {**server, "ranking.scorer": "mllm/none"}))
    check_stages(load_settings(None, {**server, "ranking.pipeline": "maxsim/int8@9 > mllm@3"}))
    with pytest.raises(SettingsError, match="scores uncompressed images"):
        check_stages(load_settings(None, {**server, "ranking.scorer": "mllm/int8"}))
    with pytest.raises(SettingsError, match="asks no server"):
        check_stages(load_settings(None, {**server, "ranking.scorer": "maxsim"}))


def test_a_summary_reads_no_stored_tokens_again(open_bench, monkeypatch):
    bench = open_bench(ranking__pipeline="maxsim@6 > mllm@2")
    list(bench.runs.evaluate(6))
    first = bench.runs.summary(fusion_of(bench), intervals=False)
    assert [stage.n_tokens for stage in first.stages] == [6 * 16, 2 * 16]
    monkeypatch.setattr("core.bench.orders.tokens_per_image", lambda *_: pytest.fail("read again"))
    assert bench.runs.summary(fusion_of(bench), intervals=False) == first


def test_the_map_of_every_order_ends_where_the_summary_does(open_bench):
    bench = open_bench(ranking__pipeline="maxsim@6 > mllm@2", ranking__lam=0.5)
    fusion = Fusion(6, 0.5, 1.0)
    assert bench.moves.stages(fusion) == ()
    list(bench.runs.evaluate(6))
    stages, summary = bench.moves.stages(fusion), bench.runs.summary(fusion, intervals=False)
    assert [one.order for one in stages] == ["before", *(u.stage for u in summary.stages), "fusion"]
    assert stages[0].map_at_k == pytest.approx(summary.map_before)
    assert stages[-2].map_at_k == pytest.approx(summary.map_margin)
    assert stages[-1].map_at_k == pytest.approx(summary.map_after)
    plain = bench.moves.stages(Fusion(6, 0.0, 1.0))
    assert [one.order for one in plain] == [one.order for one in stages[:-1]]
    assert {one.n for one in plain} == {summary.n_evaluated}
