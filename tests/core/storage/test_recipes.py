"""Recipes round-trip, and anything that is no recipe is one sentence."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingsError
from core.storage.recipes import parse_recipe, recipe_text, saved_recipes
from core.types.corpus import Box
from core.types.robustness import PERTURBATION_NAMES, Damage
from core.types.surfaces import SurfaceRequest
from core.types.sweeps import Recipe, SweepRequest

names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(str.strip)
damages = st.builds(
    Damage,
    side=st.sampled_from(["query", "candidate"]),
    pair=st.sampled_from(["self", "positive"]),
    box=st.none() | st.just(Box(1, 2, 3, 4)),
    seed=st.integers(0, 2**31),
    n_ranked=st.integers(0, 99),
    full_depth=st.booleans(),
    retrieve_again=st.booleans(),
)
some_levels = st.none() | st.just((0.0, 0.5))
requests = st.builds(
    SweepRequest,
    query_id=names,
    candidate_id=st.none() | names,
    name=st.sampled_from(PERTURBATION_NAMES),
    damage=damages,
    levels=some_levels,
)
surfaces = st.builds(
    SurfaceRequest,
    query_id=names,
    candidate_id=st.none() | names,
    first=st.sampled_from(PERTURBATION_NAMES),
    second=st.sampled_from(PERTURBATION_NAMES),
    damage=damages,
    first_levels=some_levels,
    second_levels=some_levels,
)
STORED = Path(__file__).with_name("recipe_version_1.json").read_bytes().decode("utf-8")
RECIPE = Recipe("one", (SweepRequest("q", None, "blur"),))


@given(
    st.builds(
        Recipe,
        names,
        st.lists(requests, min_size=1, max_size=3).map(tuple),
        st.lists(surfaces, max_size=2).map(tuple),
    )
)
def test_every_recipe_round_trips(recipe):
    assert parse_recipe(recipe_text(recipe)) == recipe


def test_a_stored_recipe_is_read_and_written_byte_for_byte():
    recipe = parse_recipe(STORED)
    sweep, surface = recipe.sweeps[0], recipe.surfaces[0]
    box = Box(1, 2, 30, 40)
    assert sweep.damage == Damage("candidate", "positive", box, 7, 5, full_depth=True)
    assert sweep.levels == (0.0, 1.5)
    assert surface.damage == Damage("query", "positive", box, 3, 9, True, True)
    assert (surface.first_levels, surface.second_levels) == ((0.0, 0.3), (1.0, 0.4))
    assert recipe_text(recipe) == STORED


def test_what_a_recipe_leaves_out_is_at_its_default():
    kept = json.loads(STORED)
    short = {name: kept["sweeps"][1][name] for name in ("query_id", "candidate_id", "name")}
    text = json.dumps({**kept, "sweeps": [short | {"retrieve_again": True}], "surfaces": []})
    assert parse_recipe(text).sweeps == parse_recipe(STORED).sweeps[1:]


def changed(**fields: object) -> str:
    return json.dumps({**json.loads(recipe_text(RECIPE)), **fields})


def swept(**fields: object) -> str:
    (sweep,) = json.loads(recipe_text(RECIPE))["sweeps"]
    return changed(sweeps=[{**sweep, **fields}])


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "not JSON"),
        ("[]", "no recipe"),
        (changed(format="other"), "no recipe"),
        (changed(version=2), "another version"),
        (changed(extra=1), "'extra'"),
        (changed(name=" "), "name of 1 to 80"),
        (changed(sweeps=[]), "a sweep"),
        (changed(sweeps="q"), "'sweeps' cannot"),
        (changed(sweeps=["q"]), "'sweeps.0' cannot"),
        (swept(name="melt"), "'sweeps.0.name'"),
        (swept(side="left"), "'sweeps.0.side' cannot be used: Input should be 'query'"),
        (swept(box={"x0": 1, "x1": 2, "y1": 3}), "'sweeps.0.box.y0'"),
        (swept(strength=1), "'sweeps.0.strength' cannot be used: Unexpected"),
        (swept(damage={"side": "query"}), "'sweeps.0.damage' cannot be used: Unexpected"),
        ('"' + "x" * (1 << 20) + '"', "larger than 1 MiB"),
    ],
)
def test_what_is_no_recipe_is_one_sentence(text, named):
    with pytest.raises(SettingsError, match=named):
        parse_recipe(text)


def test_saved_recipes_are_listed_by_name_and_replaced_by_name(tmp_path):
    store = saved_recipes(tmp_path / "recipes")
    assert store.all() == ()
    store.save(Recipe("b", RECIPE.sweeps))
    store.save(Recipe("../a", RECIPE.sweeps))
    newer = Recipe("b", (SweepRequest("other", None, "noise"),))
    store.save(newer)
    assert store.all() == (Recipe("../a", RECIPE.sweeps), newer)
    assert [path.parent.name for path in tmp_path.rglob("*.json")] == ["recipes", "recipes"]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"{"])
def test_a_damaged_file_is_one_sentence(tmp_path, content):
    (tmp_path / "abc.json").write_bytes(content)
    with pytest.raises(SettingsError):
        saved_recipes(tmp_path).all()
