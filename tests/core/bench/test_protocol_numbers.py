"""A benchmark's published numbers, from opening its folder to the stored report."""

import numpy as np
import pytest

from core.analysis.protocols.table import measure
from core.bench.benchmark_rankings import RankingWork
from core.errors import ExchangeError, SettingsError
from core.types.benchmarks import RankedList
from core.types.orders import Fusion
from tests.core.corpus.readers.test_opening import drawn
from tests.core.stand_ins import make_workbench
from tests.ui.pages import drawn as part
from ui.commands.evaluate import protocol_text
from ui.screens.overview import words

DEPTH = 5
FUSION = Fusion(DEPTH, 0.0, 1.0)


def evaluated(folder, tmp_path, **settings):
    bench = make_workbench(drawn(folder, tmp_path / "c"), tmp_path / "w", **settings)
    list(bench.runs.build_index())
    list(bench.runs.evaluate(DEPTH))
    return bench


@pytest.fixture
def oxford(tmp_path):
    bench = evaluated("revisitop/roxford5k", tmp_path, **{"retrieval.shortlist": 6})
    yield bench
    bench.close()


def values(numbers):
    before = {f"{one.name}, before": one.before for one in numbers.numbers}
    return before | {f"{one.name}, after": one.after for one in numbers.numbers}


def test_the_numbers_are_those_of_the_whole_database_ranked(oxford):
    session = oxford._session
    use, index = session.corpus.benchmark, session.index
    own = {image_id: one for one, image_id in use.image_ids.items()}
    before, after = {}, {}
    for query_id, image_id in use.queries.items():
        record = session.queries[image_id]
        vector = session.models().vectors.get([record.sha256])[0]
        whole = index.search(image_id, vector, len(index.image_ids))
        order = oxford.runs._orders.of(record, FUSION)
        before[query_id] = RankedList([own[i] for i in whole.image_ids], None)
        ids = (*order.after, *(i for i in whole.image_ids if i not in order.after))
        after[query_id] = RankedList([own[i] for i in ids], None)
    sides = {"before": measure(use.benchmark, before), "after": measure(use.benchmark, after)}
    expected = {f"{one.name}, {side}": one.value for side, all_ in sides.items() for one in all_}
    found = values(oxford.protocols.of(FUSION))
    assert found == pytest.approx(expected)
    assert found["revisited mAP hard, before"] != found["revisited mAP hard, after"]


def test_the_report_keeps_them_and_a_reloaded_one_has_the_same(oxford):
    report = oxford.runs.latest()
    assert report.protocol == oxford.protocols.of(FUSION)
    assert report.protocol.benchmark == "roxford5k"
    assert not report.protocol.incomplete


def test_they_are_shown_on_overview_and_in_the_reports_page(oxford):
    shown = str(part(oxford, "overview", "protocol", f"view=overview&depth={DEPTH}"))
    assert "revisited mAP medium" in shown
    assert "by trapezoids" in shown
    page = oxford.saved.export(oxford.runs.latest().run_id, "html")
    assert b"revisited mAP medium" in page.data


def test_there_are_none_before_all_queries_are_scored(tmp_path):
    bench = make_workbench(drawn("revisitop/roxford5k", tmp_path / "c"), tmp_path / "w")
    list(bench.runs.build_index())
    list(bench.queries.score(bench._session.corpus.queries[0].image_id, DEPTH))
    assert bench.protocols.of(FUSION) is None
    assert part(bench, "overview", "protocol", f"view=overview&depth={DEPTH}") is None
    bench.close()


def test_there_are_none_of_any_other_corpus(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    list(bench.runs.build_index())
    list(bench.runs.evaluate(DEPTH))
    assert bench.protocols.of(FUSION) is None
    assert bench.runs.latest().protocol is None
    bench.close()


def test_a_part_of_a_benchmark_is_called_so_in_every_name(tmp_path):
    root = drawn("revisitop/roxford5k", tmp_path / "c")
    (root / "jpg/ox_000000.jpg").unlink()
    (root / "jpg/ox_000001.jpg").write_bytes(b"no picture")
    bench = make_workbench(root, tmp_path / "w")
    list(bench.runs.build_index())
    list(bench.runs.evaluate(DEPTH))
    numbers = bench.protocols.of(FUSION)
    assert all(one.name.endswith(" on 17 of 19 images") for one in numbers.numbers)
    assert "12 of 14 database images" in numbers.incomplete
    bench.close()


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("ilias", "ILIAS mAP@1k"),
        ("gldv2", "GLDv2 mAP@100"),
        ("instre", "INSTRE mAP"),
        ("sop", "SOP R@1"),
        ("inshop", "In-Shop R@1"),
        ("product1m", "Product1M mAP@10"),
        ("disc21", "DISC21 micro AP"),
    ],
)
def test_every_benchmark_of_images_reports_its_own_names(folder, name, tmp_path):
    bench = evaluated(folder, tmp_path)
    numbers = bench.protocols.of(FUSION)
    named = next(one for one in numbers.numbers if one.name.startswith(name))
    assert named.before is not None
    assert 0 <= named.before <= 1
    text = protocol_text(numbers)
    assert name in text
    assert numbers.difference in text
    assert len(words.protocol_rows(numbers)) == len(numbers.numbers)
    assert np.isfinite([one.before for one in numbers.numbers if one.before is not None]).all()
    bench.close()


@pytest.mark.parametrize("form", ["revisited", "trec"])
def test_rankings_written_for_a_script_are_measured_as_after(form, oxford, tmp_path):
    file = tmp_path / "rankings"
    steps = list(oxford.protocols.save(file, form, DEPTH))
    assert steps[-1].done == 5
    work = RankingWork("revisited", tmp_path / "c", file)
    list(work.run())
    found = {one.name: one.value for one in work.found.values}
    after = {one.name: one.after for one in oxford.protocols.of(FUSION).numbers}
    assert found == pytest.approx(after)


def test_rankings_of_any_other_corpus_are_refused(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    with pytest.raises(ExchangeError, match="is no benchmark"):
        bench.protocols.save(tmp_path / "f", "trec", DEPTH)
    with pytest.raises(SettingsError, match="Submission format"):
        bench.protocols.save(tmp_path / "f", "oxford", DEPTH)
    bench.close()


def test_absent_images_are_ranked_by_imported_vectors_and_the_rest_is_browsed(tmp_path):
    whole = evaluated("revisitop/roxford5k", tmp_path)
    list(whole.first_stage.save_descriptors(tmp_path / "v.npy"))
    expected = whole.protocols.of(FUSION)
    whole.close()
    for name in ("ox_000000", "ox_000011", "ox_000012"):
        (tmp_path / f"c/jpg/{name}.jpg").unlink()
    here = {"format": "auto+missing"}
    bench = make_workbench(tmp_path / "c", tmp_path / "other", **here)
    assert bench.info.assumed[0].startswith("roxford5k")
    list(bench.exchange.import_vectors(tmp_path / "v.npy", "all", replace=False))
    bench.close()
    chosen = {
        **here,
        "retrieval.descriptor": "import:all",
        "ranking.pipeline": f"kreciprocal@{DEPTH}",
    }
    bench = make_workbench(tmp_path / "c", tmp_path / "other", **chosen)
    list(bench.runs.build_index())
    list(bench.runs.evaluate(DEPTH))
    numbers = bench.protocols.of(FUSION)
    before = {one.name: one.before for one in numbers.numbers}
    assert before == pytest.approx({one.name: one.before for one in expected.numbers}, abs=1e-6)
    assert bench.info.n_database == 14
    assert bench._session.record("jpg/ox_000000.jpg").problem.endswith("what is imported.")
    view = bench.queries.inspect(bench._session.corpus.queries[0].image_id, FUSION)
    assert len(view.before) == 14
    bench.close()
