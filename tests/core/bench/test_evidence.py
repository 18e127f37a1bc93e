"""Evidence joins its terms' scores: fitted, kept, refused, added up, swept, exported."""

import json
from dataclasses import replace

import numpy as np
import pytest

from core.bench.setup.cost import make_plan
from core.errors import ExchangeError, SettingsError, StaleIndexError
from core.storage.fits import FIT, read_fit, sealed
from core.types.annotation import Change
from core.types.evidence import Estimate, term_word
from core.types.orders import Fusion
from core.types.robustness import Damage
from core.types.scores import OFFSET, sigmoid
from core.types.sweeps import SweepRequest
from tests.core.stand_ins import ColourScorer, make_workbench

DEPTH = 6
FUSION = Fusion(DEPTH, 0.0, 1.0)
QUERY, MATCH = "images/disc_q.png", "images/disc_1.png"
TERMS = ("mllm", "geometric", "kreciprocal")


def opened(corpus, folder, pipeline=None, **more):
    named = {} if pipeline is None else {"ranking.pipeline": pipeline}
    bench = make_workbench(corpus, folder, **named, **more)
    list(bench.runs.build_index())
    return bench


def fitted(corpus, folder, name="own", **asked):
    bench = opened(corpus, folder)
    try:
        list(bench.evidence.fit(name, asked.pop("terms", TERMS), DEPTH, **asked))
        return bench.evidence.fit_named(name)
    finally:
        bench.close()


@pytest.fixture
def fit(tiny_corpus_root, tmp_path):
    return fitted(tiny_corpus_root, tmp_path / "w")


@pytest.fixture
def bench(fit, tiny_corpus_root, tmp_path):
    made = opened(tiny_corpus_root, tmp_path / "w", f"evidence:own@{DEPTH}")
    list(made.runs.evaluate(DEPTH))
    yield made
    made.close()


def scores(bench, query=QUERY):
    session = bench.runs._session
    listed = session.shortlist(session.queries[query]).image_ids[:DEPTH]
    return session.models().cascade.cached(session.queries[query], listed)


def test_a_fit_says_what_it_was_fitted_on_and_what_it_reaches(fit):
    on, reached = fit.fitted_on, fit.held_out
    assert tuple(term.stage for term in fit.terms) == TERMS
    assert (on.n_queries, on.n_instances, on.depth) == (4, 3, DEPTH)
    assert on.n_pairs == 4 * DEPTH - 2  # two queries are in the database, junk to themselves
    assert 0 < on.n_matches < on.n_pairs
    assert reached.n_folds == 3
    assert 0 <= reached.map_before <= 1
    assert 0 <= reached.calibration_after <= 1
    assert reached.calibration_before is not None
    assert "Fitted on 3 instances, fewer than 10" in fit.warnings[0]


def test_shares_add_up_to_the_log_odds_and_their_sigmoid_is_the_probability(bench, fit):
    found = scores(bench)
    assert len(found) == DEPTH
    for one in found.values():
        assert set(one.shares) == {*(term.stage for term in fit.terms), OFFSET}
        assert abs(sum(one.shares.values()) - one.margin) < 1e-9
        assert one.probability == sigmoid(one.margin)
        assert one.logit_yes is None
        assert one.shares[OFFSET] == fit.offset


def test_a_share_is_weight_times_feature(bench, fit):
    session = bench.runs._session
    stage = session.models().cascade.last
    query = session.queries[QUERY]
    joined = scores(bench)
    for term, leaf in zip(fit.terms, stage.leaves, strict=True):
        own = leaf.reranker.cached(query, list(joined))
        for image_id, one in joined.items():
            value = own[image_id].margin
            told = np.log1p(value) if term.stage == "geometric" else value
            assert one.shares[term.stage] == pytest.approx(term.weight.value * told, abs=1e-12)


def test_the_order_is_by_log_odds_and_every_screen_ranks_so(bench):
    order = bench.runs._orders.noted(QUERY, FUSION)
    found = scores(bench)
    assert list(order.after[:DEPTH]) == sorted(found, key=lambda i: -found[i].margin)
    assert order.last.kind.name == "evidence"
    view = bench.queries.inspect(QUERY, FUSION)
    assert [card.image_id for card in view.after][:DEPTH] == list(order.after[:DEPTH])


def test_every_card_keeps_what_each_term_adds(bench):
    view, found = bench.queries.inspect(QUERY, Fusion(4, 0.0, 1.0)), scores(bench)
    assert view.kind.probability == "calibrated probability (evidence:own)"
    assert not view.kind.is_margin
    for card in view.after[:4]:
        assert card.shares == found[card.image_id].shares
    assert [card.shares for card in view.after[4:]] == [None, None]  # beyond the depth


@pytest.mark.parametrize(
    ("stage", "word"),
    [
        ("mllm", "model"),
        ("geometric", "print"),
        ("kreciprocal:20,6,0.3", "neighbours"),
        ("maxsim", "tokens"),
        ("import:ames", "ames"),
        (OFFSET, "offset"),
    ],
)
def test_a_term_has_a_plain_word(stage, word):
    assert term_word(stage) == word


def test_the_terms_scores_are_shared_and_nothing_is_scored_twice(
    fit, tiny_corpus_root, tmp_path, monkeypatch
):
    scorer = ColourScorer()
    bench = opened(tiny_corpus_root, tmp_path / "w", f"evidence:own@{DEPTH}", scorer=scorer)
    list(bench.runs.evaluate(DEPTH))
    bench.close()
    assert scorer.n_scored == 0  # the fit has scored them


def test_a_term_of_weight_zero_changes_nothing(bench, fit, tiny_corpus_root, tmp_path):
    silent = replace(fit.terms[1], weight=Estimate(0.0))
    without = sealed(replace(fit, name="less", terms=(fit.terms[0], fit.terms[2])))
    nothing = sealed(replace(fit, name="zero", terms=(fit.terms[0], silent, fit.terms[2])))
    for one in (without, nothing):
        bench.evidence.bring(FIT.dump(one))
    bench.close()
    found = []
    for name in ("zero", "less"):
        other = opened(tiny_corpus_root, tmp_path / "w", f"evidence:{name}@{DEPTH}")
        list(other.runs.evaluate(DEPTH))
        found.append(scores(other))
        other.close()
    zero, less = found
    assert len(zero) == DEPTH
    assert {i: one.margin for i, one in zero.items()} == {i: one.margin for i, one in less.items()}


def test_a_fingerprint_changes_with_weights_and_terms(bench, fit):
    from core.reranking.evidence import EvidenceScorer

    scorer = bench.runs._session.models().scorer
    heavier = replace(fit.terms[0], weight=Estimate(9.0))
    for other in (
        sealed(replace(fit, offset=fit.offset + 1.0)),
        sealed(replace(fit, terms=(heavier, *fit.terms[1:]))),
    ):
        terms = tuple(
            replace(term, weight=kept.weight.value)
            for term, kept in zip(scorer.terms, other.terms, strict=True)
        )
        assert EvidenceScorer(other, terms).fingerprint != scorer.fingerprint
    assert EvidenceScorer(fit, scorer.terms[:2]).fingerprint != scorer.fingerprint


def test_a_fit_of_another_model_is_refused_in_one_sentence(fit, tiny_corpus_root, tmp_path):
    other = ColourScorer(receipt_fields={"scorer": "another colour"})
    bench = opened(tiny_corpus_root, tmp_path / "w", f"evidence:own@{DEPTH}", scorer=None)
    bench.close()
    made = make_workbench(
        tiny_corpus_root,
        tmp_path / "w",
        scorer=other,
        **{"ranking.pipeline": f"evidence:own@{DEPTH}"},
    )
    with pytest.raises(
        SettingsError, match=r"another model.*'scorer' of its term 'mllm' differs.*fit again"
    ):
        list(made.runs.build_index())
    made.close()


def test_an_unknown_fit_is_refused_before_anything_is_loaded(tiny_corpus_root, tmp_path):
    with pytest.raises(SettingsError, match=r"no fit 'none' of evidence; .*one of: pocket"):
        make_workbench(
            tiny_corpus_root, tmp_path / "w", **{"ranking.pipeline": f"evidence:none@{DEPTH}"}
        )


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        ((), "takes 1 to"),
        (("mllm", "mllm"), "each once"),
        (("evidence",), "cannot be a term"),
        (("mllm/int8",), "without a compression"),
        (("colour",), "Stage 'colour' is not known"),
        (("mllm", "import:none"), "no import 'none'"),
    ],
)
def test_terms_that_cannot_be_joined_are_refused(tiny_corpus_root, tmp_path, terms, text):
    with pytest.raises(SettingsError, match=text):
        fitted(tiny_corpus_root, tmp_path / "w", terms=terms)


@pytest.mark.parametrize("name", ["", "Über", "../up", "a" * 33, "-x"])
def test_names_that_are_none_are_refused(tiny_corpus_root, tmp_path, name):
    with pytest.raises(SettingsError, match="cannot name a fit"):
        fitted(tiny_corpus_root, tmp_path / "w", name=name)


def test_a_fit_changed_by_hand_is_noticed(bench, fit, tmp_path):
    path = tmp_path / "w" / "fits" / "own.json"
    assert FIT.load(path) == fit
    document = json.loads(path.read_text())
    document["offset"] += 1.0
    path.write_text(json.dumps(document))
    with pytest.raises(StaleIndexError, match="was changed by hand"):
        bench.evidence.fit_named("own")
    with pytest.raises(ExchangeError, match="or was changed after it was written"):
        bench.evidence.bring(path.read_bytes())
    problems = {one.file: one.problem for one in bench.runs.verify()}
    assert problems["fits/own.json"] == "cannot be read as a fit of evidence"


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"name": "x"}'])
def test_bytes_that_are_no_fit_are_refused(bench, content):
    with pytest.raises(ExchangeError, match="holds no fit of evidence"):
        bench.evidence.bring(content)


def test_weights_that_are_not_finite_are_no_fit(fit):
    broken = sealed(replace(fit, offset=float("nan")))
    with pytest.raises(ValueError, match=r"offset|finite"):
        read_fit(FIT.dump(broken))


def test_a_fit_travels(bench, fit, tiny_corpus_root, tmp_path):
    content = bench.evidence.export("own")
    other = opened(tiny_corpus_root, tmp_path / "elsewhere")
    assert other.evidence.bring(content) == fit
    assert "own" in [one.name for one in other.evidence.fits()]
    other.evidence.remove("own")
    with pytest.raises(SettingsError, match="no fit 'own'"):
        other.evidence.fit_named("own")
    other.close()


def test_verdicts_count_as_labels_where_chosen(tiny_corpus_root, tmp_path, fit):
    bench = opened(tiny_corpus_root, tmp_path / "w")
    wanted = (QUERY, "images/cross_1.png")
    bench.annotations.act(Change("a1", "ann", *wanted, "verdict", "match", 0))
    list(bench.evidence.fit("judged", TERMS, DEPTH, "verdicts"))
    judged = bench.evidence.fit_named("judged")
    bench.close()
    assert judged.fitted_on.n_matches == fit.fitted_on.n_matches + 1
    assert judged.fitted_on.labels == "labels with verdicts"


def sweep(bench, side):
    asked = SweepRequest(
        QUERY, MATCH, "blur", Damage(side=side, pair="positive", n_ranked=3), levels=(0.0, 4.0)
    )
    return list(bench.robustness.sweep(asked))[-1]


@pytest.mark.parametrize("side", ["query", "candidate"])
def test_a_sweep_shows_what_every_term_adds_at_every_level(bench, side):
    curve = sweep(bench, side)
    neutral, blurred = curve.points
    own = scores(bench)[MATCH]
    assert neutral.margin == pytest.approx(own.margin, abs=1e-6)
    for point in (neutral, blurred):
        assert abs(sum(point.shares.values()) - point.margin) < 1e-9
        assert point.rank is not None
    assert blurred.shares["geometric"] <= neutral.shares["geometric"]
    lost = sum(one.change for one in curve.term_falls.falls)
    is_broken = curve.breaking_margin.value is not None
    end = curve.hard_negative_margin if is_broken else blurred.margin
    assert lost == pytest.approx(end - neutral.margin)
    again = sweep(bench, side)
    assert [point.margin for point in again.points] == [point.margin for point in curve.points]


def test_an_import_as_a_term_counts_and_cannot_be_swept(tiny_corpus_root, tmp_path):
    bench = opened(tiny_corpus_root, tmp_path / "w")
    session = bench.runs._session
    file = tmp_path / "scores.csv"
    lines = ["query,image,score"]
    for number, query in enumerate(session.queries):
        for place, image in enumerate(session.database):
            lines.append(f"{query},{image},{(number * 7 + place * 3) % 11}")
    file.write_text("\n".join(lines))
    list(bench.exchange.import_scores(file, "ames", replace=False))
    list(bench.evidence.fit("mixed", ("mllm", "import:ames"), DEPTH))
    bench.close()
    made = opened(tiny_corpus_root, tmp_path / "w", f"evidence:mixed@{DEPTH}")
    list(made.runs.evaluate(DEPTH))
    assert set(scores(made)[MATCH].shares) == {"mllm", "import:ames", OFFSET}
    with pytest.raises(SettingsError, match="holds no score of a damaged image"):
        sweep(made, "query")
    made.close()


def test_a_term_that_fails_leaves_the_pair_unscored(fit, tiny_corpus_root, tmp_path, monkeypatch):
    from core.reranking.geometric import GeometricScorer
    from core.types.scores import PlainScore, Unscored

    def score(_self, query_tokens, candidates, mass_first=0):
        for place, _ in enumerate(candidates):
            yield [Unscored("too dark") if place == 0 else PlainScore(1.0, 0.0)]

    monkeypatch.setattr(GeometricScorer, "score", score)
    bench = opened(tiny_corpus_root, tmp_path / "fresh")
    bench.evidence.bring(FIT.dump(fit))
    bench.close()
    made = opened(tiny_corpus_root, tmp_path / "fresh", f"evidence:own@{DEPTH}")
    list(made.queries.score(QUERY, DEPTH))
    order = made.runs._orders.of(made.runs._session.queries[QUERY], FUSION)
    assert len(order.last.unscored) == 1
    view = made.queries.inspect(QUERY, FUSION)
    (failed,) = [card for card in view.before if card.image_id == order.last.unscored[0]]
    assert failed.problem == "geometric: too dark"
    made.close()


def test_stored_keypoints_are_planned_for_counted_and_verified(tiny_corpus_root, tmp_path):
    bench = make_workbench(
        tiny_corpus_root, tmp_path / "w", **{"ranking.pipeline": f"geometric:100@{DEPTH}"}
    )
    with_keypoints = planned(bench)
    list(bench.runs.build_index())
    list(bench.runs.evaluate(DEPTH))
    shards = sorted((tmp_path / "w" / "keypoints").rglob("0*.npy"))
    assert shards
    assert planned(bench) == 0
    bench.close()
    plain = make_workbench(tiny_corpus_root, tmp_path / "plain")
    assert planned(plain) < with_keypoints
    plain.close()
    content = bytearray(shards[0].read_bytes())
    content[-1] ^= 1
    shards[0].write_bytes(content)
    again = make_workbench(tiny_corpus_root, tmp_path / "w")
    (damaged,) = [one for one in again.runs.verify() if one.problem is not None]
    assert damaged.file.startswith("keypoints/")
    again.close()


def planned(bench):
    steps = make_plan(bench.runs._session, bench.runs)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value.n_bytes


def test_evidence_is_a_scorer_of_the_trade_offs(fit, tiny_corpus_root, tmp_path):
    grid = {
        "tradeoff.scorers": ["mllm", "evidence:own"],
        "tradeoff.resolutions": ["full"],
        "tradeoff.compressions": ["none"],
        "tradeoff.depths": [DEPTH],
    }
    bench = make_workbench(tiny_corpus_root, tmp_path / "w", **grid)
    list(bench.tradeoff.measure())
    rows = {row.setting.scorer: row for row in bench.tradeoff.table().rows}
    assert rows["evidence:own"].problem is None
    assert rows["evidence:own"].n_queries == rows["mllm"].n_queries == 4
    bench.close()


def test_a_fit_is_one_scorer_however_it_is_named(bench, tiny_corpus_root, tmp_path):
    rivals = bench.robustness.rivals
    assert rivals.own == "evidence:own"
    assert {"mllm", "geometric", "evidence:pocket"} <= set(rivals.offered())
    assert not {"evidence", "evidence:own"} & set(rivals.offered())
    assert rivals.known(("evidence", "evidence:own", "geometric")) == ("geometric",)
    bench.close()
    bare = opened(tiny_corpus_root, tmp_path / "w", f"evidence@{DEPTH}")
    assert bare.robustness.rivals.own == "evidence:own"
    bare.close()
