"""The whole path under a compression, with the embedded model on drawn images."""

from pathlib import Path

import pytest

from core.assembly.bench import open_workbench
from core.errors import ModelError, SettingsError
from core.settings import POCKET_MODEL, load_settings
from core.types.orders import Fusion
from core.types.robustness import Damage
from core.types.sweeps import SweepRequest
from core.workbench import Workbench
from tests.tiny_models import save_tiny_qwen

DEPTH = 4


@pytest.fixture
def open_with(tiny_corpus_root: Path, tmp_path: Path):
    if not (POCKET_MODEL / "model.safetensors").is_file():
        pytest.skip("assets/pocket-vl is not in this checkout")
    opened: list[Workbench] = []

    def open_(compression: str, **settings: object) -> Workbench:
        for bench in opened:
            bench.close()
        chosen = {
            "corpus": tiny_corpus_root,
            "workspace": tmp_path / "work",
            "model.device": "cpu",
            "model.threads": 1,
            "model.compression": compression,
            "ranking.depth": DEPTH,
            **{key.replace("__", "."): value for key, value in settings.items()},
        }
        bench = open_workbench(load_settings(None, chosen))
        opened.append(bench)
        return bench

    yield open_
    opened[-1].close()


def evaluated(bench: Workbench):
    list(bench.runs.build_index())
    list(bench.runs.evaluate(DEPTH))
    report = bench.runs.latest()
    assert report is not None
    return report


def margins(bench: Workbench) -> dict[tuple[str, str], float | None]:
    queries = [row.query_id for row in bench.queries.rows(Fusion(DEPTH, 0.0, 1.0))]
    return {
        (query, one.image_id): one.margin
        for query in queries
        for one in bench.queries.inspect(query, Fusion(DEPTH, 0.0, 1.0)).moved
    }


def test_compressions_share_descriptors_and_shortlists_and_nothing_of_the_scores(open_with):
    plain = open_with("none")
    first, plain_margins = evaluated(plain), margins(plain)
    assert plain.runs.index_counts()["n_encoded"] == 8
    small = open_with("int4 + divprune:9, query:grid:18")
    second = evaluated(small)
    assert second.summary.cached_pairs == 0
    assert second.summary.map_before == first.summary.map_before
    assert second.summary.bytes_per_image < first.summary.bytes_per_image / 10
    canonical = "divprune:9+int4,query:grid:18"
    assert (second.receipt.fields["compression"], small.info.compression) == (canonical,) * 2
    assert first.receipt.fields["compression"] == plain.info.compression == "none"
    changed = [abs(value - plain_margins[pair]) for pair, value in margins(small).items()]
    assert min(changed) > 0
    again = open_with("none")
    assert evaluated(again).summary.cached_pairs == len(plain_margins)
    assert margins(again) == plain_margins


@pytest.mark.parametrize("text", ["fp16", "jpeg:160"])
def test_a_mild_compression_hardly_moves_the_mean_margin(open_with, text):
    plain = open_with("none")
    evaluated(plain)
    before = margins(plain)
    mild = open_with(text)
    assert evaluated(mild).summary.n_unscored == 0
    after = margins(mild)
    assert after.keys() == before.keys()
    mean = sum(abs(after[pair] - before[pair]) for pair in before) / len(before)
    spread = max(before.values()) - min(before.values())
    assert 0 < mean < (0.001 if text == "fp16" else 0.25) * spread


def test_a_sweep_compresses_the_side_that_it_damages(open_with):
    bench = open_with("divprune:9")
    evaluated(bench)
    query = bench.queries.rows(Fusion(DEPTH, 0.0, 1.0))[0].query_id
    request = SweepRequest(query, None, "blur", Damage("candidate"), levels=(0.0, 1.0))
    curve = list(bench.robustness.sweep(request))[-1]
    whole = open_with("none")
    evaluated(whole)
    plain = list(whole.robustness.sweep(request))[-1]
    assert [p.cosine for p in curve.points] == pytest.approx(
        [p.cosine for p in plain.points], abs=1e-6
    )
    assert all(a.margin != b.margin for a, b in zip(curve.points, plain.points, strict=True))


def test_a_corpus_too_small_to_learn_codes_from_is_one_sentence(open_with):
    bench = open_with("divprune:9+pq:32")
    with pytest.raises(ModelError, match=r"at least 256 visual tokens and the database has 54;"):
        list(bench.runs.build_index())


def test_codes_not_learned_yet_are_asked_for_by_the_check(open_with):
    with pytest.raises(ModelError, match=r"run `python app\.py index` with the same options first"):
        open_with("pq:32").runs.self_test()


def test_a_fault_of_the_grammar_is_found_before_anything_is_opened(tmp_path, tiny_corpus_root):
    settings = load_settings(
        None,
        {
            "corpus": tiny_corpus_root,
            "workspace": tmp_path / "w",
            "model.compression": "divprun:9",
        },
    )
    with pytest.raises(SettingsError, match="'divprun:9' is not known"):
        open_workbench(settings)
    assert not (tmp_path / "w").exists()


def test_a_server_is_refused_a_compression(tmp_path, tiny_corpus_root):
    settings = load_settings(
        None,
        {
            "corpus": tiny_corpus_root,
            "workspace": tmp_path / "w",
            "model.name": "http://localhost:1/v1#m",
            "model.compression": "int8",
        },
    )
    with pytest.raises(SettingsError, match=r"scores uncompressed images, so compression 'int8'"):
        open_workbench(settings)


def test_a_row_of_a_trade_off_is_what_a_bench_under_that_compression_says(open_with):
    grid = {
        "tradeoff__scorers": ["mllm"],
        "tradeoff__resolutions": ["full", "154"],
        "tradeoff__compressions": ["int4"],
        "tradeoff__depths": [DEPTH],
    }
    bench = open_with("none", **grid)
    list(bench.tradeoff.measure())
    rows = {row.setting.stored: row for row in bench.tradeoff.table().rows}
    assert list(rows) == ["none", "int4", "res:154+int4"]
    for stored, row in rows.items():
        summary = evaluated(open_with(stored)).summary
        assert summary.cached_pairs == summary.n_pairs > 0
        assert row.map_after == summary.map_after
        assert row.bytes_per_image == summary.bytes_per_image


def test_a_refused_scorer_goes_on_untested_and_says_so_everywhere(open_with, tmp_path):
    """A model of random weights answers yes or no with little probability."""
    random = str(save_tiny_qwen(tmp_path / "random", weight_scale=1.0))
    with pytest.raises(ModelError, match="choose another"):
        evaluated(open_with("none", model__name=random))
    bench = open_with("none", model__name=random, model__untested=True)
    fields = evaluated(bench).receipt.fields
    assert fields["self-test"] == "left out"
    assert fields["model"] == "random, untested"
    assert bench.setting.present().model == "random, untested"
    assert bench.runs.self_test()["verdict"] == "refused"  # `check` still tells
