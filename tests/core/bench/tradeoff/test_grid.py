"""The grid: its order, what is always in it, what is refused."""

import pytest

from core.bench.tradeoff.grid import make_grid
from core.errors import SettingsError
from core.settings import load_settings


def grid(n_database: int = 100, **values: object):
    settings = load_settings(None, {k.replace("__", "."): v for k, v in values.items()})
    return make_grid(settings, n_database)


def names(variants) -> list[str]:
    return [variant.name for variant in variants]


def test_every_combination_once_with_the_uncompressed_tokens_first():
    made = grid(
        tradeoff__scorers=["maxsim", "mllm"],
        tradeoff__resolutions=["112", "full"],
        tradeoff__compressions=["int8", "none"],
        tradeoff__depths=[50, 10],
    )
    stored = ["none", "res:112+int8", "res:112", "int8"]
    assert names(made) == [f"{s}, {scorer}" for scorer in ("maxsim", "mllm") for s in stored]
    assert [one.depth for one in made[0].settings] == [10, 50]


def test_uncompressed_tokens_are_measured_unasked():
    made = grid(tradeoff__scorers=["mllm"], tradeoff__compressions=["int4"])
    assert names(made)[0] == "none, mllm"


def test_a_depth_beyond_the_database_is_the_whole_database_once():
    assert [one.depth for one in grid(30)[0].settings] == [10, 25, 30]


def test_a_compression_with_its_own_pixels_goes_with_full_resolution_only():
    made = grid(
        tradeoff__scorers=["mllm"],
        tradeoff__resolutions=["full", "112"],
        tradeoff__compressions=["jpeg:96"],
    )
    assert names(made) == ["none, mllm", "jpeg:96, mllm"]


def test_a_variant_changes_compression_scorer_and_depth_of_the_bench():
    settings = load_settings(None, {"ranking.k": 7})
    made = grid(tradeoff__scorers=["maxsim"], tradeoff__depths=[3, 5])[1].of(settings)
    assert (made.model.compression, made.ranking.scorer) == ("int8", "maxsim")
    assert (made.ranking.depth, made.ranking.k) == (5, 7)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"tradeoff__resolutions": ["big"]}, "Resolution 'big'"),
        ({"tradeoff__resolutions": ["0"]}, "res:0"),
        ({"tradeoff__compressions": ["zip"]}, "'zip' is not known"),
        ({"tradeoff__compressions": ["res:112"]}, "--resolutions"),
        ({"model__compression": "int8"}, "--compressions"),
        ({"ranking__scorer": "maxsim"}, "--scorers"),
        ({"ranking__thin": 5}, "--thin"),
        ({"model__name": "http://localhost:1/v1#m"}, "server"),
        ({"tradeoff__depths": ["many"]}, "depths"),
        ({"tradeoff__scorers": ["import:x"]}, "scorers"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_one_sentence(values, said):
    with pytest.raises(SettingsError, match=said):
        grid(**values)
