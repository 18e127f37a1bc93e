"""Sweeping a set of drawn images: choice, what is left out, resume, refusals."""

from dataclasses import replace

import pytest

from core.errors import ManifestError, SettingsError
from core.types.corpus import Box
from core.types.robustness import Damage
from core.types.runs import Progress
from core.types.sets import SET_DAMAGE, SetRequest
from core.types.sweeps import SweepRequest
from tests.core.stand_ins import ColourScorer, make_workbench


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    opened = make_workbench(tiny_corpus_root, tmp_path / "work", **{"ranking.depth": 4})
    yield opened
    opened.close()


def measured(bench, request):
    found = []

    def work():
        found.append((yield from bench.set_sweeps.measure(request)))

    list(work())
    return found[0]


def test_the_curves_are_those_of_single_sweeps(bench):
    report = measured(bench, SetRequest(n_queries=1, damage=replace(SET_DAMAGE, seed=3)))
    (query,) = report.instances
    for curve in report.curves:
        request = SweepRequest(query, None, curve.spec.name, Damage("candidate", seed=3))
        assert list(bench.robustness.sweep(request))[-1] == curve
    assert report.boxes == {"manifest": 1}


def test_a_query_without_a_positive_in_its_shortlist_is_left_out_and_counted(
    tiny_corpus_root, tmp_path
):
    manifest = tiny_corpus_root / "manifest.csv"
    text = manifest.read_text("utf-8").replace(
        "cross_1.png,database,cross", "cross_1.png,database,"
    )
    manifest.write_text(text, "utf-8")
    bench = make_workbench(tiny_corpus_root, tmp_path / "work")
    report = measured(bench, SetRequest(damage=replace(SET_DAMAGE, pair="positive")))
    bench.close()
    assert report.left_out == (("images/cross_q.png", "no labelled positive in its shortlist"),)
    assert "images/cross_q.png" not in report.instances
    assert len(report.instances) == 3


def test_stopping_keeps_what_was_scored(tiny_corpus_root, tmp_path):
    scorer = ColourScorer()
    bench = make_workbench(tiny_corpus_root, tmp_path / "work", scorer=scorer)
    steps = bench.set_sweeps.measure(SetRequest(n_queries=2))
    while not (step := next(steps)).done or step.stage != "sweep":
        pass
    steps.close()
    n_first = scorer.n_scored
    measured(bench, SetRequest(n_queries=1))  # the first query, whose curves are all stored
    assert scorer.n_scored == n_first > 0
    bench.close()


def test_imported_scores_are_refused_before_any_work(tiny_corpus_root, tmp_path, bench):
    object.__setattr__(bench._session.settings.ranking, "scorer", "import:mine")
    with pytest.raises(SettingsError, match="holds no score of a damaged image"):
        next(bench.set_sweeps.measure(SetRequest()))


def test_the_candidate_is_damaged_unless_the_request_says_otherwise(bench):
    assert {curve.damage for curve in measured(bench, SetRequest(n_queries=1)).curves} == {
        Damage("candidate")
    }


def test_one_box_for_all_images_is_refused_before_any_work(bench):
    damage = replace(SET_DAMAGE, box=Box(0, 0, 9, 9))
    with pytest.raises(SettingsError, match="has its own box"):
        next(bench.set_sweeps.measure(SetRequest(damage=damage)))


def test_the_receipt_says_over_how_many_a_rank_is_counted(bench):
    asked = SetRequest(n_queries=1, names=("blur",), damage=Damage(n_ranked=2))
    assert measured(bench, asked).receipt.fields["ranked"] == "the nearest 2"
    usual = replace(asked, damage=Damage())
    assert measured(bench, usual).receipt.fields["ranked"] == "the nearest 20"


def test_the_hardest_need_a_ground_truth(write_corpus, tmp_path):
    root = write_corpus(None, "a.png", "b.png")
    bench = make_workbench(root, tmp_path / "work")
    with pytest.raises(ManifestError, match="no ground truth"):
        measured(bench, SetRequest(choose="hardest"))
    report = measured(bench, SetRequest(n_queries=1))
    bench.close()
    assert {one.reason for one in report.breaking} == {"no line"}


@pytest.mark.parametrize(
    ("damage", "each"),
    [
        (Damage("candidate"), 1),
        (Damage(), 1 + 4),
        (Damage(full_depth=True), 1 + 4),
        (Damage(n_ranked=2), 1 + 2),
        (Damage(n_ranked=2, full_depth=True), 1 + 4),
    ],
)
def test_what_a_set_costs_is_said_before_it_starts(bench, damage, each):
    list(bench.runs.build_index())
    cost = bench.set_sweeps.cost(SetRequest(n_queries=3, damage=damage))
    assert cost.n_queries == 3
    assert cost.n_pairs == 3 * cost.n_levels * each
    assert cost.n_levels == sum(len(spec.levels) for spec in bench.robustness.specs())


def test_means_come_every_few_seconds_and_at_the_end(bench):
    clock = iter(range(100_000))
    request = SetRequest(n_queries=2, names=("noise",))
    steps = list(bench.set_sweeps.grow(request, 1.0, lambda: next(clock)))
    made = [step for step in steps if not isinstance(step, Progress)]
    assert [len(report.instances) for _, report in made] == [1, 2]
    assert made[-1][0] == Progress("sweep", 2, 2, "queries")
    assert made[-1][1] == measured(bench, request)


def test_a_report_is_kept_once_it_is_complete(bench):
    *_, (progress, made) = bench.set_sweeps.make_report(SetRequest(n_queries=1))
    assert progress.done == progress.total
    assert "curves.csv" in made.files
    assert bench.set_sweeps.kept(made.report.receipt.receipt_id, "curves.csv").exists()
