"""Pipelines as text, short forms, and what settings may name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingsError
from core.reranking.chosen import (
    check_stages,
    compression_of,
    compressions_of,
    imports_of,
    pipeline_of,
    pipeline_text,
    short_form,
)
from core.reranking.pipelines import Pipeline, StageCall, Step, parse_pipeline, parse_stage
from core.reranking.stages import STAGES, kind_of, spec_of, spelled
from core.settings import load_settings
from core.types.scores import GEOMETRIC, MARGIN, MAXSIM, imported_kind


def settings(**given):
    return load_settings(None, {key.replace("__", "."): value for key, value in given.items()})


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("mllm", "mllm@100"),
        (" maxsim@100>mllm@20 ", "maxsim@100 > mllm@20"),
        ("mllm/divprune:16@100 > mllm@20", "mllm/divprune:16@100 > mllm@20"),
        ("mllm/int8+divprune:16", "mllm/divprune:16+int8@100"),
        ("import:ames_2.1@50", "import:ames_2.1@50"),
        ("mllm@20 > geometric", "mllm@20 > geometric@20"),
        ("mllm/pq:48,query:divprune:64@9", "mllm/pq:48,query:divprune:64@9"),
    ],
)
def test_a_pipeline_has_one_canonical_spelling(text, canonical):
    made = parse_pipeline(text, 100)
    assert str(made) == canonical
    assert parse_pipeline(canonical, 7) == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        ">",
        "mllm >",
        "mllm@",
        "mllm@0",
        "mllm@00",
        "mllm@-1",
        "mllm/",
        "import:",
        "Mllm",
        "a b",
        "mllm@1@2",
    ],
)
def test_what_is_no_pipeline_is_one_sentence(text):
    with pytest.raises(SettingsError, match="cannot be read; write NAME"):
        parse_pipeline(text, 100)


def test_too_many_stages_are_refused():
    with pytest.raises(SettingsError, match="9 stages; at most 8"):
        parse_pipeline(" > ".join(["mllm"] * 9), 10)


def test_a_stage_alone_has_no_depth():
    assert parse_stage("mllm/int8") == StageCall("mllm", "/", "int8")
    with pytest.raises(SettingsError, match="name the stage alone"):
        parse_stage("mllm@5")


@given(st.text(max_size=40))
def test_any_text_is_a_pipeline_or_one_sentence(text):
    try:
        made = parse_pipeline(text, 10)
    except SettingsError:
        return
    assert parse_pipeline(str(made), 10) == made


def test_scorer_and_thin_are_short_forms():
    assert str(pipeline_of(settings(ranking__scorer="maxsim"))) == "maxsim/none@100"
    thin = pipeline_of(settings(ranking__depth=50, ranking__thin=20))
    assert str(thin) == "maxsim/none@50 > mllm/none@20"
    assert short_form(thin) == ("mllm", 20)
    same = settings(ranking__pipeline="maxsim@50 > mllm@20")
    assert pipeline_of(same) == thin
    assert short_form(pipeline_of(settings(ranking__scorer="import:a"))) == ("import:a", None)
    assert short_form(parse_pipeline("mllm@50 > maxsim@20", 9)) is None


def test_a_stage_without_a_compression_takes_the_benchs():
    chosen = settings(model__compression="int8", ranking__pipeline="mllm/divprune:4@9 > mllm@3")
    assert str(pipeline_of(chosen)) == "mllm/divprune:4@9 > mllm/int8@3"
    assert pipeline_text(chosen, 9) == "mllm/divprune:4@9 > mllm@3"
    assert compressions_of(chosen) == ("divprune:4", "int8")
    assert compression_of(chosen) == "int8"
    assert spelled(StageCall("mllm", "/", "none"), "int8") == "mllm/none"


def test_the_depth_of_the_first_stage_can_be_changed():
    made = parse_pipeline("maxsim@50 > mllm@20", 1)
    assert made.at(30).steps == (Step(StageCall("maxsim"), 30), Step(StageCall("mllm"), 20))
    assert (made.depth, str(made.last)) == (50, "mllm")


def test_imports_are_known_before_anything_is_opened():
    assert imports_of(settings(ranking__pipeline="import:a@9 > import:b@4 > import:a@2")) == (
        "a",
        "b",
    )
    assert imports_of(settings()) == ()


@pytest.mark.parametrize(
    ("stage", "kind"),
    [
        ("mllm", MARGIN),
        ("mllm/int8", MARGIN),
        ("maxsim", MAXSIM),
        ("geometric", GEOMETRIC),
        ("import:ames-top100", imported_kind("ames-top100")),
        ("import:été_2.1", imported_kind("été_2.1")),
    ],
)
def test_what_scores_are_called_is_known_without_a_model(stage, kind):
    assert kind_of(parse_stage(stage)) == kind


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("maxsims", "is not known; use one of: mllm"),
        ("import:../../x", "write import:NAME"),
        ("import:a b", "write import:NAME"),
        ("import", "write import:NAME"),
        ("geometric:3", "write geometric"),
        ("geometric/int8", "write geometric"),
        ("mllm:int8", r"write mllm\[/COMPRESSION\]"),
        ("mllm/nothing", "Compression part 'nothing' is not known"),
    ],
)
@pytest.mark.parametrize("key", ["ranking__scorer", "ranking__pipeline"])
def test_a_stage_that_there_is_not_is_one_sentence(key, text, says):
    with pytest.raises(SettingsError, match=says):
        check_stages(settings(**{key: text}))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"ranking__pipeline": "mllm", "ranking__thin": 5}, "leave them out"),
        ({"ranking__pipeline": "mllm", "ranking__scorer": "maxsim"}, "leave them out"),
        ({"ranking__scorer": "mllm > maxsim"}, "cannot be read"),
        ({"ranking__pipeline": "maxsim", "model__name": "http://h:1/v1#m"}, "asks no server"),
    ],
)
def test_settings_that_contradict_each_other_are_one_sentence(given, says):
    with pytest.raises(SettingsError, match=says):
        check_stages(settings(**given))


def test_every_row_says_what_it_needs_and_how_it_is_written():
    for name, spec in STAGES.items():
        assert (spec.name, spec_of(spec.call) if not spec.needs_option else spec) == (name, spec)
        assert spec.form.startswith(name)
        assert spec.needs
        assert spec.what


def test_a_pipeline_is_its_steps():
    assert Pipeline((Step(StageCall("maxsim"), 3),)).calls == (StageCall("maxsim"),)
